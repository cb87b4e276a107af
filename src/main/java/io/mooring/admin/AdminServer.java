package io.mooring.admin;

import io.mooring.http.Listening;
import io.mooring.http.Problem;
import io.mooring.http.ProblemType;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * {@code /livez} asks nothing but the event loop; {@code /readyz} says whether the node takes work, and what is wrong
 * when it does not; {@code /startupz} whether it has started; {@code /statusz} what it is, so that nodes can be compared; {@code /metrics} is for
 * Prometheus.
 */
public final class AdminServer extends VerticleBase {

    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;

    private final Listening listening;
    private final NodeState state;
    private final List<DependencyCheck> checks;
    private final Supplier<JsonObject> status;
    private final Metrics metrics;

    /** What a check found; {@code error} is empty when all is well. */
    private record Finding(DependencyCheck check, String error) {

        boolean blocks() {
            return check.required() && !error.isEmpty();
        }
    }

    /**
     * @param checks what {@code /readyz} asks, each time
     * @param status what {@code /statusz} tells, beside the phase
     */
    public AdminServer(Listening listening, NodeState state, List<DependencyCheck> checks, Supplier<JsonObject> status,
            Metrics metrics) {
        this.listening = listening;
        this.state = state;
        this.checks = List.copyOf(checks);
        this.status = status;
        this.metrics = metrics;
    }

    @Override
    public Future<?> start() {
        return listening.listen(vertx.createHttpServer().requestHandler(this::receive));
    }

    private void receive(HttpServerRequest request) {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            new Problem(ProblemType.METHOD_NOT_ALLOWED, "this port is only read").end(request.response());
            return;
        }
        switch (String.valueOf(request.path())) {
            case "/livez" -> answer(request, OK, new JsonObject().put("status", "alive"));
            case "/startupz" -> started(request);
            case "/readyz" -> ready(request);
            case "/statusz" -> answer(request, OK, status.get().put("phase", phase()));
            case "/metrics" -> metrics(request);
            default -> new Problem(ProblemType.NOT_FOUND, "try /livez, /readyz, /startupz, /statusz or /metrics")
                    .end(request.response());
        }
    }

    private void started(HttpServerRequest request) {
        boolean started = state.phase() != NodeState.Phase.STARTING;
        answer(request, started ? OK : UNAVAILABLE, new JsonObject().put("status", started ? "started" : "starting"));
    }

    private void ready(HttpServerRequest request) {
        List<Future<Finding>> findings = checks.stream().map(AdminServer::find).toList();
        Future.all(findings).onComplete(all -> {
            List<Finding> found = findings.stream().map(Future::result).toList();
            NodeState.Phase phase = state.phase();
            boolean ready = phase == NodeState.Phase.RUNNING && found.stream().noneMatch(Finding::blocks);
            var dependencies = new JsonObject();
            for (Finding finding : found) {
                dependencies.put(finding.check.name(), dependency(finding));
            }
            answer(request, ready ? OK : UNAVAILABLE, new JsonObject()
                    .put("status", ready ? "ready" : "not ready")
                    .put("phase", phase())
                    .put("dependencies", dependencies));
        });
    }

    private String phase() {
        return state.phase().name().toLowerCase(Locale.ROOT);
    }

    private static Future<Finding> find(DependencyCheck check) {
        Future<Void> probe;
        try {
            probe = check.probe().get();
        } catch (RuntimeException e) {
            probe = Future.failedFuture(e);
        }
        return probe.map(up -> new Finding(check, ""))
                .otherwise(failure -> new Finding(check, String.valueOf(failure.getMessage())));
    }

    private static JsonObject dependency(Finding finding) {
        var json = new JsonObject()
                .put("status", finding.error.isEmpty() ? "up" : "down")
                .put("required", finding.check.required());
        return finding.error.isEmpty() ? json : json.put("error", finding.error);
    }

    private void metrics(HttpServerRequest request) {
        vertx.executeBlocking(metrics::scrape, false)
                .onSuccess(text -> request.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(failure -> new Problem(ProblemType.DEFECT, String.valueOf(failure.getMessage()))
                        .end(request.response()));
    }

    private static void answer(HttpServerRequest request, int status, JsonObject body) {
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(body.toBuffer());
    }
}
