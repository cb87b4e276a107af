package io.mooring.api;

import io.mooring.access.Access;
import io.mooring.access.Authenticator;
import io.mooring.access.Principal;
import io.mooring.call.CallControl;
import io.mooring.config.Secret;
import io.mooring.http.Listening;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.ParkedCalls;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.TenantStore;
import io.mooring.tenant.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the operations of the contract. To be deployed on virtual threads: operations wait for the store. Every refusal
 * is a problem of RFC 9457.
 */
public final class ApiServer extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    /** Connections that nobody uses are closed: longer than any operation takes. */
    private static final int IDLE_SECONDS = 60;
    /** Each part of a body is handed from the event loop to a virtual thread: few large ones, then. */
    private static final int CHUNK_BYTES = 64 * 1_024;

    private final Listening listening;
    private final Parts parts;
    private final Admission admission;
    private final LongWork longWork = new LongWork();
    private @Nullable LateRefusals refusals;
    private @Nullable Operations operations;
    private @Nullable EventStreams streams;
    private @Nullable Authenticator authenticator;
    private @Nullable HttpServer server;

    private record Match(OperationId operation, Map<String, String> path) {}

    /** What becomes known of a request while it is handled. */
    private static final class Progress {
        private String operation = "none";
        private String who = "";
    }

    /**
     * What the server works with.
     *
     * @param operatorToken what the operator presents first
     * @param authenticator finds out who calls; made on the context of the server
     * @param clock the same at all nodes
     * @param drain longest time to finish what is in flight when the verticle stops
     * @param refusalDelay how long the refusals of who asks too often, or with a wrong token, are held back at least
     */
    public record Parts(Secret operatorToken, Supplier<Authenticator> authenticator,
            TenantStore tenants, AccessStore access, ParkedCalls parkedCalls, CallControl control, CallEvents events,
            WebhookParts webhooks, Clock clock, Duration drain,
            Duration refusalDelay) {}

    /**
     * @param listening where
     * @param parts what it works with
     */
    public ApiServer(Listening listening, Parts parts) {
        this.listening = listening;
        this.parts = parts;
        this.admission = new Admission(parts.tenants, parts.access);
    }

    @Override
    public Future<?> start() {
        authenticator = parts.authenticator.get();
        refusals = new LateRefusals(vertx, parts.refusalDelay);
        var following = new EventStreams(vertx, parts.tenants, parts.events, this::identify, parts.clock);
        streams = following;
        operations = new Operations(parts.tenants, parts.access, parts.parkedCalls, parts.control, parts.events,
                new Answers(parts.operatorToken), parts.webhooks, parts.clock, new DocsOperations(vertx),
                new ConsoleOperations(vertx),
                following);
        var options = new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setMaxChunkSize(CHUNK_BYTES)
                .setIdleTimeout(IDLE_SECONDS);
        HttpServer created = vertx.createHttpServer(options).requestHandler(this::receive);
        server = created;
        return listening.listen(created);
    }

    @Override
    public Future<?> stop() {
        EventStreams following = streams;
        if (following != null) {
            following.close();
        }
        HttpServer running = server;
        Future<?> stopped = running == null
                ? Future.succeededFuture()
                : running.shutdown(Math.max(1, parts.drain.toMillis()), TimeUnit.MILLISECONDS);
        return stopped.onComplete(done -> longWork.shutdown());
    }

    private void receive(HttpServerRequest request) {
        long started = System.nanoTime();
        // The body is not read before it is known who asks, and that they may.
        request.pause();
        String id = Messages.requestId(request);
        request.response().putHeader(Problem.REQUEST_ID, id);
        var progress = new Progress();
        try {
            handle(request, id, progress);
        } catch (ProblemException e) {
            refuse(request, e.problem(), progress);
        } catch (InvalidValueException e) {
            refuse(request, new Problem(ProblemType.INVALID_PARAMETER, String.valueOf(e.getMessage()), e.field()),
                    progress);
        } catch (StoreUnavailableException e) {
            LOG.atWarn()
                    .addKeyValue("operation", progress.operation)
                    .addKeyValue("cause", e.getMessage())
                    .log("unavailable");
            refuse(request, new Problem(ProblemType.UNAVAILABLE, "the store does not answer"), progress);
        } catch (Throwable e) {
            // Errors too, and what await() throws undeclared: whoever asked must not wait for ever.
            LOG.atError().setCause(e).addKeyValue("operation", progress.operation).log("an operation failed");
            refuse(request, new Problem(ProblemType.DEFECT, "the log of this node has it"), progress);
        }
        LOG.atInfo()
                .addKeyValue("operation", progress.operation)
                .addKeyValue("requestId", id)
                .addKeyValue("status", request.response().getStatusCode())
                .addKeyValue("micros", (System.nanoTime() - started) / 1_000)
                .log("request");
    }

    private void handle(HttpServerRequest request, String id, Progress progress) {
        String from = Messages.from(request);
        String address = Admission.network(from);
        String authorization = Objects.requireNonNullElse(request.getHeader(HttpHeaders.AUTHORIZATION), "");
        progress.who = admission.who(authorization, address);
        Optional<Principal> principal = admission.identify(authorization, address,
                () -> identify(authorization));
        progress.who = Admission.who(principal.flatMap(Principal::tenant), address);
        try (Admission.Admitted admitted = admission.enter(principal)) {
            Match match = route(request, principal.isPresent());
            progress.operation = match.operation.id();
            if (principal.isEmpty()) {
                admission.enterOpen(address);
            }
            Principal caller = principal.orElse(Principal.FIRST_OPERATOR);
            Admission.authorize(match.operation, caller, match.path);
            try (LongWork.Room room = match.operation.takes().isLarge() ? longWork.enter(caller.tenant()) : () -> {}) {
                // Whatever becomes of it: it is sent, and costs the same.
                int announced = Messages.announcedBytes(request);
                admitted.charge(announced);
                Buffer body = Messages.body(request, match.operation);
                var wanted = new ApiRequest(match.operation, match.path, Messages.query(request, match.operation),
                        request.headers(), body, caller, from, id);
                ApiResponse answer = admitted.work(() -> perform(wanted));
                admitted.charge(Math.max(0, body.length() - announced));
                admitted.charge(answer.body().length());
                Messages.answer(request.response(), match.operation, answer);
            }
        }
    }

    private Optional<Principal> identify(String authorization) {
        return authorization.isEmpty() ? Optional.empty() : ready(authenticator).identify(authorization);
    }

    /** Who has no token does not learn which paths there are. */
    private static Match route(HttpServerRequest request, boolean known) {
        List<String> path = PathTemplate.segments(String.valueOf(request.path()));
        List<HttpMethod> allowed = new ArrayList<>();
        for (OperationId operation : OperationId.values()) {
            if (!known && operation.access() != Access.PUBLIC) {
                continue;
            }
            Optional<Map<String, String>> parameters = PathTemplate.match(operation.segments(), path);
            if (parameters.isEmpty()) {
                continue;
            }
            if (operation.method().equals(request.method())) {
                return new Match(operation, parameters.get());
            }
            allowed.add(operation.method());
        }
        if (!known) {
            throw new ProblemException(ProblemType.UNAUTHORIZED,
                    "send Authorization: Bearer and a token that is valid");
        }
        if (allowed.isEmpty()) {
            throw new ProblemException(ProblemType.NOT_FOUND, "see /v1/openapi.yaml");
        }
        String methods = String.join(", ", allowed.stream().map(HttpMethod::name).toList());
        request.response().putHeader(HttpHeaders.ALLOW, methods);
        throw new ProblemException(ProblemType.METHOD_NOT_ALLOWED, "this path knows " + methods);
    }

    private ApiResponse perform(ApiRequest request) {
        Operations ready = ready(operations);
        return request.operation().isLong()
                ? longWork.run(request.principal().tenant(), () -> ready.perform(request))
                : ready.perform(request);
    }

    /** Who asks too often, or guesses, is told so a little later. */
    private void refuse(HttpServerRequest request, Problem problem, Progress progress) {
        if (problem.type() == ProblemType.TOO_MANY_REQUESTS || problem.type() == ProblemType.UNAUTHORIZED) {
            if (!ready(refusals).hold(progress.who, Messages.announcedBytes(request))) {
                request.response().putHeader(HttpHeaders.CONNECTION, "close");
            }
        }
        Messages.refuse(request, problem);
    }

    private static <T> T ready(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("not started");
        }
        return part;
    }
}
