package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Reads all that there is to read; a {@link SipParseException} is right, anything else is a defect. */
final class SipReading {

    private SipReading() {}

    /** Reads each header on its own, so that a broken one does not hide the next. */
    static void everything(String text) {
        SipMessage message = SipMessage.parse(text);
        message.hasSdp();
        message.lists("supported", "timer");
        Sdp sdp = Sdp.parse(message.body());
        sdp.audioCodecs();
        sdp.hasAudio();
        sdp.sameVersionAs(sdp);
        SipParseException refused = null;
        for (Runnable reader : List.<Runnable>of(
                message::cseq,
                message::callId,
                () -> again(message.from()),
                () -> again(message.to()),
                () -> message.contact().ifPresent(c -> NextHop.of(c.sipUri())),
                () -> message.list("record-route").forEach(r -> NameAddr.parse(r).sipUri().portOrDefault()),
                () -> uri(message.requestUri()),
                () -> message.header("refer-to").ifPresent(r -> {
                    String replaces = NameAddr.parse(r).sipUri().headers().get("replaces");
                    if (replaces != null) {
                        assertThat(replaces).doesNotContain("\r").doesNotContain("\n");
                        Replaces.parse(replaces);
                    }
                }),
                () -> message.header("replaces").ifPresent(Replaces::parse))) {
            try {
                reader.run();
            } catch (SipParseException e) {
                refused = e;
            }
        }
        if (refused != null) {
            throw refused;
        }
    }

    /** What is understood is written so that it is understood again, and as one line. */
    static void again(NameAddr address) {
        String text = address.toString();
        assertThat(text).doesNotContain("\r").doesNotContain("\n");
        assertThat(NameAddr.parse(text).tag()).isEqualTo(address.tag());
        uri(address.uri());
    }

    static void uri(String text) {
        SipUri uri = SipUri.parse(text);
        uri.plainUser();
        uri.portOrDefault();
        NextHop.of(uri);
        assertThat(SipUri.parse(uri.toString())).isEqualTo(uri.withoutHeaders());
    }
}
