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
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One connection carries everything: it must come back by itself, whatever the server did. */
class RedisAccessIT {

    @RegisterExtension
    static final RedisServer REDIS = RedisServer.standalone();

    /** That of the product. */
    private static final Duration LIMIT = Duration.ofSeconds(1);
    /** For commands that have to succeed: a busy machine may need longer than the product allows. */
    private static final Duration AMPLE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final RedisAccess redis = REDIS.connect(vertx, AMPLE, metrics);
    private final RedisAccess strict = REDIS.connect(vertx, LIMIT, metrics);

    @AfterEach
    void stop() throws Exception {
        redis.close();
        strict.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private static Response get(Future<Response> reply) throws Exception {
        return reply.await(2 * AMPLE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void answersAgain(RedisAccess access) {
        Awaitility.await()
                .atMost(AMPLE)
                .ignoreExceptions()
                .until(() -> get(access.submit(Request.cmd(Command.PING))).toString().equals("PONG"));
    }

    @Test
    void repliesBelongToTheirCommands() throws Exception {
        List<Future<Response>> asked = IntStream.range(0, 1_000)
                .mapToObj(i -> redis.submit(Request.cmd(Command.ECHO).arg("text " + i)))
                .toList();
        for (int i = 0; i < asked.size(); i++) {
            assertThat(get(asked.get(i)).toString()).isEqualTo("text " + i);
        }
        try (var jedis = REDIS.primaries().getFirst()) {
            assertThat(jedis.clientList().lines().filter(line -> !line.contains("cmd=client")).count()).isEqualTo(1);
        }
    }

    @Test
    void nothingIsNull() throws Exception {
        assertThat(get(redis.submit(Request.cmd(Command.GET).arg("nothing")))).isNull();
    }

    @Test
    void aServerThatIsGoneIsUnavailableAndUsedWhenItIsBack() {
        answersAgain(redis);
        REDIS.kill();
        try {
            assertThatThrownBy(() -> get(redis.submit(Request.cmd(Command.PING))))
                    .isInstanceOf(StoreUnavailableException.class);
        } finally {
            REDIS.restart();
        }
        answersAgain(redis);
    }

    @Test
    void aServerThatIsSilentIsGivenUpAndUsedWhenItIsBack() {
        answersAgain(strict);
        REDIS.freeze();
        try {
            List<Future<Response>> asked = IntStream.range(0, 20)
                    .mapToObj(i -> strict.submit(Request.cmd(Command.ECHO).arg("text " + i)))
                    .toList();
            for (var one : asked) {
                assertThatThrownBy(() -> get(one)).isInstanceOf(StoreUnavailableException.class);
            }
        } finally {
            REDIS.thaw();
        }
        answersAgain(strict);
    }

    @Test
    void oneThatIsClosedOpensNoConnectionAgain() throws Exception {
        answersAgain(redis);
        redis.close();
        assertThatThrownBy(() -> get(redis.submit(Request.cmd(Command.PING))))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("closed");
        try (var jedis = REDIS.primaries().getFirst()) {
            Awaitility.await()
                    .atMost(AMPLE)
                    .untilAsserted(() -> assertThat(jedis.clientList().lines())
                            .allMatch(line -> line.contains("cmd=client")));
        }
    }

    @Test
    void anErrorOfTheServerFailsItsCommandAlone() throws Exception {
        var bad = redis.submit(Request.cmd(Command.INCR));
        var good = redis.submit(Request.cmd(Command.ECHO).arg("text"));
        assertThatThrownBy(() -> get(bad)).isInstanceOf(StoreUnavailableException.class);
        assertThat(get(good).toString()).isEqualTo("text");
    }
}
