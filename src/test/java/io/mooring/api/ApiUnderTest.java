package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.access.Authenticator;
import io.mooring.access.JwtVerifier;
import io.mooring.call.CallControl;
import io.mooring.call.CallEvent;
import io.mooring.call.OngoingCall;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkedAt;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.config.Cidr;
import io.mooring.config.HostPort;
import io.mooring.config.Secret;
import io.mooring.http.Listening;
import io.mooring.metrics.Metrics;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries;
import io.mooring.store.Keys;
import io.mooring.store.ParkedCalls;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.TenantStore;
import io.mooring.webhook.SecretBox;
import io.mooring.webhook.WebhookClient;
import io.mooring.webhook.WebhookRules;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/** A real API server on a free port with a Redis of its own, and a client. */
final class ApiUnderTest implements AutoCloseable {

    static final String OPERATOR = "secret";

    final RedisServer redis = new RedisServer();
    final UnifiedJedis jedis = redis.jedis();
    final Vertx vertx = Vertx.vertx();
    final CallEvents events;
    /** What was ordered, and what comes of it: two calls are there. */
    final List<String> ordered = new CopyOnWriteArrayList<>();
    volatile Optional<Refusal> refusal = Optional.empty();
    /** The calls that are up, of every extension. */
    volatile List<OngoingCall> ongoing = List.of(new OngoingCall("up-1", "4930123456", 1_000));
    private final CallControl control = new CallControl() {
        @Override
        public void ring(String tenant, String call, RetrieveOrder order) {
            order("ring " + order.extension() + " for " + call + (order.entitled() ? " if entitled" : "")
                    + (order.ticket().isEmpty() ? "" : " with " + order.ticket()), call);
        }

        @Override
        public void hangUp(String tenant, String call) {
            order("hang up " + call, call);
        }

        @Override
        public List<OngoingCall> ongoing(String tenant, String extension) {
            return ongoing;
        }

        @Override
        public ParkedAt park(String tenant, ParkOrder order) {
            if (ongoing.stream().noneMatch(call -> call.id().equals(order.call()))) {
                throw new RefusedException(Refusal.UNKNOWN_DIALOG);
            }
            order("park " + order.call() + " of " + order.extension() + " at " + order.wanted(), "call-1");
            return new ParkedAt("call-1", "orbit:42", 1_000, "call-1.1");
        }

        private void order(String what, String call) {
            if (!Set.of("3kXr0aZk", "call-1").contains(call)) {
                throw new RefusedException(Refusal.NOTHING_PARKED);
            }
            refusal.ifPresent(it -> {
                throw new RefusedException(it, it == Refusal.RETRIEVED_BY_OTHER ? "104" : "");
            });
            ordered.add(what);
        }
    };
    private final Listening listening = new Listening("TEST", new HostPort("127.0.0.1", 0));
    private final HttpClient http = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    ApiUnderTest() {
        this(tenant -> List.of(), vertx -> Optional.empty());
    }

    ApiUnderTest(ParkedCalls calls, Function<Vertx, Optional<JwtVerifier>> jwt) {
        this(calls, jwt, Duration.ZERO);
    }

