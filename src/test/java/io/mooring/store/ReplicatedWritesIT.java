package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What has been acknowledged is at a replica, and is there after the primary has died. */
class ReplicatedWritesIT {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final int TIMED = 500;

    private static RedisWithSentinels redis;
    private Vertx vertx;
    private RedisAccess access;

    @BeforeAll
    static void start() {
        redis = new RedisWithSentinels();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void connect() {
        redis.awaitWhole();
        vertx = Vertx.vertx();
        access = RedisAccess.connect(vertx, redis.setup(), LIMIT, new Metrics());
        Awaitility.await()
                .ignoreExceptions()
                .until(() -> get(access.awaitReplicasSince(System.nanoTime(), List.of())) == null);
    }

    @AfterEach
    void disconnect() throws Exception {
        access.close();
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(10, TimeUnit.SECONDS);
    }

    private static Request set(String key, String value) {
        return Request.cmd(Command.SET).arg(key).arg(value);
    }

    @Test
    void whatIsAcknowledgedIsAtAReplica() throws Exception {
        for (int i = 0; i < 100; i++) {
            get(access.submitReplicated(set("written", "" + i)));
            int now = i;
            assertThat(redis.replicas()).anyMatch(replica -> {
                try (replica) {
                    return ("" + now).equals(replica.get("written"));
                }
            });
        }
        print("one after the other, not replicated", access::submit);
        print("one after the other, replicated", access::submitReplicated);
    }

    private static void print(String what, Function<Request, Future<Response>> submit) throws Exception {
        var micros = new long[TIMED];
        for (int i = 0; i < TIMED; i++) {
            long began = System.nanoTime();
            get(submit.apply(set("timed", "" + i)));
            micros[i] = (System.nanoTime() - began) / 1_000;
        }
        long[] sorted = IntStream.range(0, TIMED).mapToLong(i -> micros[i]).sorted().toArray();
        System.out.printf("%s: p50 %d us, p99 %d us%n", what, sorted[TIMED / 2], sorted[TIMED * 99 / 100]);
    }

    @Test
    void whatNoReplicaHasIsNotAcknowledged() throws Exception {
        Runnable heal = redis.cutPrimaryOff();
        try {
            assertThatThrownBy(() -> get(access.submitReplicated(set("cut off", "1"))))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> get(access.awaitReplicasSince(System.nanoTime(), List.of())))
                    .isInstanceOf(StoreUnavailableException.class);
        } finally {
            heal.run();
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> get(access.awaitReplicasSince(System.nanoTime(), List.of())) == null);
    }

    @Test
    void thePrimaryIsFoundAgainAfterItsDeathWithWhatWasAcknowledged() throws Exception {
        get(access.submitReplicated(set("before", "1")));
        Runnable restart = redis.killPrimary();
        long killed = System.nanoTime();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> get(access.submitReplicated(set("after", "1"))) != null);
        System.out.printf("primary killed: written again after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
        assertThat(get(access.submit(Request.cmd(Command.GET).arg("before")))).hasToString("1");
        restart.run();
        redis.awaitWhole();
    }
}
