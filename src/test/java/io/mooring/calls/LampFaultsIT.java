package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Lamp;
import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lamps when something dies: they are right again five seconds after all is up. */
class LampFaultsIT {
    private static final Duration RIGHT_WITHIN = Duration.ofSeconds(5);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static Lamp lit(Lamp lamp) {
        assertThat(lamp.subscribe(600).status()).isEqualTo(200);
        return lamp;
    }

    private static List<Lamp> lamps(Scene scene) {
        var lamps = new ArrayList<Lamp>();
        for (var extension : List.of("102", "103", "104")) {
            var phone = scene.phone(extension);
            lamps.add(lit(phone.lamp("*88101")));
            lamps.add(lit(phone.lamp("101")));
        }
        lamps.forEach(lamp -> lamp.awaitDark(SOON));
        return lamps;
    }

    private static void assertShown(List<Lamp> lamps, int calls, String when) {
        long begun = System.nanoTime();
        lamps.forEach(lamp -> lamp.awaitShown(calls, RIGHT_WITHIN));
        System.out.println("lamps " + when + ": right after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
    }

    /** The edge is killed, and forgets what it was to send; calls go on and end meanwhile. */
    @Test
    void kamailioIsKilledAndStartedAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var lamps = lamps(scene);
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertShown(lamps, 1, "when a call is parked");
            stack.part("kill", "kamailio");
            // Without an edge: an administrator ends the call.
            var calls = "/tenants/" + scene.tenant() + "/parked-calls";
            var id = stack.api().get(calls).path("items").get(0).path("id").asText();
            assertThat(stack.api().send("DELETE", calls + "/" + id, "").statusCode()).isEqualTo(204);
            stack.part("start", "kamailio");
            assertShown(lamps, 0, "after a restart of Kamailio");
            // All dialogs are still what they were: each is refreshed by its device.
            lamps.forEach(lamp -> assertThat(lamp.subscribe(600).status()).isEqualTo(200));
        }
    }

    /** A node is killed: the other one tells the watchers of all subscriptions. */
    @Test
    void aNodeIsKilled() {
        try (var scene = new Scene(stack, "udp")) {
            var lamps = lamps(scene);
            stack.part("kill", "node-1");
            try {
                var talk = scene.talk();
                scene.park(talk, "*68");
                assertShown(lamps, 1, "with a node that is killed");
                assertThat(talk.callerSide().bye().status()).isEqualTo(200);
                assertShown(lamps, 0, "when the call is over");
            } finally {
                stack.part("start", "node-1");
            }
        }
    }

    /** Redis is killed and started again: what it had on its disk is what the lamps show. */
    @Test
    void redisIsKilledAndStartedAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var lamps = lamps(scene);
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertShown(lamps, 1, "when a call is parked");
            stack.part("kill", "redis");
            stack.part("start", "redis");
            lamps.forEach(lamp -> assertThat(lamp.subscribe(600).status()).isEqualTo(200));
            assertShown(lamps, 1, "after a restart of Redis");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            assertShown(lamps, 0, "when the call is over");
        }
    }
}
