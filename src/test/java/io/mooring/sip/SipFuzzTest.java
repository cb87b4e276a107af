package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** What phones and proxies send: understood, or refused with a {@link SipParseException}. */
class SipFuzzTest {

    @FuzzTest
    void message(byte[] input) {
        try {
            SipReading.everything(new String(input, StandardCharsets.UTF_8));
        } catch (SipParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void sdp(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            Sdp sdp = Sdp.parse(text);
            sdp.audioCodecs();
            sdp.hasAudio();
            sdp.sameVersionAs(sdp);
            Sdp.parse(Sdp.unheld(text));
        } catch (SipParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void nameAddr(byte[] input) {
        try {
            SipReading.again(NameAddr.parse(new String(input, StandardCharsets.UTF_8)));
        } catch (SipParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void uri(byte[] input) {
        try {
            SipReading.uri(new String(input, StandardCharsets.UTF_8));
        } catch (SipParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void replaces(byte[] input) {
        try {
            Replaces replaces = Replaces.parse(new String(input, StandardCharsets.UTF_8));
            assertThat(replaces.callId()).isNotEmpty();
        } catch (SipParseException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
