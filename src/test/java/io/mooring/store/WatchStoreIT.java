package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Watch;
import io.mooring.store.WatchStore.Taken;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What counts as told to a watcher, on a real Redis. */
class WatchStoreIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final String EDGE = "http://127.0.0.1:5080";

    private static Vertx vertx;
    private static RedisAccess redis;
    private static WatchStore watches;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        redis = REDIS.connect(vertx, Duration.ofSeconds(5));
        watches = new WatchStore(redis, new Keys(4));
    }

    @AfterAll
    static void close() throws Exception {
        redis.close();
        get(vertx.close());
    }

    @BeforeEach
    void clean() {
        REDIS.flush();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Watch watch(String id) {
        var watch = new Watch();
        watch.id = id;
        watch.tenant = TENANT;
        watch.places.add("ext:101");
        watch.leg.control = EDGE;
        assertThat(watches.save(watch, 1, Duration.ofMinutes(10), 2, "1000")).isEqualTo(WatchStore.Saved.OK);
        return watch;
    }

    private static Taken take(String id) {
        return watches.take(TENANT, List.of(id), 0, false).get(id);
    }

    private static Taken.Notify taken(String id) {
        return (Taken.Notify) take(id);
    }

    @Test
    void whatIsToldIsNotToldAgain() throws Exception {
        watch("w");
        var first = taken("w");
        assertThat(first.number()).isEqualTo(1);
        assertThat(taken("w").number()).as("until somebody says that it was told").isEqualTo(2);
        get(watches.told(TENANT, List.of(first)));
        assertThat(taken("w").number()).as("a later one was taken").isEqualTo(3);
        get(watches.told(TENANT, List.of(new Taken.Notify(first.watch(), 3, Duration.ZERO, List.of()))));
        assertThat(take("w")).isInstanceOf(Taken.Nothing.class);
    }

    @Test
    void aRefusalThatIsFasterThanTheEdgeCounts() throws Exception {
        watch("w");
        var refused = taken("w");
        assertThat(watches.notTold(TENANT, "w", refused.number())).isEqualTo(1);
        get(watches.told(TENANT, List.of(refused)));
        assertThat(taken("w").number()).isEqualTo(2);
        assertThat(watches.notTold(TENANT, "w", 2)).as("in a row").isEqualTo(2);
        assertThat(watches.notTold(TENANT, "w", 1)).as("an old one").isZero();
    }

    @Test
    void anEdgeThatHasForgottenTellsAgain() throws Exception {
        watch("w");
        get(watches.told(TENANT, List.of(taken("w"))));
        assertThat(watches.forgotten(TENANT, "w", "http://127.0.0.1:1")).as("another edge").isFalse();
        assertThat(take("w")).isInstanceOf(Taken.Nothing.class);
        assertThat(watches.forgotten(TENANT, "w", EDGE)).isTrue();
        assertThat(taken("w").number()).isEqualTo(2);
    }

    @Test
    void aTenantHasItsQuota() {
        watch("a");
        watch("b");
        var third = watch("a");
        third.id = "c";
        assertThat(watches.save(third, 1, Duration.ofMinutes(10), 2, "")).isEqualTo(WatchStore.Saved.QUOTA);
        assertThat(watches.end(TENANT, "b", true)).as("it lasts").isEmpty();
        assertThat(watches.end(TENANT, "b", false)).isPresent();
        assertThat(watches.save(third, 1, Duration.ofMinutes(10), 2, "")).isEqualTo(WatchStore.Saved.OK);
        assertThat(watches.save(third, 0, Duration.ofMinutes(10), 2, "")).isEqualTo(WatchStore.Saved.OLD);
        assertThat(watches.watchers(TENANT, "ext:101")).containsExactlyInAnyOrder("a", "c");
    }
}
