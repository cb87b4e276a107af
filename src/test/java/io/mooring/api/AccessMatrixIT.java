package io.mooring.api;

import static io.mooring.api.ApiUnderTest.OPERATOR;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.access.Access;
import io.mooring.access.ApiToken;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.ParkedCalls.Party;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every operation and every kind of caller. The operations are those of the enum, so none can be forgotten; what is
 * expected is written down here a second time. Two tenants have the same extensions, groups and names.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixIT {

    private static final Set<String> GLOBAL_READ = Set.of("operator", "global-reader");
    private static final Set<String> GLOBAL_WRITE = Set.of("operator");
    private static final Set<String> TENANT_READ = Set.of("operator", "global-reader", "admin", "reader");
    private static final Set<String> TENANT_WRITE = Set.of("operator", "admin");
    private static final Map<Access, Set<String>> ALLOWED = Map.of(
            Access.GLOBAL_READ, GLOBAL_READ,
            Access.GLOBAL_WRITE, GLOBAL_WRITE,
            Access.TENANT_READ, TENANT_READ,
            Access.TENANT_WRITE, TENANT_WRITE,
            Access.MEMBER_READ, Set.of("operator", "global-reader", "admin", "reader", "user", "other-user"),
            Access.MEMBER_WRITE, Set.of("operator", "admin", "user"),
            Access.OWN_READ, Set.of("operator", "global-reader", "admin", "reader", "user"),
            Access.OWN_WRITE, Set.of("operator", "admin", "user"));

    private final ApiUnderTest api = new ApiUnderTest(
            tenant -> List.of(new ParkedCall("call-1", "PARKED", "ext:101", "102", 1L, "call-1.1",
                    new Party("+4930", "", false), List.of(), Optional.empty())),
            vertx -> Optional.empty());
    private final Map<String, String> callers = new LinkedHashMap<>();
    private final Map<String, String> ids = new LinkedHashMap<>();

    @BeforeAll
    void provision() {
        for (String domain : List.of("acme.example", "other.example")) {
            String tenant = "/v1/tenants/" + domain + "/";
            api.tenant(domain);
            api.unlimited(domain);
            api.must("PUT", tenant + "ring-groups/one", "{'name': 'Hunt', 'members': ['101']}");
            api.must("PUT", tenant + "park-groups/one", "{'name': 'Sales', 'members': ['102']}");
            api.must("PUT", tenant + "park-policies/one", "{'name': 'All'}");
            api.must("PUT", tenant + "park-policies/two", "{'name': 'Two'}");
            api.must("PUT", tenant + "sounds/one", ApiUnderTest.WAV, "Content-Type", "audio/wav");
            api.must("PUT", tenant + "webhooks/one", "{'url': 'http://127.0.0.1:9/hook'}");
            api.must("PUT", tenant + "grants/103", "{'parkPolicy': 'two'}");
            api.happened(domain, "call-1");
        }
        api.must("PUT", "/v1/tenants/acme.example/domains/acme.test", "");
        api.must("PUT", "/v1/trunks/192.0.2.1", "{'name': 'carrier', 'tenant': '*'}");
        callers.put("operator", OPERATOR);
        callers.put("global-reader", api.must("POST", "/v1/tokens", "{'role': 'read-only'}").path("token").asText());
        callers.put("admin", api.token("acme.example", "tenant-admin", ""));
        callers.put("reader", api.token("acme.example", "read-only", ""));
        callers.put("user", api.token("acme.example", "tenant-user", "103"));
        callers.put("other-user", api.token("acme.example", "tenant-user", "101"));
        callers.put("foreign-admin", api.token("other.example", "tenant-admin", ""));
        callers.put("foreign-reader", api.token("other.example", "read-only", ""));
        callers.put("foreign-user", api.token("other.example", "tenant-user", "103"));
        ids.put("/v1/tokens/", api.must("POST", "/v1/tokens", "{'role': 'read-only'}").path("id").asText());
        ids.put("/v1/tenants/acme.example/tokens/",
                api.must("POST", "/v1/tenants/acme.example/tokens", "{'role': 'read-only'}").path("id").asText());
        // Nothing refers to it, so it can be deleted.
        api.must("PUT", "/v1/tenants/acme.example/extensions/104", "{}");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private String path(OperationId operation) {
        String id = switch (operation) {
            case GET_TOKEN, DELETE_TOKEN -> ids.get("/v1/tokens/");
            case GET_TENANT_TOKEN, DELETE_TENANT_TOKEN -> ids.get("/v1/tenants/acme.example/tokens/");
            default -> "one";
        };
        String extension = operation == OperationId.DELETE_EXTENSION ? "104" : "103";
        String path = operation.template()
                .replace("{domain}", "acme.example")
                .replace("{extension}", extension)
                .replace("{id}", id)
                .replace("{call}", "call-1")
                .replace("{file}", "start.js")
                .replace("{alias}", "acme.test")
                .replace("{address}", "192.0.2.1");
        String force = operation == OperationId.DELETE_TENANT ? "&force=true" : "";
        if (operation == OperationId.GET_PHONE_CONFIG) {
            return path + "?model=cisco-mpp";
        }
        if (operation == OperationId.FOLLOW_EVENTS) {
            return path + "?seconds=1";
        }
        return operation.hasQuery("dryRun") ? path + "?dryRun=true" + force : path;
    }

    private static String body(OperationId operation) {
        return switch (operation) {
            case PUT_TENANT, PATCH_TENANT, PATCH_EXTENSION, PUT_EXTENSION -> "{'displayName': 'x'}";
            case PUT_SOUND -> ApiUnderTest.WAV;
            case IMPORT_TEAMS_POLICIES -> "{'Identity': 'Sales'}";
            case IMPORT_WEBEX_SETTINGS -> "{'callParkSettings': {'recallTime': 60}}";
            case IMPORT_ASTERISK_LOTS -> "[default]";
            case IMPORT_EXTENSIONS -> "105,Dora";
            case IMPORT_TENANT -> "{'quotas': {'requestsPerSecond': 100000}}";
            case PUT_RING_GROUP, CREATE_RING_GROUP, PUT_PARK_GROUP, CREATE_PARK_GROUP, PUT_PARK_POLICY,
                    CREATE_PARK_POLICY, PATCH_RING_GROUP, PATCH_PARK_GROUP, PATCH_PARK_POLICY ->
                "{'name': 'New'}";
            case PARK_CALL -> "{'mode': 'next-orbit'}";
            case RETRIEVE_PARKED_CALL -> "{'extension': '103'}";
            case PUT_WEBHOOK, CREATE_WEBHOOK, PATCH_WEBHOOK -> "{'url': 'http://127.0.0.1:9/hook'}";
            case REPLAY_WEBHOOK -> "{'after': '0-0'}";
            case REDELIVER_DEAD_LETTERS -> "{}";
            case PUT_GRANT -> "{'parkPolicy': 'one'}";
            case PUT_TRUNK, PATCH_TRUNK -> "{'name': 'x', 'tenant': '*'}";
            case CREATE_TOKEN, CREATE_TENANT_TOKEN -> "{'role': 'read-only'}";
            default -> "";
        };
    }

    private HttpResponse<String> call(OperationId operation, String token) {
        return api.as(token, operation.method().name(), path(operation), body(operation), "Content-Type",
                ApiUnderTest.mediaType(operation));
    }

    @ParameterizedTest
    @EnumSource(OperationId.class)
    void whoMayCallWhat(OperationId operation) {
        for (var caller : callers.entrySet()) {
            var response = call(operation, caller.getValue());
            String who = operation + " by " + caller.getKey() + ": " + response.body();
            boolean open = operation.access() == Access.PUBLIC || operation.access() == Access.ANYONE;
            boolean ofTenant = operation.template().contains("{domain}");
            if (open || ALLOWED.get(operation.access()).contains(caller.getKey())) {
                if ((operation == OperationId.GET_PARKED_CALL || operation == OperationId.LIST_CALL_EVENTS)
                        && caller.getKey().equals("user")) {
                    problem(response, 404, "unknown-parked-call");
                } else if (operation == OperationId.DELETE_PARK_POLICY || operation == OperationId.DELETE_RING_GROUP) {
                    assertThat(response.statusCode()).as(who).isIn(204, 409);
                } else {
                    assertThat(response.statusCode()).as(who).isBetween(200, 204);
                }
            } else if (caller.getKey().startsWith("foreign") && ofTenant) {
                assertThat(problem(response, 404, "unknown-tenant").path("detail").asText())
                        .as(who)
                        .isEqualTo("no tenant has the domain acme.example");
            } else if (caller.getKey().equals("other-user")
                    && Set.of(Access.OWN_READ, Access.OWN_WRITE, Access.MEMBER_WRITE).contains(operation.access())) {
                problem(response, 404, "unknown-extension");
            } else {
                assertThat(problem(response, 403, "forbidden")).as(who).isNotNull();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OperationId.class)
    void nobodyWithoutAGoodToken(OperationId operation) {
        String expired = api.token("acme.example", "tenant-admin", "");
        String key = "{cfg}:auth:" + ApiToken.hash(expired);
        api.jedis.hset(key, "json", api.jedis.hget(key, "json").replaceAll("(expiresAtMillis\":)[0-9]+", "$11"));
        String revoked = api.token("acme.example", "tenant-admin", "");
        api.jedis.del("{cfg}:auth:" + ApiToken.hash(revoked));
        String admin = callers.get("admin");
        String almost = admin.substring(0, admin.length() - 1) + (admin.endsWith("A") ? "B" : "A");

        for (String token : List.of("", expired, revoked, almost, "mooring_", "e30.e30.e30", "x".repeat(5_000))) {
            var response = call(operation, token);
            if (operation.access() == Access.PUBLIC) {
                assertThat(response.statusCode()).isEqualTo(200);
            } else {
                problem(response, 401, "unauthorized");
            }
        }
    }

    /** The answer about somebody else's tenant and about none at all is the same, but for what was asked. */
    @ParameterizedTest
    @EnumSource(OperationId.class)
    void anothersTenantIsAsIfItWereNotThere(OperationId operation) {
        if (!operation.template().contains("{domain}")) {
            return;
        }
        for (String caller : List.of("foreign-admin", "foreign-reader", "foreign-user")) {
            var there = api.as(callers.get(caller), operation.method().name(), path(operation), body(operation),
                    "Content-Type", ApiUnderTest.mediaType(operation));
            var none = api.as(callers.get(caller), operation.method().name(),
                    path(operation).replace("acme.example", "none.example"), body(operation), "Content-Type",
                    ApiUnderTest.mediaType(operation));

            assertThat(none.statusCode()).isEqualTo(there.statusCode());
            assertThat(withoutRequest(none)).isEqualTo(withoutRequest(there).replace("acme.example", "none.example"));
        }
    }

    private static String withoutRequest(HttpResponse<String> response) {
        return response.body().replaceAll("urn:mooring:request:[a-z0-9]+", "");
    }

    @Test
    void aTenantUserSeesOnlyTheCallsOfTheOwnExtension() {
        String path = "/v1/tenants/acme.example/parked-calls";

        assertThat(api.as(callers.get("other-user"), "GET", path, "").body()).contains("call-1");
        assertThat(api.as(callers.get("user"), "GET", path, "").body()).endsWith("\"items\":[]}");
    }

    @Test
    void aTenantUserSeesOnlyTheEventsOfTheOwnExtension() {
        String path = "/v1/tenants/acme.example/events";

        assertThat(api.as(callers.get("admin"), "GET", path, "").body()).contains("call-1", "parking-off");
        assertThat(api.as(callers.get("other-user"), "GET", path, "").body()).contains("call-1")
                .doesNotContain("parking-off");
        assertThat(api.as(callers.get("user"), "GET", path, "").body()).contains("parking-off")
                .doesNotContain("call-1");
    }

    @Test
    void onlyAnOperatorChangesQuotasAndMakesTenants() {
        String admin = callers.get("admin");
        String path = "/v1/tenants/acme.example";

        problem(api.as(admin, "PATCH", path, "{'quotas': {'extensions': 5}}"), 403, "forbidden", "/quotas");
        problem(api.as(admin, "PUT", path, "{'quotas': {'extensions': 5}}"), 403, "forbidden", "/quotas");
        problem(api.as(admin, "PUT", path + "/document", "{'quotas': {'extensions': 5}}"), 403, "forbidden", "/quotas");
        assertThat(api.as(admin, "PUT", path, "{'displayName': 'Mine'}").statusCode()).isEqualTo(200);
        assertThat(api.get(path).path("quotas").path("requestsPerSecond").asInt()).isEqualTo(100_000);
    }

    @Test
    void everybodyLearnsWhoTheyAre() {
        assertThat(api.as(callers.get("user"), "GET", "/v1/me", "").body())
                .contains("\"role\":\"tenant-user\"", "\"tenant\":\"acme.example\"", "\"extension\":\"103\"", "token:");
        assertThat(api.get("/v1/me").toString()).isEqualTo("{\"id\":\"operator\",\"role\":\"operator\"}");
    }
}
