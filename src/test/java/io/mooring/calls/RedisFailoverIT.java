package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.load.SteadyCycles;
import io.mooring.store.RedisWithSentinels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes and an edge on a primary with two replicas, which three Sentinels watch: what has been acknowledged outlives the primary. */
class RedisFailoverIT {
    /** Longer than Sentinels and nodes need to settle on another primary. */
    private static final long AWAY_SECONDS = 8;
    private static final int RATE = Integer.getInteger("mooring.upgrade.rate", 6);
    private static final int PARKED = Integer.getInteger("mooring.upgrade.parked", 40);
    private static final Duration SETTLED = Duration.ofSeconds(40);

    private static RedisWithSentinels redis;
    private static Stack stack;

    @BeforeAll
    static void start() {
        redis = new RedisWithSentinels();
        stack = Stack.start(3, Map.of("MOORING_REDIS_SENTINELS", redis.sentinels(),
                "MOORING_REDIS_MASTER", RedisWithSentinels.MASTER,
                "MOORING_REDIS_SERVERS", redis.servers()));
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
            int before = redis.primaryPort();
            FaultRun.assertNothingIsLostOrDoneTwice(stack, "the primary of Redis is killed, back after "
                    + AWAY_SECONDS + " s", () -> {
                        Runnable restart = redis.killPrimary();
                        TimeUnit.SECONDS.sleep(AWAY_SECONDS);
                        restart.run();
                    });
            assertThat(redis.primaryPort()).as("the port of the primary").isNotEqualTo(before);
        }
    }

    /** As for a new version of Redis: the replicas, then the old primary, after a fail-over on command. */
    @Test
    void everyRedisIsReplacedWhileCallsAreParkedAndRetrieved(@TempDir Path folder) throws Exception {
        redis.awaitWhole();
        try (var cycles = new SteadyCycles(stack, folder, RATE, PARKED, 12)) {
            cycles.start();
            int before = redis.primaryPort();
            redis.serverPorts().stream().filter(port -> port != before).forEach(redis::replace);
            var took = redis.failOver();
            redis.awaitWhole();
            redis.replace(before);
            var outcome = cycles.finish();
            System.out.printf("every Redis replaced, %d cycles a second, %d parked, the fail-over took %d ms: %s%n",
                    RATE, PARKED, took.toMillis(), outcome);

            assertThat(redis.primaryPort()).as("the port of the primary").isNotEqualTo(before);
            assertThat(outcome.retrieved()).as("retrieved: %s", outcome).isEqualTo(outcome.cycles());
            assertThat(outcome.parked()).as("parked, and hung up on in the end: %s", outcome)
                    .isEqualTo(outcome.cycles());
            stack.awaitNothingLeft("*", SETTLED);
        }
    }

    @Test
    void aPrimaryThatIsAloneAcknowledgesNothing() {
        redis.awaitWhole();
        try (var scene = new Scene(stack, "udp")) {
            var waiting = scene.talk();
            scene.park(waiting, "*68");
            var talking = scene.talk(scene.open(scene.outside("dora")), scene.phone("103"));
            var retriever = scene.phone("102");
            Runnable heal = redis.cutPrimaryOff();
            try {
                assertThat(talking.calleeSide().refer("*68").status()).as("a park that no replica would know of")
                        .isEqualTo(503);
                talking.assertBothHear();
                assertThat(retriever.call("*88101").awaitFinalStatus(Duration.ofSeconds(40)))
                        .as("a retrieve that no replica would know of")
                        .isGreaterThanOrEqualTo(400);
                scene.assertHearsMusic(waiting.callerSide());
            } finally {
                heal.run();
            }
            redis.awaitWhole();
            // What was written and not acknowledged gives its place up by itself.
            Awaitility.await()
                    .atMost(SETTLED)
                    .pollInSameThread()
                    .until(() -> talking.calleeSide().refer("*68").status() == 202);
            scene.assertParked(talking);
            var taken = scene.retrieve(waiting.caller(), waiting.callerSide(), retriever, "*88101");
            assertThat(taken.callerSide().bye().status()).isEqualTo(200);
            assertThat(talking.callerSide().bye().status()).isEqualTo(200);
            stack.awaitNothingLeft(scene.tenant(), SETTLED);
        }
    }
}
