package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SipUriTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "sip:101@acme.example,                 sip,  101,       acme.example,  0,    udp, 5060",
        "SIP:101@ACME.example:5070,            sip,  101,       acme.example,  5070, udp, 5060",
        "sip:acme.example,                     sip,  '',        acme.example,  0,    udp, 5060",
        "sips:101@acme.example,                sips, 101,       acme.example,  0,    tls, 5061",
        "sip:101@acme.example;transport=TLS,   sip,  101,       acme.example,  0,    tls, 5061",
        "sip:101@acme.example;Transport=tcp,   sip,  101,       acme.example,  0,    tcp, 5060",
        "sip:101:secret@acme.example,          sip,  101:secret,acme.example,  0,    udp, 5060",
        "sip:101;phone-context=+1@host,        sip,  101;phone-context=+1,host,0,    udp, 5060",
        "sip:+1?2@host,                        sip,  +1?2,      host,          0,    udp, 5060",
        "sip:[2001:DB8::1],                    sip,  '',        [2001:db8::1], 0,    udp, 5060",
        "sip:a@[2001:db8::1]:5070;lr,          sip,  a,         [2001:db8::1], 5070, udp, 5060",
        "' sip:a@b ',                          sip,  a,         b,             0,    udp, 5060"})
    void parses(String text, String scheme, String user, String host, int port, String transport, int defaultPort) {
        SipUri uri = SipUri.parse(text);
        assertThat(uri.scheme()).isEqualTo(scheme);
        assertThat(uri.user()).isEqualTo(user);
        assertThat(uri.host()).isEqualTo(host);
        assertThat(uri.port()).isEqualTo(port);
        assertThat(uri.transport()).isEqualTo(transport);
        assertThat(uri.portOrDefault()).isEqualTo(port == 0 ? defaultPort : port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "101", "tel:+123", "http://x", "sip:", "sip:@", "sip:a@", "sip:a@:5060", "sip:a@b:",
        "sip:a@b:0", "sip:a@b:65536", "sip:a@b:-1", "sip:a@b:x", "sip:a@b:99999999999", "sip:a@b c", "sip:a@<b>",
        "sip:a@b\"", "sip:a@b@c", "sip:a@[", "sip:a@b]", "sip:@a@c", "sip:[::1", "sip:a@b;=x", ":", "@", "sip:;lr",
        "sip:?a=b"})
    void refuses(String text) {
        assertThatExceptionOfType(SipParseException.class).isThrownBy(() -> SipUri.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"%2A68, *68", "*68, *68", "%2a68%20, '*68 '", "100%, 100%", "%zz, %zz", "%4, %4", "%C3%A9, é",
        "a+b, a+b"})
    void unescapesTheUser(String user, String plain) {
        assertThat(SipUri.parse("sip:" + user + "@host").plainUser()).isEqualTo(plain);
    }

    @Test
    void readsHeaders() {
        SipUri uri = SipUri
                .parse("sip:*68@acme.example;lr?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x&bad&=y");
        assertThat(uri.headers()).containsOnlyKeys("replaces", "subject")
                .containsEntry("replaces", "a@b;to-tag=1;from-tag=2");
        assertThat(uri.params().has("LR")).isTrue();
        assertThat(uri.host()).isEqualTo("acme.example");
        assertThat(uri).hasToString("sip:*68@acme.example;lr");
        assertThat(uri.withoutHeaders().headers()).isEmpty();
    }

    /** A Replaces in a Refer-To goes into an INVITE of ours: its escapes must not bring headers along. */
    @ParameterizedTest
    @ValueSource(strings = {"%0d%0aX-Evil:%20y", "%0A", "%0D", "%00"})
    void refusesHeadersThatWouldEndALine(String escape) {
        assertThatExceptionOfType(SipParseException.class)
                .isThrownBy(() -> SipUri.parse("sip:102@acme.example?Replaces=abc;to-tag=1;from-tag=2" + escape));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sip:101@acme.example", "sips:a@[::1]:5061;transport=tcp;lr", "sip:host:5070;x=1"})
    void writesWhatItRead(String text) {
        assertThat(SipUri.parse(text)).hasToString(text);
    }

    /** Found by fuzzing: written and read again, it was another URI, whose user was the host of this one. */
    @Test
    void anEmptyUserIsRefused() {
        assertThatExceptionOfType(SipParseException.class)
                .isThrownBy(() -> SipUri.parse("sip:@8;x=p:@9"));
    }
}
