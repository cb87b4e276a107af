package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplacesTest {
    @ParameterizedTest
    @CsvSource({
        "a@b;to-tag=1;from-tag=2, a@b, false",
        "' a@b ; From-Tag=2 ; TO-TAG=1 ; x=y', a@b, false",
        "a;to-tag=1;from-tag=2;early-only, a, true"})
    void parses(String text, String callId, boolean earlyOnly) {
        var replaces = Replaces.parse(text);
        assertThat(replaces).isEqualTo(new Replaces(callId, "1", "2", earlyOnly));
        assertThat(Replaces.parse(replaces.toString())).isEqualTo(replaces);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", ";to-tag=1;from-tag=2", " ;to-tag=1;from-tag=2", "a;to-tag=1", "a;from-tag=1",
        "a;to-tag=;from-tag=2"})
    void refuses(String text) {
        assertThatExceptionOfType(SipParseException.class).isThrownBy(() -> Replaces.parse(text));
    }
}
