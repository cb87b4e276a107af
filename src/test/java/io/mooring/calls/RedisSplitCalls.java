package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.TwoSides;
import io.mooring.store.RedisWithSentinels;
import io.mooring.store.RedisWithSentinels.Place;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * What {@link RedisSplitIT} runs in a namespace: a node is cut off together with the primary of Redis and a Sentinel, from two nodes, two replicas and two
 * Sentinels, which elect another primary; with the edge that both sides reach, or with the edge among those that are cut off. The exit status is 0
 * when nothing was lost or done twice, and nothing acknowledged by the side that could not.
 */
final class RedisSplitCalls {
    private static final long SPLIT_SECONDS = 10;
    private static final Duration ELECTED = Duration.ofSeconds(10);
    /** What was on its way when the wire was cut. */
    private static final long UNDER_WAY_MILLIS = 500;

    private final TwoSides sides;
    private final RedisWithSentinels redis;
    private final Stack stack;

    private RedisSplitCalls(TwoSides sides, RedisWithSentinels redis, Stack stack) {
        this.sides = sides;
        this.redis = redis;
        this.stack = stack;
    }

    /** @param arguments a folder, the namespace of the far side, the near and the far address */
    public static void main(String[] arguments) {
        var status = 1;
        var far = new Place(arguments[3], List.of("ip", "netns", "exec", arguments[1]));
        var near = new Place(arguments[2], List.of());
        var sides = new TwoSides(Path.of(arguments[0]), arguments[1], arguments[2], arguments[3]);
        try (var redis = new RedisWithSentinels(List.of(far, near, near))) {
            var settings = new HashMap<>(sides.settings(redis.serverPorts()));
            settings.put("MOORING_REDIS_SENTINELS", redis.sentinels());
            settings.put("MOORING_REDIS_MASTER", RedisWithSentinels.MASTER);
            try (var stack = Stack.start(sides.nodes(), settings)) {
                var calls = new RedisSplitCalls(sides, redis, stack);
                for (int round = 0; round < FaultRun.ROUNDS; round++) {
                    calls.split("a node and the primary of Redis are cut off for %d s", sides::cut);
                    if (FaultRun.isLong()) {
                        calls.split("the edge, a node and the primary of Redis are cut off for %d s",
                                sides::cutWithEdge);
                    }
                }
                status = 0;
            }
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        }
        System.exit(status);
    }

    private void split(String what, Runnable cut) throws Exception {
        redis.makePrimaryAtFirstPlace();
        var acknowledged = new ArrayList<Map<String, Long>>();
        FaultRun.assertNothingIsLostOrDoneTwice(stack, what.formatted(SPLIT_SECONDS), () -> {
            long began = System.nanoTime();
            cut.run();
            try {
                TimeUnit.MILLISECONDS.sleep(UNDER_WAY_MILLIS);
                acknowledged.add(acknowledged());
                Awaitility.await("another primary").atMost(ELECTED).until(() -> !redis.isPrimaryAtFirstPlace());
                System.out.printf("another primary after %d ms%n", millisSince(began));
                TimeUnit.MILLISECONDS.sleep(Math.max(0, TimeUnit.SECONDS.toMillis(SPLIT_SECONDS) - millisSince(began)));
                acknowledged.add(acknowledged());
                System.out.printf("acknowledged until it was cut, and until it was healed: %s%n", acknowledged);
            } finally {
                sides.heal();
            }
        });
        assertThat(acknowledged.getLast().get(TwoSides.FAR_NODE))
                .as("parks and retrieves that the node beside the old primary has acknowledged: %s", acknowledged)
                .isEqualTo(acknowledged.getFirst().get(TwoSides.FAR_NODE));
    }

    /** Parks and retrieves by node. */
    private Map<String, Long> acknowledged() {
        var sum = new HashMap<>(stack.counter(Stack.PARKS));
        stack.counter(Stack.RETRIEVES).forEach((node, count) -> sum.merge(node, count, Long::sum));
        return sum;
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
