package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.RecallPlan;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeAction.Reply;
import io.mooring.edge.EdgeAction.Send;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import io.mooring.store.RedisServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every order in which what two actors do to one parked call can be served, each event at another node than the one before; the parked party's
 * answers to our re-INVITEs come at any moment in between. Turns on one call are serialised by the compare-and-set, so an order of
 * turns is all there is; what happens between the two turns of a claim has tests of its own ({@link EventRouterIT}).
 *
 * <p>After each step: one phone at the most has the call, and none rings on for nothing; the party is not lost, unless it has left or was hung
 * up; it has its place exactly as long as it waits. In the end nothing is left.
 */
class InterleavingsIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final String SOCKET = "udp:127.0.0.1:5060";
    private static final int PATIENCE = 40;

    private static TwoRouters lab;

    @BeforeAll
    static void start() throws Exception {
        lab = new TwoRouters(REDIS);
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
    }

    private static String sdp(String address) {
        return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address
                + "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    }

    /** What an actor does next. */
    private interface Step {
        void take() throws Exception;
    }

    /** Who does things to the call, one after the other. */
    private interface Actor {
        /** Its next step; empty while it can do nothing. */
        Optional<Step> next(World world);
    }

    /** A phone in the middle of a call with us. */
    private static final class Phone {
        final String callId;
        boolean answered;
        boolean hungUp;
        boolean cancelled;
        boolean acknowledged;
        String toTag = "";
        EdgeEvent invite;
        Send called;

        Phone(String callId) {
            this.callId = callId;
        }

        boolean hasCall() {
            return answered && !hungUp;
        }
    }

    /** The phones, the edge, and what became of one parked call. */
    private static final class World {
        private static final String P = "<sip:101@acme.example>;tag=p";
        private static final String W = "<sip:+4930@trunk.example>;tag=w";
        private static final AtomicInteger NUMBER = new AtomicInteger();

        private final String dialog = "dialog-" + NUMBER.incrementAndGet();
        private final Deque<Send> reinvites = new ArrayDeque<>();
        private final Map<String, Phone> phones = new HashMap<>();
        private final Deque<Phone> ringing = new ArrayDeque<>();
        private final List<String> story = new ArrayList<>();
        private String owner = "";
        private boolean left;
        private boolean letGo;
        private boolean refused;
        private int wCseq = 10;
        private int events;

        World() throws Exception {
            lab.directory.recall = new RecallPlan(
                    List.of(new RecallPlan.Stage(1_000, List.of("101", "103"), 20_000, ""),
                            new RecallPlan.Stage(1_000, List.of("101", "103"), 20_000, "")),
                    600_000, "");
            lab.posted.clear();
            event(EdgeEvent.Kind.REQUEST, "101", "udp:127.0.0.1:41001", "REFER sip:+4930@127.0.0.2:5070 SIP/2.0", P, W,
                    dialog, "2 REFER",
                    "Contact: <sip:101@127.0.0.1:41001>\r\nRefer-To: <sip:*68@acme.example>\r\n", "");
            answerReinvite();
            event(EdgeEvent.Kind.REQUEST, "101", "udp:127.0.0.1:41001", "BYE sip:+4930@127.0.0.2:5070 SIP/2.0", P, W,
                    dialog, "3 BYE", "", "");
            story.clear();
        }

        EdgeEvent event(EdgeEvent.Kind kind, String user, String source, String first, String from, String to,
                String callId, String cseq, String more, String body) throws Exception {
            boolean request = kind == EdgeEvent.Kind.REQUEST;
            String message = first + "\r\nVia: SIP/2.0/UDP 127.0.0.1:41001;branch=z9hG4bK" + cseq.hashCode()
                    + "\r\nFrom: " + from + "\r\nTo: " + to + "\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq + "\r\n"
                    + more + (body.isEmpty() ? "" : "Content-Type: application/sdp\r\n") + "Content-Length: "
                    + body.length() + "\r\n\r\n" + body;
            return handle(new EdgeEvent("edge-1", lab.control, kind, "c", request && !first.startsWith("ACK")
                    ? NUMBER.get() * 100 + events + ":7"
                    : "", request ? TENANT : "", user, "",
                    isOurs(callId) ? owner : "", source, SOCKET, message));
        }

        private boolean isOurs(String callId) {
            try (var jedis = REDIS.jedis()) {
                return jedis.exists("own:" + callId);
            }
        }

        EdgeEvent handle(EdgeEvent event) throws Exception {
            EventRouter node = lab.nodes.get(events++ % lab.nodes.size());
            for (EdgeAction action : lab.virtual(() -> node.handle(event))) {
                carryOut(action);
            }
            carryOutPosted();
            return event;
        }

        private void carryOutPosted() {
            for (JsonObject action = lab.posted.poll(); action != null; action = lab.posted.poll()) {
                switch (action.getString("do")) {
                    case "send" -> carryOut(new Send(action.getString("method"), action.getString("uri"),
                            action.getString("next"), action.getString("socket"), action.getString("headers"),
                            action.getString("body")));
                    case "cancel" -> carryOut(
                            new EdgeAction.Cancel(action.getString("dialog"), action.getLong("cseq")));
                    case "reply" -> carryOut(new Reply(action.getString("transaction"), action.getInteger("status"),
                            "", action.getString("toTag"), "", ""));
                    default -> {}
                }
            }
        }

        private static SipMessage sip(Send sent) {
            return SipMessage.parse(
                    sent.method() + " " + sent.uri() + " SIP/2.0\r\n" + sent.headers() + "\r\n" + sent.body());
        }

        private void carryOut(EdgeAction action) {
            switch (action) {
                case Send send -> sent(send);
                case EdgeAction.Own own -> owner = own.owner();
                case EdgeAction.Cancel cancel -> phones.get(cancel.dialog()).cancelled = true;
                case Reply reply -> phones.values()
                        .stream()
                        .filter(phone -> phone.invite != null
                                && phone.invite.transaction().equals(reply.transaction()))
                        .forEach(phone -> replied(phone, reply));
                default -> {}
            }
        }

        private static void replied(Phone phone, Reply reply) {
            phone.toTag = reply.toTag();
            phone.answered = reply.status() == 200;
            phone.hungUp |= reply.status() >= 300;
        }

        private void sent(Send send) {
            SipMessage message = sip(send);
            boolean toParty = message.callId().equals(dialog) && message.to().tag().equals("w");
            switch (send.method()) {
                case "INVITE" -> {
                    if (toParty) {
                        reinvites.add(send);
                    } else if (message.to().tag().isEmpty()) {
                        Phone phone = new Phone(message.callId());
                        phone.called = send;
                        phones.put(phone.callId, phone);
                        ringing.add(phone);
                    }
                }
                case "BYE" -> {
                    if (toParty) {
                        letGo = true;
                    } else if (phones.containsKey(message.callId())) {
                        phones.get(message.callId()).hungUp = true;
                    }
                }
                default -> {}
            }
        }

        // --- what the phones do ---

        void answerReinvite() throws Exception {
            reply(reinvites.remove(), 200, "", sdp("10.0.0.2"), "udp:127.0.0.2:5070");
        }

        /** Once: what it refuses is not tried again for ever. */
        void refuseReinvite() throws Exception {
            refused = true;
            reply(reinvites.remove(), 488, "", "", "udp:127.0.0.2:5070");
        }

        private void reply(Send to, int status, String tag, String body, String source) throws Exception {
            SipMessage request = sip(to);
            event(EdgeEvent.Kind.REPLY, "", source, "SIP/2.0 " + status + " Whatever", request.required("from"),
                    request.required("to") + tag, request.callId(), request.required("cseq"),
                    status < 300 ? "Contact: <sip:x@127.0.0.1:41001>\r\n" : "", body);
        }

        void answer(Phone phone) throws Exception {
            phone.answered = true;
            reply(phone.called, 200, ";tag=c", sdp("10.0.0.4"), "udp:127.0.0.1:41001");
        }

        void refuse(Phone phone, int status) throws Exception {
            phone.hungUp = true;
            reply(phone.called, status, ";tag=c", "", "udp:127.0.0.1:41001");
        }

        void partyLeaves() throws Exception {
            left = true;
            event(EdgeEvent.Kind.REQUEST, "", "udp:127.0.0.2:5070", "BYE sip:x@127.0.0.1:5060 SIP/2.0", W, P, dialog,
                    wCseq++ + " BYE", "", "");
        }

        Phone dial(String user) throws Exception {
            var phone = new Phone("retrieve-" + user + "-" + dialog);
            phones.put(phone.callId, phone);
            String message = "INVITE sip:*88101@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:41002;branch=z9hG4bK1"
                    + "\r\nFrom: <sip:" + user + "@acme.example>;tag=r\r\nTo: <sip:*88101@acme.example>\r\nCall-ID: "
                    + phone.callId + "\r\nCSeq: 1 INVITE\r\nContact: <sip:" + user
                    + "@127.0.0.1:41002>\r\nContent-Type: application/sdp\r\nContent-Length: "
                    + offer().length() + "\r\n\r\n" + offer();
            phone.invite = new EdgeEvent("edge-1", lab.control, EdgeEvent.Kind.REQUEST, "c", 1_000_000 + events + ":7",
                    TENANT, user, "", "", "udp:127.0.0.1:41002", SOCKET, message);
            handle(phone.invite);
            return phone;
        }

        /** The parked party has to be asked. */
        private static String offer() {
            return sdp("10.0.0.3").replace("101", "96");
        }

        void inDialog(Phone phone, String user, String method, int cseq) throws Exception {
            event(EdgeEvent.Kind.REQUEST, user, "udp:127.0.0.1:41002", method + " sip:x@127.0.0.1:5060 SIP/2.0",
                    "<sip:" + user + "@acme.example>;tag=r", "<sip:*88101@acme.example>;tag=" + phone.toTag,
                    phone.callId, cseq + " " + method, "Contact: <sip:" + user + "@127.0.0.1:41002>\r\n", "");
        }

        void due(long aheadMillis) throws Exception {
            lab.aheadMillis.addAndGet(aheadMillis);
            EventRouter node = lab.nodes.get(events++ % lab.nodes.size());
            lab.due(node, owner);
            carryOutPosted();
        }

        // --- what has to hold ---

        private Optional<Call> call() throws Exception {
            return lab.virtual(() -> lab.store.load(owner)).filter(call -> !call.state.isOver());
        }

        void check() throws Exception {
            Optional<Call> call = call();
            assertThat(phones.values().stream().filter(Phone::hasCall)).as("phones that have the call")
                    .hasSizeLessThanOrEqualTo(1);
            assertThat(left || letGo || call.filter(it -> it.state != CallState.CLOSING).isPresent())
                    .as("the party is there")
                    .isTrue();
            if (call.filter(it -> it.state == CallState.RECALLING).isEmpty()) {
                assertNobodyRings();
            }
            try (var jedis = REDIS.jedis()) {
                List<String> place = jedis.keys("*:place:*")
                        .stream()
                        .flatMap(key -> jedis.zrange(key, 0, -1).stream())
                        .toList();
                if (call.isEmpty()) {
                    assertThat(place).as("its place").isEmpty();
                } else if (call.get().state.isWaiting() || call.get().state == CallState.CONNECTING) {
                    assertThat(place).as("its place").containsExactly(owner);
                } else {
                    assertThat(place).as("its place").isSubsetOf(owner);
                }
                assertThat(jedis.keys("*:parked:*").stream().mapToLong(jedis::zcard).sum())
                        .isLessThanOrEqualTo(call.isPresent() ? 1 : 0);
            }
        }

        private void assertNobodyRings() {
            assertThat(phones.values()).as("phones that ring on")
                    .allMatch(phone -> phone.called == null || phone.hungUp || phone.cancelled || phone.answered);
        }

        /** Everybody answers what is asked, and hangs up; nothing may be left. */
        void settle() throws Exception {
            for (int i = 0; i < PATIENCE && call().isPresent(); i++) {
                if (!reinvites.isEmpty()) {
                    answerReinvite();
                } else if (phones.values().stream().anyMatch(p -> p.invite != null && p.hasCall() && !p.acknowledged)) {
                    for (Phone phone : List.copyOf(phones.values())) {
                        if (phone.invite != null && phone.hasCall() && !phone.acknowledged) {
                            phone.acknowledged = true;
                            inDialog(phone, phone.invite.user(), "ACK", 1);
                        }
                    }
                } else if (!left && !letGo) {
                    partyLeaves();
                } else {
                    due(35_000);
                }
                check();
            }
            assertThat(call()).as("in the end").isEmpty();
            assertThat(phones.values()).as("phones that are left alone").noneMatch(Phone::hasCall);
            assertNobodyRings();
            try (var jedis = REDIS.jedis()) {
                assertThat(jedis.keys("*:due").stream().flatMap(key -> jedis.zrange(key, 0, -1).stream()))
                        .as("due times")
                        .noneMatch(owner::equals);
                assertThat(jedis.keys("*:held:*")).isEmpty();
            }
        }
    }

    /** Steps in their order, each when it is possible. */
    private abstract static class Script implements Actor {
        private int done;

        /** @return empty when the step is not possible now; {@code FINISHED} when there are no more */
        abstract Optional<Step> step(int number, World world);

        @Override
        public Optional<Step> next(World world) {
            return step(done, world).map(step -> () -> {
                done++;
                step.take();
            });
        }
    }

    private static Actor retriever(String user, boolean cancels) {
        return new Script() {
            private Phone phone;

            @Override
            Optional<Step> step(int number, World world) {
                return switch (number) {
                    case 0 -> Optional.of(() -> {
                        world.story.add(user + " dials");
                        phone = world.dial(user);
                    });
                    case 1 -> {
                        if (cancels && !phone.answered && !phone.hungUp) {
                            yield Optional.of(() -> {
                                world.story.add(user + " cancels");
                                EdgeEvent invite = phone.invite;
                                world.handle(new EdgeEvent("edge-1", lab.control, EdgeEvent.Kind.REQUEST, "c",
                                        invite.transaction(), TENANT, user, "",
                                        world.isOurs(phone.callId) ? world.owner : "", invite.source(), SOCKET,
                                        invite.message().replace("INVITE", "CANCEL")));
                            });
                        }
                        yield phone.hasCall() ? Optional.of(() -> {
                            world.story.add(user + " acknowledges");
                            phone.acknowledged = true;
                            world.inDialog(phone, user, "ACK", 1);
                        }) : Optional.empty();
                    }
                    case 2 -> phone.acknowledged && phone.hasCall() ? Optional.of(() -> {
                        world.story.add(user + " hangs up");
                        phone.hungUp = true;
                        world.inDialog(phone, user, "BYE", 2);
                    }) : Optional.empty();
                    default -> Optional.empty();
                };
            }
        };
    }

    /** The two phones that ring when nobody has picked the call up; 200 also crosses our CANCEL. */
    private static Actor recall(int status) {
        return new Script() {
            @Override
            Optional<Step> step(int number, World world) {
                return switch (number) {
                    case 0 -> Optional.of(() -> {
                        world.story.add("the recall is due");
                        world.due(1_100);
                    });
                    case 1, 2 -> Optional.ofNullable(world.ringing.peek()).map(phone -> () -> {
                        world.ringing.remove();
                        world.story.add("a phone that rings answers " + status);
                        if (status == 200) {
                            world.answer(phone);
                        } else {
                            world.refuse(phone, status);
                        }
                    });
                    default -> Optional.empty();
                };
            }
        };
    }

    private static Actor party() {
        return new Script() {
            @Override
            Optional<Step> step(int number, World world) {
                return number == 0 && !world.letGo ? Optional.of(() -> {
                    world.story.add("the party hangs up");
                    world.partyLeaves();
                }) : Optional.empty();
            }
        };
    }

    private static Actor api(boolean ends) {
        return new Script() {
            @Override
            Optional<Step> step(int number, World world) {
                return number > 0 ? Optional.empty() : Optional.of(() -> {
                    world.story.add(ends ? "an administrator ends it" : "an administrator rings 103");
                    String id = world.owner.substring(world.owner.indexOf('/') + 1);
                    lab.virtual(() -> {
                        try {
                            if (ends) {
                                lab.nodes.getFirst().control().hangUp(TENANT, id);
                            } else {
                                lab.nodes.getFirst().control().ring(TENANT, id, new RetrieveOrder("103", false, ""));
                            }
                        } catch (RefusedException e) {
                            world.story.add("refused: " + e.refusal());
                        }
                        return null;
                    });
                    world.carryOutPosted();
                });
            }
        };
    }

    /** Makes an actor anew for each run. */
    private interface Casting {
        Actor actor();
    }

    private static final Map<String, Casting> ACTORS = Map.of(
            "102 retrieves", () -> retriever("102", false),
            "103 retrieves", () -> retriever("103", false),
            "102 cancels", () -> retriever("102", true),
            "the parker answers", () -> recall(200),
            "the parker refuses", () -> recall(486),
            "the party hangs up", () -> party(),
            "the API ends it", () -> api(true),
            "the API rings 103", () -> api(false));

    @Test
    void everyOrderOfWhatTwoActorsDoIsSafe() throws Exception {
        var runs = new AtomicInteger();
        for (String one : ACTORS.keySet()) {
            for (String other : ACTORS.keySet()) {
                boolean samePhone = one.startsWith("102") && other.startsWith("102")
                        || one.startsWith("the parker") && other.startsWith("the parker");
                if (one.compareTo(other) < 0 && !samePhone) {
                    explore(one, other, runs);
                }
            }
        }
        assertThat(runs.get()).as("orders").isGreaterThan(200);
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(lab.rtpengine.sessions).as("media that were left open").isEmpty());
    }

    /** Each run takes one way to its end; the next one turns off at the last place where there was another. */
    private static void explore(String one, String other, AtomicInteger runs) throws Exception {
        List<Integer> way = new ArrayList<>();
        do {
            List<Integer> choices = new ArrayList<>();
            World world = null;
            try {
                REDIS.flush();
                world = new World();
                run(world, List.of(ACTORS.get(one).actor(), ACTORS.get(other).actor()), way, choices);
            } catch (Throwable e) {
                throw new AssertionError(one + "; " + other + ": " + (world == null ? way : world.story), e);
            }
            runs.incrementAndGet();
            while (!way.isEmpty() && way.getLast() + 1 >= choices.get(way.size() - 1)) {
                way.removeLast();
            }
            if (!way.isEmpty()) {
                way.add(way.removeLast() + 1);
            }
        } while (!way.isEmpty());
    }

    /** @param way which of the possible steps is taken at each place; made longer with the first ones */
    private static void run(World world, List<Actor> actors, List<Integer> way, List<Integer> choices)
            throws Exception {
        for (int place = 0;; place++) {
            List<Step> steps = new ArrayList<>();
            actors.forEach(actor -> actor.next(world).ifPresent(steps::add));
            if (!world.reinvites.isEmpty() && !world.left) {
                steps.add(() -> {
                    world.story.add("the party answers");
                    world.answerReinvite();
                });
                if (!world.refused) {
                    steps.add(() -> {
                        world.story.add("the party refuses");
                        world.refuseReinvite();
                    });
                }
            }
            if (steps.isEmpty()) {
                world.settle();
                return;
            }
            if (place == way.size()) {
                way.add(0);
            }
            choices.add(steps.size());
            steps.get(way.get(place)).take();
            world.check();
        }
    }
}
