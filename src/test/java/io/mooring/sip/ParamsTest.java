package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParamsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        ";lr                  | ;lr",
        "lr;a=1               | ;lr;a=1",
        "; LR ;; A = 1 ;      | ;lr;a=1",
        ";a=1;A=2             | ;a=1",
        ";a=b=c               | ;a=b=c",
        ";a=\"x;y\";b         | ;a=\"x;y\";b",
        ";a=\"x\\\";y\";b     | ;a=\"x\\\";y\";b",
        ";a=                  | ;a",
        "``                   | ``",
        ";;;                  | ``"})
    void parsesAndWrites(String text, String written) {
        assertThat(Params.parse(text)).hasToString(written).isEqualTo(Params.parse(written));
    }

    @Test
    void findsWithoutCase() {
        Params params = Params.parse(";Tag=AbC;lr");
        assertThat(params.get("TAG")).contains("AbC");
        assertThat(params.get("lr")).contains("");
        assertThat(params.get("x")).isEmpty();
        assertThat(params.has("LR")).isTrue();
    }

    @Test
    void isNotChanged() {
        Params params = Params.parse(";a=1");
        assertThat(params.with("B", "2")).hasToString(";a=1;b=2");
        assertThat(params.with("A", "2")).hasToString(";a=2");
        assertThat(params.without("A")).isEqualTo(Params.none()).hasSameHashCodeAs(Params.none());
        assertThat(params.without("x")).isSameAs(params);
        assertThat(params).hasToString(";a=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", ";=x", ";a; =1"})
    void refusesAParameterWithoutName(String text) {
        assertThatExceptionOfType(SipParseException.class).isThrownBy(() -> Params.parse(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "a,b | 2", "\"a,b\" | 1", "<a,b>,c | 2", "\"a\\\",b\",c | 2", "\"open,b | 1", "a>,b | 2", "`` | 1",
        "\"x\\ | 1"})
    void splitsOutsideQuotesAndAngles(String text, int parts) {
        assertThat(Params.splitOutside(text, ',')).hasSize(parts);
        assertThat(String.join(",", Params.splitOutside(text, ','))).isEqualTo(text);
    }
}
