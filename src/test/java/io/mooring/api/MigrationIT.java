package io.mooring.api;

import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Imports of what carriers have elsewhere. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MigrationIT {

    private static final String ACME = "/v1/tenants/acme.example";
    private static final String TEAMS = ACME + "/imports/teams";
    private static final String WEBEX = ACME + "/imports/webex";
    private static final String ASTERISK = ACME + "/imports/asterisk";
    private static final String POLICIES = """
            [{'Identity': 'Global', 'Description': null, 'AllowCallPark': false, 'PickupRangeStart': 10,
              'PickupRangeEnd': 99, 'ParkTimeoutSeconds': 300},
             {'Identity': 'Tag:Sales & Co', 'Description': 'sells', 'AllowCallPark': true, 'PickupRangeStart': 500,
              'PickupRangeEnd': 1500, 'ParkTimeoutSeconds': 120, 'Colour': 'blue'}]""";
    private static final String LOCATION = """
            [{'callParkRecall': {'huntGroupId': 'Y2k', 'huntGroupName': 'Hunt', 'option': 'ALERT_HUNT_GROUP_ONLY'},
              'callParkSettings': {'ringPattern': 'LONG_LONG', 'recallTime': 45, 'huntWaitTime': 60}},
             {'callParks': [{'name': 'Front', 'id': 'a'}, {'name': 'Back', 'id': 'b', 'locationName': 'Bern'}]},
             {'id': 'a', 'name': 'Front', 'parkOnAgentsEnabled': false,
              'recall': {'option': 'ALERT_PARKING_USER_FIRST_THEN_HUNT_GROUP', 'huntGroupName': 'Nobody'},
              'agents': [{'id': 'p1', 'numbers': [{'extension': '999'}, {'extension': '101', 'primary': 'true'}]},
                         {'id': 'p2', 'numbers': [{'extension': '8080'}]}, {'id': 'p3', 'numbers': []}],
              'callParkExtensions': [{'id': 'e', 'extension': '700', 'name': 'P0'}]},
             {'callParkExtensions': [{'extension': '700'}, {'extension': '701'}, {'extension': '703'},
                                     {'extension': '70000'}]}]""";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.must("PUT", ACME + "/ring-groups/hunt", "{'name': 'Hunt', 'members': ['101']}");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private HttpResponse<String> asterisk(String body) {
        return api.send("POST", ASTERISK, body, "Content-Type", "text/plain");
    }

    private static List<String> changes(JsonNode report) {
        List<String> changes = new ArrayList<>();
        report.path("changes").forEach(it -> changes.add(it.path("change").asText() + " " + it.path("path").asText()));
        return changes;
    }

    private static List<String> notes(JsonNode report) {
        List<String> notes = new ArrayList<>();
        report.path("notes").forEach(it -> notes.add(it.path("at").asText() + " " + it.path("outcome").asText()));
        return notes;
    }

    @Test
    void policiesOfTeams() {
        JsonNode trial = json(api.send("POST", TEAMS + "?dryRun=true", POLICIES));
        assertThat(api.get(ACME + "/park-policies").path("items")).isEmpty();

        JsonNode report = json(api.send("POST", TEAMS, POLICIES));

        assertThat(report).isEqualTo(trial);
        assertThat(changes(report)).containsExactly("replaced ", "created park-policies/global",
                "created park-policies/sales-co");
        assertThat(notes(report)).containsExactly("/1/Description not-carried", "/1/Colour not-carried");
        JsonNode sales = api.get(ACME + "/park-policies/sales-co");
        assertThat(sales.path("name").asText()).isEqualTo("Sales & Co");
        assertThat(sales.path("orbits").toString()).isEqualTo("{\"start\":500,\"end\":1500}");
        assertThat(sales.path("recall").toString()).isEqualTo("{\"recallTimeoutSeconds\":120,\"mode\":\"parker\"}");
        assertThat(api.get(ACME + "/park-policies/global").path("parkingAllowed").asBoolean()).isFalse();
        assertThat(api.get(ACME).path("defaultParkPolicy").asText()).isEqualTo("global");
        assertThat(api.get(ACME + "/audit?limit=3").path("items").findValuesAsText("operation"))
                .containsExactly("importTeamsPolicies", "importTeamsPolicies", "importTeamsPolicies");
        assertThat(changes(api.must("POST", TEAMS, POLICIES))).as("the same again").isEmpty();
    }

    @Test
    void policiesOfTeamsKeepWhatTheyDoNotSay() {
        api.must("PUT", ACME + "/park-policies/mine", "{'name': 'Global', 'retrieval': 'parker',"
                + " 'recall': {'maxAttempts': 7}}");
        api.must("PATCH", ACME, "{'defaultParkPolicy': 'mine'}");

        JsonNode report = api.must("POST", TEAMS,
                "{'value': [{'Identity': 'Global', 'AllowCallPark': true}], 'Count': 1}");

        assertThat(changes(report)).containsExactly("replaced park-policies/mine");
        JsonNode policy = api.get(ACME + "/park-policies/mine");
        assertThat(policy.path("retrieval").asText()).isEqualTo("parker");
        assertThat(policy.path("recall").path("maxAttempts").asInt()).isEqualTo(7);
        assertThat(policy.path("recall").path("recallTimeoutSeconds").asInt()).isEqualTo(300);
    }

    @Test
    void aTenantKeepsItsDefaultPolicy() {
        api.must("PUT", ACME + "/park-policies/mine", "{'name': 'Mine'}");
        api.must("PATCH", ACME, "{'defaultParkPolicy': 'mine'}");

        assertThat(notes(json(asterisk("[default]\n")))).containsExactly("line 1 not-carried");
        assertThat(api.get(ACME).path("defaultParkPolicy").asText()).isEqualTo("mine");
    }

    @Test
    void aLocationOfWebex() {
        JsonNode report = api.must("POST", WEBEX, LOCATION);

        assertThat(changes(report)).containsExactly("replaced ", "created park-policies/webex-bern",
                "created park-groups/front");
        JsonNode policy = api.get(ACME + "/park-policies/webex-bern");
        assertThat(policy.path("orbits").toString()).isEqualTo("{\"start\":700,\"end\":701}");
        assertThat(policy.path("recall").toString()).isEqualTo("{\"recallTimeoutSeconds\":45,\"mode\":\"ring-group\","
                + "\"ringGroup\":\"hunt\",\"alternateWaitSeconds\":60,\"alertInfo\":\"<http://127.0.0.1/Bellcore-dr2>\"}");
        JsonNode group = api.get(ACME + "/park-groups/front");
        assertThat(group.path("members").toString()).isEqualTo("[\"101\"]");
        assertThat(group.path("recall").toString()).isEqualTo("{\"mode\":\"parker\"}");
        assertThat(notes(report)).containsExactlyInAnyOrder("/1/callParks/1 not-carried", "/2/recall adjusted",
                "/2/agents/1/numbers/0/extension not-carried", "/2/agents/2 not-carried",
                "/2/parkOnAgentsEnabled not-carried", "/2/callParkExtensions not-carried",
                "/3/callParkExtensions/2/extension not-carried", "/3/callParkExtensions/3/extension not-carried");
        assertThat(changes(api.must("POST", WEBEX, LOCATION))).as("the same again").isEmpty();
    }

    @Test
    void whoIsInAnotherParkGroupStaysThere() {
        api.must("PUT", ACME + "/park-groups/mine", "{'name': 'Mine', 'members': ['101']}");

        JsonNode report = api.must("POST", WEBEX, "{'name': 'Front', 'agents': [{'numbers': [{'extension': '101'}]},"
                + " {'numbers': [{'extension': '102'}]}, {'numbers': [{'extension': '102'}]}]}");

        assertThat(notes(report)).containsExactly("/agents/0/numbers/0/extension not-carried");
        assertThat(api.get(ACME + "/park-groups/front").path("members").toString()).isEqualTo("[\"102\"]");
        assertThat(api.get(ACME + "/park-groups/mine").path("members").toString()).isEqualTo("[\"101\"]");
    }

    @Test
    void lotsOfAsterisk() {
        JsonNode report = json(asterisk("""
                [lots](!)
                parkingtime = 90
                [default](lots)
                parkext => 700
                parkpos => 701-720
                [Front Desk](lots)
                parkpos => 801-810
                """));

        assertThat(changes(report)).containsExactly("replaced ", "created park-policies/default",
                "created park-policies/front-desk");
        assertThat(api.get(ACME + "/park-policies/front-desk").path("recall").toString())
                .isEqualTo("{\"recallTimeoutSeconds\":90,\"mode\":\"parker\",\"ringSeconds\":30}");
        assertThat(api.get(ACME + "/park-policies/default").path("orbitDialled").asBoolean()).isTrue();
        assertThat(notes(report)).containsExactly("line 4 not-carried");
    }

    @Test
    void aSourceThatCannotBeReadChangesNothing() {
        problem(api.send("POST", TEAMS, "[{'Identity': 'A', 'PickupRangeStart': 'x'}, {'AllowCallPark': 1},"
                + " {'Identity': 'a', 'PickupRangeStart': 50, 'PickupRangeEnd': 20}, 7]"), 400, "invalid-body", "/3");
        problem(api.send("POST", TEAMS, "[{'Identity': 'A', 'PickupRangeStart': 'x'}, {'AllowCallPark': 1},"
                + " {'Identity': 'a', 'PickupRangeStart': 50, 'PickupRangeEnd': 20}]"), 400, "invalid-body",
                "/0/PickupRangeStart", "/1/Identity", "/1/AllowCallPark", "/2/Identity", "/2/PickupRangeEnd");
        problem(api.send("POST", TEAMS, "[]"), 400, "invalid-body", "");
        problem(api.send("POST", TEAMS, "{'Identity': 'a\\u0000b'}"), 400, "invalid-body", "");
        problem(api.send("POST", WEBEX, "{'callParkSettings': {'ringPattern': 'LOUD', 'recallTime': []}}"), 400,
                "invalid-body", "/callParkSettings/recallTime", "/callParkSettings/ringPattern");
        problem(api.send("POST", WEBEX, "{'hello': 1}"), 400, "invalid-body", "");
        assertThat(problem(asterisk("[a]\nparkpos = x\n[b]\nparkingtime = y\n"), 400, "invalid-body", "", "")
                .path("errors")
                .findValuesAsText("detail")).containsExactly("line 2: parkpos must be two numbers, such as 701-720",
                        "line 4: parkingtime must be a whole number of seconds");
        assertThat(problem(asterisk("[" + "x".repeat(200) + "]"), 400, "invalid-body").path("detail").asText())
                .startsWith("line 1: name must be at most 100 characters");
        assertThat(api.get(ACME + "/park-policies").path("items")).isEmpty();
    }

    @Test
    void aRepeatedImportWithTheSameKeyAnswersTheSame() {
        var first = api.send("POST", TEAMS, POLICIES, "Idempotency-Key", "import-teams-1");
        var second = api.send("POST", TEAMS, POLICIES, "Idempotency-Key", "import-teams-1");

        assertThat(second.body()).isEqualTo(first.body());
        assertThat(changes(json(second))).hasSize(3);
    }
}
