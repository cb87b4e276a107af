package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventLogTest {

    @ParameterizedTest
    @CsvSource({
        "REQUEST, 'REFER sip:x SIP/2.0\r\n\r\n', REFER",
        "REQUEST, 'EVIL-123 sip:x SIP/2.0\r\n\r\n', OTHER",
        "REQUEST, '', OTHER",
        "REPLY, 'SIP/2.0 200 OK\r\nVia: CSeq\r\ncseq:  7  INVITE\r\nX: y\r\n\r\n', INVITE",
        "REPLY, 'SIP/2.0 200 OK\nCSeq: 7 BYE', BYE",
        "REPLY, 'SIP/2.0 200 OK\r\n\r\n', OTHER"})
    void method(EdgeEvent.Kind kind, String message, String method) {
        var event = new EdgeEvent("e", "http://e", kind, "c", "", "", "", "", "", "", "", message);

        assertThat(EventLog.method(event)).isEqualTo(method);
    }
}
