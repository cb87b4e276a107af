package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.SlowHttp;
import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three nodes and an edge between which some requests come late, some twice, and some are not answered. */
class SlowHttpIT {
    private static final int NODES = 3;
    private static final int BAD_SECONDS = 8;
    /** Less than an edge waits for an answer (2 s), and more than a node does (1 s). */
    private static final int LATE_MILLIS = 1_800;
    /** Longer than either waits. */
    private static final int TOO_LATE_MILLIS = 3_500;

    /** By an edge that has waited for all nodes. */
    private static final Duration REFUSED = Duration.ofSeconds(15);
    /** A node waits for an ACK as long as a transaction may take: 64*T1 [RFC 3261 17]. */
    private static final Duration TAKEN_BACK = Duration.ofSeconds(45);

    private static final List<SlowHttp> TO_NODES = Stream.generate(SlowHttp::new).limit(NODES).toList();
    private static final SlowHttp TO_EDGE = new SlowHttp();

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(NODES, Map.of(
                "MOORING_NODES", TO_NODES.stream().map(SlowHttp::url).collect(Collectors.joining(",")),
                "MOORING_CONTROL_URL", TO_EDGE.url()));
        var nodes = stack.nodes();
        for (var i = 0; i < NODES; i++) {
            TO_NODES.get(i).relayTo(nodes.get(i).edge());
        }
        TO_EDGE.relayTo(stack.edgeControl());
    }

    @AfterAll
    static void stop() {
        try {
            stack.close();
        } finally {
            TO_NODES.forEach(SlowHttp::close);
            TO_EDGE.close();
        }
    }

    @Test
    void eventsThatComeLateOrTwice() throws Exception {
        harm("events come late", TO_NODES, 0.2, LATE_MILLIS);
    }

    /** An edge that waits no longer asks other nodes, and what none of them answers in time, and nobody repeats, it brings again. */
    @Test
    void eventsThatComeLaterThanTheEdgeWaits() throws Exception {
        harm("events come later than the edge waits", TO_NODES, 0.2, TOO_LATE_MILLIS);
    }

    /** The nodes have connected it; the phone was told 503, and its ACK of that is none of the 200. It was taken for one, and the party was lost. */
    @Test
    void whoWasToldThatARetrieveFailedDoesNotKeepTheCall() {
        Assumptions.assumeTrue(FaultRun.isLong(), "waits for half a minute: ./mooring test --faults");
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var second = scene.phone("103");
            var first = scene.phone("102");
            TO_NODES.forEach(relay -> relay.loseAnswers(true));
            TO_EDGE.loseAnswers(false);
            assertThat(first.call("*88101").awaitFinalStatus(REFUSED)).isEqualTo(503);
            TO_NODES.forEach(SlowHttp::behave);
            TO_EDGE.behave();
            var retrieved = new AtomicReference<Call>();
            Awaitility.await().atMost(TAKEN_BACK).pollInSameThread().until(() -> {
                retrieved.set(second.call("*88101"));
                return retrieved.get().awaitFinalStatus(REFUSED) == 200;
            });
            new Scene.Talk(second, retrieved.get(), talk.caller(), parked).assertBothHear();
            scene.hangUp(retrieved.get(), parked);
        }
    }

    @Test
    void actionsThatComeLateOrTwice() throws Exception {
        harm("actions come late", List.of(TO_EDGE), 0.6, LATE_MILLIS);
    }

    private static void harm(String what, List<SlowHttp> relays, double part, int longestDelayMillis) throws Exception {
        for (int round = 0; round < FaultRun.ROUNDS; round++) {
            FaultRun.assertNothingIsLostOrDoneTwice(stack, what + ", come twice, or are not answered", () -> {
                relays.forEach(relay -> relay.misbehave(part, longestDelayMillis));
                TimeUnit.SECONDS.sleep(BAD_SECONDS);
                relays.forEach(SlowHttp::behave);
            });
            System.out.printf("%s: %s%n", what, relays);
            assertThat(relays).allMatch(relay -> relay.harmed() > 0);
        }
    }
}
