package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import java.nio.file.Files;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Kamailio is killed and started again while phones ring for a recall: its transactions are gone. */
class EdgeDeathIT {
    /** Until a node has noticed, and rings. */
    private static final Duration NOTICED = Duration.ofSeconds(10);

    private static final String REFUSED = "mooring_recalls_total{result=\"refused-4xx\"}";

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static Scene.Talk parkedAndDue(Scene scene) {
        stack.api()
                .putPolicy(scene.tenant(), "everyone",
                        "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
        var talk = scene.talk();
        scene.park(talk, "*68");
        stack.bringForward(scene.tenant(), "recall:");
        return talk;
    }

    private static void restartTheEdge() {
        stack.part("kill", "kamailio");
        stack.part("start", "kamailio");
    }

    /** The INVITE may have been lost with it. */
    @Test
    void phonesAreRungAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(NOTICED).ring();
            restartTheEdge();
            talk.callee().register();
            var again = talk.callee().awaitCall(NOTICED).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), again).assertBothHear();
            scene.hangUp(talk.callerSide(), again);
        }
    }

    /** What the edge knew is gone with its machine. */
    @Test
    void aPhoneThatWasNotRegisteredYetIsRungAgainToo() throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(NOTICED).ring();
            var refused = stack.counter(REFUSED);
            stack.part("kill", "kamailio");
            Files.delete(stack.edgeInside().registrations());
            stack.part("start", "kamailio");
            Awaitility.await().atMost(NOTICED).until(() -> !stack.whoCounted(REFUSED, refused).isEmpty());
            talk.callee().register();
            var again = talk.callee().awaitCall(NOTICED).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), again).assertBothHear();
            scene.hangUp(again, talk.callerSide());
        }
    }

    /** Nobody can tell that phone to stop ringing; so it gets the call. */
    @Test
    void whoAnswersThePhoneThatRangBeforeHasTheCall() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(NOTICED);
            recall.ring();
            restartTheEdge();
            recall.answer();
            recall.await(Match.requestOf("ACK"), SOON);
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            if (talk.callee().hasCall()) {
                // It was rung anew before it answered.
                talk.callee().awaitCall(SOON).awaitEnded();
            }
            scene.hangUp(recall, talk.callerSide());
            assertThat(talk.callee().hasCall()).isFalse();
        }
    }
}
