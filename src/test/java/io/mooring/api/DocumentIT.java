package io.mooring.api;

import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.Ha1;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A whole tenant as one document. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocumentIT {

    private static final String ACME = "/v1/tenants/acme.example";
    private static final String COPY = "/v1/tenants/copy.example";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.must("PUT", ACME + "/ring-groups/hunt", "{'name': 'Hunt', 'members': ['101', '102']}");
        api.must("PUT", ACME + "/park-groups/sales", "{'name': 'Sales', 'members': ['102']}");
        api.must("PUT", ACME + "/park-policies/p",
                "{'name': 'P', 'recall': {'mode': 'ring-group', 'ringGroup': 'hunt'}}");
        api.must("PUT", ACME + "/grants/101", "{'parkPolicy': 'p'}");
        api.must("PATCH", ACME + "/extensions/103", "{'notices': 'park-info'}");
        api.must("PATCH", ACME, "{'displayName': 'Acme', 'defaultParkPolicy': 'p'}");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private static List<String> changes(JsonNode report) {
        List<String> changes = new ArrayList<>();
        report.path("changes").forEach(it -> changes.add(it.path("change").asText() + " " + it.path("path").asText()));
        return changes;
    }

    @Test
    void whatIsExportedCanBeImportedElsewhere() {
        JsonNode document = api.get(ACME + "/document");

        JsonNode report = api.must("PUT", COPY + "/document", document.toString());

        assertThat(changes(report)).containsExactlyInAnyOrder("created ", "created extensions/101",
                "created extensions/102", "created extensions/103", "created ring-groups/hunt",
                "created park-groups/sales", "created park-policies/p", "created grants/101");
        assertThat(report.path("passwords").fieldNames()).toIterable().containsExactlyInAnyOrder("101", "102", "103");
        assertThat(api.get(COPY + "/document")).isEqualTo(document);
        assertThat(api.get(COPY + "/extensions").path("items").findValuesAsText("notices"))
                .containsExactly("auto", "auto", "park-info");
        assertThat(api.jedis.hget("{cfg}:edge:sub:copy.example:101", "ha1")).hasSize(32);
        assertThat(api.jedis.hget("{cfg}:edge:tenant:copy.example", "codes"))
                .isEqualTo("^((\\*68|\\*58|\\*59|\\*88)[0-9]*|\\*88[0-9]*\\*[0-9]*)$");
    }

    @Test
    void theSameAgainChangesNothing() {
        JsonNode report = api.must("PUT", ACME + "/document", api.get(ACME + "/document").toString());

        assertThat(report.toString()).isEqualTo("{\"changes\":[]}");
    }

    @Test
    void aTrialRunTellsTheDifference() {
        var document = (ObjectNode) api.get(ACME + "/document");
        document.put("displayName", "New");
        document.set("grants", document.objectNode());
        ((ObjectNode) document.path("extensions").path(0)).put("displayName", "Bob");
        ((ArrayNode) document.path("extensions")).remove(2);
        document.withArray("extensions").addObject().put("extension", "104");

        JsonNode report = json(api.send("PUT", ACME + "/document?dryRun=true", document.toString()));
        assertThat(changes(report)).containsExactlyInAnyOrder("replaced ", "replaced extensions/101",
                "deleted extensions/103", "created extensions/104", "deleted grants/101");
        assertThat(report.has("passwords")).isFalse();
        assertThat(report.path("changes").path(0).path("before").path("displayName").asText()).isEqualTo("Acme");
        assertThat(api.get(ACME + "/extensions").path("items")).hasSize(3);

        assertThat(changes(api.must("PUT", ACME + "/document", document.toString()))).isEqualTo(changes(report));
        assertThat(api.get(ACME + "/extensions").path("items").findValuesAsText("extension"))
                .containsExactly("101", "102", "104");
        assertThat(api.jedis.exists("{cfg}:edge:sub:acme.example:103")).isFalse();
        assertThat(api.get(ACME + "/audit?limit=5").path("items").findValuesAsText("operation"))
                .containsOnly("importTenant");
    }

    @Test
    void anImportKeepsPasswordsAndSetsThoseThatItBrings() {
        String before = api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1");
        var document = (ObjectNode) api.get(ACME + "/document");
        ((ObjectNode) document.path("extensions").path(1)).put("password", "a new one");

        JsonNode report = api.must("PUT", ACME + "/document", document.toString());

        assertThat(changes(report)).containsExactly("replaced extensions/102");
        assertThat(report.toString()).doesNotContain("a new one");
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1")).isEqualTo(before);
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:102", "ha1"))
                .isEqualTo(Ha1.of("102", "acme.example", "a new one").hex());
    }

    @Test
    void everyMistakeIsFoundWhereItStandsAndNothingIsChanged() {
        String before = api.get(ACME + "/document").toString();

        problem(api.send("PUT", ACME + "/document", """
                {'extensions': [{'extension': '101'}, {'extension': '1'}, {'displayName': 7}],
                 'ringGroups': [{'id': 'A', 'name': 'A'}, {'id': 'b', 'name': 'B', 'strategy': 'random'}],
                 'grants': {'101': 1}, 'more': 1}"""), 400, "invalid-body",
                "/extensions/1/extension", "/extensions/2/extension", "/extensions/2/displayName", "/ringGroups/0/id",
                "/ringGroups/1/strategy", "/grants/101", "/more");
        problem(api.send("PUT", ACME + "/document", """
                {'extensions': [{'extension': '101'}],
                 'parkGroups': [{'id': 'a', 'name': 'A', 'members': ['101']},
                                {'id': 'b', 'name': 'A', 'members': ['102', '101']}],
                 'grants': {'101': 'none'}}"""), 400, "invalid-value",
                "/parkGroups/1/name", "/parkGroups/1/members/0", "/parkGroups/1/members/1", "/grants/101/parkPolicy");
        problem(api.send("PUT", ACME + "/document", """
                {'extensions': [{'extension': '101'}, {'extension': '101'}]}"""), 400, "invalid-value", "/extensions");

        assertThat(api.get(ACME + "/document").toString()).isEqualTo(before);
    }

    @Test
    void aLargeTenantIsImportedAtOnce() {
        String extensions = IntStream.range(10_000, 14_000)
                .mapToObj(i -> "{'extension': '" + i + "', 'ha1': '0123456789abcdef0123456789abcdef'}")
                .collect(Collectors.joining(","));

        var response = api.send("PUT", COPY + "/document", "{'extensions': [" + extensions + "]}");

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(api.get(COPY + "/document").path("extensions")).hasSize(4_000);
        assertThat(api.jedis.hget("{cfg}:edge:sub:copy.example:13999", "ha1"))
                .isEqualTo("0123456789abcdef0123456789abcdef");
    }
}
