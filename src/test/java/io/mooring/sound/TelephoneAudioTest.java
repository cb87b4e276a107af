package io.mooring.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mooring.lab.audio.Tones;
import io.mooring.lab.audio.Wav;
import io.mooring.tenant.Sound;
import io.mooring.tenant.WavFile;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelephoneAudioTest {

    private static byte[] sine(int rate, double hertz, int millis) {
        var samples = new short[rate * millis / 1_000];
        for (var i = 0; i < samples.length; i++) {
            samples[i] = (short) (8_000 * Math.sin(2 * Math.PI * hertz * i / rate));
        }
        return Wav.pcm(rate, samples);
    }

    private static short[] heard(byte[] wav) {
        return Wav.samples(TelephoneAudio.of(List.of(wav), 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {8_000, 16_000, 32_000, 44_100, 48_000})
    void aToneKeepsItsPitchAndLoudnessAtAnyRate(int rate) {
        for (var hertz : new int[]{300, 1_000, 3_000}) {
            short[] heard = heard(sine(rate, hertz, 1_000));
            assertThat(heard).hasSize(8_000);
            assertThat(Tones.share(heard, hertz)).isGreaterThan(0.99);
            assertThat(Tones.rms(heard)).isCloseTo(8_000 / Math.sqrt(2), within(300.0));
        }
    }

    /** Else it would come back as another tone. */
    @ParameterizedTest
    @ValueSource(ints = {16_000, 32_000, 44_100, 48_000})
    void whatAPhoneCannotHearIsTakenAway(int rate) {
        for (var hertz : new int[]{4_400, 5_000, 7_000}) {
            assertThat(Tones.rms(heard(sine(rate, hertz, 500)))).isLessThan(60);
        }
    }

    @Test
    void theFileIsWhatItSays() {
        byte[] file = TelephoneAudio.of(List.of(sine(8_000, 500, 301), sine(16_000, 900, 200)), 400);
        Sound sound = WavFile.check(file);
        assertThat(sound.encoding()).isEqualTo(Sound.Encoding.ALAW);
        assertThat(sound.sampleRate()).isEqualTo(8_000);
        assertThat(sound.channels()).isEqualTo(1);
        assertThat(sound.durationMillis()).isEqualTo(901);
        assertThat(file.length % 2).isZero();
        assertThat(TelephoneAudio.of(List.of(file), 0)).as("once is enough").isEqualTo(file);
    }
}
