package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.RetrievalPin;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.TenantJson;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The PIN of a park policy is set, kept and taken away, and shown nowhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyPinIT {
    private static final String ACME = "/v1/tenants/acme.example";
    private static final String POLICY = ACME + "/park-policies/p";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.must("PUT", POLICY, "{'name': 'P', 'pin': '739146'}");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private Optional<RetrievalPin> stored() {
        JsonNode kept = TenantJson.parse(api.jedis.hget("{cfg}:tenant:acme.example:park-policies", "p"));
        return TenantJson.read(kept.path("value"), ParkPolicy.class).pin();
    }

    private void assertPin(String pin) {
        assertThat(stored()).hasValueSatisfying(it -> assertThat(it.matches(pin)).isTrue());
        assertThat(api.get(POLICY).path("pin").asText()).isEqualTo("***");
    }

    @Test
    void itIsKeptAsAHashAndShownNowhere() {
        api.must("PUT", ACME + "/document", api.get(ACME + "/document").toString());
        api.must("PATCH", ACME, "{'defaultParkPolicy': 'p'}");
        var stored = stored().orElseThrow();
        assertPin("739146");
        for (var path : new String[]{POLICY, ACME + "/park-policies", ACME + "/document", ACME + "/audit",
            ACME + "/extensions/101/effective-policy"}) {
            assertThat(api.get(path).toString()).as(path).doesNotContain("739146").doesNotContain(stored.hash());
        }
        assertThat(api.get(ACME + "/extensions/101/effective-policy").at("/values/pinRequired/value").asBoolean())
                .isTrue();
        api.jedis.keys("*")
                .stream()
                .filter(key -> api.jedis.type(key).equals("hash"))
                .forEach(key -> assertThat(api.jedis.hgetAll(key).toString()).as(key).doesNotContain("739146"));
    }

    @Test
    void whoWritesWhatItHasReadKeepsThePin() {
        var read = (ObjectNode) api.get(POLICY);
        read.remove("id");
        api.must("PUT", POLICY, read.put("name", "Q").toString());
        assertPin("739146");
        api.must("PATCH", POLICY, "{'name': 'R'}");
        assertPin("739146");
        var document = api.get(ACME + "/document");
        assertThat(api.must("PUT", ACME + "/document", document.toString()).path("changes")).isEmpty();
        assertPin("739146");
    }

    @Test
    void itIsChangedAndTakenAway() {
        api.must("PATCH", POLICY, "{'pin': '0000'}");
        assertPin("0000");
        api.must("PATCH", POLICY, "{'pin': null}");
        assertThat(stored()).isEmpty();
        assertThat(api.get(POLICY).has("pin")).isFalse();
        api.must("PUT", POLICY, "{'name': 'P', 'pin': '1234567890'}");
        assertPin("1234567890");
        api.must("PUT", POLICY, "{'name': 'P'}");
        assertThat(stored()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "123", "12345678901", "12a4", "12 34", "**", "١٢٣٤"})
    void whatIsNoPinIsRefused(String pin) {
        problem(api.send("PATCH", POLICY, "{'pin': '" + pin + "'}"), 400, "invalid-value", "/pin");
        assertPin("739146");
    }

    @Test
    void whereThereIsNoneNoneIsKept() {
        problem(api.send("PUT", ACME + "/park-policies/q", "{'name': 'Q', 'pin': '***'}"), 400, "invalid-value",
                "/pin");
        problem(api.send("PUT", "/v1/tenants/copy.example/document", api.get(ACME + "/document").toString()), 400,
                "invalid-value", "/parkPolicies/0/pin");
    }
}
