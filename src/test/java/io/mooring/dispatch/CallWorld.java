package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.RecallPlan;
import io.mooring.call.Role;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeAction.Reply;
import io.mooring.edge.EdgeAction.Send;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import io.mooring.store.RedisServer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One call as its edge and its phones see it: the dialogs that are up, the requests that nobody has answered yet, and what came of each
 * request of a phone. Every event comes at another node than the one before.
 */
final class CallWorld {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int PATIENCE = 60;
    private static final String TRUNK = "udp:127.0.0.2:5070";
    static final String TENANT = "acme.example";

    /** A phone's side of one dialog with us. */
    static final class Dialog {
        final String name;
        final String callId;
        final String tag;
        final String user;
        final String source;
        String ourTag;
        boolean open;
        int cseq = 100;
        /** Number of the INVITE whose 200 it has to acknowledge; 0: none. */
        long unacknowledged;
        boolean owesAnswer;

        Dialog(String name, String callId, String tag, String ourTag, String user, String source) {
            this.name = name;
            this.callId = callId;
            this.tag = tag;
            this.ourTag = ourTag;
            this.user = user;
            this.source = source;
        }
    }

    /** A request of ours that a phone has not answered. */
    static final class Asked {
        final Send send;
        final SipMessage request;
        final Dialog dialog;
        boolean cancelled;

        Asked(Send send, SipMessage request, Dialog dialog) {
            this.send = send;
            this.request = request;
            this.dialog = dialog;
        }

        boolean opens() {
            return request.method().equals("INVITE") && request.to().tag().isEmpty();
        }
    }

    /** A request of a phone, and the final replies that it got. */
    static final class Asking {
        final EdgeEvent event;
        final SipMessage request;
        final Dialog dialog;
        final List<Integer> finals = new ArrayList<>();

        Asking(EdgeEvent event, SipMessage request, Dialog dialog) {
            this.event = event;
            this.request = request;
            this.dialog = dialog;
        }
    }

    private final TwoRouters lab;
    private final RedisServer server;
    private final int number = NUMBER.incrementAndGet();
    final Dialog parker = new Dialog("parker", "dialog-" + number, "p", "w", "101", "udp:127.0.0.1:41001");
    /** Who must not be lost. */
    Dialog party = new Dialog("party", "dialog-" + number, "w", "p", "", TRUNK);
    /** Who hangs up in the end. */
    private Dialog leaves = party;
    final List<Dialog> dialogs = new ArrayList<>(List.of(parker, party));
    final List<Asked> asked = new ArrayList<>();
    final Map<String, Asking> asking = new LinkedHashMap<>();
    final List<String> story = new ArrayList<>();
    /** The last phone that was called, and has answered: another one of its user may do so too. */
    Optional<Asked> forked = Optional.empty();
    private String owner = "";
    private int events;

    CallWorld(TwoRouters lab, RedisServer server) {
        this.lab = lab;
        this.server = server;
        server.flush();
        lab.posted.clear();
        lab.directory.reset();
        lab.directory.recall = new RecallPlan(
                List.of(new RecallPlan.Stage(1_000, List.of("101", "103"), 20_000, ""),
                        new RecallPlan.Stage(1_000, List.of("101", "103"), 20_000, "")),
                600_000, "");
        parker.open = true;
        party.open = true;
    }

    // --- the edge ---------------------------------------------------------------------------------------------------

    private EdgeEvent event(EdgeEvent.Kind kind, String user, String source, String message) {
        events++;
        boolean request = kind == EdgeEvent.Kind.REQUEST;
        boolean transaction = request && !message.startsWith("ACK");
        String callId = SipMessage.parse(message).callId();
        return new EdgeEvent("edge-1", lab.control, kind, "c-" + events, transaction ? number + ":" + events : "",
                request ? TENANT : "", user, "", isOurs(callId) ? owner : "", source, "udp:127.0.0.1:5060", message);
    }

    private boolean isOurs(String callId) {
        try (var jedis = server.jedis()) {
            return jedis.exists("own:" + callId);
        }
    }

    private List<EdgeAction> handle(EdgeEvent event) throws Exception {
        EventRouter node = lab.nodes.get(events++ % lab.nodes.size());
        return lab.virtual(() -> node.handle(event));
    }

