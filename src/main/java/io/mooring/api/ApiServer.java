package io.mooring.api;

import io.mooring.access.Access;
import io.mooring.access.Authenticator;
import io.mooring.access.Principal;
import io.mooring.call.CallControl;
import io.mooring.config.Secret;
import io.mooring.http.BoundedBody;
import io.mooring.http.Listening;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.ConfigStore;
import io.mooring.store.ParkedCalls;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.TenantStore;
import io.mooring.tenant.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the operations of the contract. To be deployed on virtual threads: operations wait for the store. Every refusal
 * is a problem of RFC 9457.
 */
public final class ApiServer extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final int MAX_IN_FLIGHT = 256;
    /** Large bodies that are read and worked on at once: each may take some ten megabytes of memory. */
    private static final int MAX_LARGE = 2;
    /** Whoever sends slower shall not keep others waiting. */
    private static final int BODY_SECONDS = 10;
    /** Connections that nobody uses are closed: longer than any operation takes. */
    private static final int IDLE_SECONDS = 60;
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private final Listening listening;
    private final Parts parts;
    private final Admission admission;
    private int inFlight;
    private int large;
    private final Set<String> importing = new HashSet<>();
    private @Nullable Operations operations;
    private @Nullable EventStreams streams;
    private @Nullable Authenticator authenticator;
    private @Nullable HttpServer server;

    private record Match(OperationId operation, Map<String, String> path) {}

    /**
     * What the server works with.
     *
     * @param operatorToken what the operator presents first
     * @param authenticator finds out who calls; made on the context of the server
     * @param drain longest time to finish what is in flight when the verticle stops
     */
    public record Parts(Secret operatorToken, Supplier<Authenticator> authenticator,
            TenantStore tenants, AccessStore access, ParkedCalls parkedCalls, CallControl control, CallEvents events,
            Duration drain) {}

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
        var following = new EventStreams(vertx, parts.tenants, parts.events, this::identify, Clock.systemUTC());
        streams = following;
        operations = new Operations(parts.tenants, parts.access, parts.parkedCalls, parts.control, parts.events,
                new Answers(parts.operatorToken), Clock.systemUTC(), new DocsOperations(vertx), following);
        var options = new HttpServerOptions()
                .setHandle100ContinueAutomatically(true)
                .setHttp2ClearTextEnabled(false)
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
        return running == null
                ? Future.succeededFuture()
                : running.shutdown(Math.max(1, parts.drain.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void receive(HttpServerRequest request) {
        long started = System.nanoTime();
        String operation = "none";
        HttpServerResponse response = request.response();
        String id = requestId(request);
        response.putHeader(Problem.REQUEST_ID, id);
        inFlight++;
        try {
            if (inFlight > MAX_IN_FLIGHT) {
                throw new ProblemException(ProblemType.OVERLOADED, "too many requests are in flight");
            }
            // The body is paused, because whoever asks is found out first, and that may wait.
            request.pause();
            String authorization = Objects.requireNonNullElse(request.getHeader(HttpHeaders.AUTHORIZATION), "");
            admission.refuseAgain(authorization);
            Optional<Principal> principal = identify(authorization);
            Match match = route(request, principal.isPresent());
            operation = match.operation.id();
            Principal caller = principal.orElse(Principal.FIRST_OPERATOR);
            Admission.authorize(match.operation, caller, match.path);
            try (var admitted = admission.enter(caller, authorization); var room = room(match.operation, caller)) {
                Buffer body = body(request, match.operation);
                answer(response, match.operation,
                        perform(new ApiRequest(match.operation, match.path, query(request, match.operation),
                                request.headers(), body, caller, from(request), id)));
            }
        } catch (ProblemException e) {
            refuse(request, e.problem());
        } catch (InvalidValueException e) {
            refuse(request, new Problem(ProblemType.INVALID_PARAMETER, String.valueOf(e.getMessage()), e.field()));
        } catch (StoreUnavailableException e) {
            LOG.atWarn().addKeyValue("operation", operation).addKeyValue("cause", e.getMessage()).log("unavailable");
            refuse(request, new Problem(ProblemType.UNAVAILABLE, "the store does not answer"));
        } catch (Throwable e) {
            // Errors too, and what await() throws undeclared: whoever asked must not wait for ever.
            LOG.atError().setCause(e).addKeyValue("operation", operation).log("an operation failed");
            refuse(request, new Problem(ProblemType.DEFECT, "the log of this node has it"));
        } finally {
            inFlight--;
        }
        LOG.atInfo()
                .addKeyValue("operation", operation)
                .addKeyValue("requestId", id)
                .addKeyValue("status", response.getStatusCode())
                .addKeyValue("micros", (System.nanoTime() - started) / 1_000)
                .log("request");
    }

    /** A tenant has one document under way at this node, so that two do not keep all others out. */
    private Admission.Admitted room(OperationId operation, Principal caller) {
        if (!operation.takes().isLarge()) {
            return () -> {};
        }
        if (large >= MAX_LARGE) {
            throw new ProblemException(ProblemType.OVERLOADED, "other large bodies are being worked on");
        }
        String tenant = caller.tenant().orElse("");
        if (!tenant.isEmpty() && !importing.add(tenant)) {
            throw Admission.tooMany("the tenant imports a document already", 1);
        }
        large++;
        return () -> {
            large--;
            importing.remove(tenant);
        };
    }

    private static String requestId(HttpServerRequest request) {
        String given = request.getHeader(Problem.REQUEST_ID);
        return given != null && REQUEST_ID.matcher(given).matches() ? given : ConfigStore.newId();
    }

    /** Empty for a path that needs no token, and for who has none. */
    private Optional<Principal> identify(String authorization) {
        Authenticator asked = authenticator;
        return authorization.isEmpty() || asked == null ? Optional.empty() : asked.identify(authorization);
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

    private static MultiMap query(HttpServerRequest request, OperationId operation) {
        MultiMap query = MultiMap.caseInsensitiveMultiMap();
        for (var parameter : request.params()) {
            if (!operation.hasQuery(parameter.getKey()) || query.contains(parameter.getKey())) {
                throw new ProblemException(ProblemType.INVALID_PARAMETER, "is not a parameter of this operation, or is"
                        + " there twice", parameter.getKey());
            }
            query.add(parameter.getKey(), parameter.getValue());
        }
        return query;
    }

    private static Buffer body(HttpServerRequest request, OperationId operation) {
        int limit = operation.takes().bodyLimitBytes();
        if (limit == 0) {
            request.resume();
            return Buffer.buffer();
        }
        String type = String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE));
        String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!operation.takes().mediaTypes().contains(plain)) {
            throw new ProblemException(ProblemType.UNSUPPORTED_MEDIA_TYPE,
                    "send Content-Type: " + operation.takes().mediaTypes().iterator().next());
        }
        Future<Buffer> body = BoundedBody.read(request, limit);
        request.resume();
        return body.timeout(BODY_SECONDS, TimeUnit.SECONDS)
                .recover(failure -> Future.failedFuture(failure instanceof ProblemException
                        ? failure
                        : new ProblemException(ProblemType.INCOMPLETE_BODY,
                                "it did not come whole within " + BODY_SECONDS + " s")))
                .await();
    }

    private ApiResponse perform(ApiRequest request) {
        Operations ready = operations;
        if (ready == null) {
            throw new IllegalStateException("not started");
        }
        return ready.perform(request);
    }

    private static String from(HttpServerRequest request) {
        var address = request.remoteAddress();
        return address == null ? "" : String.valueOf(address.hostAddress());
    }

    /** What was not read of the body is read away, or the connection ends with the answer. */
    private static void refuse(HttpServerRequest request, Problem problem) {
        if (problem.type() == ProblemType.BODY_TOO_LARGE || problem.type() == ProblemType.INCOMPLETE_BODY) {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        problem.end(request.response());
        request.resume();
    }

    /** What has no secret may be kept, and is asked for again with its version. */
    private static void answer(HttpServerResponse response, OperationId operation, ApiResponse answer) {
        String cache = operation.access() == Access.PUBLIC ? "no-cache" : "no-store";
        response.setStatusCode(answer.status())
                .putHeader(HttpHeaders.CACHE_CONTROL, cache)
                .putHeader("X-Content-Type-Options", "nosniff");
        if (answer.mediaType().startsWith("text/html")) {
            response.putHeader("Content-Security-Policy", DocsOperations.CONTENT_SECURITY_POLICY)
                    .putHeader("Referrer-Policy", "no-referrer");
        }
        if (!answer.etag().isEmpty()) {
            response.putHeader(HttpHeaders.ETAG, "\"" + answer.etag() + "\"");
        }
        ApiResponse.Live live = answer.live();
        if (live != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType());
            live.begin(response);
        } else if (answer.mediaType().isEmpty()) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType()).end(answer.body());
        }
    }
}
