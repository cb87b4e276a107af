package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeAction.Reply;
import io.mooring.edge.EdgeAction.Send;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import io.mooring.store.RedisServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One event that two nodes are handed at the same time: the network brought it twice, or the first node stood still until the edge had asked
 * the second. Whichever answer the edge gets, the phone is told the same.
 */
class TwiceAtOnceIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final int ROUNDS = 150;
    private static final String TENANT = "acme.example";
    private static final String P = "<sip:101@acme.example>;tag=p";
    private static final String W = "<sip:+4930@trunk.example>;tag=w";
    private static final String OFFER = "v=0\r\no=- 1 1 IN IP4 10.0.0.3\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\n"
            + "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    /** Up to the time that a retrieve takes. */
    private static final int LONGEST_MICROS = 4_000;

    private static TwoRouters lab;
    private int events;
    private String owner = "";

    @BeforeAll
    static void start() throws Exception {
        lab = new TwoRouters(REDIS);
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
    }

    @BeforeEach
    void reset() {
        lab.directory.reset();
        lab.posted.clear();
    }

    private EdgeEvent event(EdgeEvent.Kind kind, String user, String first, String from, String to, String callId,
            String cseq, String more, String body) {
        events++;
        boolean request = kind == EdgeEvent.Kind.REQUEST;
        String message = first + "\r\nVia: SIP/2.0/UDP 127.0.0.1:41001;branch=z9hG4bK" + events + "\r\nFrom: " + from
                + "\r\nTo: " + to + "\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq + "\r\n"
                + "Contact: <sip:" + (user.isEmpty() ? "x" : user) + "@127.0.0.1:41001>\r\n" + more
                + (body.isEmpty() ? "" : "Content-Type: application/sdp\r\n") + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
        return new EdgeEvent("edge-1", lab.control, kind, "c-" + events, request ? "1:" + events : "",
                request ? TENANT : "", user, "", request ? "" : owner, "udp:127.0.0.1:41001", "udp:127.0.0.1:5060",
                message);
    }

    private static List<EdgeAction> handle(int node, EdgeEvent event) throws Exception {
        return lab.virtual(() -> lab.nodes.get(node).handle(event));
    }

    private List<Reply> repliesOfBoth(EdgeEvent event) throws Exception {
        var second = CompletableFuture.supplyAsync(() -> {
            LockSupport.parkNanos(
                    TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextInt(LONGEST_MICROS)));
            return actions(1, event);
        });
        var first = actions(0, event);
        for (EdgeAction action : first) {
            if (action instanceof EdgeAction.Own own) {
                owner = own.owner();
            }
        }
        var both = List.of(first, second.get(10, TimeUnit.SECONDS));
        return both.stream()
                .flatMap(List::stream)
                .filter(Reply.class::isInstance)
                .map(Reply.class::cast)
                .toList();
    }

    private static List<EdgeAction> actions(int node, EdgeEvent event) {
        try {
            return handle(node, event);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private EdgeEvent refer(String dialog) {
        return event(EdgeEvent.Kind.REQUEST, "101", "REFER sip:+4930@127.0.0.2:5070 SIP/2.0", P, W, dialog, "2 REFER",
                "Refer-To: <sip:*68@acme.example>\r\n", "");
    }

    private static Send reinvite(List<EdgeAction> actions) {
        return actions.stream()
                .filter(Send.class::isInstance)
                .map(Send.class::cast)
                .filter(send -> send.method().equals("INVITE"))
                .findFirst()
                .orElseThrow();
    }

    private void park(String dialog) throws Exception {
        var actions = handle(0, refer(dialog));
        var invite = reinvite(actions);
        actions.forEach(action -> {
            if (action instanceof EdgeAction.Own own) {
                owner = own.owner();
            }
        });
        var asked = SipMessage.parse("INVITE " + invite.uri() + " SIP/2.0\r\n" + invite.headers() + "\r\n");
        handle(0, event(EdgeEvent.Kind.REPLY, "", "SIP/2.0 200 OK", asked.required("from"), asked.required("to"),
                dialog, asked.required("cseq"), "", OFFER));
    }

    @RepeatedTest(ROUNDS)
    void anInviteToARetrieveCode() throws Exception {
        var dialog = "dialog-" + ThreadLocalRandom.current().nextLong();
        park(dialog);
        var replies = repliesOfBoth(event(EdgeEvent.Kind.REQUEST, "102", "INVITE sip:*88101@acme.example SIP/2.0",
                "<sip:102@acme.example>;tag=r", "<sip:*88101@acme.example>", "retrieve-" + dialog, "1 INVITE", "",
                OFFER));
        assertThat(replies).extracting(Reply::status).containsExactly(200, 200);
        assertThat(replies).extracting(Reply::toTag).containsOnly(replies.getFirst().toTag());
    }

    @RepeatedTest(ROUNDS)
    void aReferToAParkCode() throws Exception {
        var replies = repliesOfBoth(refer("dialog-" + ThreadLocalRandom.current().nextLong()));
        assertThat(replies).extracting(Reply::status).containsExactly(202, 202);
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.keys("*:call:*")).hasSize(1);
            assertThat(jedis.keys("*:place:*")).hasSize(1);
        }
    }
}
