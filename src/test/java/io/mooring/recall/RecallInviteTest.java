package io.mooring.recall;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.sip.NameAddr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecallInviteTest {
    @ParameterizedTest
    @CsvSource(quoteCharacter = '\'', value = {
        "'\"Carol\" <sip:+4930@x.example>',                   Recall: Carol",
        "'<sip:+4930@x.example>',                             Recall: +4930",
        "'\"A \\\"B\\\" \\\\ $rU\" <sip:1@x.example>',        Recall: A B rU",
        "'\"Käthe <Büro>\" <sip:1@x.example>',                Recall: Käthe Büro",
    })
    void saysWhatItIsAndOfWhom(String caller, String display) {
        assertThat(RecallInvite.display(NameAddr.parse(caller))).isEqualTo(display);
    }

    @Test
    void isNoLongerThanAScreen() {
        var caller = NameAddr.parse("\"" + "x".repeat(500) + "\" <sip:1@x.example>");
        assertThat(RecallInvite.display(caller)).hasSize("Recall: ".length() + 60);
    }
}
