package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.lab.NextVersion;
import io.mooring.lab.Stack;
import io.mooring.lab.load.SteadyCycles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes of the next version take the place of these ones, one after the other, while calls are parked and retrieved: each is told to go by SIGTERM, and the next one
 * has to wait until its successor is ready. In between both versions run side by side, and the calls of the new one are such as the old one cannot read.
 *
 * <p>{@code -Dmooring.upgrade.rate=20 -Dmooring.upgrade.parked=200} is the size that is promised; among all tests it is less.
 */
class RollingUpgradeIT {
    private static final int RATE = Integer.getInteger("mooring.upgrade.rate", 6);
    private static final int PARKED = Integer.getInteger("mooring.upgrade.parked", 40);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String LATER = "a record of version 2, which this node does not know";

    @Test
    void nothingIsLostWhileNodesOfTheNextVersionTakeOver(@TempDir Path folder) throws Exception {
        var next = NextVersion.in(Path.of("target", "next-version"));
        try (var stack = Stack.start(3); var cycles = new SteadyCycles(stack, folder, RATE, PARKED, 3)) {
            cycles.start();
            var refused = 0;
            for (var node : stack.nodes()) {
                if (!node.equals(stack.nodes().getFirst())) {
                    // A call of the new ones is retrieved some seconds after it was parked: only then the old one meets it.
                    await().atMost(SOON).until(() -> !stack.logLines(node.name(), LATER).isEmpty());
                }
                stack.part("stop", node.name());
                refused += stack.logLines(node.name(), LATER).size();
                stack.part("start", node.name(), Map.of("MOORING_JAR", next.toString()));
            }
            assertThat(stack.calls("*").stream().filter(call -> call.contains("\"version\":2")).count())
                    .as("calls of the new nodes")
                    .isPositive();
            var outcome = cycles.finish();
            System.out.printf(
                    "rolling upgrade, %d cycles a second, %d parked: %s; %d times an old node left a call to a new one%n",
                    RATE, PARKED, outcome, refused);

            assertThat(outcome.retrieved()).as("retrieved: %s", outcome).isEqualTo(outcome.cycles());
            assertThat(outcome.parked()).as("parked, and hung up on in the end: %s", outcome)
                    .isEqualTo(outcome.cycles());
            assertThat(outcome.outcomes().keySet()).as("what parkers were told").containsExactly("SIP/2.0 200 OK");
            stack.awaitNothingLeft(SOON);
        }
    }
}
