package io.mooring.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Leg;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivacyTest {

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\'', value = {
        "<sip:carol@192.0.2.7:5070>;tag=x, <sip:carol@anonymous.invalid>",
        "\"Carol\" <sip:+4930@192.0.2.7;user=phone>, \"Carol\" <sip:+4930@anonymous.invalid;user=phone>",
        "<sips:carol@[2001:db8::1]:5061>, <sips:carol@anonymous.invalid>",
        "<sip:carol@carrier.example:5070>;tag=x, <sip:carol@carrier.example:5070>",
        "<sip:carol@10.example>, <sip:carol@10.example>",
        "<sip:192.0.2.7>, <sip:192.0.2.7>"})
    void anAddressInTheNetworkIsNotShown(String address, String shown) {
        var leg = new Leg();
        leg.remoteAddress = address;
        assertThat(Privacy.shown(leg)).hasToString(shown);
    }
}
