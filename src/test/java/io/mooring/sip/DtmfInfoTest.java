package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DtmfInfoTest {
    private static SipMessage info(String type, String body) {
        return SipMessage
                .parse("INFO sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nFrom: <sip:a@b>;tag=a\r\n"
                        + "To: <sip:c@b>;tag=c\r\nCall-ID: 1\r\nCSeq: 2 INFO\r\nContent-Type: " + type
                        + "\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            application/dtmf-relay, "Signal=5\r\nDuration=160\r\n", 5
            Application/DTMF-Relay, "signal = #\r\n", #
            application/dtmf-relay, "Duration=250\r\nSignal=10\r\n", *
            application/dtmf-relay;charset=utf-8, "Signal= 11", #
            application/dtmf, "7", 7
            application/dtmf, " * \r\n", *
            """)
    void aKeyIsRead(String type, String body, char key) {
        assertThat(DtmfInfo.key(info(type, body))).contains(key);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            application/dtmf-relay, "Signal=\r\n"
            application/dtmf-relay, "Signal=A\r\n"
            application/dtmf-relay, "Signal=123\r\n"
            application/dtmf-relay, "Signal=12\r\n"
            application/dtmf, "12345"
            application/dtmf, ""
            application/media_control+xml, "5"
            """)
    void whatIsNoKeyIsNone(String type, String body) {
        assertThat(DtmfInfo.key(info(type, body))).isEmpty();
    }
}
