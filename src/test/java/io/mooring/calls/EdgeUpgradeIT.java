package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.lab.Stack;
import io.mooring.lab.load.SteadyCycles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The only edge there is ends and starts anew, twice, while calls are parked and retrieved: what has begun comes to its end, and what comes meanwhile is asked again
 * by the phones, which is what they do over UDP.
 *
 * <p>{@code -Dmooring.upgrade.rate=20 -Dmooring.upgrade.parked=200} is the size that is promised; among all tests it is less.
 */
class EdgeUpgradeIT {
    private static final int RATE = Integer.getInteger("mooring.upgrade.rate", 4);
    private static final int PARKED = Integer.getInteger("mooring.upgrade.parked", 20);
    private static final int TIMES = 2;
    private static final Duration SOON = Duration.ofSeconds(30);

    private static long retrieves(Stack stack) {
        return stack.counter(Stack.RETRIEVES).values().stream().mapToLong(Long::longValue).sum();
    }

    private static SteadyCycles.Outcome cyclesWhileTheEdgeIs(String verb, Stack stack, Path folder) throws Exception {
        try (var cycles = new SteadyCycles(stack, folder, RATE, PARKED, 6)) {
            var drains = new ArrayList<String>();
            cycles.start();
            for (int i = 0; i < TIMES; i++) {
                long before = retrieves(stack);
                await().atMost(SOON).until(() -> retrieves(stack) > before + RATE);
                stack.part(verb, "kamailio");
                drains.addAll(stack.logLines("kamailio", "drained in"));
                stack.part("start", "kamailio");
            }
            var outcome = cycles.finish();
            System.out.printf(
                    "%s and start of the edge, %d times, %d cycles a second, %d parked: %s; %s%n",
                    verb, TIMES, RATE, PARKED, outcome, drains);
            return outcome;
        }
    }

    @Test
    void nothingIsLostWhenItIsToldToEnd(@TempDir Path folder) throws Exception {
        try (var stack = Stack.start(2)) {
            var outcome = cyclesWhileTheEdgeIs("stop", stack, folder);

            assertThat(outcome.retrieved()).as("retrieved: %s", outcome).isEqualTo(outcome.cycles());
            assertThat(outcome.parked()).as("parked, and hung up on in the end: %s", outcome)
                    .isEqualTo(outcome.cycles());
            assertThat(outcome.outcomes().keySet()).as("what parkers were told").containsExactly("SIP/2.0 200 OK");
            stack.awaitNothingLeft(SOON);
        }
    }

    /** Then a parker may never hear that its park went well; but no call is lost. Whoever waits for that makes it long. */
    @Test
    @EnabledIfSystemProperty(named = "mooring.upgrade.rate", matches = ".+")
    void noCallIsLostWhenItIsKilled(@TempDir Path folder) throws Exception {
        try (var stack = Stack.start(2)) {
            var outcome = cyclesWhileTheEdgeIs("kill", stack, folder);

            assertThat(outcome.retrieved()).as("retrieved: %s", outcome).isEqualTo(outcome.cycles());
        }
    }
}
