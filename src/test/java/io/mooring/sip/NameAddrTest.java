package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameAddrTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "<sip:a@b>                     | ``         | sip:a@b    | ``",
        "<sip:a@b>;tag=x               | ``         | sip:a@b    | x",
        "sip:a@b;tag=x                 | ``         | sip:a@b    | x",
        "sip:a@b                       | ``         | sip:a@b    | ``",
        "<sip:a@b;tag=uri>             | ``         | sip:a@b;tag=uri | ``",
        "Alice B <sip:a@b>;TAG=x       | Alice B    | sip:a@b    | x",
        "\"A <x> ; \\\"B\\\" \\\\\" <sip:a@b> ; tag = x | A <x> ; \"B\" \\ | sip:a@b | x",
        "\"\"<sip:a@b>                 | ``         | sip:a@b    | ``",
        "< sip:a@b >;x=\"a;tag=no\"    | ``         | sip:a@b    | ``"})
    void parses(String text, String display, String uri, String tag) {
        NameAddr address = NameAddr.parse(text);
        assertThat(address.display()).isEqualTo(display);
        assertThat(address.uri()).isEqualTo(uri);
        assertThat(address.tag()).isEqualTo(tag);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ";tag=x", "<>", "<sip:a@b", "x <", "<sip:a@b>;=x", "\"unclosed <sip:a@b>",
        "Bob sip:a@b>", "a b"})
    void refuses(String text) {
        assertThatExceptionOfType(SipParseException.class).isThrownBy(() -> NameAddr.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bob", "Bob \"x\"", "back\\slash", "a, b; <c>", "Grüße"})
    void writesDisplayNamesSoThatTheyAreReadAgain(String display) {
        var address = new NameAddr(display, "sip:a@b", Params.none().with("tag", "t"));
        assertThat(NameAddr.parse(address.toString())).isEqualTo(address);
    }

    @Test
    void neverWritesALineEnd() {
        assertThat(new NameAddr("a\r\nX-Evil: b", "sip:a@b", Params.none())).hasToString(
                "\"a  X-Evil: b\" <sip:a@b>");
    }

    @Test
    void changesTheTagOnly() {
        NameAddr address = NameAddr.parse("\"A\" <sip:a@b;lr>;x=1;tag=old");
        assertThat(address.withTag("new")).hasToString("\"A\" <sip:a@b;lr>;x=1;tag=new");
        assertThat(address.withTag("")).hasToString("\"A\" <sip:a@b;lr>;x=1");
        assertThat(address.withTag("").withTag("")).isEqualTo(address.withTag(""));
    }

    /** Found by fuzzing: a line end in an address would begin another header where it is written. */
    @Test
    void aLineEndIsRefused() {
        for (String end : new String[]{"\r", "\n", "\r\n"}) {
            assertThatExceptionOfType(SipParseException.class)
                    .isThrownBy(() -> NameAddr.parse("sip:a@b;tag=\"" + end + "Evil: 1\""));
        }
    }
}
