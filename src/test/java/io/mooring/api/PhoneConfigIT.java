package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of phones, made of what a tenant is provisioned with; how they are written is in {@code PhoneConfigTest}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PhoneConfigIT {
    private static final String TENANT = "/v1/tenants/acme.example";
    private static final String CONFIG = TENANT + "/extensions/101/phone-config?model=";

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty());

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private String config(String query) {
        var response = api.send("GET", CONFIG + query, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
        return response.body();
    }

    @Test
    void aPhoneGetsTheCodesOfItsTenantAndTheOrbitsOfItsPolicy() {
        api.must("PATCH", TENANT, "{'featureCodes': {'park': '*3', 'retrieve': '#7'}}");
        api.must("PUT", TENANT + "/park-policies/p", "{'name': 'P', 'orbits': {'start': 71, 'end': 73}}");
        api.must("PUT", TENANT + "/grants/101", "{'parkPolicy': 'p'}");
        api.must("PUT", TENANT + "/park-groups/sales", "{'name': 'Sales', 'members': ['101', '102']}");
        for (var model : api.get("/v1/phone-models").path("items")) {
            assertThat(config(model.path("model").asText())).as(model.toString())
                    .contains("*3", "#7101", "Sales", "#771", "#772", "#773")
                    .doesNotContain("*68", "*88", "#774", "demo-101");
        }
        assertThat(config("yealink&keys=4&firstKey=3")).contains("linekey.3.", "linekey.4.")
                .doesNotContain("linekey.2.", "linekey.5.");
        api.must("DELETE", TENANT + "/grants/101", "");
        assertThat(config("yealink")).contains("parking is off", "features.call_park.enable = 0");
    }

    @ParameterizedTest
    @CsvSource({"nokia, model", "'', model", "Yealink, model", "yealink&keys=0, keys", "yealink&keys=x, keys",
        "yealink&firstKey=201, firstKey"})
    void whatMakesNoSenseIsNamed(String query, String field) {
        assertThat(problem(api.send("GET", CONFIG + query, ""), 400, "invalid-parameter").path("field").asText())
                .isEqualTo(field);
    }

    @Test
    void aUserGetsTheOwnOnly() {
        String user = api.token("acme.example", "tenant-user", "101");
        assertThat(api.as(user, "GET", CONFIG + "fanvil", "").statusCode()).isEqualTo(200);
        problem(api.as(user, "GET", TENANT + "/extensions/102/phone-config?model=fanvil", ""), 404,
                "unknown-extension");
        problem(api.send("GET", TENANT + "/extensions/199/phone-config?model=fanvil", ""), 404, "unknown-extension");
    }
}
