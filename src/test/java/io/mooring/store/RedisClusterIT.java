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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A cluster of three primaries: commands find theirs, whatever moves or dies, and what was acknowledged is there afterwards. */
class RedisClusterIT {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Duration SETTLED = Duration.ofSeconds(40);
    private static final int KEYS = 300;
    private static final LuaScript RELEASE = LuaScript.load("release_dialog");

    private static ClusteredRedis redis;
    private final Vertx vertx = Vertx.vertx();
    private RedisAccess access;

    @BeforeAll
    static void start() {
        redis = new ClusteredRedis();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void connect() throws Exception {
        redis.awaitWhole();
        redis.flush();
        access = RedisAccess.connect(vertx, redis.setup(), LIMIT, new Metrics());
        writable();
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

    private Response read(String key) throws Exception {
        return get(access.submit(Request.cmd(Command.GET).arg(key)));
    }

    /** Waits until every primary takes writes. */
    private void writable() {
        Awaitility.await().atMost(SETTLED).ignoreExceptions().until(() -> {
            for (int i = 0; i < KEYS / 10; i++) {
                get(access.submitReplicated(set("key-" + i, "" + i)));
            }
            return true;
        });
    }

    @Test
    void keysAreSpreadAndFoundAgain() throws Exception {
        var sent = IntStream.range(0, KEYS).mapToObj(i -> access.submit(set("key-" + i, "" + i))).toList();
        for (var one : sent) {
            get(one);
        }
        for (int i = 0; i < KEYS; i++) {
            assertThat(read("key-" + i)).hasToString("" + i);
        }
        assertThat(redis.primaries()).hasSize(3).allSatisfy(primary -> {
            try (primary) {
                assertThat(primary.dbSize()).isGreaterThan(KEYS / 6);
            }
        });
    }

    @Test
    void whatHasNoKeyIsAnsweredByOne() throws Exception {
        assertThat(get(access.submit(Request.cmd(Command.PING)))).hasToString("PONG");
        assertThat(get(access.submit(Request.cmd(Command.TIME))).size()).isEqualTo(2);
    }

    @Test
    void everyKeyOfACommandIsLookedFor() {
        Set<Integer> slots = new HashSet<>();
        for (Request request : List.of(Request.cmd(Command.GET).arg("{x}1"),
                Request.cmd(Command.MGET).arg("{x}1").arg("{x}2"),
                Request.cmd(Command.EVALSHA).arg("sha").arg(1).arg("{x}1").arg("other"),
                Request.cmd(Command.EVAL).arg("return 1").arg(2).arg("{x}1").arg("{x}3").arg("other"),
                Request.cmd(Command.XREAD)
                        .arg("COUNT")
                        .arg(1)
                        .arg("STREAMS")
                        .arg("{x}1")
                        .arg("{x}2")
                        .arg("0-0")
                        .arg("0-0"),
                Request.cmd(Command.XINFO).arg("STREAM").arg("{x}1"),
                Request.cmd(Command.ZADD).arg("{x}1").arg("XX").arg(1).arg("other"),
                Request.cmd(Command.SET).arg("{x}1").arg("").arg("NX").arg("PX").arg(5))) {
            slots.add(HashSlot.of(request).orElseThrow());
        }
        assertThat(slots).containsExactly(HashSlot.of("x"));
        assertThat(HashSlot.of("123456789")).as("the example of the specification").isEqualTo(0x31C3);
        assertThat(HashSlot.of("a{}b{c}")).as("an empty tag is none").isNotEqualTo(HashSlot.of("c"));
        assertThat(IntStream.range(0, HashSlot.COUNT))
                .allMatch(slot -> HashSlot.of("barrier:{" + HashSlot.tag(slot) + "}") == slot);
    }

    @Test
    void aSlotThatMovesIsFollowed() throws Exception {
        for (String key : List.of("own:moving", "own:moving too")) {
            int slot = HashSlot.of(key);
            get(access.submitReplicated(set(key, "before")));
            int from = redis.primaryOf(key);
            int to = redis.primaryPorts().stream().filter(port -> port != from).findFirst().orElseThrow();

            redis.beginToMove(slot, from, to);
            assertThat(read(key)).as("a key that is there yet").hasToString("before");
            try (var source = new Jedis("127.0.0.1", from)) {
                source.del(key);
            }
            get(access.submitReplicated(set(key, "meanwhile")));
            assertThat(read(key)).as("a key that is at the other already").hasToString("meanwhile");
            assertThat(get(RELEASE.run(access, List.of(key), List.of("nobody", "1")))).hasToString("0");

            redis.moveSlot(slot, from, to);
            assertThat(read(key)).hasToString("meanwhile");
            get(access.submitReplicated(set(key, "after")));
            assertThat(read(key)).hasToString("after");
        }
    }

    @Test
    void aPrimaryThatDiesTakesNothingWithItThatWasAcknowledged() throws Exception {
        for (int i = 0; i < KEYS; i++) {
            get(access.submitReplicated(set("key-" + i, "" + i)));
        }
        int dead = redis.primaryOf("key-1");
        String elsewhere = IntStream.range(0, KEYS)
                .mapToObj(i -> "key-" + i)
                .filter(key -> redis.primaryOf(key) != dead)
                .findFirst()
                .orElseThrow();
        Runnable restart = redis.kill(dead);
        long killed = System.nanoTime();
        assertThat(read(elsewhere)).as("a key that another primary has").isNotNull();
        Awaitility.await().atMost(SETTLED).ignoreExceptions().until(() -> read("key-1") != null);
        System.out.printf("primary killed: read again after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
        for (int i = 0; i < KEYS; i++) {
            assertThat(read("key-" + i)).hasToString("" + i);
        }
        assertThatThrownBy(() -> get(access.submitReplicated(set("key-1", "alone"))))
                .as("a write that no replica would have")
                .isInstanceOf(StoreUnavailableException.class);
        restart.run();
        redis.awaitWhole();
        writable();
    }

    @Test
    void aPrimaryThatIsSilentIsGivenUp() throws Exception {
        int silent = redis.primaryOf("key-1");
        Runnable thaw = redis.freeze(silent);
        try {
            long began = System.nanoTime();
            assertThatThrownBy(() -> read("key-1")).isInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> get(access.submitReplicated(set("key-1", "1"))))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LIMIT.multipliedBy(4));
            Awaitility.await().atMost(SETTLED).ignoreExceptions().until(() -> read("key-1") != null);
            assertThat(redis.primaryOf("key-1")).isNotEqualTo(silent);
        } finally {
            thaw.run();
        }
        redis.awaitWhole();
        writable();
    }

    @Test
    void whoHasReadAtAPrimaryOfBeforeIsToldSo() throws Exception {
        long began = System.nanoTime();
        get(access.awaitReplicasSince(began, List.of("key-1", "key-2", "{s1}:due")));
        int dead = redis.primaryOf("key-1");
        Runnable restart = redis.kill(dead);
        long during = System.nanoTime();
        assertThatThrownBy(() -> get(access.awaitReplicasSince(System.nanoTime(), List.of("key-1"))))
                .isInstanceOf(StoreUnavailableException.class);
        Awaitility.await().atMost(SETTLED).ignoreExceptions().until(() -> read("key-1") != null);
        restart.run();
        redis.awaitWhole();
        writable();
        assertThatThrownBy(() -> get(access.awaitReplicasSince(during, List.of("key-1"))))
                .as("what was read before another primary took over")
                .isInstanceOf(StoreUnavailableException.class);
        get(access.awaitReplicasSince(System.nanoTime(), List.of("key-1", "key-2")));
    }
}
