package io.mooring.api;

import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.tenant.Ha1;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Extensions as CSV. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExtensionImportIT {

    private static final String ACME = "/v1/tenants/acme.example";
    private static final String IMPORT = ACME + "/imports/extensions";

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

    private HttpResponse<String> load(String csv, String... headers) {
        return loadAt(IMPORT, csv, headers);
    }

    private HttpResponse<String> loadAt(String path, String csv, String... headers) {
        var all = new ArrayList<>(List.of("Content-Type", "text/csv"));
        all.addAll(List.of(headers));
        return api.send("POST", path, csv, all.toArray(String[]::new));
    }

    private static List<String> changes(JsonNode answer) {
        List<String> changes = new ArrayList<>();
        answer.path("extensions")
                .forEach(it -> changes.add(it.path("extension").asText() + " " + it.path("change").asText()
                        + (it.has("password") ? " with a password" : "")));
        return changes;
    }

    private String ha1(String extension) {
        return api.jedis.hget("{cfg}:edge:sub:acme.example:" + extension, "ha1");
    }

    @Test
    void whatIsInTheListIsMadeOrChangedAndTheRestStays() {
        String before = ha1("101");
        JsonNode answer = json(load("""
                extension,name,password
                101,Bob,
                102,,new-secret-102
                103,,
                104,"Cooper, Alice",
                105,Dora,secret-105
                """));

        assertThat(changes(answer)).containsExactly("101 replaced", "102 replaced", "103 unchanged",
                "104 created with a password", "105 created");
        assertThat(ha1("101")).isEqualTo(before);
        assertThat(ha1("102")).isEqualTo(Ha1.of("102", "acme.example", "new-secret-102").hex());
        String generated = answer.path("extensions").path(3).path("password").asText();
        assertThat(ha1("104")).isEqualTo(Ha1.of("104", "acme.example", generated).hex());
        assertThat(ha1("105")).isEqualTo(Ha1.of("105", "acme.example", "secret-105").hex());
        assertThat(api.get(ACME + "/extensions/104").path("displayName").asText()).isEqualTo("Cooper, Alice");
        assertThat(api.get(ACME + "/audit").toString()).contains("importExtensions", "extensions/105")
                .doesNotContain("secret-105")
                .doesNotContain(generated);
        assertThat(changes(json(load("105,Dora\n")))).containsExactly("105 unchanged");
        assertThat(api.get(ACME + "/extensions").path("items")).hasSize(5);
    }

    @Test
    void oneMistakeAndNothingIsDone() {
        JsonNode problem = problem(load("104,Eve\n1,Mallory\n105,Trent,short\n"), 400, "invalid-value", "", "");

        assertThat(problem.path("errors").path(0).toString()).contains("\"line\":2", "\"column\":\"extension\"");
        assertThat(problem.path("errors").path(1).toString()).contains("\"line\":3", "\"column\":\"password\"");
        assertThat(api.get(ACME + "/extensions").path("items")).hasSize(3);
        problem(load("104,\"Eve"), 400, "invalid-body", "");
        assertThat(ha1("104")).isNull();
    }

    @Test
    void aTrialRunTellsWhatWouldBecomeOfEach() {
        assertThat(changes(json(loadAt(IMPORT + "?dryRun=true", "101,Bob\n104,Eve\n")))).containsExactly("101 replaced",
                "104 created");
        assertThat(api.get(ACME + "/extensions").toString()).doesNotContain("\"Bob\"", "\"104\"");
    }

    @Test
    void noMoreThanTheQuota() {
        api.must("PATCH", ACME, "{'quotas': {'extensions': 4}}");

        problem(load("104\n105\n"), 409, "quota-exceeded");
        assertThat(changes(json(load("101,Bob\n104,Eve,secret-104\n")))).containsExactly("101 replaced", "104 created");
        problem(load("105\n"), 409, "quota-exceeded");
        assertThat(changes(json(load("101\n104\n")))).containsExactly("101 replaced", "104 replaced");
    }

    @Test
    void theSameRequestAgainGetsTheSamePasswords() {
        String[] key = {"Idempotency-Key", "import-0001"};
        String first = load("104,Eve\n", key).body();

        assertThat(load("104,Eve\n", key).body()).isEqualTo(first).contains("password");
        problem(load("105,Eve\n", key), 422, "idempotency-key-reused");
    }

    @Test
    void tenThousandAtOnce() {
        String list = IntStream.range(10_000, 19_900)
                .mapToObj(i -> i + ",Somebody " + i + ",secret-" + i)
                .collect(Collectors.joining("\n"));

        assertThat(changes(json(load(list)))).hasSize(9_900).allMatch(it -> it.endsWith("created"));
        assertThat(ha1("19899")).isEqualTo(Ha1.of("19899", "acme.example", "secret-19899").hex());
    }
}
