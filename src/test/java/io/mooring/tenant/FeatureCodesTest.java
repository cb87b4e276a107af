package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.call.Feature;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureCodesTest {

    private static final List<String> CODES = List.of("*68", "*88", "#68", "*6#", "**1", "##", "*1", "*68#0*12");

    private static FeatureCodes codes(String park, String retrieve) {
        return new FeatureCodes(park, "*9999991", "*9999992", retrieve);
    }

    @Test
    void aCodeAloneMeansOneself() {
        assertThat(FeatureCodes.DEFAULT.match("*68")).isEqualTo(new Feature.Park(""));
        assertThat(FeatureCodes.DEFAULT.match("*88")).isEqualTo(new Feature.Retrieve(""));
    }

    @Test
    void digitsBehindACodeAreAnExtension() {
        assertThat(FeatureCodes.DEFAULT.match("*68101")).isEqualTo(new Feature.Park("101"));
        assertThat(FeatureCodes.DEFAULT.match("*8812345678")).isEqualTo(new Feature.Retrieve("12345678"));
    }

    /** Every number of up to five digits, with and without zeros in front. */
    @Test
    void anOrbitIsTenTo9999() {
        assertThat(FeatureCodes.DEFAULT.match("*59")).isEqualTo(new Feature.ParkAtNextOrbit());
        for (int number = 0; number < 100_000; number++) {
            for (String digits : List.of("" + number, "0" + number)) {
                assertThat(FeatureCodes.DEFAULT.match("*59" + digits)).as(digits)
                        .isEqualTo(number >= 10 && number <= 9_999 && !digits.startsWith("0")
                                ? new Feature.ParkAtOrbit(number)
                                : new Feature.None());
            }
        }
    }

    @Test
    void aParkGroupHasNoNumber() {
        assertThat(FeatureCodes.DEFAULT.match("*58")).isEqualTo(new Feature.ParkToGroup());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "*6", "68", "101", "*69", "*681", "*68123456789", "*68a", "*68*", "*68101#",
        "*581", "*58101", "*591", "*599", "*5910000", "*5901", "*59010", "*59-10", "*5", "*59a", " *68",
        "*68 ", "x*68", "*6é8", "*68١٢٣", "\n*68", "*68\n"})
    void nothingElseIsACode(String dialled) {
        assertThat(FeatureCodes.DEFAULT.match(dialled)).isEqualTo(new Feature.None());
    }

    /** Every pair of codes, every target: what a node takes is what the edge hands on, and never the other code's. */
    @Test
    void theEdgeHandsOnWhateverANodeTakes() {
        var rests = List.of("", "1", "12", "101", "12345678", "123456789", "*", "#1", "a", "68", "88");
        for (String park : CODES) {
            for (String retrieve : CODES) {
                if (park.startsWith(retrieve) || retrieve.startsWith(park)) {
                    continue;
                }
                var codes = codes(park, retrieve);
                var edge = Pattern.compile(codes.toRegex());
                for (String rest : rests) {
                    boolean taken = rest.isEmpty() || rest.matches("[0-9]{2,8}");
                    assertThat(codes.match(park + rest)).isEqualTo(
                            taken ? new Feature.Park(rest) : new Feature.None());
                    assertThat(codes.match(retrieve + rest)).isEqualTo(
                            taken ? new Feature.Retrieve(rest) : new Feature.None());
                    assertThat(edge.matcher(park + rest).find()).isEqualTo(rest.matches("[0-9]*"));
                    assertThat(edge.matcher(rest).find()).isFalse();
                }
            }
        }
    }

    /** Behind a star; what nobody can have as a PIN is refused as a wrong one, and not as a number. */
    @Test
    void aPinFollowsTheRetrieveCode() {
        var edge = Pattern.compile(FeatureCodes.DEFAULT.toRegex());
        for (String pin : List.of("1234", "1234567890", "1", "12345678901")) {
            assertThat(FeatureCodes.DEFAULT.match("*88*" + pin)).isEqualTo(new Feature.Retrieve("", pin));
            assertThat(FeatureCodes.DEFAULT.match("*88101*" + pin)).isEqualTo(new Feature.Retrieve("101", pin));
            assertThat(edge.matcher("*88101*" + pin).matches()).isTrue();
        }
        for (String dialled : List.of("*88101*", "*881*1234", "*88101*12*34", "*68101*1234", "*58*1234")) {
            assertThat(FeatureCodes.DEFAULT.match(dialled)).isEqualTo(new Feature.None());
        }
    }

    @Test
    void aPinIsNotShown() {
        assertThat(FeatureCodes.DEFAULT.shown("*88101*1234")).isEqualTo("*88101");
        assertThat(FeatureCodes.DEFAULT.shown("*88*1234")).isEqualTo("*88");
        assertThat(FeatureCodes.DEFAULT.shown("*88123456789*12*34")).isEqualTo("*88123456789");
        assertThat(FeatureCodes.DEFAULT.shown("*68101")).isEqualTo("*68101");
        assertThat(codes("#1", "*2*2").shown("*2*2101*1234")).isEqualTo("*2*2101");
        assertThat(new Feature.Retrieve("101", "1234").toString()).doesNotContain("1234");
    }

    @Test
    void theExpressionForTheEdgeIsEscaped() {
        assertThat(FeatureCodes.DEFAULT.toRegex())
                .isEqualTo("^((\\*68|\\*58|\\*59|\\*88)[0-9]*|\\*88[0-9]*\\*[0-9]*)$");
        assertThat(codes("#1", "**2").toRegex())
                .isEqualTo("^((#1|\\*9999991|\\*9999992|\\*\\*2)[0-9]*|\\*\\*2[0-9]*\\*[0-9]*)$");
    }

    @ParameterizedTest
    @CsvSource({"*68, *68", "*6, *68", "*68, *6", "**, **1"})
    void codesMustNotBeginWithOneAnother(String park, String retrieve) {
        assertThatThrownBy(() -> codes(park, retrieve))
                .isInstanceOfSatisfying(InvalidValueException.class,
                        e -> assertThat(e.field()).isEqualTo("retrieve"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "68", "*68a", "*6 8", "*12345678", "^68", "*6.8", "*68\n"})
    void malformedCodesAreRefused(String code) {
        assertThatThrownBy(() -> codes(code, "*88"))
                .isInstanceOfSatisfying(InvalidValueException.class,
                        e -> assertThat(e.field()).isEqualTo("park"));
        assertThatThrownBy(() -> codes("*68", code))
                .isInstanceOfSatisfying(InvalidValueException.class,
                        e -> assertThat(e.field()).isEqualTo("retrieve"));
    }

    @Test
    void oneAndSevenSymbolsBehindTheStarAreAllowed() {
        assertThatCode(() -> codes("*1", "#1234567")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"*1, *1, *3, *4, parkGroup", "*1, *2, *12, *4, parkOrbit", "*1, *23, *2, *4, parkOrbit",
        "*1, *2, *3, *21, retrieve", "*1, *2, *3, *3, retrieve"})
    void everyPairOfCodesIsKeptApart(String park, String parkGroup, String parkOrbit, String retrieve, String field) {
        assertThatThrownBy(() -> new FeatureCodes(park, parkGroup, parkOrbit, retrieve))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void allWrongCodesAreToldAtOnce() {
        assertThatThrownBy(() -> new FeatureCodes("1", "*2", "", "*23"))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.violations())
                        .extracting(Violation::field)
                        .containsExactly("park", "parkOrbit", "retrieve"));
    }
}
