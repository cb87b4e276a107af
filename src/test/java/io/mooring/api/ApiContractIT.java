package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.access.Access;
import io.mooring.call.NextStep;
import io.mooring.http.ProblemType;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.ParkedCalls.Party;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The server against the contract file: every operation, and every refusal. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiContractIT {

    /** Valid values of every parameter and body, for things that exist. */
    private static final Map<String, String> PARAMETERS = Map.of("domain", "acme.example", "extension", "101",
            "address", "192.0.2.1", "id", "one", "call", "3kXr0aZk", "file", "start.js",
            "alias", "acme.test");
    private static final Map<String, String> BODIES = Map.ofEntries(
            Map.entry("TenantInput", "{'displayName': 'Acme'}"),
            Map.entry("Document", "{'extensions': [{'extension': '101'}]}"),
            Map.entry("TeamsPolicies", "{'Identity': 'Global', 'AllowCallPark': true, 'Description': 'x'}"),
            Map.entry("WebexSettings", "{'callParkSettings': {'recallTime': 60}}"),
            Map.entry("audio/wav", ApiUnderTest.WAV),
            Map.entry("text/plain", "[default]"),
            Map.entry("RetrieveInput", "{'extension': '101'}"),
            Map.entry("ParkInput", "{'mode': 'chosen-orbit', 'number': '42', 'call': 'up-1'}"),
            Map.entry("text/csv", "101,Bob"),
            Map.entry("ExtensionInput", "{'displayName': 'Bob', 'notices': 'message'}"),
            Map.entry("RingGroupInput", "{'name': 'Hunt', 'members': ['101']}"),
            Map.entry("ParkGroupInput", "{'name': 'Sales', 'members': ['101'], 'recall': {'maxAttempts': 5}}"),
            Map.entry("ParkPolicyInput", "{'name': 'All', 'orbits': {'start': 100, 'end': 200}}"),
            Map.entry("GrantInput", "{'parkPolicy': 'one'}"),
            Map.entry("TrunkInput", "{'name': 'carrier', 'tenant': 'acme.example'}"),
            Map.entry("WebhookInput", "{'url': 'http://127.0.0.1:9/hook', 'events': ['parked']}"),
            Map.entry("ReplayInput", "{'after': '0-0'}"),
            Map.entry("RedeliverInput", "{}"),
            Map.entry("TokenInput", "{'role': 'read-only'}"));
    /** Takes back what is not there: a change to everything, and to nothing. */
    private static final String PATCH = "{'nothing': null}";
    /** What must be gone before something can be deleted. */
    private static final Map<OperationId, String> BEFORE = Map.of(
            OperationId.DELETE_EXTENSION, "grants/101",
            OperationId.DELETE_PARK_POLICY, "grants/101");

    private final ApiUnderTest api = new ApiUnderTest(ApiContractIT::parked, vertx -> Optional.empty());
    private final JsonObject contract = contract();
    private String token = "";

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

        JsonObject bodies() {
            return operation.getJsonObject("requestBody").getJsonObject("content");
        }

        /** A body in the words of somebody else, of which more is let pass. */
        boolean isImport() {
            return path.contains("/imports/");
        }

        boolean isPatch() {
            return method.equals("PATCH");
        }

        OperationId in() {
            return Arrays.stream(OperationId.values()).filter(it -> it.id().equals(id)).findFirst().orElseThrow();
        }
    }

    private static List<ParkedCall> parked(String tenant) {
        return switch (tenant) {
            case "down.example" -> throw new StoreUnavailableException("down", new IOException());
            case "defect.example" -> throw new AssertionError("a secret");
            default ->
                List.of(new ParkedCall("3kXr0aZk", "PARKED", "ext:101", "101", 1_763_000_000_000L, "3kXr0aZk.1",
                        new Party("+4930", "Carol", false), List.of("102"),
                        Optional.of(new NextStep(NextStep.Action.RING, 1_763_000_300_000L, List.of("101")))));
        };
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        for (String domain : List.of("down.example", "defect.example")) {
            api.must("PUT", "/v1/tenants/" + domain, "{}");
        }
        api.tenant("acme.example");
        String tenant = "/v1/tenants/acme.example/";
        api.must("PUT", tenant + "domains/acme.test", "");
        api.must("PUT", tenant + "park-policies/one", "{'name': 'One'}");
        api.must("PUT", tenant + "grants/101", "{'parkPolicy': 'one'}");
        api.must("PUT", "/v1/trunks/192.0.2.1", "{'name': 'carrier', 'tenant': 'acme.example'}");
        api.happened("acme.example", PARAMETERS.get("call"));
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

    /** Path of an operation, on things that exist. */
    private String path(Described operation, Map<String, String> values) {
        String path = operation.path;
        for (var value : values.entrySet()) {
            String text = value.getKey().equals("id") && path.contains("/tokens/") && value.getValue().equals("one")
                    ? token
                    : value.getValue();
            path = path.replace("{" + value.getKey() + "}", text);
        }
        if (operation.in() == OperationId.GET_PHONE_CONFIG) {
            return path + "?model=yealink";
        }
        // The only one that does not end by itself.
        return operation.in() == OperationId.FOLLOW_EVENTS ? path + "?seconds=1" : path;
    }

    private String body(Described operation) {
        if (!operation.hasBody()) {
            return "";
        }
        if (operation.isPatch()) {
            return PATCH;
        }
        if (!operation.bodies().containsKey("application/json")) {
            return BODIES.get(operation.bodies().fieldNames().iterator().next());
        }
        String schema = operation.bodies().getJsonObject("application/json").getJsonObject("schema").getString("$ref");
        return BODIES.get(schema.substring(schema.lastIndexOf('/') + 1));
    }

    private HttpResponse<String> send(Described operation, Map<String, String> values, String... headers) {
        return send(operation, path(operation, values), body(operation), headers);
    }

    /** With the media type of the operation, unless the headers name one. */
    private HttpResponse<String> send(Described operation, String path, String body, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", ApiUnderTest.mediaType(operation.in())));
        all.addAll(List.of(headers));
        return api.send(operation.method, path, body, all.toArray(String[]::new));
    }

    private HttpResponse<String> put(String path, String body) {
        return api.send("PUT", path, body);
    }

    private HttpResponse<String> get(String path) {
        return api.send("GET", path, "");
    }

    /** Things and tokens that the path of an operation names. */
    private void prepare(Described operation) {
        String tenant = "/v1/tenants/acme.example/";
        if (operation.path.contains("/ring-groups/")) {
            api.must("PUT", tenant + "ring-groups/one", "{'name': 'Hunt'}");
        }
        if (operation.path.contains("/park-groups/")) {
            api.must("PUT", tenant + "park-groups/one", "{'name': 'Sales'}");
        }
        if (operation.path.contains("/tokens/{")) {
            String tokens = operation.path.startsWith("/v1/tokens") ? "/v1/tokens" : tenant + "tokens";
            token = api.must("POST", tokens, "{'role': 'read-only'}").path("id").asText();
        }
        if (operation.path.contains("/sounds/")) {
            api.must("PUT", tenant + "sounds/one", ApiUnderTest.WAV, "Content-Type", "audio/wav");
        }
        if (operation.path.contains("/webhooks/")) {
            api.must("PUT", tenant + "webhooks/one", "{'url': 'http://127.0.0.1:9/hook'}");
        }
        String use = BEFORE.getOrDefault(operation.in(), "");
        if (!use.isEmpty()) {
            api.must("DELETE", tenant + use, "");
        }
        if (operation.in() == OperationId.LIST_TENANT_AUDIT || operation.in() == OperationId.LIST_AUDIT) {
            api.must("PATCH", "/v1/tenants/acme.example", "{'displayName': 'x'}");
        }
    }

    /** Checks status, media type and body against what the contract says of this operation. */
    private void conforms(Described operation, HttpResponse<String> response) {
        JsonObject described = resolve(operation.operation.getJsonObject("responses")
                .getJsonObject(Integer.toString(response.statusCode())));
        assertThat(described).as(operation.id + " " + response.statusCode()).isNotNull();
        JsonObject content = described.getJsonObject("content");
        assertThat(response.headers().firstValue("etag").isPresent())
                .as("ETag")
                .isEqualTo(described.containsKey("headers") || response.statusCode() == 304);
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
        assertThat(problem(response, status, type).path("field").asText()).as(response.body()).isEqualTo(field);
    }

    @Test
    void serverAndContractKnowTheSameOperations() {
        assertThat(operations().map(o -> o.id + " " + o.method + " " + o.path))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(OperationId.values())
                        .map(o -> o.id() + " " + o.method() + " " + o.template())
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void serverAndContractLetTheSameRolesIn(Described operation) {
        if (operation.isPublic()) {
            assertThat(operation.in().access()).isEqualTo(Access.PUBLIC);
            return;
        }
        assertThat(operation.operation.getJsonArray("x-roles")
                .stream()
                .map(String::valueOf)
                .collect(
                        Collectors.toSet()))
                .isEqualTo(operation.in().access().roles().stream().map(Enum::toString).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void serverAndContractKnowTheSameQueryParameters(Described operation) {
        Set<String> described = new TreeSet<>();
        for (Object parameter : operation.operation.getJsonArray("parameters", new JsonArray())) {
            JsonObject resolved = resolve((JsonObject) parameter);
            if (resolved.getString("in").equals("query")) {
                described.add(resolved.getString("name"));
            }
        }
        Set<String> all = new TreeSet<>();
        contract.getJsonObject("components")
                .getJsonObject("parameters")
                .forEach(it -> all.add(((JsonObject) it.getValue()).getString("name")));
        assertThat(all.stream().filter(operation.in()::hasQuery)).containsExactlyInAnyOrderElementsOf(described);
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
        prepare(operation);
        boolean force = operation.in() == OperationId.DELETE_TENANT;
        var response = force
                ? api.send("DELETE", path(operation, PARAMETERS) + "?force=true", "")
                : send(operation, PARAMETERS);

        assertThat(response.statusCode()).as(response.body()).isBetween(200, 204);
        conforms(operation, response);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void nothingButTheContractIsSaidWithoutAToken(Described operation) {
        for (String authorization : List.of("Bearer wrong", "Basic secret", "",
                "Bearer mooring_" + "x".repeat(43))) {
            var response = send(operation, PARAMETERS, "Authorization", authorization);
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
                for (String wrong : List.of("-%20", "a%20b", "a:ext:101", "%2A", "%ff", "%00", "..", "a%2Fb")) {
                    var values = new HashMap<>(PARAMETERS);
                    values.put(parameter, wrong);
                    var response = send(operation, values);
                    isProblem(response, 400, "invalid-parameter", parameter);
                    conforms(operation, response);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyUnknownThingIsNotFound(Described operation) {
        if (!operation.path.contains("{") || operation.method.equals("PUT") || operation.isPublic()) {
            return;
        }
        api.jedis.flushAll();
        token = "none";
        var response = send(operation, PARAMETERS);
        boolean ofTenant = operation.path.contains("{domain}");
        String type = ofTenant ? "tenant" : operation.path.contains("/trunks/") ? "trunk" : "token";
        isProblem(response, 404, "unknown-" + type,
                ofTenant ? "domain" : operation.path.contains("/trunks/") ? "address" : "id");
        conforms(operation, response);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyUnknownQueryParameterIsRefused(Described operation) {
        if (operation.isPublic()) {
            return;
        }
        prepare(operation);
        var response = send(operation, path(operation, PARAMETERS).replaceAll("\\?.*", "") + "?surprise=1",
                body(operation));
        isProblem(response, 400, "invalid-parameter", "surprise");
        conforms(operation, response);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyBodyIsChecked(Described operation) {
        if (!operation.hasBody() || operation.isImport() || operation.bodies().containsKey("audio/wav")) {
            return;
        }
        prepare(operation);
        String path = path(operation, PARAMETERS);
        for (String malformed : List.of("{", "nul", "{\"a\": 1, \"a\": 2}", "\"\\ud800", " ")) {
            var response = api.send(operation.method, path, malformed);
            isProblem(response, 400, "malformed-json", "");
            conforms(operation, response);
        }
        for (String misshaped : List.of("null", "[]", "7", "\"x\"", "true", "{} {}")) {
            var response = api.send(operation.method, path, misshaped);
            isProblem(response, 400, "invalid-body", "");
            conforms(operation, response);
        }
        var extra = api.send(operation.method, path, "{\"extra\": 1}");
        assertThat(extra.statusCode()).isEqualTo(400);
        assertThat(extra.body()).contains("\"/extra\"");
        for (String name : fields(operation)) {
            var response = api.send(operation.method, path, "{\"" + name + "\": 1.5}");
            assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
            assertThat(response.body()).contains("\"/" + name + "\"");
            conforms(operation, response);
        }
    }

    private List<String> fields(Described operation) {
        if (operation.isPatch()) {
            return List.of("displayName");
        }
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
        prepare(operation);
        for (String type : List.of("text/html", "application/xml", "application/json-patch+json", "nonsense")) {
            var response = send(operation, PARAMETERS, "Content-Type", type);
            isProblem(response, 415, "unsupported-media-type", "");
            conforms(operation, response);
        }
        String type = ApiUnderTest.mediaType(operation.in()).replace("application/j", "Application/J");
        assertThat(send(operation, PARAMETERS, "Content-Type", type + "; charset=utf-8").statusCode())
                .isBetween(200, 202);
        var large = send(operation, path(operation, PARAMETERS),
                " ".repeat(operation.in().takes().bodyLimitBytes()) + "{}");
        isProblem(large, 413, "body-too-large", "");
        conforms(operation, large);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void otherMethodsAreNotAllowed(Described operation) {
        var response = api.send("OPTIONS", path(operation, PARAMETERS), "");

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
    @CsvSource({"limit, 0", "limit, 1001", "limit, x", "limit, ''", "cursor, x", "cursor, ''", "cursor, '!'",
        "cursor, AA"})
    void pagesHaveLimits(String name, String value) {
        isProblem(get("/v1/tenants?" + name + "=" + value), 400, "invalid-parameter", name);
        isProblem(get("/v1/tenants/acme.example/audit?" + name + "=" + value), 400, "invalid-parameter", name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "tenants/acme.example | {'displayName': 'a\\u0000b'} | displayName",
        "tenants/acme.example | {'featureCodes': {'park': '68'}} | featureCodes.park",
        "tenants/acme.example | {'featureCodes': {'retrieve': '*'}} | featureCodes.retrieve",
        "tenants/acme.example | {'featureCodes': {'park': '*88'}} | featureCodes.retrieve",
        "tenants/acme.example | {'featureCodes': {'park': '*8'}} | featureCodes.retrieve",
        "tenants/acme.example | {'defaultParkPolicy': 'none'} | defaultParkPolicy",
        "tenants/acme.example | {'quotas': {'extensions': -1}} | quotas.extensions",
        "tenants/acme.example/extensions/101 | {'password': 'short'} | password",
        "tenants/acme.example/extensions/101 | {'ha1': 'xyz'} | ha1",
        "tenants/acme.example/extensions/101 | {'password': 'long enough', 'ha1': 'x'} | ha1",
        "tenants/acme.example/grants/101 | {'parkPolicy': 'none'} | parkPolicy",
        "tenants/acme.example/park-policies/p | {'name': 'P', 'recall': {'mode': 'voicemail'}} | recall.mode",
        "tenants/acme.example/park-policies/p | {'name': 'P', 'recall': {'mode': 'ring-group'}} | recall.ringGroup",
        "tenants/acme.example/park-policies/p | {'name': 'P', 'orbits': {'start': 300}} | orbits.end",
        "trunks/192.0.2.1 | {'name': 'two words', 'tenant': '*'} | name",
        "trunks/192.0.2.1 | {'name': 'x', 'tenant': 'no domain'} | tenant",
        "trunks/192.0.2.1 | {'name': 'x', 'tenant': 'unknown.example'} | tenant"})
    void valuesAreChecked(String path, String body, String field) {
        isProblem(put("/v1/" + path, body), 400, "invalid-value", field);
    }

    @Test
    void everyWrongFieldIsToldByItsPointer() {
        problem(put("/v1/tenants/acme.example/park-policies/p", """
                {'orbits': {'start': 5, 'end': 'x', 'a/b': 1}, 'parkingAllowed': 'yes',
                 'recall': {'ringSeconds': 4, 'maxAttempts': 11, 'mode': null}}"""),
                400, "invalid-body", "/name", "/parkingAllowed", "/orbits/end", "/orbits/start", "/orbits/a~1b",
                "/recall/mode", "/recall/ringSeconds", "/recall/maxAttempts");
        isProblem(put("/v1/tenants/acme.example", "{\"featureCodes\": {\"park\": 7}}"),
                400, "invalid-body", "featureCodes.park");
    }

    @Test
    void onlyAGeneratedPasswordIsShownAndOnlyOnce() {
        String path = "/v1/tenants/acme.example/extensions/104";

        var created = put(path, "{}");

        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(new JsonObject(created.body()).getString("password")).hasSize(20);
        assertThat(get(path).body()).doesNotContain("\"password\"").doesNotContain("\"ha1\"");
        assertThat(put(path, "{}").body()).doesNotContain("password");
        assertThat(put("/v1/tenants/acme.example/extensions/105", "{\"password\": \"demo-105\"}").body())
                .doesNotContain("password");
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:105", "ha1")).hasSize(32);
        assertThat(everythingStored()).doesNotContain("demo-105")
                .doesNotContain(new JsonObject(created.body()).getString("password"));
    }

    private String everythingStored() {
        var all = new StringBuilder();
        for (String key : api.jedis.keys("*")) {
            switch (api.jedis.type(key)) {
                case "hash" -> all.append(api.jedis.hgetAll(key));
                case "string" -> all.append(api.jedis.get(key));
                case "stream" -> all.append(api.jedis.xrange(key, "-", "+"));
                default -> all.append(key);
            }
        }
        return all.toString();
    }

    @Test
    void aTenantIsTheSameInUpperCase() {
        assertThat(put("/v1/tenants/ACME.Example", "{}").statusCode()).isEqualTo(200);
        assertThat(new JsonObject(get("/v1/tenants/Acme.EXAMPLE").body()).getString("domain"))
                .isEqualTo("acme.example");
    }

    @Test
    void parkedCalls() {
        var call = new JsonObject()
                .put("id", "3kXr0aZk")
                .put("state", "parked")
                .put("place", "ext:101")
                .put("parker", "101")
                .put("parkedAtMillis", 1_763_000_000_000L)
                .put("ticket", "3kXr0aZk.1")
                .put("number", "+4930")
                .put("name", "Carol")
                .put("ringing", new JsonArray().add("102"))
                .put("next", new JsonObject().put("action", "ring")
                        .put("atMillis", 1_763_000_300_000L)
                        .put("extensions", new JsonArray().add("101")));
        String path = "/v1/tenants/acme.example/parked-calls";

        JsonObject all = new JsonObject(get(path).body());
        assertThat(all.getJsonArray("items")).isEqualTo(new JsonArray().add(call));
        assertThat(Math.abs(all.getLong("nowMillis") - System.currentTimeMillis())).isLessThan(60_000);
        assertThat(new JsonObject(get(path + "/3kXr0aZk").body())).isEqualTo(call);
        assertThat(get(path + "?state=parked&parker=101&place=ext:101").body()).contains("3kXr0aZk");
        for (String filter : List.of("state=recalling", "parker=102", "place=ext:102")) {
            assertThat(get(path + "?" + filter).body()).doesNotContain("3kXr0aZk");
        }
        isProblem(get(path + "/other"), 404, "unknown-parked-call", "call");
        assertThat(problem(api.send("DELETE", "/v1/tenants/acme.example", ""), 409, "in-use").path("usedBy").toString())
                .isEqualTo("[\"" + path + "/3kXr0aZk\"]");
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
    void aRequestIdIsKeptAndABadOneReplaced() {
        var kept = api.send("GET", "/v1/me", "", "X-Request-Id", "my-request.1");
        var replaced = api.send("GET", "/v1/me", "", "X-Request-Id", "a b");

        assertThat(kept.headers().firstValue("x-request-id")).contains("my-request.1");
        assertThat(replaced.headers().firstValue("x-request-id").orElse("")).matches("[a-z0-9]{16}");
    }

    @Test
    void everyProblemTypeHasAnHttpStatusOfItsOwnKind() {
        assertThat(ProblemType.values()).allMatch(type -> type.status() >= 400 && type.status() != 500);
    }
}
