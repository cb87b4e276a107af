package io.mooring.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Leg;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrivacyTest {

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\'', value = {
        "<sip:carol@192.0.2.7:5070>;tag=x, <sip:carol@acme.example>",
        "\"Carol\" <sip:+4930@192.0.2.7;user=phone>, \"Carol\" <sip:+4930@acme.example;user=phone>",
        "<sips:carol@[2001:db8::1]:5061>, <sips:carol@acme.example>",
        "<sip:carol@carrier.example:5070>;tag=x, <sip:carol@carrier.example:5070>",
        "<sip:carol@10.example>, <sip:carol@10.example>",
        "<sip:192.0.2.7>, <sip:192.0.2.7>"})
    void anAddressInTheNetworkIsNotShown(String address, String shown) {
        var leg = new Leg();
        leg.remoteAddress = address;
        leg.localAddress = "<sip:103@acme.example>";
        assertThat(Privacy.shown(leg)).hasToString(shown);
    }

    /** Nor is the one that was called by it; and it is not said that the caller wants to be nobody. */
    @ParameterizedTest
    @ValueSource(strings = {"<sip:103@192.0.2.1>", "<tel:+4940>", ""})
    void noDomainIsMadeUp(String called) {
        var leg = new Leg();
        leg.remoteAddress = "<sip:+4930@192.0.2.7>;tag=x";
        leg.localAddress = called;
        assertThat(Privacy.shown(leg)).hasToString("<sip:+4930@unknown.invalid>");
    }
}
