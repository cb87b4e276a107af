package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.store.DueTimes.Due;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is due, on a real Redis. */
class DueTimesIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Keys KEYS = new Keys(4);

    private static Vertx vertx;
    private static RedisAccess redis;
    private static CallStore store;
    private static DueTimes times;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        redis = REDIS.connect(vertx, Duration.ofSeconds(5));
        store = new CallStore(redis, KEYS);
        times = new DueTimes(redis, KEYS);
    }

    @AfterAll
    static void close() throws Exception {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @BeforeEach
    void clean() {
        REDIS.flush();
    }

    private static Call saved(String tenant, String id, long dueAtMillis) {
        var call = new Call();
        call.tenant = tenant;
        call.id = id;
        call.state = CallState.RESERVED;
        call.timers.put("bye:x", dueAtMillis);
        call.timers.put("ack:x", dueAtMillis + 50_000);
        store.save(call, PlaceOrder.NONE);
        return call;
    }

    private static List<String> until(long millis, int most) {
        return times.until(shard -> millis, most).stream().map(Due::owner).toList();
    }

    @Test
    void keepsWhatIsDue() {
        for (int i = 1; i <= 5; i++) {
            saved("t" + i + ".example", "c" + i, 1_000L * i);
        }
        assertThat(until(999, 10)).isEmpty();
        assertThat(times.until(shard -> 3_000, 10)).containsExactlyInAnyOrder(
                new Due("t1.example/c1", 0, 1_000), new Due("t2.example/c2", 0, 2_000),
                new Due("t3.example/c3", 0, 3_000));
        Call first = store.load("t1.example/c1").orElseThrow();
        first.timers.clear();
        store.save(first, PlaceOrder.NONE);
        times.forget(new Due("t2.example/c2", 0, 2_000)).await();
        assertThat(until(3_000, 10)).containsExactly("t3.example/c3");
    }

    @Test
    void readsEachShardAsFarAsItIsAsked() {
        Call call = saved("t1.example", "c1", 5_000);
        int shard = times.shard(call);
        assertThat(times.until(shard, 5_000, 10)).containsExactly(new Due("t1.example/c1", 0, 5_000));
        assertThat(times.until(other -> other == shard ? 4_999 : 9_000, 10)).isEmpty();
        assertThat(times.until((shard + 1) % times.shards(), 9_000, 10)).isEmpty();
    }

    @Test
    void limitsWhatIsDueByShard() {
        for (int i = 0; i < 5; i++) {
            saved("t1.example", "c" + i, 1_000L + i);
        }
        assertThat(until(9_999, 2)).containsExactly("t1.example/c0", "t1.example/c1");
    }

    @Test
    void notesWhatAWriteOrders() {
        Call call = saved("t1.example", "c1", 9_000);
        var unsent = new Due(call.owner(), call.epoch + 1, 4_000);
        times.note(unsent);
        assertThat(times.until(shard -> 4_000, 10)).containsExactly(unsent);
        assertThat(until(9_000, 10)).as("beside what is due in the call itself").hasSize(2);
        times.forget(unsent);
        assertThat(until(9_000, 10)).containsExactly("t1.example/c1");
    }
}
