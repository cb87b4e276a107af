package io.mooring.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes from the network is understood or refused: nothing but a {@link SipParseException} comes out. */
class HostileInputTest {
    private static final int MUTATIONS = 20_000;

    private static final String MESSAGE = """
            INVITE sip:%2A88102@acme.example;user=phone?Subject=x SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:41002;branch=z9hG4bK1;rport
            Record-Route: <sip:[2001:db8::1]:5060;lr>, "p, q" <sip:p2;lr>
            From: "Al \\"ice" <sip:101@acme.example>;tag=a1
            To: <sip:*88102@acme.example>
            Call-ID: a84b4c76e66710
            CSeq: 7 INVITE
            Contact: <sip:101@127.0.0.1:41002;alias=10.0.0.1~5060~1;ob>;expires=60
            Refer-To: <sip:*68@acme.example?Replaces=abc%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>
            Replaces: abc@x;to-tag=1;from-tag=2;early-only
            Session-Expires: 1800;refresher=uac
            Supported: timer,
             replaces
            Content-Type: application/sdp

            v=0
            o=- 1 1 IN IP4 127.0.0.1
            m=audio 4000 RTP/AVP 8 0 101
            a=rtpmap:101 telephone-event/8000
            m=video 0 RTP/AVP 96
            a=rtpmap:96 H264/90000
            """.replace("\n", "\r\n");

    private static final List<String> TOKENS = List.of("\r\n", "\n", "\r", "\0", "\"", "\\", "<", ">", "<>", ";", ",",
            ":", "@", "?", "&", "=", "%", "%0D%0A", "%zz", "%2", "[", "]", "~", "~~", " ", "\t", "SIP/2.0", "sip:",
            "sips:", "tel:", "m=audio ", "m=audio 1 RTP/AVP", "a=rtpmap:", "99999999999999999999", "-1", "é",
            "\ud83d\ude00", "\ud800", ";tag", ";alias=", "*");

    @ParameterizedTest
    @ValueSource(longs = {1, 3261, 20_261_122})
    void neverAnythingButAParseException(long seed) {
        var random = new Random(seed);
        int understood = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            String text = mutate(random);
            try {
                SipReading.everything(text);
                understood++;
            } catch (SipParseException e) {
                assertThat(e).hasMessageNotContaining("acme");
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", mutation " + i + ":\n" + text, e);
            }
        }
        assertThat(understood).as("mutations that are still SIP").isBetween(1, MUTATIONS - 1);
    }

    private static String mutate(Random random) {
        var text = new StringBuilder(MESSAGE);
        int changes = 1 + random.nextInt(8);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(6)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                case 2 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 3 -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(60))));
                case 4 -> text.replace(at, Math.min(text.length(), at + 1), TOKENS.get(random.nextInt(TOKENS.size())));
                default -> text.setLength(Math.max(1, text.length() - random.nextInt(40)));
            }
        }
        return text.toString();
    }
}
