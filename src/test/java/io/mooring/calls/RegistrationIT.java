package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Phones register at the edge alone: thousands that come back after a power cut are no load for the nodes, and need none. */
class RegistrationIT {

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void noRequestReachesANode(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var before = requestsAtNodes();
            registerAll(scene);
            assertThat(requestsAtNodes()).isEqualTo(before);

            // What is counted here is counted: a code is an event.
            assertThat(scene.phone("101").call("*88").awaitFinalStatus(Scene.SOON)).isEqualTo(404);
            assertThat(requestsAtNodes()).isNotEqualTo(before);
        }
    }

    @Test
    void phonesRegisterWithEveryNodeStopped() {
        try (var scene = new Scene(stack, "udp")) {
            stack.nodes().forEach(node -> stack.part("stop", node.name()));
            try {
                registerAll(scene);
                // Registered is who can be called.
                scene.phone("101");
                scene.talk(scene.carol(), scene.phone("102"));
            } finally {
                stack.nodes().forEach(node -> stack.part("start", node.name()));
            }
        }
    }

    /** First and again, wrongly and rightly, and off. */
    private static void registerAll(Scene scene) {
        for (var extension = 101; extension <= 106; extension++) {
            var phone = scene.phone("" + extension);
            assertThat(phone.register(Duration.ofMinutes(1)).status()).isEqualTo(200);
            var wrong = scene.open(scene.extension("" + extension).password("wrong"));
            assertThat(wrong.register(Duration.ofMinutes(1)).status()).isEqualTo(401);
            phone.unregister();
        }
        assertThat(scene.open(scene.extension("199")).register(Duration.ofMinutes(1)).status()).isEqualTo(401);
    }

    /** By node, as each counts them; and by the edge, which logs what it posts. */
    private static Map<String, Long> requestsAtNodes() {
        var requests = new TreeMap<>(stack.sum("mooring_edge_event_seconds_count", "mooring_edge_refused_total"));
        requests.put("posted by the edge", (long) stack.logLines("kamailio", "event correlation=").size());
        return requests;
    }
}
