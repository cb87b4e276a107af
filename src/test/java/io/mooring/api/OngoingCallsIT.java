package io.mooring.api;

import static io.mooring.api.ApiUnderTest.OPERATOR;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.OngoingCall;
import io.mooring.call.Refusal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that are up, and their park, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OngoingCallsIT {
    private static final String BOB = "/v1/tenants/acme.example/extensions/101";

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty());

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.ordered.clear();
        api.refusal = Optional.empty();
        api.ongoing = List.of(new OngoingCall("up-1", "4930123456", 1_000));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void theOnlyCallNeedNotBeNamed() {
        var answer = api.as(OPERATOR, "POST", BOB + "/park", "{}");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.body()).contains("orbit:42", "call-1.1", "\"parker\":\"101\"");
        assertThat(api.ordered).containsExactly("park up-1 of 101 at Park[extension=]");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "own-extension, , Park[extension=]",
        "extension, 102, Park[extension=102]",
        "park-group, , ParkToGroup[]",
        "next-orbit, , ParkAtNextOrbit[]",
        "chosen-orbit, 42, ParkAtOrbit[orbit=42]"})
    void everyModeLeadsWhereItSays(String mode, String number, String wanted) {
        String body = number == null
                ? "{'mode': '" + mode + "'}"
                : "{'mode': '" + mode + "', 'number': '" + number + "'}";
        assertThat(api.as(OPERATOR, "POST", BOB + "/park", body).statusCode()).isEqualTo(201);
        assertThat(api.ordered).containsExactly("park up-1 of 101 at " + wanted);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "{'mode': 'elsewhere'} | invalid-value | /mode",
        "{'mode': 'extension'} | invalid-body | /number",
        "{'mode': 'extension', 'number': 'x'} | invalid-value | /number",
        "{'mode': 'chosen-orbit', 'number': '7'} | invalid-value | /number",
        "{'mode': 'next-orbit', 'number': '42'} | invalid-value | /number",
        "{'number': 42} | invalid-body | /number",
        "{'what': 1} | invalid-body | /what"})
    void whatIsWrongIsNamed(String body, String type, String at) {
        problem(api.as(OPERATOR, "POST", BOB + "/park", body), 400, type, at);
        assertThat(api.ordered).isEmpty();
    }

    @Test
    void ofSeveralOneHasToBeNamed() {
        api.ongoing = List.of(new OngoingCall("up-1", "4930123456", 1_000), new OngoingCall("up-2", "102", 2_000));
        var refused = problem(api.as(OPERATOR, "POST", BOB + "/park", "{}"), 409, "conflict");
        assertThat(refused.path("detail").asText()).contains("up-1 (with 4930123456)", "up-2 (with 102)");
        assertThat(api.as(OPERATOR, "POST", BOB + "/park", "{'call': 'up-2'}").statusCode()).isEqualTo(201);
        assertThat(api.ordered).containsExactly("park up-2 of 101 at Park[extension=]");
        assertThat(api.as(OPERATOR, "GET", BOB + "/calls", "").body()).contains("up-1", "up-2", "4930123456");
    }

    @Test
    void aCallThatIsNotUpIsUnknown() {
        problem(api.as(OPERATOR, "POST", BOB + "/park", "{'call': 'up-3'}"), 404, "unknown-call");
        api.ongoing = List.of();
        problem(api.as(OPERATOR, "POST", BOB + "/park", "{}"), 404, "unknown-call");
        problem(api.as(OPERATOR, "POST", "/v1/tenants/acme.example/extensions/199/park", "{}"), 404,
                "unknown-extension");
    }

    @Test
    void aUserParksTheOwnCallsOnly() {
        String user = api.token("acme.example", "tenant-user", "101");
        assertThat(api.as(user, "POST", BOB + "/park", "{}").statusCode()).isEqualTo(201);
        assertThat(api.as(user, "GET", BOB + "/calls", "").statusCode()).isEqualTo(200);
        String other = api.token("acme.example", "tenant-user", "103");
        assertThat(api.as(other, "POST", BOB + "/park", "{}").statusCode()).isIn(403, 404);
        assertThat(api.as(other, "GET", BOB + "/calls", "").statusCode()).isIn(403, 404);
        assertThat(api.ordered).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"PARKING_OFF, 403, forbidden", "PLACE_TAKEN, 409, conflict", "RANGE_FULL, 409, conflict",
        "TOO_MANY_PARKED, 409, quota-exceeded", "PARTY_DID_NOT_ANSWER, 409, conflict", "IN_PROGRESS, 409, conflict",
        "ORBIT_OUT_OF_RANGE, 400, invalid-value", "MEDIA_UNAVAILABLE, 503, unavailable",
        "STATE_UNAVAILABLE, 503, unavailable"})
    void whatCannotBeDoneIsNamed(Refusal refusal, int status, String type) {
        api.refusal = Optional.of(refusal);
        var answer = problem(api.as(OPERATOR, "POST", BOB + "/park", "{}"), status, type);
        assertThat(answer.path("detail").asText()).isEqualTo(refusal.text());
    }
}
