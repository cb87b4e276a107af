package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NextHopTest {
    @ParameterizedTest
    @CsvSource({
        "sip:101@10.0.0.5:5062,                                  sip:101@10.0.0.5:5062;transport=udp",
        "sip:101@10.0.0.5;transport=TCP;ob,                      sip:101@10.0.0.5;transport=tcp",
        "sips:101@acme.example,                                  sips:101@acme.example;transport=tls",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711~1,                sip:192.0.2.1:4711;transport=udp",
        "sip:101@10.0.0.5;transport=udp;alias=192.0.2.1~4711~2,  sip:192.0.2.1:4711;transport=tcp",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711~3,                sip:192.0.2.1:4711;transport=tls",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711~4,                sip:192.0.2.1:4711;transport=sctp",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711~5,                sip:192.0.2.1:4711;transport=ws",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711~6,                sip:192.0.2.1:4711;transport=wss",
        "sip:101@10.0.0.5;alias=[2001:db8::1]~4711~1,            sip:[2001:db8::1]:4711;transport=udp",
        "sip:101@10.0.0.5;alias=192.0.2.1~4711,                  sip:101@10.0.0.5;transport=udp",
        "sip:101@10.0.0.5;alias=~~,                              sip:101@10.0.0.5;transport=udp",
        "sip:101@10.0.0.5;alias,                                 sip:101@10.0.0.5;transport=udp",
        "sip:10.0.0.5,                                           sip:10.0.0.5;transport=udp"})
    void isTheAliasOrTheUri(String uri, String next) {
        assertThat(NextHop.of(SipUri.parse(uri))).isEqualTo(next);
    }
}
