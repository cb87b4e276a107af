package io.mooring.media;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DtmfEventTest {
    private static String datagram(String event) {
        return "{\"callid\":\"mooring-x\",\"source_tag\":\"leg1\",\"tags\":[\"music\",\"leg1\"],\"type\":\"DTMF\","
                + "\"timestamp\":1795381764,\"source_ip\":\"127.0.0.1\",\"event\":" + event
                + ",\"duration\":120,\"volume\":10}";
    }

    /** As rtpengine 10.5.3.5 sends them. */
    @ParameterizedTest
    @CsvSource({"0, 0", "9, 9", "10, *", "11, #"})
    void aKeyIsRead(String event, char key) {
        assertThat(DtmfEvent.parse(datagram(event))).contains(new DtmfEvent("mooring-x", key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{}", "{\"type\":\"DTMF\"}",
        "{\"type\":\"DTMF\",\"callid\":7,\"event\":1}"})
    void whatIsNoKeyIsNone(String datagram) {
        assertThat(DtmfEvent.parse(datagram)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"12", "16", "-1", "\"1\"", "null", "99999999999"})
    void norIsOneThatNoPhoneHas(String event) {
        assertThat(DtmfEvent.parse(datagram(event))).isEmpty();
    }

    @Test
    void theSessionNamesTheCallThatAsks() {
        String session = MediaSessions.newAskingId("acme.example/3kXr0aZk");
        assertThat(MediaSessions.askingOwner(session)).contains("acme.example/3kXr0aZk");
        assertThat(MediaSessions.askingOwner(MediaSessions.newId())).isEmpty();
    }
}