    /** @param refusalDelay as {@link ApiServer.Parts} has it; zero lets no test wait */
    ApiUnderTest(ParkedCalls calls, Function<Vertx, Optional<JwtVerifier>> jwt, Duration refusalDelay) {
        var access = redis.connect(vertx, Duration.ofSeconds(10));
        var secret = new Secret(OPERATOR);
        var tokens = new AccessStore(access);
        events = new CallEvents(access, new Keys(16));
        var parts = new ApiServer.Parts(secret,
                () -> new Authenticator(secret, tokens, jwt.apply(vertx), Clock.systemUTC()),
                new TenantStore(access), tokens, calls, control, events, webhooks(access), Clock.systemUTC(),
                Duration.ofSeconds(1), refusalDelay);
        try {
            vertx.deployVerticle(() -> new ApiServer(listening, parts),
                    new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** They may go to this machine. */
    private WebhookParts webhooks(RedisAccess access) {
        var rules = new WebhookRules(true, List.of(Cidr.parse("127.0.0.0/8")));
        return new WebhookParts(rules, new SecretBox(new Secret(OPERATOR)), new Deliveries(access, new Keys(16)),
                new WebhookClient(vertx, rules, Duration.ofSeconds(5), new Metrics()));
    }

    int port() {
        return listening.port();
    }

    @Override
    public void close() {
        http.close();
        jedis.close();
        try {
            vertx.close().await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        redis.close();
    }

    HttpRequest.Builder request(String token, String method, String path, String body) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Content-Type", method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
        return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As the operator; headers are names and values in turn. */
    HttpResponse<String> send(String method, String path, String body, String... headers) {
        return as(OPERATOR, method, path, body, headers);
    }

    HttpResponse<String> as(String token, String method, String path, String body, String... headers) {
        var request = request(token, method, path, body.replace('\'', '"'));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    /** Half a second of µ-law whose bytes are all ASCII, so that it can be sent as text. */
    static final String WAV = "RIFF\u0024\u0010\0\0WAVEfmt \u0010\0\0\0\u0007\0\u0001\0"
            + "\u0040\u001f\0\0\u0040\u001f\0\0\u0001\0\u0008\0data\0\u0010\0\0" + "0@Pp".repeat(1_024);

    /** What the body of an operation may be. */
    static String mediaType(OperationId operation) {
        return operation.takes().mediaTypes().stream().findFirst().orElse("application/json");
    }

    /** What must work. */
    JsonNode must(String method, String path, String body, String... headers) {
        var response = send(method, path, body, headers);
        assertThat(response.statusCode()).as(method + " " + path + " " + response.body()).isBetween(200, 204);
        return response.body().isEmpty() ? JSON.createObjectNode() : json(response);
    }

    JsonNode get(String path) {
        return must("GET", path, "");
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A problem, and where it is. */
    static JsonNode problem(HttpResponse<String> response, int status, String type, String... pointers) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
        JsonNode problem = json(response);
        assertThat(problem.path("type").asText()).as(response.body()).isEqualTo("urn:mooring:problem:" + type);
        assertThat(problem.path("detail").asText()).isNotBlank();
        assertThat(problem.path("instance").asText())
                .isEqualTo("urn:mooring:request:" + response.headers().firstValue("x-request-id").orElse("?"));
        if (pointers.length > 0) {
            assertThat(problem.path("errors")).as(response.body())
                    .extracting(error -> error.path("pointer").asText())
                    .containsExactly(pointers);
        }
        return problem;
    }

    static String etag(HttpResponse<String> response) {
        return response.headers().firstValue("etag").orElseThrow();
    }

    /** A tenant with three extensions. */
    void tenant(String domain) {
        must("PUT", "/v1/tenants/" + domain, "{}");
        for (String extension : List.of("101", "102", "103")) {
            must("PUT", "/v1/tenants/" + domain + "/extensions/" + extension, "{'password': 'demo-" + extension + "'}");
        }
    }

    /** As if 102 had parked a call at 101, and 103 had been refused something. */
    void happened(String domain, String call) {
        String key = "{s" + new Keys(16).shard(domain) + "}:";
        var id = jedis.xadd(key + "events:" + domain, StreamEntryID.NEW_ENTRY, Map.of("place", "ext:101", "event",
                "{\"type\":\"PARKED\",\"call\":\"" + call
                        + "\",\"parker\":\"102\",\"number\":\"+4930\",\"by\":\"102\"}"));
        jedis.rpush(key + "timeline:" + domain + ":" + call, id.toString());
        try {
            events.note(domain, CallEvent.refused("103", "*68", Refusal.PARKING_OFF)).await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A token of a tenant. */
    String token(String domain, String role, String extension) {
        String more = extension.isEmpty() ? "" : ", 'extension': '" + extension + "'";
        return must("POST", "/v1/tenants/" + domain + "/tokens", "{'role': '" + role + "'" + more + "}")
                .path("token")
                .asText();
    }

    /** Lets no test wait for the quota of a tenant. */
    void unlimited(String domain) {
        must("PATCH", "/v1/tenants/" + domain, "{'quotas': {'requestsPerSecond': 100000}}");
    }
}
