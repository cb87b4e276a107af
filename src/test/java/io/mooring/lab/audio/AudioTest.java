package io.mooring.lab.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the lab's ears to account: what is not the music, and what is not the tone, must not pass for it. */
class AudioTest {

    private static final Music MUSIC = Music.of(Path.of("media/music.wav"));
    private static final int TWO_SECONDS = 2 * Codec.RATE;

    @ParameterizedTest
    @EnumSource(Codec.class)
    void aToneSurvivesEachCodec(Codec codec) {
        var heard = through(codec, Tones.sine(440, 0, TWO_SECONDS));
        assertThat(Tones.share(heard, 440)).isGreaterThan(0.95);
        assertThat(Tones.share(heard, 523)).isLessThan(0.05);
        assertThat(Tones.isOnly(heard, 440)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void theMusicIsKnownThroughEachCodecFromAnywhere(Codec codec) {
        for (var from : new int[]{0, 12_345, MUSIC.millis() * 8 - 5_000}) {
            assertThat(MUSIC.likeness(through(codec, piece(from, TWO_SECONDS)))).as("from sample %d", from)
                    .isGreaterThan(0.9);
        }
    }

    @Test
    void theMusicIsKnownWithATenthOfItLost() {
        var random = new Random(3);
        var heard = piece(40_000, TWO_SECONDS);
        for (var from = 0; from < heard.length; from += Codec.FRAME) {
            if (random.nextInt(10) == 0) {
                java.util.Arrays.fill(heard, from, from + Codec.FRAME, (short) 0);
            }
        }
        assertThat(MUSIC.likeness(heard)).isGreaterThan(0.85);
    }

    @Test
    void toneSilenceNoiseAndBackwardsAreNotMusic() {
        var noise = new short[TWO_SECONDS];
        var random = new Random(1);
        for (var i = 0; i < noise.length; i++) {
            noise[i] = (short) (random.nextGaussian() * 3_000);
        }
        var backwards = piece(10_000, TWO_SECONDS);
        for (int i = 0, j = backwards.length - 1; i < j; i++, j--) {
            var swapped = backwards[i];
            backwards[i] = backwards[j];
            backwards[j] = swapped;
        }
        assertThat(MUSIC.isPlayedIn(noise)).isFalse();
        assertThat(MUSIC.isPlayedIn(new short[TWO_SECONDS])).isFalse();
        assertThat(MUSIC.likeness(backwards)).isLessThan(Music.LEAST_LIKENESS);
        for (var hertz : new double[]{262, 349, 392, 440, 523, 659, 784, 1_000}) {
            assertThat(MUSIC.likeness(Tones.sine(hertz, 0, TWO_SECONDS))).as("%s Hz", hertz).isLessThan(0.6);
        }
    }

    @Test
    void theMusicIsNoTone() {
        for (var hertz = 300; hertz < 3_400; hertz += 10) {
            assertThat(Tones.isOnly(piece(0, TWO_SECONDS), hertz)).isFalse();
        }
    }

    @Test
    void twoEndsHearEachOther() {
        try (var a = new RtpEndpoint("127.0.0.1", 440); var b = new RtpEndpoint("127.0.0.3", 620)) {
            a.configure(b.local(), Codec.PCMA, 8, true);
            b.configure(a.local(), Codec.PCMU, 0, true);
            a.awaitTone(620, Duration.ofSeconds(5));
            b.awaitTone(440, Duration.ofSeconds(5));
            assertThat(b.last(50).lost()).isZero();
            var mark = b.received();
            a.mute(true);
            b.awaitQuiet(Duration.ofMillis(200), Duration.ofSeconds(3));
            a.configure(b.local(), Codec.OPUS, 111, true);
            b.configure(a.local(), Codec.OPUS, 111, true);
            a.mute(false);
            b.awaitTone(440, Duration.ofSeconds(5));
            assertThat(b.since(mark).sourceChanges()).isZero();
        }
    }

    private static short[] piece(int from, int length) {
        return MUSIC.piece(from, length);
    }

    private static short[] through(Codec codec, short[] samples) {
        var encoder = codec.encoder();
        var decoder = codec.decoder();
        var heard = new short[samples.length];
        for (var at = 0; at + Codec.FRAME <= samples.length; at += Codec.FRAME) {
            var frame = java.util.Arrays.copyOfRange(samples, at, at + Codec.FRAME);
            var decoded = decoder.decode(encoder.encode(frame));
            System.arraycopy(decoded, 0, heard, at, Math.min(decoded.length, Codec.FRAME));
        }
        return heard;
    }
}
