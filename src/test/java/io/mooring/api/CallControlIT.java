package io.mooring.api;

import static io.mooring.api.ApiUnderTest.OPERATOR;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Refusal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is ordered of parked calls over the API, and what is said when it cannot be done. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallControlIT {
    private static final String CALL = "/v1/tenants/acme.example/parked-calls/call-1";

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty());

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.ordered.clear();
        api.refusal = Optional.empty();
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void anAdministratorSendsACallAnywhere() {
        String admin = api.token("acme.example", "tenant-admin", "");
        assertThat(api.as(admin, "POST", CALL + "/retrieve", "{'extension': '102'}").statusCode()).isEqualTo(202);
        assertThat(api.as(admin, "DELETE", CALL, "").statusCode()).isEqualTo(204);
        assertThat(api.ordered).containsExactly("ring 102 for call-1", "hang up call-1");
        assertThat(api.as(admin, "POST", CALL + "/retrieve", "{'extension': '102', 'ticket': 'call-1.1'}").statusCode())
                .isEqualTo(202);
        assertThat(api.ordered).endsWith("ring 102 for call-1 with call-1.1");
        problem(api.as(admin, "POST", CALL + "/retrieve", "{}"), 400, "invalid-body", "/extension");
    }

    @Test
    void aUserRetrievesWithTheOwnPhoneOnly() {
        String user = api.token("acme.example", "tenant-user", "103");
        assertThat(api.as(user, "POST", CALL + "/retrieve", "{}").statusCode()).isEqualTo(202);
        problem(api.as(user, "POST", CALL + "/retrieve", "{'extension': '102'}"), 404, "unknown-extension");
        problem(api.as(user, "DELETE", CALL, ""), 403, "forbidden");
        assertThat(api.ordered).containsExactly("ring 103 for call-1 if entitled");
    }

    @ParameterizedTest
    @CsvSource({"NOTHING_PARKED, 404, unknown-parked-call", "UNKNOWN_EXTENSION, 404, unknown-extension",
        "RETRIEVAL_NOT_ALLOWED, 403, forbidden", "BEING_RETRIEVED, 409, conflict", "IN_PROGRESS, 409, conflict",
        "MEDIA_UNAVAILABLE, 503, unavailable"})
    void whatCannotBeDoneIsNamed(Refusal refusal, int status, String type) {
        api.refusal = Optional.of(refusal);
        var answer = problem(api.as(OPERATOR, "POST", CALL + "/retrieve", "{'extension': '102'}"), status, type);
        assertThat(answer.path("detail").asText()).isEqualTo(refusal.text());
    }

    @Test
    void whoHasTheCallInsteadIsNamed() {
        api.refusal = Optional.of(Refusal.RETRIEVED_BY_OTHER);
        var answer = problem(api.as(OPERATOR, "POST", CALL + "/retrieve", "{'extension': '102'}"), 404,
                "unknown-parked-call");
        assertThat(answer.path("detail").asText()).isEqualTo("the call was retrieved already (104)");
    }

    @Test
    void aCallThatIsNotParkedIsUnknown() {
        String other = "/v1/tenants/acme.example/parked-calls/other";
        problem(api.as(OPERATOR, "POST", other + "/retrieve", "{'extension': '102'}"), 404, "unknown-parked-call");
        problem(api.as(OPERATOR, "DELETE", other, ""), 404, "unknown-parked-call");
        problem(api.as(OPERATOR, "POST", CALL + "/retrieve", "{'extension': 'x y'}"), 400, "invalid-parameter");
        assertThat(api.ordered).isEmpty();
    }
}
