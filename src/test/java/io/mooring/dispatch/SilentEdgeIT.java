package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.Secret;
import io.mooring.edge.EdgeClient;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallStore;
import io.mooring.store.Keys;
import io.mooring.store.RedisServer;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An edge that swallows what it is sent. */
class SilentEdgeIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final long SHORT_MILLIS = 300;

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final EdgeClient client = new EdgeClient(vertx, new Secret("secret"), LIMIT, metrics);

    @AfterEach
    void stop() throws Exception {
        client.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    /** Each second somebody asks again, and all turns of that second would wait with him. */
    @Test
    void isWaitedForOnceAndNotEachSecondAgain() throws Exception {
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            var edges = new Edges(new CallStore(REDIS.connect(vertx, LIMIT), new Keys(1)), client);
            var control = "http://127.0.0.1:" + silent.getLocalPort();
            assertThat(edges.isAway(control)).isTrue();
            Awaitility.await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                long began = System.nanoTime();
                assertThat(edges.isAway(control)).isTrue();
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(SHORT_MILLIS);
            });
        }
    }

    @Test
    void isBelievedWhenItAnswersAgain() throws Exception {
        var answers = new AtomicBoolean();
        var server = vertx.createHttpServer()
                .requestHandler(request -> {
                    if (answers.get()) {
                        request.response().end("{\"status\": \"UP\", \"boot\": \"1\"}");
                    }
                })
                .listen(0, "127.0.0.1")
                .await(5, TimeUnit.SECONDS);
        var edges = new Edges(new CallStore(REDIS.connect(vertx, LIMIT), new Keys(1)), client);
        var control = "http://127.0.0.1:" + server.actualPort();
        assertThat(edges.isAway(control)).isTrue();
        answers.set(true);
        Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> !edges.isAway(control));
    }
}
