package io.mooring.api;

import static io.mooring.api.ApiUnderTest.etag;
import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every change has: preconditions, repetitions, patches, trial runs, the audit; and the rules between things. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChangesIT {

    private static final String TENANT = "/v1/tenants/acme.example";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private static String key() {
        return UUID.randomUUID().toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/extensions/101", "/ring-groups/a", "/park-groups/a", "/park-policies/a",
        "/grants/101"})
    void nobodyOverwritesWhatTheyHaveNotRead(String thing) {
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P'}");
        String body = thing.startsWith("/grants")
                ? "{'parkPolicy': 'p'}"
                : thing.contains("s/a") ? "{'name': 'A'}" : "{'displayName': 'A'}";
        String path = TENANT + thing;
        String first = etag(api.send("PUT", path, body));
        String second = etag(api.send("PUT", path, body, "If-Match", first));

        assertThat(second).isNotEqualTo(first);
        assertThat(etag(api.send("GET", path, ""))).isEqualTo(second);
        problem(api.send("PUT", path, body, "If-Match", first), 412, "precondition-failed");
        problem(api.send("PUT", path, body, "If-None-Match", "*"), 412, "precondition-failed");
        problem(api.send("DELETE", path, "", "If-Match", first), 412, "precondition-failed");
        assertThat(api.send("PUT", path, body, "If-Match", first + ", " + second).statusCode()).isEqualTo(200);
        assertThat(api.send("PUT", path, body, "If-Match", "*").statusCode()).isEqualTo(200);
        assertThat(api.send("PUT", path, body).statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNotThereMatchesNothing() {
        problem(api.send("PUT", TENANT + "/ring-groups/a", "{'name': 'A'}", "If-Match", "*"), 412,
                "precondition-failed");
        assertThat(api.send("PUT", TENANT + "/ring-groups/a", "{'name': 'A'}", "If-None-Match", "*").statusCode())
                .isEqualTo(201);
    }

    /** A node of the next version runs beside this one, or ran before it. */
    @ParameterizedTest
    @CsvSource({
        "'', {cfg}:tenants, acme.example, {}", "/extensions/101, {cfg}:tenant:acme.example:extensions, 101, {}",
        "/park-policies/p, {cfg}:tenant:acme.example:park-policies, p, {'name': 'P'}",
        "/ring-groups/r, {cfg}:tenant:acme.example:ring-groups, r, {'name': 'R'}"
    })
    void fieldsOfALaterVersionAreKept(String thing, String key, String id, String body) {
        String path = TENANT + thing;
        api.send("PUT", path, body);
        api.jedis.hset(key, id, api.jedis.hget(key, id).replace("\"value\":{", "\"value\":{\"hue\":{\"of\":7},"));

        assertThat(api.send("PUT", path, body).statusCode()).isEqualTo(200);
        assertThat(api.jedis.hget(key, id)).contains("\"hue\":{\"of\":7}");
        // It cannot tell what such a field would mean for what is changed.
        assertThat(api.send("PATCH", path, "{}").statusCode()).isEqualTo(400);
        assertThat(api.jedis.hget(key, id)).contains("\"hue\":{\"of\":7}");
    }

    @Test
    void whatIsKnownIsNotSentAgain() {
        var first = api.send("GET", TENANT, "");
        var again = api.send("GET", TENANT, "", "If-None-Match", etag(first));

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(etag(again)).isEqualTo(etag(first));
        assertThat(api.send("GET", TENANT, "", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
    }

    @Test
    void aPutMayBeRepeated() {
        for (String path : List.of("/ring-groups/a", "/park-groups/a", "/park-policies/a")) {
            assertThat(api.send("PUT", TENANT + path, "{'name': 'A'}").statusCode()).isEqualTo(201);
            var again = api.send("PUT", TENANT + path, "{'name': 'A'}");
            assertThat(again.statusCode()).isEqualTo(200);
            assertThat(json(again)).isEqualTo(api.get(TENANT + path));
        }
    }

    @Test
    void aRepeatedPostGetsTheSameAnswerAndDoesNothing() {
        String key = key();
        for (String path : List.of("/tokens", "/ring-groups", "/park-groups", "/park-policies")) {
            String body = path.equals("/tokens") ? "{'role': 'read-only'}" : "{'name': 'A'}";
            var first = api.send("POST", TENANT + path, body, "Idempotency-Key", key + path);
            var again = api.send("POST", TENANT + path, body, "Idempotency-Key", key + path);

            assertThat(first.statusCode()).isEqualTo(201);
            assertThat(again.statusCode()).isEqualTo(201);
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(etag(again)).isEqualTo(etag(first));
            assertThat(api.get(TENANT + path).path("items")).hasSize(1);
            problem(api.send("POST", TENANT + path, body.replace("}", " }"), "Idempotency-Key", key + path), 422,
                    "idempotency-key-reused");
        }
    }

    @Test
    void aKeyIsOnesOwn() {
        String admin = api.token("acme.example", "tenant-admin", "");
        String key = key();
        String mine = api.send("POST", TENANT + "/tokens", "{'role': 'read-only'}", "Idempotency-Key", key).body();

        assertThat(api.as(admin, "POST", TENANT + "/tokens", "{'role': 'read-only'}", "Idempotency-Key", key).body())
                .isNotEqualTo(mine);
        for (String wrong : List.of("short", "with a blank in it", "x".repeat(129))) {
            problem(api.send("POST", TENANT + "/tokens", "{'role': 'read-only'}", "Idempotency-Key", wrong), 400,
                    "invalid-parameter");
        }
    }

    @Test
    void aRepeatedResetKeepsThePasswordThatWasShown() {
        String path = TENANT + "/extensions/101/password";
        String key = key();
        String first = api.send("POST", path, "", "Idempotency-Key", key).body();
        String ha1 = api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1");

        assertThat(api.send("POST", path, "", "Idempotency-Key", key).body()).isEqualTo(first);
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1")).isEqualTo(ha1);
        assertThat(api.send("POST", path, "").body()).isNotEqualTo(first);
        problem(api.send("POST", TENANT + "/extensions/102/password", "", "Idempotency-Key", key), 422,
                "idempotency-key-reused");
    }

    /** A client that sends the same request on two connections makes one thing. */
    @Test
    void postsWithOneKeyAtOnceMakeOneThing() throws Exception {
        String key = key();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<HttpResponse<String>> post = () -> api.send("POST", TENANT + "/ring-groups", "{'name': 'A'}",
                    "Idempotency-Key", key);
            List<String> bodies = new ArrayList<>();
            for (Future<HttpResponse<String>> answer : pool.invokeAll(IntStream.range(0, 16)
                    .mapToObj(i -> post)
                    .toList())) {
                assertThat(answer.get().statusCode()).isEqualTo(201);
                bodies.add(answer.get().body());
            }
            assertThat(bodies).containsOnly(bodies.getFirst());
        }
        assertThat(api.get(TENANT + "/ring-groups").path("items")).hasSize(1);
    }

    @Test
    void anAnswerWithASecretIsKeptUnreadable() {
        String token = json(api.send("POST", TENANT + "/tokens", "{'role': 'read-only'}", "Idempotency-Key", key()))
                .path("token")
                .asText();
        List<String> kept = api.jedis.keys("{cfg}:answer:*").stream().map(api.jedis::get).toList();

        assertThat(kept).hasSize(1).noneMatch(it -> it.contains(token));
        assertThat(api.jedis.ttl(api.jedis.keys("{cfg}:answer:*").iterator().next())).isBetween(1L, 86_400L);
    }

    @Test
    void aPatchChangesWhatItNames() {
        api.must("PUT", TENANT + "/park-policies/p",
                """
                        {'name': 'P', 'orbits': {'start': 100, 'end': 200}, 'recall': {'maxAttempts': 5, 'ringSeconds': 20}}""");

        JsonNode patched = api.must("PATCH", TENANT + "/park-policies/p",
                "{'orbits': {'end': 300}, 'recall': {'maxAttempts': null}, 'retrieval': 'parker'}");

        assertThat(patched.path("orbits").toString()).isEqualTo("{\"start\":100,\"end\":300}");
        assertThat(patched.path("recall").toString()).isEqualTo("{\"ringSeconds\":20}");
        assertThat(patched.path("retrieval").asText()).isEqualTo("parker");
        assertThat(api.get(TENANT + "/park-policies/p")).isEqualTo(patched);
        problem(api.send("PATCH", TENANT + "/park-policies/p", "{'name': null}"), 400, "invalid-body", "/name");
        problem(api.send("PATCH", TENANT + "/park-policies/p", "{'orbits': 7}"), 400, "invalid-body", "/orbits");
        problem(api.send("PATCH", TENANT + "/park-policies/none", "{}"), 404, "unknown-park-policy");
        problem(api.send("PATCH", "/v1/tenants/none.example", "{}"), 404, "unknown-tenant");
        problem(api.send("PATCH", TENANT + "/extensions/199", "{}"), 404, "unknown-extension");
    }

    @Test
    void aPatchKeepsThePassword() {
        String ha1 = api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1");

        api.must("PATCH", TENANT + "/extensions/101", "{'displayName': 'Bob'}");
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1")).isEqualTo(ha1);

        api.must("PATCH", TENANT + "/extensions/101", "{'password': 'another one'}");
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1")).isNotEqualTo(ha1);
        assertThat(api.get(TENANT + "/extensions/101").path("displayName").asText()).isEqualTo("Bob");
    }

    @Test
    void aTrialRunAnswersAndChangesNothing() {
        api.must("PUT", TENANT + "/ring-groups/a", "{'name': 'A'}");
        List<String> keys = List.copyOf(new TreeSet<>(api.jedis.keys("*")));
        String audit = api.get(TENANT + "/audit").toString();

        assertThat(api.send("PUT", TENANT + "/extensions/109?dryRun=true", "{}").statusCode()).isEqualTo(201);
        assertThat(api.send("PUT", TENANT + "/extensions/109?dryRun=true", "{}").body()).doesNotContain("password");
        assertThat(api.send("POST", TENANT + "/tokens?dryRun=true", "{'role': 'read-only'}").body())
                .doesNotContain("mooring_");
        assertThat(api.send("POST", TENANT + "/ring-groups?dryRun=true", "{'name': 'B'}", "Idempotency-Key", key())
                .statusCode()).isEqualTo(201);
        assertThat(api.send("DELETE", TENANT + "/ring-groups/a?dryRun=true", "").statusCode()).isEqualTo(204);
        assertThat(api.send("DELETE", TENANT + "?dryRun=true", "").statusCode()).isEqualTo(204);
        problem(api.send("POST", TENANT + "/ring-groups?dryRun=true", "{'name': 'A'}"), 409, "conflict", "/name");
        problem(api.send("PUT", TENANT + "?dryRun=maybe", "{}"), 400, "invalid-parameter");

        assertThat(new TreeSet<>(api.jedis.keys("*"))).containsExactlyElementsOf(keys);
        assertThat(api.get(TENANT + "/audit").toString()).isEqualTo(audit);
    }

    @Test
    void theAuditSaysWhoChangedWhatWithoutSecrets() {
        String admin = api.token("acme.example", "tenant-admin", "");
        api.as(admin, "PUT", TENANT + "/extensions/101", "{'displayName': 'Bob', 'password': 'top secret'}",
                "X-Request-Id", "r-1");
        String generated = api.must("POST", TENANT + "/extensions/101/password", "").path("password").asText();

        JsonNode entries = api.get(TENANT + "/audit").path("items");
        JsonNode reset = entries.path(0);
        JsonNode put = entries.path(1);
        assertThat(put.path("actor").asText()).startsWith("token:");
        assertThat(put.path("role").asText()).isEqualTo("tenant-admin");
        assertThat(put.path("from").asText()).isEqualTo("127.0.0.1");
        assertThat(put.path("requestId").asText()).isEqualTo("r-1");
        assertThat(put.path("operation").asText()).isEqualTo("putExtension");
        assertThat(put.path("object").asText()).isEqualTo(TENANT + "/extensions/101");
        assertThat(put.path("before").path("displayName").asText()).isEmpty();
        assertThat(put.path("after").path("displayName").asText()).isEqualTo("Bob");
        assertThat(put.path("after").path("password").asText()).isEqualTo("***");
        assertThat(reset.path("operation").asText()).isEqualTo("resetPassword");
        assertThat(entries.toString()).doesNotContain("top secret", generated, admin);
        assertThat(put.path("atMillis").asLong()).isLessThanOrEqualTo(reset.path("atMillis").asLong());
    }

    @Test
    void theAuditIsReadPageByPageAndFiltered() {
        for (int i = 0; i < 7; i++) {
            api.must("PUT", TENANT + "/ring-groups/g" + i, "{'name': 'G" + i + "'}");
        }
        List<String> objects = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get(TENANT + "/audit?limit=3&object=" + TENANT + "/ring-groups" + cursor);
            page.path("items").forEach(entry -> objects.add(entry.path("object").asText()));
            cursor = page.has("next") ? "&cursor=" + page.path("next").asText() : "";
        } while (!cursor.isEmpty());

        assertThat(objects).isEqualTo(IntStream.iterate(6, i -> i >= 0, i -> i - 1)
                .mapToObj(i -> TENANT + "/ring-groups/g" + i)
                .toList());
        JsonNode nobodys = api.get(TENANT + "/audit?actor=nobody");
        assertThat(nobodys.path("items")).isEmpty();
        assertThat(nobodys.has("next")).isFalse();
        assertThat(api.get("/v1/audit").path("items")).isEmpty();
    }

    @Test
    void aTenantHasOneWayOut() {
        api.must("PUT", "/v1/trunks/192.0.2.1", "{'name': 'one', 'tenant': 'acme.example', 'outbound': true}");
        api.must("PUT", "/v1/trunks/192.0.2.2", "{'name': 'all', 'tenant': '*', 'outbound': true}");
        assertThat(api.jedis.hget("{cfg}:edge:out:acme.example", "trunk")).isEqualTo("192.0.2.1");
        var refused = problem(api.send("PUT", "/v1/trunks/192.0.2.3",
                "{'name': 'two', 'tenant': 'acme.example', 'outbound': true}"), 409, "conflict");
        assertThat(refused.path("errors").path(0).path("pointer").asText()).isEqualTo("/outbound");
        assertThat(refused.path("detail").asText()).contains("192.0.2.1");

        api.must("PATCH", "/v1/trunks/192.0.2.1", "{'tenant': '*', 'outbound': false}");
        assertThat(api.jedis.keys("{cfg}:edge:out:*")).containsExactly("{cfg}:edge:out:*");
        api.must("PATCH", "/v1/trunks/192.0.2.2", "{'outbound': null}");
        assertThat(api.jedis.keys("{cfg}:edge:out:*")).isEmpty();
        api.must("PUT", "/v1/trunks/%5B2001:db8::1%5D:5060",
                "{'name': 'six', 'tenant': 'acme.example', 'outbound': true}");
        assertThat(api.jedis.hget("{cfg}:edge:out:acme.example", "trunk")).isEqualTo("[2001:db8:0:0:0:0:0:1]:5060");
        api.must("DELETE", TENANT, "");
        assertThat(api.jedis.keys("{cfg}:edge:out:*")).isEmpty();
    }

    @Test
    void aDeletedTenantIsInTheOperatorsAuditAndItsSuccessorSeesNothingOfIt() {
        api.must("PUT", "/v1/trunks/192.0.2.1", "{'name': 'carrier', 'tenant': 'acme.example'}");
        String admin = api.token("acme.example", "tenant-admin", "");
        api.must("DELETE", TENANT, "");

        JsonNode entry = api.get("/v1/audit").path("items").path(0);
        assertThat(entry.path("operation").asText()).isEqualTo("deleteTenant");
        assertThat(entry.path("before").path("trunks").toString()).isEqualTo("[\"192.0.2.1\"]");
        problem(api.as(admin, "GET", "/v1/me", ""), 401, "unauthorized");
        problem(api.send("GET", "/v1/trunks/192.0.2.1", ""), 404, "unknown-trunk");
        assertThat(api.get(TENANT + "/audit").path("items")).isNotEmpty();
        api.must("PUT", TENANT, "{}");
        assertThat(api.get(TENANT + "/audit").path("items")).hasSize(1);
        assertThat(api.get(TENANT + "/extensions").path("items")).isEmpty();
        problem(api.as(admin, "GET", "/v1/me", ""), 401, "unauthorized");
    }

    @Test
    void listsArePagedAndFiltered() {
        api.must("PUT", TENANT + "/extensions/102", "{'displayName': 'Alice Cooper'}");
        JsonNode first = api.get(TENANT + "/extensions?limit=2");
        JsonNode rest = api.get(TENANT + "/extensions?limit=2&cursor=" + first.path("next").asText());

        assertThat(first.path("items").findValuesAsText("extension")).containsExactly("101", "102");
        assertThat(rest.path("items").findValuesAsText("extension")).containsExactly("103");
        assertThat(rest.has("next")).isFalse();
        assertThat(api.get(TENANT + "/extensions?limit=3").has("next")).isFalse();
        assertThat(api.get(TENANT + "/extensions?displayName=COOP").path("items").findValuesAsText("extension"))
                .containsExactly("102");
        assertThat(api.get("/v1/tenants?displayName=x").path("items")).isEmpty();
        api.must("PUT", TENANT + "/ring-groups/a", "{'name': 'A', 'members': ['101']}");
        api.must("PUT", TENANT + "/ring-groups/b", "{'name': 'B', 'members': ['102']}");
        assertThat(api.get(TENANT + "/ring-groups?member=102").path("items").findValuesAsText("id"))
                .containsExactly("b");
        assertThat(api.get(TENANT + "/ring-groups?name=a").path("items").findValuesAsText("id")).containsExactly("a");
    }

    @Test
    void theRulesBetweenThingsHold() {
        api.must("PUT", TENANT + "/park-groups/a", "{'name': 'Sales', 'members': ['101']}");

        problem(api.send("PUT", TENANT + "/park-groups/b", "{'name': 'Sales'}"), 409, "conflict", "/name");
        problem(api.send("PUT", TENANT + "/park-groups/b", "{'name': 'B', 'members': ['102', '101']}"), 409, "conflict",
                "/members/1");
        problem(api.send("POST", TENANT + "/park-groups", "{'name': 'B', 'members': ['102', '999']}"), 400,
                "invalid-value", "/members/1");
        problem(api.send("PUT", TENANT + "/park-groups/b", "{'name': 'B', 'recall': {'mode': 'ring-group'}}"), 400,
                "invalid-value", "/recall/ringGroup");
        assertThat(api.must("PUT", TENANT + "/park-groups/a", "{'name': 'Other', 'members': ['101']}")
                .path("id")
                .asText()).isEqualTo("a");
        assertThat(api.send("PUT", TENANT + "/park-groups/b", "{'name': 'Sales'}").statusCode()).isEqualTo(201);
        api.tenant("other.example");
        assertThat(api.send("PUT", "/v1/tenants/other.example/park-groups/x", "{'name': 'Sales', 'members': ['101']}")
                .statusCode()).isEqualTo(201);
    }

    @Test
    void nothingInUseIsDeletedAndTheAnswerSaysWhatUsesIt() {
        api.must("PUT", TENANT + "/ring-groups/hunt", "{'name': 'Hunt', 'members': ['101']}");
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P', 'recall': {'ringGroup': 'hunt'}}");
        api.must("PUT", TENANT + "/grants/101", "{'parkPolicy': 'p'}");
        api.must("PATCH", TENANT, "{'defaultParkPolicy': 'p'}");

        assertThat(usedBy("/extensions/101"))
                .containsExactly(TENANT + "/ring-groups/hunt", TENANT + "/grants/101");
        assertThat(usedBy("/ring-groups/hunt")).containsExactly(TENANT + "/park-policies/p");
        assertThat(usedBy("/park-policies/p")).containsExactly(TENANT, TENANT + "/grants/101");

        api.must("PATCH", TENANT, "{'defaultParkPolicy': null}");
        api.must("DELETE", TENANT + "/grants/101", "");
        for (String thing : List.of("/park-policies/p", "/ring-groups/hunt", "/extensions/101")) {
            assertThat(api.send("DELETE", TENANT + thing, "").statusCode()).isEqualTo(204);
        }
    }

    private List<String> usedBy(String thing) {
        List<String> uses = new ArrayList<>();
        problem(api.send("DELETE", TENANT + thing, ""), 409, "in-use").path("usedBy")
                .forEach(it -> uses.add(it.asText()));
        return uses;
    }

    @Test
    void aPolicyIsExplainedWithItsSources() {
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P', 'recall': {'ringSeconds': 20}}");
        api.must("PUT", TENANT + "/park-groups/sales",
                "{'name': 'Sales', 'members': ['101'], 'recall': {'maxAttempts': 7}}");
        String path = TENANT + "/extensions/101/effective-policy";

        assertThat(api.get(path).path("values").path("parkingAllowed").toString())
                .isEqualTo("{\"value\":false,\"from\":\"built-in\"}");
        api.must("PUT", TENANT + "/grants/101", "{'parkPolicy': 'p'}");
        JsonNode values = api.get(path).path("values");
        assertThat(values.path("parkingAllowed").toString())
                .isEqualTo("{\"value\":true,\"from\":\"park-policies/p\"}");
        assertThat(values.path("recall.maxAttempts").toString())
                .isEqualTo("{\"value\":7,\"from\":\"park-groups/sales\"}");
        assertThat(values.path("recall.ringSeconds").toString())
                .isEqualTo("{\"value\":20,\"from\":\"park-policies/p\"}");
        assertThat(values.path("recall.mode").toString()).isEqualTo("{\"value\":\"parker\",\"from\":\"built-in\"}");
        assertThat(values.path("retrieval").path("value").asText()).isEqualTo("tenant");
    }

    @Test
    void whatBecomesOfAParkedCallIsToldStepByStep() {
        api.must("PUT", TENANT + "/ring-groups/desk", "{'name': 'Desk', 'members': ['102', '103']}");
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P', 'recall': {'recallTimeoutSeconds': 60,"
                + " 'ringSeconds': 20, 'mode': 'parker-then-ring-group', 'ringGroup': 'desk'}}");
        api.must("PUT", TENANT + "/park-groups/sales",
                "{'name': 'Sales', 'members': ['101'], 'recall': {'mode': 'parker', 'maxAttempts': 1}}");
        api.must("PUT", TENANT + "/grants/101", "{'parkPolicy': 'p'}");
        String path = TENANT + "/extensions/101/recall-plan";

        JsonNode plan = api.get(path);
        assertThat(plan.path("steps").toString().replace('"', '\'')).isEqualTo(
                "[{'atSeconds':60,'action':'ring','extensions':['101'],'forSeconds':30},"
                        + "{'atSeconds':90,'action':'ring','extensions':['102','103'],'forSeconds':20},"
                        + "{'atSeconds':110,'action':'hang-up','extensions':[]}]");
        assertThat(plan.path("values").path("recall.ringSeconds").toString())
                .isEqualTo("{\"value\":20,\"from\":\"park-policies/p\"}");
        assertThat(plan.path("values").path("recall.maxAttempts").path("from").asText()).isEqualTo("built-in");

        JsonNode toGroup = api.get(path + "?parkedTo=park-group");
        assertThat(toGroup.path("steps")).hasSize(2);
        assertThat(toGroup.path("parkGroup").asText()).isEqualTo("sales");
        assertThat(toGroup.path("values").path("recall.mode").path("from").asText()).isEqualTo("park-groups/sales");

        problem(api.send("GET", path + "?parkedTo=moon", ""), 400, "invalid-parameter");
        problem(api.send("GET", TENANT + "/extensions/999/recall-plan", ""), 404, "unknown-extension");
    }

    @Test
    void aGrantComesBeforeTheDefault() {
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P'}");
        api.must("PUT", TENANT + "/park-policies/q", "{'name': 'Q', 'parkingAllowed': false}");
        api.must("PATCH", TENANT, "{'defaultParkPolicy': 'p'}");
        api.must("PUT", TENANT + "/grants/101", "{'parkPolicy': 'q'}");

        assertThat(api.get(TENANT + "/extensions/101/effective-policy").path("policy").asText()).isEqualTo("q");
        assertThat(api.get(TENANT + "/extensions/102/effective-policy").path("policy").asText()).isEqualTo("p");
        assertThat(api.get(TENANT + "/extensions/101/effective-policy").path("granted").asBoolean()).isTrue();
        assertThat(api.get(TENANT + "/extensions/102/effective-policy").path("granted").asBoolean()).isFalse();
    }

    /** What calls read of it, through every way in which a member comes and goes. */
    @Test
    void theParkGroupOfAUserFollowsItsGroups() {
        api.must("PUT", TENANT + "/park-groups/a", "{'name': 'A', 'members': ['101', '102']}");
        assertThat(groups()).isEqualTo("101 a, 102 a");
        api.must("PATCH", TENANT + "/park-groups/a", "{'members': ['102']}");
        api.must("PUT", TENANT + "/park-groups/b", "{'name': 'B', 'members': ['101']}");
        assertThat(groups()).isEqualTo("101 b, 102 a");

        JsonNode document = api.get(TENANT + "/document");
        api.must("PUT", TENANT + "/document", document.toString()
                .replace("[\"102\"]", "[\"X\"]")
                .replace("[\"101\"]", "[\"102\"]")
                .replace("[\"X\"]", "[\"101\"]"));
        assertThat(groups()).isEqualTo("101 a, 102 b");

        api.must("DELETE", TENANT + "/park-groups/a", "");
        assertThat(groups()).isEqualTo("102 b");
        api.must("PUT", TENANT + "/document", "{'extensions': [{'extension': '102'}]}");
        assertThat(groups()).isEmpty();
    }

    private String groups() {
        return api.jedis.hgetAll("{cfg}:tenant:acme.example:park-groups:by-member")
                .entrySet()
                .stream()
                .map(it -> it.getKey() + " " + it.getValue())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    @Test
    void twoAdministratorsCannotBreakARuleTogether() throws Exception {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<HttpResponse<String>>> puts = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String body = "{'name': 'G" + i + "', 'members': ['101']}";
                String path = TENANT + "/park-groups/g" + i;
                puts.add(() -> api.send("PUT", path, body));
            }
            int created = 0;
            for (Future<HttpResponse<String>> answer : pool.invokeAll(puts)) {
                assertThat(answer.get().statusCode()).isIn(201, 409);
                created += answer.get().statusCode() == 201 ? 1 : 0;
            }
            assertThat(created).isEqualTo(1);
        }
    }
}
