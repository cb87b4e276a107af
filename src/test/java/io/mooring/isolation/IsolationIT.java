package io.mooring.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tenants that use the same extensions, groups, places and names never see, hear, reach or infer one another, whatever they do.
 * A run is a short random sequence in two tenants; some runs go on at once. A failed one prints its seed and its sequence; it is
 * made again by {@code -Dmooring.isolation.seed=<seed> -Dmooring.isolation.runs=1} on the command line of the tests.
 */
@ExtendWith(StackExtension.class)
class IsolationIT {

    private static final int RUNS = Integer.getInteger("mooring.isolation.runs", 500);
    private static final long SEED = Long.getLong("mooring.isolation.seed",
            ThreadLocalRandom.current().nextLong(1_000_000_000));
    private static final int AT_ONCE = 6;
    /** What phones remember is let go with them. */
    private static final int RUNS_OF_A_WORLD = 20;
    private static final int SHORTEST = 6;
    private static final int LONGEST = 12;
    /** More of them tell nothing new. */
    private static final int MOST_FAILURES = 5;

    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger worlds = new AtomicInteger();
    private final AtomicInteger steps = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    @Test
    void tenantsThatAreAlikeNeverCross(Stack stack) throws Exception {
        System.out.println("isolation: " + RUNS + " runs from seed " + SEED);
        var began = System.nanoTime();
        try (var lanes = Executors.newFixedThreadPool(AT_ONCE)) {
            var all = new ArrayList<Future<?>>();
            for (var i = 0; i < Math.min(AT_ONCE, RUNS); i++) {
                all.add(lanes.submit(() -> lane(stack)));
            }
            for (var each : all) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a world could not be made", e.getCause());
        }
        System.out.printf("isolation: %d runs, %d operations, %.0f s%n", Math.min(runs.get(), RUNS), steps.get(),
                (System.nanoTime() - began) / 1e9);
        assertThat(failures).isEmpty();
    }

    private void lane(Stack stack) {
        while (runs.get() < RUNS && failures.size() < MOST_FAILURES) {
            try (var world = newWorld(stack)) {
                var good = true;
                for (var i = 0; good && i < RUNS_OF_A_WORLD; i++) {
                    var number = runs.getAndIncrement();
                    if (number >= RUNS || failures.size() >= MOST_FAILURES) {
                        return;
                    }
                    good = run(world, SEED + number);
                }
            }
        }
    }

    /** One after the other: a node imports few documents at once. */
    private synchronized World newWorld(Stack stack) {
        return new World(stack, worlds.getAndIncrement());
    }

    /** @return false when it failed: the world is not to be used again */
    private boolean run(World world, long seed) {
        var random = new Random(seed);
        List<String> sequence = new ArrayList<>();
        try {
            for (var left = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1); left > 0; left--) {
                var step = world.next(random);
                sequence.add(step.text());
                step.action().run();
                steps.incrementAndGet();
            }
            sequence.add("the end of the run");
            world.endRun();
            return true;
        } catch (AssertionError | RuntimeException e) {
            var text = new StringBuilder("seed " + seed + ":\n");
            sequence.forEach(step -> text.append("  ").append(step).append('\n'));
            failures.add(text.append(e).toString());
            System.out.println("isolation: failed: " + failures.size() + ". " + text);
            return false;
        }
    }
}
