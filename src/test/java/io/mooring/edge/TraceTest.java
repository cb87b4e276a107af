package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
    /** {@code printf a84b4c76e66710 | md5sum} */
    private static final String TRACE = "eb28b04675879be59c07a6cc83f1d3bb";

    private static Trace of(String message, String correlation) {
        return Trace.of(new EdgeEvent("edge-1", "http://127.0.0.1:5080", EdgeEvent.Kind.REQUEST, correlation, "1:2",
                "acme.example", "101", "", "", "udp:127.0.0.1:5062", "udp:127.0.0.1:5060", message));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Call-ID: a84b4c76e66710", "call-id:a84b4c76e66710", "i: a84b4c76e66710  ",
        "Call-ID \t: a84b4c76e66710"})
    void aTraceIsNamedByTheCallIdHoweverThatIsWritten(String header) {
        assertThat(
                of("BYE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n" + header + "\r\nCSeq: 1 BYE\r\n\r\nbody", "c")
                        .traceId())
                .isEqualTo(TRACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BYE sip:b SIP/2.0\r\n\r\nCall-ID: a84b4c76e66710", "BYE sip:b SIP/2.0",
        "BYE sip:b SIP/2.0\nTo", ""})
    void aMessageWithoutCallIdHasNone(String message) {
        assertThat(of(message, "c").traceId()).isEmpty();
    }

    /** A line of blanks goes on with the header before it [RFC 3261 7.3.1], and a bare line feed is nothing: neither hides the next line, or ends in a failure. */
    @ParameterizedTest
    @ValueSource(strings = {"\r\n \r\nCall-ID: a84b4c76e66710\r\n", "\r\n\t \nCall-ID: a84b4c76e66710\r\n",
        "\r\nno colon\r\nCall-ID: a84b4c76e66710\r\n"})
    void aLineWithoutAHeaderIsPassedOver(String lines) {
        assertThat(of("BYE sip:b SIP/2.0" + lines + "\r\n", "c").traceId()).isEqualTo(TRACE);
    }

    @Test
    void aBareLineFeedEndsTheHeaders() {
        assertThat(of("BYE sip:b SIP/2.0\r\n\nCall-ID: a84b4c76e66710\r\n\r\n", "c").traceId()).isEmpty();
    }

    /** {@code printf edge-1-1795389312-4711-41 | md5sum} begins so. */
    @Test
    void aSpanIsNamedByTheCorrelation() {
        assertThat(of("", "edge-1-1795389312-4711-41").spanId()).isEqualTo("e831843162e9d1f3");
    }
}
