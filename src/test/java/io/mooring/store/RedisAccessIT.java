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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One connection carries everything: it must come back by itself, whatever the server did. */
class RedisAccessIT {

    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final RedisAccess redis = RedisAccess.connect(vertx, REDIS.url(), LIMIT, metrics);

    /** The first command loads the classes of the driver, which may take longer than a command may. */
    @BeforeEach
    void warmUp() {
        answersAgain();
    }

    @AfterEach
    void stop() throws Exception {
        redis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private static Response get(Future<Response> reply) throws Exception {
        return reply.await(10, TimeUnit.SECONDS);
    }

    private void answersAgain() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(() -> get(redis.submit(Request.cmd(Command.PING))).toString().equals("PONG"));
    }

    @Test
    void repliesBelongToTheirCommands() throws Exception {
        List<Future<Response>> asked = IntStream.range(0, 1_000)
                .mapToObj(i -> redis.submit(Request.cmd(Command.ECHO).arg("text " + i)))
                .toList();
        for (int i = 0; i < asked.size(); i++) {
            assertThat(get(asked.get(i)).toString()).isEqualTo("text " + i);
        }
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.clientList().lines().filter(line -> !line.contains("cmd=client")).count()).isEqualTo(1);
        }
    }

    @Test
    void nothingIsNull() throws Exception {
        assertThat(get(redis.submit(Request.cmd(Command.GET).arg("nothing")))).isNull();
    }

    @Test
    void aServerThatIsGoneIsUnavailableAndUsedWhenItIsBack() {
        REDIS.kill();
        try {
            assertThatThrownBy(() -> get(redis.submit(Request.cmd(Command.PING))))
                    .isInstanceOf(StoreUnavailableException.class);
        } finally {
            REDIS.restart();
        }
        answersAgain();
    }

    @Test
    void aServerThatIsSilentIsGivenUpAndUsedWhenItIsBack() {
        REDIS.freeze();
        try {
            List<Future<Response>> asked = IntStream.range(0, 20)
                    .mapToObj(i -> redis.submit(Request.cmd(Command.ECHO).arg("text " + i)))
                    .toList();
            for (var one : asked) {
                assertThatThrownBy(() -> get(one)).isInstanceOf(StoreUnavailableException.class);
            }
        } finally {
            REDIS.thaw();
        }
        answersAgain();
    }

    @Test
    void anErrorOfTheServerFailsItsCommandAlone() throws Exception {
        var bad = redis.submit(Request.cmd(Command.INCR));
        var good = redis.submit(Request.cmd(Command.ECHO).arg("text"));
        assertThatThrownBy(() -> get(bad)).isInstanceOf(StoreUnavailableException.class);
        assertThat(get(good).toString()).isEqualTo("text");
    }
}
