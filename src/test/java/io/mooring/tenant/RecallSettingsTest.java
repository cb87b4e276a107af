package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecallSettingsTest {

    private static RecallSettings of(String field, int value) {
        return TenantJson.read(TenantJson.object().put(field, value), RecallSettings.class);
    }

    @ParameterizedTest
    @CsvSource({"recallTimeoutSeconds, 30, 1800", "ringSeconds, 5, 120", "alternateWaitSeconds, 5, 600",
        "maxAttempts, 1, 10", "maxParkSeconds, 60, 86400"})
    void everyTimeHasItsRange(String field, int min, int max) {
        assertThat(TenantJson.write(of(field, min)).path(field).asInt()).isEqualTo(min);
        assertThat(TenantJson.write(of(field, max)).path(field).asInt()).isEqualTo(max);
        for (int wrong : new int[]{min - 1, max + 1, 0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> of(field, wrong)).hasRootCauseInstanceOf(InvalidValueException.class);
        }
    }

    @Test
    void whatIsAbsentIsSaidByTheNextPlace() {
        RecallSettings both = of("maxAttempts", 7).orElse(of("ringSeconds", 9).orElse(RecallSettings.BUILT_IN));

        assertThat(both.maxAttempts()).contains(7);
        assertThat(both.ringSeconds()).contains(9);
        assertThat(both.recallTimeoutSeconds()).contains(300);
        assertThat(both.mode()).contains(RecallMode.PARKER);
        assertThat(both.ringGroup()).isEmpty();
        assertThat(RecallSettings.NONE.orElse(RecallSettings.BUILT_IN)).isEqualTo(RecallSettings.BUILT_IN);
        assertThat(RecallSettings.BUILT_IN.orElse(both)).isEqualTo(RecallSettings.BUILT_IN);
    }

    @Test
    void absentFieldsAreNotWrittenAndAreReadAsAbsent() {
        ObjectNode json = TenantJson.write(RecallSettings.NONE);

        assertThat(json).isEmpty();
        assertThat(TenantJson.read(json, RecallSettings.class)).isEqualTo(RecallSettings.NONE);
        assertThat(TenantJson.read(TenantJson.write(RecallSettings.BUILT_IN), RecallSettings.class))
                .isEqualTo(RecallSettings.BUILT_IN);
    }

    @ParameterizedTest
    @CsvSource({"ringGroup, Sales", "ringGroup, ''", "fallbackExtension, 1", "alertInfo, zoë"})
    void namesAreChecked(String field, String value) {
        assertThatThrownBy(() -> TenantJson.read(TenantJson.object().put(field, value), RecallSettings.class))
                .hasRootCauseInstanceOf(InvalidValueException.class);
    }
}
