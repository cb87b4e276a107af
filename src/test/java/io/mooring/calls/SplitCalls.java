package io.mooring.calls;

import io.mooring.lab.ClusterAddresses;
import io.mooring.lab.Stack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * What {@link SplitIT} runs in a namespace: three nodes, one of which is cut off from the other two for half a minute, and reaches Redis, rtpengine and the edge all
 * the while. The exit status is 0 when nothing was lost or done twice.
 */
final class SplitCalls {
    private static final int NODES = 3;
    private static final int SHARDS = 16;
    private static final long SPLIT_SECONDS = 30;
    /** Hazelcast waits ten seconds for a sign of life. */
    private static final Duration NOTICED = Duration.ofSeconds(25);
    /** It looks for the other part each five seconds, ten at first. */
    private static final Duration MERGED = Duration.ofSeconds(60);

    private SplitCalls() {}

    /** @param arguments a folder */
    public static void main(String[] arguments) {
        var status = 1;
        var addresses = new ClusterAddresses(Path.of(arguments[0]));
        try (var stack = Stack.start(NODES, addresses.settings())) {
            for (int round = 0; round < FaultRun.ROUNDS; round++) {
                var alone = ThreadLocalRandom.current().nextInt(1, NODES + 1);
                var others = IntStream.rangeClosed(1, NODES).filter(node -> node != alone).boxed().toList();
                awaitShards(stack, SHARDS, MERGED);
                FaultRun.assertNothingIsLostOrDoneTwice(stack,
                        "node-%d cut off from the others for %d s".formatted(alone, SPLIT_SECONDS),
                        () -> split(stack, addresses, alone, others));
            }
            status = 0;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        }
        System.exit(status);
    }

    private static void split(Stack stack, ClusterAddresses addresses, int alone, List<Integer> others)
            throws InterruptedException {
        long cut = System.nanoTime();
        addresses.cutOff(alone, others);
        try {
            // Each part believes to be all there is, and holds every shard.
            awaitShards(stack, 2 * SHARDS, NOTICED);
            System.out.printf("both parts hold all shards after %d ms%n", millisSince(cut));
            TimeUnit.MILLISECONDS.sleep(Math.max(0, TimeUnit.SECONDS.toMillis(SPLIT_SECONDS) - millisSince(cut)));
        } finally {
            addresses.heal(alone, others);
        }
        long healed = System.nanoTime();
        awaitShards(stack, SHARDS, MERGED);
        System.out.printf("one cluster again %d ms after the healing%n", millisSince(healed));
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static void awaitShards(Stack stack, long all, Duration within) {
        Awaitility.await("shards held in all")
                .atMost(within)
                .until(() -> stack.counter("mooring_shards_held")
                        .values()
                        .stream()
                        .mapToLong(Long::longValue)
                        .sum() == all);
    }
}
