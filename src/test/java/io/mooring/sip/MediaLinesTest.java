package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MediaLinesTest {
    private static final String HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    private static final String AUDIO = "m=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n";
    private static final String VIDEO = "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";

    @Test
    void whatASessionHasAndAnOfferHasNotIsRefused() {
        var fitted = MediaLines.fit(HEAD + AUDIO, List.of("m=audio 9 RTP/AVP 0", "m=video 9 RTP/AVP 31 96"));
        assertThat(fitted.sdp()).isEqualTo(HEAD + AUDIO + "m=video 0 RTP/AVP 31 96\r\n");
        assertThat(MediaLines.restore(HEAD + AUDIO + "m=video 0 RTP/AVP 31\r\n", fitted.order()))
                .isEqualTo(HEAD + AUDIO);
    }

    @Test
    void theOrderIsThatOfTheSession() {
        var fitted = MediaLines.fit(HEAD + AUDIO + VIDEO, List.of("m=video 9 RTP/AVP 31", "m=audio 9 RTP/AVP 0"));
        assertThat(fitted.sdp()).isEqualTo(HEAD + VIDEO + AUDIO);
        assertThat(MediaLines.restore(HEAD + VIDEO + AUDIO, fitted.order())).isEqualTo(HEAD + AUDIO + VIDEO);
    }

    @Test
    void whatFitsStaysAsItIs() {
        for (var session : List.of(List.<String>of(), List.of("m=audio 9 RTP/AVP 0"),
                List.of("m=audio 9 RTP/AVP 0", "m=video 0 RTP/AVP 31"))) {
            var fitted = MediaLines.fit(HEAD + AUDIO + VIDEO, session);
            assertThat(fitted.sdp()).isEqualTo(HEAD + AUDIO + VIDEO);
            assertThat(MediaLines.restore("anything", fitted.order())).isEqualTo("anything");
        }
    }

    @Test
    void aMediumThatIsThereTwiceKeepsItsPlaces() {
        var fitted = MediaLines.fit(HEAD + AUDIO,
                List.of("m=audio 9 RTP/AVP 0", "m=application 9 UDP/BFCP *", "m=audio 9 RTP/AVP 0"));
        assertThat(MediaLines.of(fitted.sdp())).containsExactly("m=audio 4000 RTP/AVP 8", "m=application 0 UDP/BFCP *",
                "m=audio 0 RTP/AVP 0");
    }

    @Test
    void aRefusedMediumHasAnAddressWhenTheSessionHasNone() {
        String bare = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
        var fitted = MediaLines.fit(bare + AUDIO, List.of("m=audio 9 RTP/AVP 0", "m=video 9 RTP/AVP 31"));
        assertThat(fitted.sdp()).endsWith("m=video 0 RTP/AVP 31\r\nc=IN IP4 0.0.0.0\r\n");
    }
}
