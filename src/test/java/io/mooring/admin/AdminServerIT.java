package io.mooring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.HostPort;
import io.mooring.http.Listening;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerIT {

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Metrics metrics = new Metrics();
    private final NodeState state = new NodeState();
    private final AtomicReference<Future<Void>> store = new AtomicReference<>(Future.succeededFuture());
    private final AtomicReference<Future<Void>> media = new AtomicReference<>(Future.succeededFuture());
    private final Listening listening = new Listening("TEST", new HostPort("127.0.0.1", 0));

    @BeforeEach
    void start() throws Exception {
        var checks = List.of(
                new DependencyCheck("store", true, store::get), new DependencyCheck("media", false, media::get));
        vertx.deployVerticle(
                new AdminServer(listening, state, checks, () -> new JsonObject().put("node", "n"), metrics))
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        http.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private HttpResponse<String> get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listening.port() + path));
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static JsonObject dependency(HttpResponse<String> response, String name) {
        return new JsonObject(response.body()).getJsonObject("dependencies").getJsonObject(name);
    }

    @Test
    void aLifeAsAnOrchestratorSeesIt() throws Exception {
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/startupz").statusCode()).isEqualTo(503);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);

        state.started();
        assertThat(get("/startupz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(200);

        state.draining();
        assertThat(get("/livez").statusCode()).isEqualTo(200);
        assertThat(get("/startupz").statusCode()).isEqualTo(200);
        var draining = get("/readyz");
        assertThat(draining.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(draining.body()).getString("phase")).isEqualTo("draining");
    }

    @Test
    void whatItIsIsToldInEveryPhase() throws Exception {
        assertThat(get("/statusz").body()).isEqualTo("{\"node\":\"n\",\"phase\":\"starting\"}");
        state.started();
        assertThat(get("/statusz").body()).isEqualTo("{\"node\":\"n\",\"phase\":\"running\"}");
    }

    @Test
    void aRequiredDependencyThatIsDownMakesANodeNotReadyAndIsNamed() throws Exception {
        state.started();
        store.set(Future.failedFuture("connection refused"));

        var response = get("/readyz");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(dependency(response, "store")).isEqualTo(new JsonObject()
                .put("status", "down")
                .put("required", true)
                .put("error", "connection refused"));
        assertThat(dependency(response, "media").getString("status")).isEqualTo("up");
        assertThat(get("/livez").statusCode()).isEqualTo(200);
    }

    @Test
    void anOptionalDependencyThatIsDownIsOnlyTold() throws Exception {
        state.started();
        media.set(Future.failedFuture("no answer"));

        var response = get("/readyz");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(dependency(response, "media").getString("error")).isEqualTo("no answer");
    }

    @Test
    void metricsAreThoseOfTheNodeAndTheJvm() throws Exception {
        metrics.park("ok");
        metrics.retrieve("nothing-parked");
        metrics.redis("evalsha", "ok", 1_000_000);
        metrics.gauge("mooring_parked_calls", "of a test", this, test -> 3);

        var response = get("/metrics");

        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
        assertThat(response.body()).contains(
                "mooring_parks_total{result=\"ok\"} 1.0",
                "mooring_retrieves_total{result=\"nothing-parked\"} 1.0",
                "mooring_redis_seconds_count{command=\"evalsha\",result=\"ok\"} 1",
                "mooring_parked_calls 3.0",
                "jvm_memory_used_bytes");
    }

    @Test
    void everythingElseIsAProblem() throws Exception {
        var response = get("/nothing");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
    }
}
