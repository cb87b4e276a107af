package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.store.ClusteredRedis;
import io.mooring.store.Keys;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three nodes and an edge on a Redis Cluster of three primaries with a replica each: what has been acknowledged outlives each of them. */
class RedisClusterFailoverIT {
    /** Longer than the replica needs to take over. */
    private static final long AWAY_SECONDS = 8;
    private static final Duration SETTLED = Duration.ofSeconds(40);

    private static ClusteredRedis redis;
    private static Stack stack;

    @BeforeAll
    static void start() {
        redis = new ClusteredRedis();
        stack = Stack.start(3, redis.settings());
    }

    @AfterAll
    static void stop() {
        try {
            stack.close();
        } finally {
            redis.close();
        }
    }

    @Test
    void aPrimaryThatIsKilledTakesNoAcknowledgedCallWithIt() throws Exception {
        for (int round = 0; round < FaultRun.ROUNDS; round++) {
            redis.awaitWhole();
            int victim = redis.primaryPorts().get(round % redis.primaryPorts().size());
            FaultRun.assertNothingIsLostOrDoneTwice(stack, "a primary of a Redis Cluster is killed, back after "
                    + AWAY_SECONDS + " s", () -> {
                        Runnable restart = redis.kill(victim);
                        TimeUnit.SECONDS.sleep(AWAY_SECONDS);
                        restart.run();
                    });
            assertThat(redis.primaryPorts()).as("the ports of the primaries").doesNotContain(victim);
        }
    }

    /** The primary of the shard dies: parks are refused or done until there is a replica again, and what is parked is there. */
    @Test
    void aParkDuringAFailOverIsDoneOrRefused() {
        redis.awaitWhole();
        try (var scene = new Scene(stack, "udp")) {
            var waiting = scene.talk();
            scene.park(waiting, "*68");
            var talking = scene.talk(scene.open(scene.outside("dora")), scene.phone("103"));
            Runnable restart = redis.kill(redis.primaryOf("{s" + new Keys(16).shard(scene.tenant()) + "}:due"));
            try {
                assertThat(talking.calleeSide().refer("*68").status()).as("a park that no replica would know of")
                        .isEqualTo(503);
                talking.assertBothHear();
                scene.assertHearsMusic(waiting.callerSide());
            } finally {
                restart.run();
            }
            redis.awaitWhole();
            Awaitility.await()
                    .atMost(SETTLED)
                    .pollInSameThread()
                    .until(() -> talking.calleeSide().refer("*68").status() == 202);
            scene.assertParked(talking);
            var taken = scene.retrieve(waiting.caller(), waiting.callerSide(), scene.phone("102"), "*88101");
            assertThat(taken.callerSide().bye().status()).isEqualTo(200);
            assertThat(talking.callerSide().bye().status()).isEqualTo(200);
            stack.awaitNothingLeft(scene.tenant(), SETTLED);
        }
    }
}
