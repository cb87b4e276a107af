package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.Secret;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EdgeClientIT {

    /** That of the product. */
    private static final Duration LIMIT = Duration.ofSeconds(1);
    /** For posts that have to succeed: a busy machine may need longer than the product allows. */
    private static final Duration AMPLE = Duration.ofSeconds(30);
    private static final int THREADS = 8;
    private static final List<EdgeAction> ACTIONS = List.of(new EdgeAction.Disown("call-1"));

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final EdgeClient client = new EdgeClient(vertx, new Secret("secret"), AMPLE, metrics);
    private final EdgeClient strict = new EdgeClient(vertx, new Secret("secret"), LIMIT, metrics);

    @AfterEach
    void stop() throws Exception {
        client.close();
        strict.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private String edge(Handler<HttpServerRequest> answer) throws Exception {
        var server = vertx.createHttpServer().requestHandler(answer).listen(0, "127.0.0.1").await(5, TimeUnit.SECONDS);
        return "http://127.0.0.1:" + server.actualPort();
    }

    private void post(String control) throws Exception {
        client.post(control, "c-1", ACTIONS).await(2 * AMPLE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void postsWithTokenAndCorrelation() throws Exception {
        var seen = new AtomicReference<JsonObject>();
        String control = edge(request -> request.body().onSuccess(body -> {
            seen.set(new JsonObject()
                    .put("method", request.method().name())
                    .put("path", request.path())
                    .put("authorization", request.getHeader("Authorization"))
                    .put("correlation", request.getHeader("X-Correlation-Id"))
                    .put("body", body.toJsonObject()));
            request.response().end("{\"done\": 1}");
        }));

        post(control);

        assertThat(seen.get()).isEqualTo(new JsonObject("""
                {"method": "POST", "path": "/edge/v1/actions", "authorization": "Bearer secret", "correlation": "c-1",
                 "body": {"actions": [{"do": "disown", "dialog": "call-1"}]}}"""));
        assertThat(metrics.scrape()).contains("mooring_edge_actions_seconds_count{result=\"ok\"} 1");
    }

    @Test
    void connectionsAreKeptAndBounded() throws Exception {
        Set<Object> connections = ConcurrentHashMap.newKeySet();
        String control = edge(request -> {
            connections.add(request.connection());
            request.response().end("{\"done\": 1}");
        });

        for (int i = 0; i < 10 * EdgeClient.POOL_SIZE; i++) {
            post(control);
        }

        // Not exactly one: a post may begin before the connection of the last one is back in the pool.
        assertThat(connections).hasSizeBetween(1, EdgeClient.POOL_SIZE);
    }

    /** Steps done by the caller came too late, when it was held up: the answer had gone by, and the post met its limit. */
    @Test
    void everyStepIsDoneOnOneLoopWhoeverPosts() throws Exception {
        String control = edge(request -> request.response().end("{\"done\": 1}"));
        Set<String> doneOn = ConcurrentHashMap.newKeySet();
        try (var threads = Executors.newFixedThreadPool(THREADS)) {
            var posting = IntStream.range(0, THREADS)
                    .mapToObj(i -> threads.submit(() -> client.post(control, "c-" + i, ACTIONS)
                            .onComplete(done -> doneOn.add(Thread.currentThread().getName()))
                            .await(2 * AMPLE.toSeconds(), TimeUnit.SECONDS)))
                    .toList();
            for (var one : posting) {
                one.get();
            }
        }
        assertThat(doneOn).singleElement().asString().contains("eventloop");
    }

    @Test
    void anEdgeThatRefusesIsAFailure() throws Exception {
        String control = edge(request -> request.response().setStatusCode(401).end());

        assertThatThrownBy(() -> post(control)).isInstanceOf(UnavailableException.class).hasMessageContaining("401");
    }

    @Test
    void anEdgeThatIsSilentIsGivenUpAfterASecond() throws Exception {
        String control = edge(request -> {});
        long started = System.nanoTime();

        assertThatThrownBy(() -> strict.post(control, "c-1", ACTIONS).await(10, TimeUnit.SECONDS))
                .isInstanceOf(UnavailableException.class);

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(Duration.ofMillis(900),
                Duration.ofSeconds(5));
    }

    /** It was told to end, and its successor has the same address. */
    @Test
    void anEdgeThatStartsAnewIsPostedToAgain() throws Exception {
        var server = vertx.createHttpServer().requestHandler(r -> {}).listen(0, "127.0.0.1").await(5, TimeUnit.SECONDS);
        int port = server.actualPort();
        server.close().await(5, TimeUnit.SECONDS);
        var ids = ConcurrentHashMap.<String>newKeySet();

        var posted = client.post("http://127.0.0.1:" + port, "c-1", ACTIONS);
        vertx.createHttpServer().requestHandler(request -> {
            ids.add(request.getHeader("X-Mooring-Post"));
            request.response().end("{\"done\": 1, \"boot\": \"2\"}");
        }).listen(port, "127.0.0.1").await(5, TimeUnit.SECONDS);

        assertThat(posted.await(2 * AMPLE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("2");
        assertThat(ids).hasSize(1);
    }

    @Test
    void anEdgeThatIsGoneAndAnUnusableUriAreFailures() throws Exception {
        var server = vertx.createHttpServer().requestHandler(r -> {}).listen(0, "127.0.0.1").await(5, TimeUnit.SECONDS);
        String gone = "http://127.0.0.1:" + server.actualPort();
        server.close().await(5, TimeUnit.SECONDS);

        assertThatThrownBy(() -> strict.post(gone, "c-1", ACTIONS).await(10, TimeUnit.SECONDS))
                .isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> post("no uri")).isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> post("")).isInstanceOf(UnavailableException.class);
    }

    @Test
    void theQueueToASilentEdgeIsBounded() throws Exception {
        String control = edge(request -> {});
        var posts = new ArrayList<Future<String>>();
        long started = System.nanoTime();
        for (int i = 0; i < 2_000; i++) {
            posts.add(strict.post(control, "c", ACTIONS));
        }

        assertThatThrownBy(() -> Future.join(posts).await(20, TimeUnit.SECONDS))
                .isInstanceOf(UnavailableException.class);

        assertThat(posts).allMatch(Future::failed);
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(10));
        assertThat(posts).anySatisfy(post -> assertThat(post.cause()).hasMessageContaining("PoolTooBusy"));
    }
}
