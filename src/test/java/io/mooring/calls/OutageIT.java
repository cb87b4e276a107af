package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A part of the stack is gone for a while: ordinary calls go on, and parked ones are there afterwards. */
@ExtendWith(StackExtension.class)
class OutageIT {

    /** A device that hears nothing asks again for half a minute; the edge must have said something long before. */
    private static final Duration REFUSED = Duration.ofSeconds(10);

    /** A node that has started is asked again after some seconds. */
    private static final Duration BACK = Duration.ofSeconds(10);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void repair() {
        for (var part : stack.parts()) {
            stack.part("thaw", part);
            stack.part("start", part);
        }
        // The edge asks a part that was gone again after a while.
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> {
                    try (var scene = new Scene(stack, "udp")) {
                        assertThat(scene.phone("101").call("*88").awaitFinalStatus(SOON)).isEqualTo(404);
                    }
                });
    }

    private static void stopNodes() {
        stack.nodes().forEach(node -> stack.part("stop", node.name()));
    }

    @Test
    void ordinaryCallsGoOnWithoutAnyNode() {
        try (var scene = new Scene(stack, "udp")) {
            scene.phone("103");
            stopNodes();
            var talk = scene.talk();
            assertThat(talk.callee().register(Duration.ofMinutes(5)).status()).isEqualTo(200);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            talk.calleeSide().awaitEnded();
            assertThat(talk.callee().call("*88").awaitFinalStatus(REFUSED)).isEqualTo(503);
        }
    }

    @Test
    void aParkedCallOutlivesTheEdge() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            stack.part("kill", "kamailio");
            stack.part("start", "kamailio");
            scene.assertHearsMusic(parked);
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @Test
    void aParkedCallOutlivesAllNodes() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            stack.nodes().forEach(node -> stack.part("kill", node.name()));
            scene.assertHearsMusic(parked);
            stack.nodes().forEach(node -> stack.part("start", node.name()));
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    /** Nobody but the edge knows of it: a phone that has hung up does not say so again, and one that has answered has its ACK. */
    @Test
    void whatNobodyRepeatsIsToldToANodeThatComesBack() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            var other = scene.talk(scene.open(scene.outside("dora")), scene.phone("103"));
            var recalled = scene.park(other, "*68");
            stack.bringForward(scene.tenant(), "ext:103", "recall:");
            var recall = other.callee().awaitCall(SOON);

            stack.nodes().forEach(node -> stack.part("kill", node.name()));
            assertThat(retrieved.callerSide().bye().status()).as("the answer to a BYE").isGreaterThan(0);
            recall.answer();
            recall.await(Match.requestOf("ACK"), SOON);
            stack.part("start", stack.nodes().getFirst().name());

            parked.await(Call.State.ENDED, BACK);
            stack.awaitFree(scene.tenant(), "ext:103", BACK);
            new Scene.Talk(other.callee(), recall, other.caller(), recalled).assertBothHear();
            scene.hangUp(recall, recalled);
        }
    }

    @Test
    void whileRedisIsGoneAParkedCallerHearsMusicAndIsThereAfterwards() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var alice = scene.phone("102");
            stack.part("stop", "redis");
            assertThat(alice.call("*88101").awaitFinalStatus(REFUSED)).isEqualTo(503);
            scene.assertHearsMusic(parked);
            stack.part("start", "redis");
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }
}
