package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SdpTest {
    private static final String HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "m=audio 4000 RTP/AVP 0 8 9 18                                          | PCMU,PCMA,G722,G729",
        "m=audio 4000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000           | PCMA",
        "m=audio 4000 RTP/AVP 96 0 13;a=rtpmap:96 opus/48000/2;a=rtpmap:13 CN/8000 | OPUS,PCMU",
        "m=audio 4000 RTP/AVP 97                                                | ''",
        "m=video 4000 RTP/AVP 96;a=rtpmap:96 VP8/90000                          | ''",
        "m=audio 4000 RTP/AVP                                                   | ''",
        "m=audio 4000 RTP/AVP 8;a=rtpmap:;a=rtpmap:8;a=rtpmap:x y               | PCMA"})
    void listsAudioCodecs(String media, String codecs) {
        Sdp sdp = Sdp.parse(HEAD + media.strip().replace(";", "\r\n") + "\r\n");
        assertThat(String.join(",", sdp.audioCodecs())).isEqualTo(codecs);
    }

    /** Linphone numbers its opus and its VP8 both 96. */
    @Test
    void payloadTypesBelongToTheirMediaSection() {
        Sdp sdp = Sdp.parse(HEAD + """
                m=audio 4000 RTP/AVP 96 8
                a=rtpmap:96 opus/48000/2
                m=video 4002 RTP/AVP 96
                a=rtpmap:96 VP8/90000
                """);
        assertThat(sdp.audioCodecs()).containsExactly("OPUS", "PCMA");
        assertThat(Sdp.parse(HEAD + """
                m=video 4002 RTP/AVP 96
                a=rtpmap:96 VP8/90000
                m=audio 4000 RTP/AVP 96
                a=rtpmap:96 opus/48000/2
                """).audioCodecs()).containsExactly("OPUS");
    }

    @ParameterizedTest
    @CsvSource({"m=audio 4000 RTP/AVP 8, true", "m=audio 0 RTP/AVP 8, false", "m=video 4000 RTP/AVP 96, false",
        "m=audio, false", "'', false"})
    void knowsWhetherThereIsAudio(String media, boolean audio) {
        assertThat(Sdp.parse(HEAD + media).hasAudio()).isEqualTo(audio);
    }

    @Test
    void comparesVersions() {
        Sdp one = Sdp.parse(HEAD + "m=audio 4000 RTP/AVP 8\r\n");
        assertThat(one.origin()).contains("o=- 1 1 IN IP4 127.0.0.1");
        assertThat(one.sameVersionAs(Sdp.parse(HEAD.replace("\r\n", "\n") + "m=audio 4000 RTP/AVP 8"))).isTrue();
        assertThat(one.sameVersionAs(Sdp.parse(HEAD + "m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n"))).isFalse();
        assertThat(one.sameVersionAs(Sdp.parse(HEAD.replace("1 1 IN", "1 2 IN") + "m=audio 4000 RTP/AVP 8"))).isFalse();
        assertThat(Sdp.parse("").sameVersionAs(Sdp.parse(""))).isFalse();
    }

    private static Sdp sdp(String media) {
        return Sdp.parse(HEAD + media.strip().replace(";", "\r\n") + "\r\n");
    }

    /** The parked party has answered the first; a retriever offers the second. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "m=audio 4000 RTP/AVP 8              | m=audio 5000 RTP/AVP 0 8                | m=audio 4000 RTP/AVP 8",
        "m=audio 9 RTP/AVP 8                 | m=audio 9 RTP/AVP 0 8                   | m=audio 9 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 0 8            | m=audio 5000 RTP/AVP 8 9                | m=audio 4000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8;a=rtpmap:8 PCMA/8000/1 | m=audio 5000 RTP/AVP 8       | m=audio 4000 RTP/AVP 8;a=rtpmap:8 PCMA/8000/1",
        "m=audio 4000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000;a=fmtp:101 0-15 | m=audio 5000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000 | m=audio 4000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000;a=fmtp:101 0-15",
        "m=audio 4000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000;a=fmtp:101 0-15 | m=audio 5000 RTP/AVP 8 | m=audio 4000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 96;a=rtpmap:96 opus/48000/2 | m=audio 5000 RTP/AVP 96;a=rtpmap:96 OPUS/48000/2 | m=audio 4000 RTP/AVP 96;a=rtpmap:96 opus/48000/2",
        "m=audio 4000 RTP/AVP 96 8;a=rtpmap:96 opus/48000/2 | m=audio 5000 RTP/AVP 111 8;a=rtpmap:111 opus/48000/2 | m=audio 4000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8              | m=audio 5000 RTP/AVP 9                  | m=audio 4000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 0 8            | m=audio 5000 RTP/AVP 9                  | m=audio 4000 RTP/AVP 0 8"})
    void knowsWhatWouldBeAnswered(String known, String offer, String answer) {
        assertThat(sdp(known).answerTo(sdp(offer), List.of("PCMA", "PCMU", "G722", "OPUS")))
                .contains(HEAD + answer.strip().replace(";", "\r\n") + "\r\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "m=audio 4000 RTP/AVP 96;a=rtpmap:96 opus/48000/2 | m=audio 5000 RTP/AVP 111;a=rtpmap:111 opus/48000/2",
        "m=audio 4000 RTP/AVP 96;a=rtpmap:96 opus/48000/2 | m=audio 5000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 18 | m=audio 5000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000 | m=audio 5000 RTP/AVP 8 96;a=rtpmap:96 telephone-event/8000",
        "m=audio 4000 RTP/AVP 101;a=rtpmap:101 telephone-event/8000 | m=audio 5000 RTP/AVP 8 101;a=rtpmap:101 telephone-event/8000",
        "m=audio 4000 RTP/AVP 8;a=sendonly | m=audio 5000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8 | m=audio 5000 RTP/AVP 8;a=inactive",
        "m=audio 4000 RTP/AVP 8 | m=audio 5000 RTP/AVP 8;c=IN IP4 0.0.0.0",
        "m=audio 4000 RTP/AVP 8 | m=audio 5000 RTP/SAVP 8",
        "m=audio 4000 RTP/AVP 8 | m=audio 0 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8 | m=audio 5000 RTP/AVP 8;m=video 5002 RTP/AVP 96",
        "m=audio 4000 RTP/AVP 8;m=video 0 RTP/AVP 96 | m=audio 5000 RTP/AVP 8",
        "m=audio 4000 RTP/AVP 8 | ''",
        "'' | m=audio 5000 RTP/AVP 8"})
    void doesNotKnowWhatWouldBeAnswered(String known, String offer) {
        assertThat(sdp(known).answerTo(sdp(offer), List.of("PCMA", "PCMU", "G722", "OPUS"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "m=audio 4000 RTP/AVP 8 | m=audio 4000 RTP/AVP 0 | true",
        "m=audio 4000 RTP/AVP 8 | m=audio 4002 RTP/AVP 8 | false",
        "m=audio 4000 RTP/AVP 8 | m=audio 4000 RTP/AVP 8;c=IN IP4 127.0.0.2 | false",
        "m=video 4000 RTP/AVP 8 | m=video 4000 RTP/AVP 8 | false"})
    void knowsWhereMediaGo(String one, String other, boolean same) {
        assertThat(sdp(one).sameAddressAs(sdp(other))).isEqualTo(same);
    }

    /** It offered two codecs and we took one. */
    @Test
    void keepsWhatBothSidesNamed() {
        Sdp theirs = sdp("m=audio 4000 RTP/AVP 0 8 101;a=rtpmap:101 telephone-event/8000");
        assertThat(theirs.agreedWith(sdp("m=audio 5000 RTP/AVP 8")).audioCodecs()).containsExactly("PCMA");
        assertThat(theirs.agreedWith(sdp("m=audio 5000 RTP/AVP 9")).answerTo(theirs, List.of("PCMA"))).isEmpty();
        assertThat(theirs.agreedWith(sdp("")).answerTo(theirs, List.of("PCMA"))).isEmpty();
    }

    /** rtpengine tells no digits of a session whose sides number them differently. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "m=audio 4000 RTP/AVP 8 96;a=rtpmap:96 telephone-event/8000 | PCMA | 96 telephone-event/8000",
        "m=audio 4000 RTP/AVP 111 8 97 98;a=rtpmap:111 opus/48000/2;a=rtpmap:97 telephone-event/48000;a=rtpmap:98 telephone-event/8000 | PCMA | 98 telephone-event/8000",
        "m=audio 4000 RTP/AVP 111 8 98 97;a=rtpmap:111 opus/48000/2;a=rtpmap:97 telephone-event/48000;a=rtpmap:98 telephone-event/8000 | OPUS | 97 telephone-event/48000",
        "m=audio 4000 RTP/AVP 111 98;a=rtpmap:111 opus/48000/2;a=rtpmap:98 telephone-event/8000 | OPUS | 98 telephone-event/8000",
        "m=audio 4000 RTP/AVP 8 | PCMA | ''"})
    void knowsHowDigitsAreNumbered(String offer, String codec, String format) {
        assertThat(sdp(offer).eventFormat(List.of(codec)).orElse("")).isEqualTo(format);
    }
}
