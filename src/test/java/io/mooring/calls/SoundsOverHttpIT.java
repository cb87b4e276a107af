package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.Tones;
import io.mooring.lab.audio.Wav;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An rtpengine that sees none of our files is sent them. */
@ExtendWith(StackExtension.class)
class SoundsOverHttpIT {

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(1, Map.of("MOORING_SOUND_DIR", ""));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    /** A megabyte, which becomes half of one as A-law: far more than a datagram takes. */
    @Test
    void theMusicIsSentWithTheCommand() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api().putSound(scene.tenant(), "jazz", Wav.pcm(Codec.RATE, Tones.sine(710, 0, 60 * Codec.RATE)));
            stack.api().patchTenant(scene.tenant(), "{\"music\": \"jazz\"}");
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), Scene.SOON);
            talk.callerSide().media().awaitTone(710, AUDIBLE);
            assertThat(stack.counter("mooring_rtpengine_seconds_count{command=\"play blob\",result=\"ok\"}"))
                    .containsEntry("node-1", 1L);

            // The file that lies there once made is sent again.
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().resume().status()).isEqualTo(200);
            talk.callerSide().media().awaitTone(710, AUDIBLE);
            assertThat(stack.sum("mooring_sound_fallbacks_total")).containsEntry("node-1", 0L);
        }
    }
}
