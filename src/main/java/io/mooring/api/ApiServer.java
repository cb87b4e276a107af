package io.mooring.api;

import io.mooring.http.BearerToken;
import io.mooring.http.BoundedBody;
import io.mooring.http.Listening;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
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
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the operations of the contract. To be deployed on virtual threads: operations wait for the store. Every refusal
 * is a problem of RFC 9457.
 */
public final class ApiServer extends VerticleBase {

    static final int BODY_LIMIT_BYTES = 64 * 1_024;

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final String CONTRACT = "openapi/mooring-v1.yaml";
    private static final int MAX_IN_FLIGHT = 256;

    private final Listening listening;
    private final BearerToken token;
    private final Duration drain;
    private final Map<OperationId, Operation> operations = new EnumMap<>(OperationId.class);
    private int inFlight;
    private @Nullable HttpServer server;

    private record Match(OperationId operation, Map<String, String> path) {}

    /**
     * @param token what the operator presents
     * @param drain longest time to finish what is in flight when the verticle stops
     */
    public ApiServer(
            Listening listening, BearerToken token, TenantStore tenants, ParkedCalls parkedCalls, Duration drain) {
        this.listening = listening;
        this.token = token;
        this.drain = drain;
        var tenant = new TenantOperations(tenants);
        var extension = new ExtensionOperations(tenants);
        var trunk = new TrunkOperations(tenants);
        operations.put(OperationId.GET_CONTRACT, request -> contract());
        operations.put(OperationId.LIST_TENANTS, tenant::list);
        operations.put(OperationId.GET_TENANT, tenant::get);
        operations.put(OperationId.PUT_TENANT, tenant::put);
        operations.put(OperationId.DELETE_TENANT, tenant::delete);
        operations.put(OperationId.LIST_EXTENSIONS, extension::list);
        operations.put(OperationId.GET_EXTENSION, extension::get);
        operations.put(OperationId.PUT_EXTENSION, extension::put);
        operations.put(OperationId.DELETE_EXTENSION, extension::delete);
        operations.put(OperationId.LIST_PARKED_CALLS, new ParkedCallOperations(tenants, parkedCalls)::list);
        operations.put(OperationId.LIST_TRUNKS, trunk::list);
        operations.put(OperationId.GET_TRUNK, trunk::get);
        operations.put(OperationId.PUT_TRUNK, trunk::put);
        operations.put(OperationId.DELETE_TRUNK, trunk::delete);
    }

    @Override
    public Future<?> start() {
        var options = new HttpServerOptions().setHandle100ContinueAutomatically(true).setHttp2ClearTextEnabled(false);
        HttpServer created = vertx.createHttpServer(options).requestHandler(this::receive);
        server = created;
        return listening.listen(created);
    }

    @Override
    public Future<?> stop() {
        HttpServer running = server;
        return running == null
                ? Future.succeededFuture()
                : running.shutdown(Math.max(1, drain.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void receive(HttpServerRequest request) {
        long started = System.nanoTime();
        String operation = "none";
        HttpServerResponse response = request.response();
        inFlight++;
        try {
            if (inFlight > MAX_IN_FLIGHT) {
                throw new ProblemException(ProblemType.OVERLOADED, "too many requests are in flight");
            }
            Match match = route(request);
            operation = match.operation.id();
            Buffer body = body(request);
            answer(response, perform(match, request, body));
        } catch (ProblemException e) {
            if (e.problem().type() == ProblemType.BODY_TOO_LARGE) {
                response.putHeader(HttpHeaders.CONNECTION, "close");
            }
            e.problem().end(response);
        } catch (InvalidValueException e) {
            invalidValue(e).end(response);
        } catch (StoreUnavailableException e) {
            LOG.atWarn().addKeyValue("operation", operation).addKeyValue("cause", e.getMessage()).log("unavailable");
            new Problem(ProblemType.UNAVAILABLE, "the store does not answer").end(response);
        } catch (Throwable e) {
            // Errors too, and what await() throws undeclared: whoever asked must not wait for ever.
            LOG.atError().setCause(e).addKeyValue("operation", operation).log("an operation failed");
            new Problem(ProblemType.DEFECT, "the log of this node has it").end(response);
        } finally {
            inFlight--;
        }
        LOG.atInfo()
                .addKeyValue("operation", operation)
                .addKeyValue("status", response.getStatusCode())
                .addKeyValue("micros", (System.nanoTime() - started) / 1_000)
                .log("request");
    }

    /** Who has no token does not learn which paths there are. */
    private Match route(HttpServerRequest request) {
        List<String> path = PathTemplate.segments(String.valueOf(request.path()));
        boolean admitted = token.admits(request);
        List<HttpMethod> allowed = new ArrayList<>();
        for (OperationId operation : OperationId.values()) {
            if (!admitted && !operation.isPublic()) {
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
        if (!admitted) {
            throw new ProblemException(ProblemType.UNAUTHORIZED, "send Authorization: Bearer and the operator token");
        }
        if (allowed.isEmpty()) {
            throw new ProblemException(ProblemType.NOT_FOUND, "see /v1/openapi.yaml");
        }
        String methods = String.join(", ", allowed.stream().map(HttpMethod::name).toList());
        request.response().putHeader(HttpHeaders.ALLOW, methods);
        throw new ProblemException(ProblemType.METHOD_NOT_ALLOWED, "this path knows " + methods);
    }

    private static Buffer body(HttpServerRequest request) {
        if (request.method() != HttpMethod.PUT) {
            return Buffer.buffer();
        }
        String type = String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE));
        if (!type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json")) {
            throw new ProblemException(ProblemType.UNSUPPORTED_MEDIA_TYPE, "send Content-Type: application/json");
        }
        return BoundedBody.read(request, BODY_LIMIT_BYTES).await();
    }

    private ApiResponse perform(Match match, HttpServerRequest request, Buffer body) {
        Operation operation = operations.get(match.operation);
        if (operation == null) {
            throw new IllegalStateException("no handler for " + match.operation.id());
        }
        return operation.handle(new ApiRequest(match.path, request.params(), body));
    }

    /** What the path names is a parameter, everything else stands in the body. */
    private static Problem invalidValue(InvalidValueException e) {
        boolean parameter = e.field().equals("domain")
                || e.field().equals("extension")
                || e.field().equals("address");
        ProblemType type = parameter ? ProblemType.INVALID_PARAMETER : ProblemType.INVALID_VALUE;
        return new Problem(type, String.valueOf(e.getMessage()), e.field());
    }

    private ApiResponse contract() {
        return new ApiResponse(200, "application/yaml", vertx.fileSystem().readFile(CONTRACT).await());
    }

    private static void answer(HttpServerResponse response, ApiResponse answer) {
        response.setStatusCode(answer.status()).putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        if (answer.mediaType().isEmpty()) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType()).end(answer.body());
        }
    }
}
