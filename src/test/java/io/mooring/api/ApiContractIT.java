package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.HostPort;
import io.mooring.config.Secret;
import io.mooring.http.BearerToken;
import io.mooring.http.Listening;
import io.mooring.http.ProblemType;
import io.mooring.metrics.Metrics;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.TenantStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import redis.clients.jedis.Jedis;

/** The server against the contract file: every operation, and every refusal. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiContractIT {

    /** Valid values of every parameter and body, for things that exist. */
    private static final Map<String, String> PARAMETERS = Map.of("domain", "acme.example", "extension", "101",
            "address", "192.0.2.1");
    private static final Map<String, String> BODIES = Map.of(
            "putTenant", "{\"displayName\": \"Acme\"}",
            "putExtension", "{\"displayName\": \"Bob\"}",
            "putTrunk", "{\"name\": \"carrier\", \"tenant\": \"acme.example\"}");

    private final JsonObject contract = contract();
    private final Listening listening = new Listening("TEST", new HostPort("127.0.0.1", 0));
    private final HttpClient http = HttpClient.newHttpClient();
    private final Vertx vertx = Vertx.vertx();
    private RedisServer server;
    private Jedis jedis;

    /** One operation of the contract file. */
    record Described(String id, String method, String path, JsonObject operation) {

        @Override
        public String toString() {
            return id;
        }

        boolean isPublic() {
            return operation.getJsonArray("security") != null;
        }

        boolean hasBody() {
            return operation.containsKey("requestBody");
        }

        boolean hasParameters() {
            return path.contains("{");
        }
    }

    @BeforeAll
    void start() throws Exception {
        server = new RedisServer();
        jedis = new Jedis(URI.create(server.url()));
        var store = new TenantStore(RedisAccess.connect(vertx, server.url(), Duration.ofSeconds(10), new Metrics()));
        var token = new BearerToken(new Secret("secret"));
        vertx.deployVerticle(
                () -> new ApiServer(listening, token, store,
                        tenant -> parked(tenant), Duration.ofSeconds(1)),
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await(10, TimeUnit.SECONDS);
    }

    private static List<ParkedCall> parked(String tenant) {
        return switch (tenant) {
            case "down.example" -> throw new StoreUnavailableException("down", new IOException());
            case "defect.example" -> throw new AssertionError("a secret");
            default -> List.of(new ParkedCall("3kXr0aZk", "PARKED", "ext:101", "101", 1_763_000_000_000L));
        };
    }

    @AfterAll
    void stop() throws Exception {
        http.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        jedis.close();
        server.close();
    }

    @BeforeEach
    void provision() {
        jedis.flushAll();
        for (String domain : List.of("acme.example", "down.example", "defect.example")) {
            assertThat(put("/v1/tenants/" + domain, "{}").statusCode()).isEqualTo(201);
        }
        put("/v1/tenants/acme.example/extensions/101", "{\"password\": \"demo-101\"}");
        put("/v1/trunks/192.0.2.1", "{\"name\": \"carrier\", \"tenant\": \"acme.example\"}");
    }

    private static JsonObject contract() {
        try (InputStream in = ApiContractIT.class.getResourceAsStream("/openapi/mooring-v1.yaml")) {
            return new JsonObject(new Yaml().<Map<String, Object>>load(Objects.requireNonNull(in)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Stream<Described> operations() {
        var operations = new ArrayList<Described>();
        for (var path : contract.getJsonObject("paths")) {
            for (var method : (JsonObject) path.getValue()) {
                if (!method.getKey().equals("parameters")) {
                    var operation = (JsonObject) method.getValue();
                    operations.add(new Described(
                            operation.getString("operationId"), method.getKey().toUpperCase(), path.getKey(),
                            operation));
                }
            }
        }
        return operations.stream();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listening.port() + path))
                .header("Authorization", "Bearer secret")
                .header("Content-Type", "application/json");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> put(String path, String body) {
        return send(request(path).PUT(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    private static String path(Described operation, Map<String, String> values) {
        String path = operation.path;
        for (var value : values.entrySet()) {
            path = path.replace("{" + value.getKey() + "}", value.getValue());
        }
        return path;
    }

    private HttpRequest.Builder request(Described operation, Map<String, String> values) {
        var body = operation.hasBody()
                ? BodyPublishers.ofString(BODIES.get(operation.id))
                : BodyPublishers.noBody();
        return request(path(operation, values)).method(operation.method, body);
    }

    /** Checks status, media type and body against what the contract says of this operation. */
    private void conforms(Described operation, HttpResponse<String> response) {
        JsonObject described = resolve(operation.operation.getJsonObject("responses")
                .getJsonObject(Integer.toString(response.statusCode())));
        assertThat(described).as(operation.id + " " + response.statusCode()).isNotNull();
        JsonObject content = described.getJsonObject("content");
        if (content == null) {
            assertThat(response.body()).isEmpty();
            return;
        }
        String mediaType = response.headers().firstValue("content-type").orElse("");
        assertThat(content.fieldNames()).contains(mediaType);
        if (mediaType.endsWith("json")) {
            new SchemaCheck(contract).check(content.getJsonObject(mediaType).getJsonObject("schema"),
                    new JsonObject(response.body()));
        }
    }

    private JsonObject resolve(JsonObject object) {
        return object == null ? null : new SchemaCheck(contract).resolve(object);
    }

    private static void isProblem(HttpResponse<String> response, int status, String type, String field) {
        var json = new JsonObject(response.body());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
        assertThat(json.getString("type")).isEqualTo("urn:mooring:problem:" + type);
        assertThat(json.getString("field", "")).isEqualTo(field);
        assertThat(json.getString("detail")).isNotBlank();
    }

    @Test
    void serverAndContractKnowTheSameOperations() {
        assertThat(operations().map(o -> o.id + " " + o.method + " " + o.path))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(OperationId.values())
                        .map(o -> o.id() + " " + o.method() + " " + o.template())
                        .toList());
    }

    @Test
    void theContractIsServedAsItIs() throws IOException {
        var response = get("/v1/openapi.yaml");
        try (InputStream in = getClass().getResourceAsStream("/openapi/mooring-v1.yaml")) {
            assertThat(response.body().getBytes()).isEqualTo(Objects.requireNonNull(in).readAllBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyOperationSucceedsAsDescribed(Described operation) {
        var response = send(request(operation, PARAMETERS));

        assertThat(response.statusCode()).as(response.body()).isBetween(200, 204);
        conforms(operation, response);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void nothingButTheContractIsSaidWithoutAToken(Described operation) {
        for (String authorization : List.of("Bearer wrong", "Basic secret", "")) {
            var response = send(request(operation, PARAMETERS).setHeader("Authorization", authorization));
            if (operation.isPublic()) {
                assertThat(response.statusCode()).isEqualTo(200);
            } else {
                isProblem(response, 401, "unauthorized", "");
                conforms(operation, response);
                assertThat(response.headers().firstValue("www-authenticate")).contains("Bearer");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyParameterIsChecked(Described operation) {
        for (String parameter : PARAMETERS.keySet()) {
            if (operation.path.contains("{" + parameter + "}")) {
                for (String wrong : List.of("-", "a%20b", "a:ext:101", "%2A", "%ff", "%00", "..", "a%2Fb")) {
                    var values = new java.util.HashMap<>(PARAMETERS);
                    values.put(parameter, wrong);
                    var response = send(request(operation, values));
                    isProblem(response, 400, "invalid-parameter", parameter);
                    conforms(operation, response);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyUnknownThingIsNotFound(Described operation) {
        if (!operation.hasParameters() || operation.hasBody()) {
            return;
        }
        jedis.flushAll();
        var response = send(request(operation, PARAMETERS));
        isProblem(response, 404, operation.path.contains("{domain}") ? "unknown-tenant" : "unknown-trunk",
                operation.path.contains("{domain}") ? "domain" : "address");
        conforms(operation, response);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyBodyIsChecked(Described operation) {
        if (!operation.hasBody()) {
            return;
        }
        for (String malformed : List.of("", "{", "nul", "{\"a\": 1, \"a\": 2}", "\"\\ud800")) {
            var response = put(path(operation, PARAMETERS), malformed);
            isProblem(response, 400, "malformed-json", "");
            conforms(operation, response);
        }
        for (String misshaped : List.of("null", "[]", "7", "\"x\"", "true", "{} {}")) {
            isProblem(put(path(operation, PARAMETERS), misshaped), 400, "invalid-body", "");
        }
        isProblem(put(path(operation, PARAMETERS), "{\"extra\": 1}"), 400, "invalid-body", "extra");
        for (String name : fields(operation)) {
            for (String value : List.of("7", "1.5", "true", "[]", "[\"a\"]", "null")) {
                isProblem(put(path(operation, PARAMETERS), "{\"" + name + "\": " + value + "}"),
                        400, "invalid-body", name);
            }
        }
    }

    private List<String> fields(Described operation) {
        JsonObject schema = resolve(operation.operation.getJsonObject("requestBody")
                .getJsonObject("content")
                .getJsonObject("application/json")
                .getJsonObject("schema"));
        return List.copyOf(schema.getJsonObject("properties").fieldNames());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyBodyHasAMediaTypeAndALimit(Described operation) {
        if (!operation.hasBody()) {
            return;
        }
        for (String type : List.of("text/plain", "application/xml", "application/json-patch+json", "nonsense")) {
            var response = send(request(operation, PARAMETERS).setHeader("Content-Type", type));
            isProblem(response, 415, "unsupported-media-type", "");
            conforms(operation, response);
        }
        assertThat(send(request(operation, PARAMETERS).setHeader("Content-Type", "Application/JSON; charset=utf-8"))
                .statusCode()).isBetween(200, 201);
        var large = put(path(operation, PARAMETERS), " ".repeat(ApiServer.BODY_LIMIT_BYTES) + "{}");
        isProblem(large, 413, "body-too-large", "");
        conforms(operation, large);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void otherMethodsAreNotAllowed(Described operation) {
        var response = send(request(path(operation, PARAMETERS)).method("PATCH", BodyPublishers.noBody()));

        isProblem(response, 405, "method-not-allowed", "");
        assertThat(response.headers().firstValue("allow").orElse("")).contains(operation.method);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1", "/v1/", "/v1/tenants/", "/v1/tenants/acme.example/", "/v2/tenants",
        "//v1/tenants",
        "/v1/tenants/acme.example/extensions/101/x", "/V1/tenants", "/v1/trunks/192.0.2.1/"})
    void unknownPaths(String path) {
        var response = get(path);

        assertThat(response.statusCode()).isIn(404, 400);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
    }

    @ParameterizedTest
    @CsvSource({"limit, 0", "limit, 1001", "limit, x", "limit, ''", "offset, -1", "offset, 99999999999"})
    void pagesHaveLimits(String name, String value) {
        isProblem(get("/v1/tenants?" + name + "=" + value), 400, "invalid-parameter", name);
    }

    @Test
    void listsArePaged() {
        var page = new JsonObject(get("/v1/tenants?limit=1&offset=1").body());

        assertThat(page.getJsonArray("items").getJsonObject(0).getString("domain")).isEqualTo("defect.example");
        page.remove("items");
        assertThat(page).isEqualTo(new JsonObject().put("offset", 1).put("limit", 1).put("total", 3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "tenants/acme.example | {\"displayName\": \"a\\u0000b\"} | displayName",
        "tenants/acme.example | {\"featureCodes\": {\"park\": \"68\"}} | featureCodes.park",
        "tenants/acme.example | {\"featureCodes\": {\"retrieve\": \"*\"}} | featureCodes.retrieve",
        "tenants/acme.example | {\"featureCodes\": {\"park\": \"*88\"}} | featureCodes.retrieve",
        "tenants/acme.example | {\"featureCodes\": {\"park\": \"*8\"}} | featureCodes.retrieve",
        "tenants/acme.example/extensions/101 | {\"password\": \"short\"} | password",
        "tenants/acme.example/extensions/101 | {\"ha1\": \"xyz\"} | ha1",
        "tenants/acme.example/extensions/101 | {\"password\": \"long enough\", \"ha1\": \"x\"} | ha1",
        "trunks/192.0.2.1 | {\"name\": \"two words\", \"tenant\": \"*\"} | name",
        "trunks/192.0.2.1 | {\"name\": \"x\", \"tenant\": \"no domain\"} | tenant",
        "trunks/192.0.2.1 | {\"name\": \"x\", \"tenant\": \"unknown.example\"} | tenant"})
    void valuesAreChecked(String path, String body, String field) {
        isProblem(put("/v1/" + path, body), 400, "invalid-value", field);
    }

    @Test
    void nestedFieldsAreNamedByTheirPath() {
        isProblem(put("/v1/tenants/acme.example", "{\"featureCodes\": {\"park\": 7}}"),
                400, "invalid-body", "featureCodes.park");
        isProblem(put("/v1/tenants/acme.example", "{\"featureCodes\": {\"parc\": \"*6\"}}"),
                400, "invalid-body", "featureCodes.parc");
        isProblem(put("/v1/trunks/192.0.2.1", "{\"name\": \"x\"}"), 400, "invalid-body", "tenant");
    }

    @Test
    void onlyAGeneratedPasswordIsShownAndOnlyOnce() {
        String path = "/v1/tenants/acme.example/extensions/102";

        var created = put(path, "{}");

        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(new JsonObject(created.body()).getString("password")).hasSize(20);
        assertThat(get(path).body()).doesNotContain("password").doesNotContain("ha1");
        assertThat(put(path, "{}").body()).doesNotContain("password");
        assertThat(put("/v1/tenants/acme.example/extensions/103", "{\"password\": \"demo-103\"}").body())
                .doesNotContain("password");
        assertThat(jedis.hget("edge:sub:acme.example:103", "ha1")).hasSize(32);
        assertThat(jedis.keys("*").stream().filter(key -> jedis.type(key).equals("hash")).map(jedis::hgetAll).toList())
                .noneMatch(hash -> hash.containsValue("demo-103"));
    }

    @Test
    void aTenantIsTheSameInUpperCase() {
        assertThat(put("/v1/tenants/ACME.Example", "{}").statusCode()).isEqualTo(200);
        assertThat(new JsonObject(get("/v1/tenants/Acme.EXAMPLE").body()).getString("domain"))
                .isEqualTo("acme.example");
    }

    @Test
    void parkedCalls() {
        assertThat(new JsonObject(get("/v1/tenants/acme.example/parked-calls").body())).isEqualTo(new JsonObject()
                .put("items", new JsonArray().add(new JsonObject()
                        .put("id", "3kXr0aZk")
                        .put("state", "parked")
                        .put("place", "ext:101")
                        .put("parker", "101")
                        .put("parkedAtMillis", 1_763_000_000_000L))));
    }

    @Test
    void aStoreThatIsDownAndADefectAreUnavailable() {
        var down = get("/v1/tenants/down.example/parked-calls");
        isProblem(down, 503, "unavailable", "");
        assertThat(down.headers().firstValue("retry-after")).contains("1");

        var defect = get("/v1/tenants/defect.example/parked-calls");
        isProblem(defect, 503, "defect", "");
        assertThat(defect.body()).doesNotContain("secret");
    }

    @Test
    void everyProblemTypeHasAnHttpStatusOfItsOwnKind() {
        assertThat(ProblemType.values()).allMatch(type -> type.status() >= 400 && type.status() != 500);
    }
}
