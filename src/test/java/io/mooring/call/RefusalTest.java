package io.mooring.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalTest {
    @ParameterizedTest
    @EnumSource(Refusal.class)
    void fitsIntoAReasonHeader(Refusal refusal) {
        assertThat(refusal.status()).isBetween(400, 699);
        assertThat(refusal.text()).isNotBlank().matches("[A-Za-z0-9 ,-]+");
        assertThat(refusal.slug()).matches("[a-z]+(-[a-z]+)*");
        assertThat(new RefusedException(refusal).refusal()).isEqualTo(refusal);
    }

    @Test
    void hasOneTextForEach() {
        assertThat(Arrays.stream(Refusal.values()).map(Refusal::text)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({"MALFORMED, 400", "NOT_ALLOWED, 403", "EARLY_DIALOG, 403", "NOT_A_PARK_CODE, 403",
        "UNKNOWN_EXTENSION, 404", "NOTHING_PARKED, 404", "RETRIEVED_BY_OTHER, 404", "CALLER_GONE, 404",
        "NOT_SUPPORTED_HERE, 405", "PARTY_TIMEOUT, 504", "BAD_EXTENSION, 420", "PARTY_DID_NOT_ANSWER, 480",
        "UNKNOWN_DIALOG, 481", "MERGED, 482", "GONE, 487", "PLACE_TAKEN, 486", "BEING_RETRIEVED, 486", "CANCELLED, 487",
        "NO_COMMON_MEDIA, 488", "IN_PROGRESS, 491", "OUT_OF_ORDER, 500", "STATE_UNAVAILABLE, 503",
        "MEDIA_UNAVAILABLE, 503"})
    void hasTheStatusOfTheRfcs(Refusal refusal, int status) {
        assertThat(refusal.status()).isEqualTo(status);
    }
}