    /** Once, and once more as if the answer had been lost: it is the same one. */
    private void happens(EdgeEvent event) throws Exception {
        List<EdgeAction> actions = handle(event);
        actions.forEach(this::carryOut);
        carryOutPosted();
        if (!event.transaction().isEmpty() && !event.message().startsWith("CANCEL")) {
            assertThat(replies(handle(event))).as("what the same request gets again").isEqualTo(replies(actions));
            carryOutPosted();
        }
    }

    private static List<Integer> replies(List<EdgeAction> actions) {
        return actions.stream()
                .filter(Reply.class::isInstance)
                .map(action -> ((Reply) action).status())
                .toList();
    }

    private void carryOutPosted() {
        for (JsonObject action = lab.posted.poll(); action != null; action = lab.posted.poll()) {
            switch (action.getString("do")) {
                case "send" -> carryOut(new Send(action.getString("method"), action.getString("uri"),
                        action.getString("next"), action.getString("socket"), action.getString("headers"),
                        action.getString("body")));
                case "cancel" -> carryOut(new EdgeAction.Cancel(action.getString("dialog"), action.getLong("cseq")));
                case "reply" -> carryOut(new Reply(action.getString("transaction"), action.getInteger("status"), "",
                        action.getString("toTag"), "", ""));
                default -> {}
            }
        }
    }

    private void carryOut(EdgeAction action) {
        switch (action) {
            case Send send -> sent(send);
            case EdgeAction.Own own -> owner = own.owner();
            case EdgeAction.Cancel cancel -> asked.stream()
                    .filter(one -> one.opens() && one.dialog.callId.equals(cancel.dialog()))
                    .forEach(one -> one.cancelled = true);
            case Reply reply when reply.status() >= 200 -> replied(asking.get(reply.transaction()), reply);
            default -> {}
        }
    }

    private static void replied(Asking to, Reply reply) {
        to.finals.add(reply.status());
        if (to.dialog.ourTag.isEmpty()) {
            to.dialog.ourTag = reply.toTag();
            to.dialog.open = reply.status() < 300;
        }
        if (to.request.method().equals("INVITE") && reply.status() < 300) {
            to.dialog.unacknowledged = to.request.cseq().number();
            to.dialog.owesAnswer = !to.request.hasSdp();
        }
    }

    private void sent(Send send) {
        SipMessage request = SipMessage
                .parse(send.method() + " " + send.uri() + " SIP/2.0\r\n" + send.headers() + "\r\n" + send.body());
        if (send.method().equals("ACK")) {
            return;
        }
        if (send.method().equals("INVITE") && request.to().tag().isEmpty()) {
            String user = SipMessage.parse("INVITE " + send.uri() + " SIP/2.0\r\n" + send.headers() + "\r\n")
                    .to()
                    .sipUri()
                    .plainUser();
            var called = new Dialog("called " + user, request.callId(), "c", request.from().tag(), user,
                    "udp:127.0.0.1:41009");
            dialogs.add(called);
            asked.add(new Asked(send, request, called));
            return;
        }
        Dialog dialog = dialogs.stream()
                .filter(one -> one.callId.equals(request.callId()) && one.tag.equals(request.to().tag()))
                .findFirst()
                .orElse(null);
        if (dialog == null) {
            return; // a MESSAGE to a user
        }
        if (send.method().equals("BYE")) {
            dialog.open = false;
        }
        asked.add(new Asked(send, request, dialog));
    }

    /** What a node has ordered of the edge by itself reaches the phones. */
    void takePosted() {
        carryOutPosted();
    }

    // --- what the phones do -----------------------------------------------------------------------------------------

