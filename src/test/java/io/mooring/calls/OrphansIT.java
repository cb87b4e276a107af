package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Parked parties that leave without a word. They are asked every two minutes; here that is brought forward. */
class OrphansIT {
    private static final String THERE = "mooring_probes_total{result=\"there\"}";
    private static final Duration NOTICED = Duration.ofSeconds(30);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2, Map.of("MOORING_REINVITE_TIMEOUT_MILLIS", "2000"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static void assertPlaceIsFreed(Scene scene) {
        Awaitility.await().atMost(NOTICED).until(() -> {
            stack.bringForward(scene.tenant(), "probe:");
            return stack.callKeys(scene.tenant()).isEmpty();
        });
        assertThat(scene.phone("102").call("*88101").awaitFinalStatus(Scene.SOON)).isEqualTo(404);
    }

    @Test
    void thePlaceOfAPhoneThatLostItsPowerIsFreed() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            talk.caller().vanish();
            assertPlaceIsFreed(scene);
        }
    }

    @Test
    void thePlaceOfAPhoneThatForgotItsCallIsFreed() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var port = talk.caller().address().getPort();
            talk.caller().vanish();
            scene.open(scene.outside("carol").port(port));
            assertPlaceIsFreed(scene);
        }
    }

    @Test
    void aPhoneThatIsThereKeepsItsMusicAndItsPlace() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var before = stack.counter(THERE);
            stack.bringForward(scene.tenant(), "probe:");
            Awaitility.await().atMost(NOTICED).until(() -> !stack.whoCounted(THERE, before).isEmpty());
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }
}
