package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.edge.EdgeAction.Reply;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.UnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisWithSentinels;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A node that is left with a primary of Redis that has lost its replicas: another one may have taken over, with calls that this one has never heard of. What
 * this one does not know is no reason to tell a phone anything.
 */
class OldPrimaryIT {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration SETTLED = Duration.ofSeconds(30);
    private static final String OWNER = "acme.example/parkedAtNew1";
    private static final String P = "<sip:101@acme.example>;tag=p";
    private static final String W = "<sip:+4930@trunk.example>;tag=w";

    private static RedisWithSentinels redis;
    private static TwoRouters lab;

    @BeforeAll
    static void start() throws Exception {
        redis = new RedisWithSentinels();
        lab = new TwoRouters(vertx -> RedisAccess.connect(vertx, redis.setup(), LIMIT, new Metrics()));
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
        redis.close();
    }

    /** The answer to the re-INVITE with which the call was parked elsewhere: it was taken for a stray one, and the party hung up. */
    @Test
    void aCallThatItDoesNotKnowIsLeftAlone() throws Exception {
        var reply = event(EdgeEvent.Kind.REPLY, "SIP/2.0 200 OK", P, W, "7 INVITE");
        var bye = event(EdgeEvent.Kind.REQUEST, "BYE sip:101@127.0.0.1:41001 SIP/2.0", W, P, "8 BYE");

        Runnable heal = redis.cutPrimaryOff();
        try {
            assertThatThrownBy(() -> handle(reply)).isInstanceOf(UnavailableException.class);
            assertThatThrownBy(() -> handle(bye)).isInstanceOf(UnavailableException.class);
        } finally {
            heal.run();
        }

        Awaitility.await().atMost(SETTLED).ignoreException(UnavailableException.class).until(() -> handle(reply) > 0);
        assertThat(lab.virtual(() -> lab.nodes.getFirst().handle(bye)))
                .singleElement()
                .isInstanceOfSatisfying(Reply.class, answer -> assertThat(answer.status()).isEqualTo(200));
    }

    private static int handle(EdgeEvent event) throws Exception {
        return lab.virtual(() -> lab.nodes.getFirst().handle(event)).size();
    }

    private static EdgeEvent event(EdgeEvent.Kind kind, String first, String from, String to, String cseq) {
        var message = first + "\r\nVia: SIP/2.0/UDP 127.0.0.1:41001;branch=z9hG4bK1\r\nFrom: " + from + "\r\nTo: " + to
                + "\r\nCall-ID: dialog-1\r\nCSeq: " + cseq
                + "\r\nContact: <sip:x@127.0.0.1:41001>\r\nContent-Length: 0\r\n\r\n";
        return new EdgeEvent("edge-1", lab.control, kind, "c-1", kind == EdgeEvent.Kind.REQUEST ? "1:1" : "",
                "acme.example", "", "", OWNER, "udp:127.0.0.1:41001", "udp:127.0.0.1:5060", message);
    }
}
