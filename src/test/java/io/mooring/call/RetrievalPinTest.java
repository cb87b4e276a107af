package io.mooring.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetrievalPinTest {
    @ParameterizedTest
    @ValueSource(strings = {"0000", "739146", "1234567890"})
    void matchesItselfAndNothingElse(String digits) {
        RetrievalPin pin = RetrievalPin.of(digits);
        assertThat(pin.matches(digits)).isTrue();
        assertThat(pin.length()).isEqualTo(digits.length());
        assertThat(pin.matches(digits + "0")).isFalse();
        assertThat(pin.matches(digits.substring(1))).isFalse();
        assertThat(pin.matches(digits.substring(1) + (digits.charAt(0) == '9' ? '8' : '9'))).isFalse();
        assertThat(pin.matches("")).isFalse();
    }

    @Test
    void saysNothingOfItself() {
        RetrievalPin pin = RetrievalPin.of("4711");
        assertThat(pin.hash()).doesNotContain("4711");
        assertThat(pin).hasToString("***");
        assertThat(RetrievalPin.of("4711").hash()).as("its salt is its own").isNotEqualTo(pin.hash());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "123", "12345678901", "12a4", " 1234", "١٢٣٤"})
    void isFourToTenDigits(String digits) {
        assertThatIllegalArgumentException().isThrownBy(() -> RetrievalPin.of(digits));
    }

    @Test
    void noneIsMatchedByNothing() {
        assertThat(RetrievalPin.NONE.required()).isFalse();
        assertThat(RetrievalPin.NONE.matches("")).isFalse();
        assertThat(RetrievalPin.NONE.matches("0000")).isFalse();
    }
}
