package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One of two edges is killed. Calls that are parked outlive it, and its phones come back to the other one. */
class EdgeAwayIT {

    private static final String OTHER = "127.0.0.12";
    /** Until a timer that is due fires, and a phone rings. */
    private static final Duration RUNG = Duration.ofSeconds(10);

    /** Longer than an edge waits for a contact that does not answer. */
    private static final Duration GIVEN_UP = Duration.ofSeconds(20);

    private static final String REFUSED = "mooring_recalls_total{result=\"refused-4xx\"}";

    private static TwoEdges edges;
    private static Stack stack;
    private static OtherEdge other;

    @BeforeAll
    static void start() {
        edges = TwoEdges.start(OTHER, OtherEdge.peers(OTHER));
        stack = edges.stack();
        other = edges.other();
    }

    @AfterAll
    static void stop() {
        edges.close();
    }

    @AfterEach
    void backAgain() {
        if (!other.isThere()) {
            other.start();
        }
    }

    private static TestPhone atOther(Scene scene, String extension) {
        return edges.atOther(scene, extension);
    }

    /** The parked party came in through the edge that is dead, and the parker was there. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aCallThatCameInThroughADeadEdgeIsRetrieved(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var carol = scene.open(scene.outside("carol").edge(other.sip()));
            var talk = scene.talk(carol, atOther(scene, "101"));
            var parked = scene.park(talk, "*68");
            other.kill();
            var retrieved = scene.retrieve(carol, parked, scene.phone("102"), "*88101");
            assertThat(retrieved.callerSide().hold().status()).isEqualTo(200);
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    /** It came in through the one that lives, and was parked by a phone of the dead one. */
    @Test
    void aCallThatWasParkedThroughADeadEdgeIsRetrieved() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(scene.carol(), atOther(scene, "101"));
            var parked = scene.park(talk, "*68");
            other.kill();
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void phonesOfADeadEdgeComeBackAndAreRungOnce(String transport) {
        try (var scene = new Scene(stack, transport)) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var bob = atOther(scene, "101");
            var carol = scene.open(scene.outside("carol").edge(other.sip()));
            var parked = scene.park(scene.talk(carol, bob), "*68");
            other.kill();
            bob.goTo(stack.sip()).register();
            stack.bringForward(scene.tenant(), "recall:");
            var recall = bob.awaitCall(RUNG);
            recall.answer();
            var again = new Scene.Talk(carol, parked, bob, recall).assertBothHear();
            assertThat(bob.journal().count(Match.requestOf("INVITE").inCall(recall.callId()))).isEqualTo(1);
            assertThat(bob.hasCall()).isFalse();
            // It parks and retrieves here.
            scene.park(again, "*68");
            var retrieved = scene.retrieve(carol, parked, bob, "*88101");
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    /** The phone has not come back yet when it is to be rung. */
    @Test
    void aPhoneOfADeadEdgeIsRefusedAtOnceAndRungWhenItIsBack() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var bob = atOther(scene, "101");
            var talk = scene.talk(scene.carol(), bob);
            var parked = scene.park(talk, "*68");
            other.kill();
            // What is sent into a connection before it is known to have broken is lost.
            var dora = scene.open(scene.outside("dora"));
            Awaitility.await().atMost(GIVEN_UP).until(() -> dora.call("101").awaitFinalStatus(GIVEN_UP) == 480);
            dora.await(Match.replyTo("INVITE").withStatus(480).withHeader("Reason", "X-Mooring;"), SOON);
            var refused = stack.counter(REFUSED);
            stack.bringForward(scene.tenant(), "recall:");
            Awaitility.await().atMost(RUNG).until(() -> !stack.whoCounted(REFUSED, refused).isEmpty());
            bob.goTo(stack.sip()).register();
            stack.bringForward(scene.tenant(), "recall:");
            var recall = bob.awaitCall(RUNG).answer();
            new Scene.Talk(talk.caller(), parked, bob, recall).assertBothHear();
            scene.hangUp(recall, parked);
        }
    }

    /** The INVITE was with the edge that dies: it is rung through the other one. */
    @Test
    void aRecallThatRangThroughADeadEdgeRingsAgain() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var bob = scene.phone("101");
            other.awaitKnown(scene.tenant(), "101");
            var carol = scene.open(scene.outside("carol").edge(other.sip()));
            var parked = scene.park(scene.talk(carol, bob), "*68");
            stack.bringForward(scene.tenant(), "recall:");
            bob.awaitCall(RUNG).ring();
            other.kill();
            var again = bob.awaitCall(RUNG).answer();
            new Scene.Talk(carol, parked, bob, again).assertBothHear();
            scene.hangUp(again, parked);
        }
    }

    @Test
    void anEdgeThatComesBackKnowsWhoIsRegistered() {
        try (var scene = new Scene(stack, "udp")) {
            var stayed = atOther(scene, "101");
            other.kill();
            var here = scene.phone("102");
            other.start();
            var caller = scene.open(scene.extension("103").edge(other.sip())).register();
            other.awaitKnown(scene.tenant(), "101 102");
            for (var called : List.of(stayed, here)) {
                var call = caller.call(called.user());
                called.awaitCall(SOON).reject(486);
                assertThat(call.awaitFinalStatus(SOON)).isEqualTo(486);
            }
        }
    }
}