    static String sdp(String address) {
        return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address
                + "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    }

    private static String message(String first, String from, String to, String callId, String cseq, String more,
            String body) {
        return first + "\r\nVia: SIP/2.0/UDP 127.0.0.1:41001;branch=z9hG4bK" + cseq.hashCode() + "\r\nFrom: " + from
                + "\r\nTo: " + to + "\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq + "\r\n" + more
                + (body.isEmpty() ? "" : "Content-Type: application/sdp\r\n") + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String address(String user, String tag) {
        return "<sip:" + user + "@acme.example>" + (tag.isEmpty() ? "" : ";tag=" + tag);
    }

    /** A request of a phone within its dialog. */
    void request(Dialog dialog, String method, String more, String body) throws Exception {
        long cseq = method.equals("ACK") ? dialog.unacknowledged : ++dialog.cseq;
        if (method.equals("BYE")) {
            dialog.open = false;
        }
        if (method.equals("ACK")) {
            dialog.unacknowledged = 0;
        }
        asks(dialog, message(method + " sip:x@127.0.0.1:5060 SIP/2.0", address(dialog.user, dialog.tag),
                address("x", dialog.ourTag), dialog.callId, cseq + " " + method,
                "Contact: <sip:x@" + dialog.source.substring(4) + ">\r\n" + more, body));
    }

    private void asks(Dialog dialog, String message) throws Exception {
        EdgeEvent event = event(EdgeEvent.Kind.REQUEST, dialog.user, dialog.source, message);
        if (!event.transaction().isEmpty()) {
            asking.put(event.transaction(), new Asking(event, SipMessage.parse(message), dialog));
        }
        happens(event);
    }

    void acknowledge(Dialog dialog) throws Exception {
        request(dialog, "ACK", "", dialog.owesAnswer ? sdp("10.0.0.7") : "");
        dialog.owesAnswer = false;
    }

    /** A new INVITE to a number. */
    Dialog dials(String user, String dialled, String more, String body) throws Exception {
        var dialog = new Dialog(user, "call-" + number + "-" + dialogs.size(), "r", "", user, "udp:127.0.0.1:41002");
        dialogs.add(dialog);
        asks(dialog, message("INVITE sip:" + dialled + "@acme.example SIP/2.0", address(user, "r"),
                address(dialled, ""), dialog.callId, "1 INVITE",
                "Contact: <sip:" + user + "@127.0.0.1:41002>\r\n" + more, body));
        return dialog;
    }

    /** There is no call between two phones: who dials is alone with us, and the party that waits if it was sent here. */
    Dialog dialsAlone(String user, String more, String body) throws Exception {
        parker.open = false;
        party.open = false;
        Dialog dialog = dials(user, "*68", more, body);
        party = more.isEmpty() ? party : dialog;
        leaves = dialog;
        return dialog;
    }

    void cancel(Asking invite) throws Exception {
        EdgeEvent event = invite.event;
        happens(new EdgeEvent("edge-1", lab.control, EdgeEvent.Kind.REQUEST, "c", event.transaction(), TENANT,
                event.user(), "", isOurs(invite.dialog.callId) ? owner : "", event.source(), event.socket(),
                message("CANCEL " + invite.request.requestUri() + " SIP/2.0", invite.request.required("from"),
                        invite.request.required("to"), invite.dialog.callId,
                        invite.request.cseq().number() + " CANCEL", "", "")));
    }

    /** A final reply; 408 is also what the edge says when there is none. */
    void answer(Asked to, int status, String body) throws Exception {
        asked.remove(to);
        if (to.opens()) {
            to.dialog.open = status < 300;
            forked = status < 300 ? Optional.of(to) : forked;
        } else if (status == 481) {
            to.dialog.open = false;
        }
        reply(to, to.opens() ? ";tag=c" : "", status, body);
    }

    /** Everybody answers what is asked, with a body where one is due. */
    void answerAll() throws Exception {
        while (!asked.isEmpty()) {
            Asked one = asked.getFirst();
            answer(one, 200, one.request.method().equals("INVITE") ? sdp("10.0.0.6") : "");
        }
    }

    /** Another phone of the same user has taken the call as well. */
    void answerAgain(Asked to) throws Exception {
        var second = new Dialog("fork", to.dialog.callId, "c2", to.dialog.ourTag, to.dialog.user, to.dialog.source);
        second.open = true;
        dialogs.add(second);
        forked = Optional.empty();
        reply(to, ";tag=c2", 200, sdp("10.0.0.8"));
    }

    private void reply(Asked to, String tag, int status, String body) throws Exception {
        happens(event(EdgeEvent.Kind.REPLY, "", to.dialog.source,
                message("SIP/2.0 " + status + " Whatever", to.request.required("from"),
                        to.request.required("to") + tag, to.request.callId(), to.request.required("cseq"),
                        status < 300 ? "Contact: <sip:x@" + to.dialog.source.substring(4) + ">\r\n" : "", body)));
    }

    // --- time and people ---------------------------------------------------------------------------------------------

    /** One of the call's timers is due, and no other. */
    void fire(String timer) throws Exception {
        try (var jedis = server.jedis()) {
            for (String key : jedis.keys("*:call:*")) {
                String quoted = "\"" + timer + "\":";
                jedis.hset(key, "data", jedis.hget(key, "data")
                        .replaceAll(java.util.regex.Pattern.quote(quoted)
                                + "\\d+", quoted + "1"));
            }
        }
        dueNow();
    }

    void later(long millis) throws Exception {
        lab.aheadMillis.addAndGet(millis);
        dueNow();
    }

    private void dueNow() throws Exception {
        lab.due(lab.nodes.get(events++ % lab.nodes.size()), owner);
        carryOutPosted();
    }

    String id() {
        return owner.substring(owner.indexOf('/') + 1);
    }

    Optional<Call> call() throws Exception {
        return lab.virtual(() -> lab.store.load(owner)).filter(call -> !call.state.isOver());
    }

    // --- what has to hold -------------------------------------------------------------------------------------------

    void check() throws Exception {
        Optional<Call> call = call();
        if (party.open) {
            assertThat(call).as("the call of the party, which nobody has hung up").isPresent();
            assertIsSafe(call.get());
        }
        asking.values()
                .forEach(one -> assertThat(one.finals).as("final replies to %s of %s", one.request.method(),
                        one.dialog.name)
                        .hasSizeLessThanOrEqualTo(1)
                        .doesNotContain(500));
        try (var jedis = server.jedis()) {
            List<String> places = jedis.keys("*:place:*")
                    .stream()
                    .flatMap(key -> jedis.zrange(key, 0, -1).stream())
                    .toList();
            boolean waits = call.filter(it -> it.state.isWaiting() || it.state == CallState.CONNECTING).isPresent();
            if (waits) {
                assertThat(places).as("the place of %s", call.get().state).containsExactly(owner);
            } else {
                assertThat(places).as("places").hasSizeLessThanOrEqualTo(1).isSubsetOf(owner);
                assertThat(places.isEmpty() || call.isPresent()).as("the place is free when the call is over").isTrue();
            }
            long held = jedis.keys("*:held:*").stream().mapToLong(jedis::zcard).sum();
            assertThat(held).as("places in the quota").isEqualTo(places.size());
            long parked = jedis.keys("*:parked:*").stream().mapToLong(jedis::zcard).sum();
            assertThat(parked).as("calls in the list of the parked ones").isEqualTo(waits ? 1 : 0);
        }
    }

    private static void assertIsSafe(Call call) {
        assertThat(call.leg(Role.PARKED)).as("its leg in " + call.state).isPresent();
        switch (call.state) {
            case PARKED, RECALLING -> assertThat(call.music).as("music").isNotEmpty();
            case RETRIEVED, RECALLED, FAILED -> assertThat(call.peerOf(call.leg(Role.PARKED).orElseThrow())
                    .or(() -> call.leg(Role.TARGET))).as("who it talks to in " + call.state).isPresent();
            case CLOSING -> assertThat(call.unacknowledged).as("what it waits for").isNotEmpty();
            default -> {}
        }
    }

    /** Everybody answers what is asked, and then the party hangs up. Nothing may be left. */
    void settle() throws Exception {
        for (int i = 0; i < PATIENCE; i++) {
            Optional<Dialog> acknowledges = dialogs.stream().filter(one -> one.unacknowledged > 0).findFirst();
            if (!asked.isEmpty()) {
                answerAsPeopleDo(asked.getFirst());
            } else if (acknowledges.isPresent()) {
                acknowledge(acknowledges.get());
            } else if (call().isEmpty()) {
                break;
            } else if (leaves.open) {
                request(leaves, "BYE", "", "");
            } else {
                later(35_000);
            }
            check();
        }
        assertThat(call()).as("in the end").isEmpty();
        assertThat(dialogs.stream().filter(one -> one.open).map(one -> one.name)).as("phones that are left alone")
                .isEmpty();
        assertThat(asked.stream().filter(one -> one.opens() && !one.cancelled)).as("phones that ring on").isEmpty();
        asking.values()
                .forEach(one -> assertThat(one.finals).as("final replies to %s of %s", one.request.method(),
                        one.dialog.name).hasSize(1));
        try (var jedis = server.jedis()) {
            assertThat(jedis.keys("*:due").stream().flatMap(key -> jedis.zrange(key, 0, -1).stream())).as("due times")
                    .noneMatch(owner::equals);
        }
    }

    private void answerAsPeopleDo(Asked one) throws Exception {
        if (one.opens()) {
            answer(one, one.cancelled ? 487 : 480, "");
        } else if (!one.dialog.open && !one.request.method().equals("BYE")) {
            answer(one, 481, "");
        } else {
            answer(one, 200, one.request.method().equals("INVITE") ? sdp("10.0.0.6") : "");
        }
    }
}
