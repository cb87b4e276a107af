package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WavFileTest {

    /** As another program writes it. */
    private static byte[] wav(AudioFormat.Encoding encoding, int rate, int channels, byte[] samples) {
        int size = encoding.equals(AudioFormat.Encoding.PCM_SIGNED) ? 2 : 1;
        var format = new AudioFormat(encoding, rate, 8 * size, channels, size * channels, rate, false);
        var out = new ByteArrayOutputStream();
        try {
            AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(samples), format,
                    samples.length / (size * channels)), AudioFileFormat.Type.WAVE, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] tone(int samples) {
        var bytes = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < samples; i++) {
            bytes.putShort((short) (8_000 * Math.sin(i * 0.3)));
        }
        return bytes.array();
    }

    private static byte[] second() {
        return wav(AudioFormat.Encoding.PCM_SIGNED, 8_000, 1, tone(8_000));
    }

    private static void refused(byte[] file, String reason) {
        assertThatThrownBy(() -> WavFile.check(file)).isInstanceOf(InvalidValueException.class)
                .hasMessageContaining(reason);
    }

    private static byte[] changed(Consumer<ByteBuffer> change) {
        byte[] file = second();
        change.accept(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
        return file;
    }

    @ParameterizedTest
    @CsvSource({"8000, 1", "16000, 1", "44100, 2", "48000, 1"})
    void linear(int rate, int channels) {
        Sound sound = WavFile.check(wav(AudioFormat.Encoding.PCM_SIGNED, rate, channels, tone(2 * rate * channels)));

        assertThat(sound.encoding()).isEqualTo(Sound.Encoding.PCM16);
        assertThat(sound.channels()).isEqualTo(channels);
        assertThat(sound.sampleRate()).isEqualTo(rate);
        assertThat(sound.durationMillis()).isEqualTo(2_000);
        assertThat(sound.sha256()).hasSize(64);
    }

    @Test
    void compandedAndWithOtherChunks() {
        byte[] bytes = new byte[8_000];
        new Random(1).nextBytes(bytes);
        assertThat(WavFile.check(wav(AudioFormat.Encoding.ULAW, 8_000, 1, bytes)).encoding())
                .isEqualTo(Sound.Encoding.ULAW);
        assertThat(WavFile.check(wav(AudioFormat.Encoding.ALAW, 8_000, 1, bytes)).encoding())
                .isEqualTo(Sound.Encoding.ALAW);

        byte[] plain = second();
        byte[] list = "LIST\5\0\0\0INFO\1\0".getBytes(StandardCharsets.ISO_8859_1);
        var file = ByteBuffer.allocate(plain.length + list.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(plain, 0, 36).put(list).put(plain, 36, plain.length - 36).putInt(4, file.capacity() - 8);
        assertThat(WavFile.check(file.array()).durationMillis()).isEqualTo(1_000);
    }

    @Test
    void filesOfOtherKindsAndBrokenOnes() {
        refused(new byte[0], "is no WAV file");
        refused("PK\3\4 this was a document once".getBytes(StandardCharsets.ISO_8859_1), "is no WAV file");
        refused("RIFF\4\0\0\0AVI ".getBytes(StandardCharsets.ISO_8859_1), "is no WAV file");
        refused("RIFF\4\0\0\0WAVE".getBytes(StandardCharsets.ISO_8859_1), "there is no data chunk");
        refused(Arrays.copyOf(second(), 5_000), "is cut off");
        refused(Arrays.copyOf(second(), 20_000), "has something behind it");
        refused(changed(it -> it.putInt(40, 16_002)), "is cut off in the chunk");
        refused(changed(it -> it.putInt(40, -1)), "is cut off in the chunk");
        refused(changed(it -> it.putInt(40, 15_999)), "in the middle of a sample");
        refused(changed(it -> it.putInt(16, 8)), "fmt chunk that is too short");
        refused(changed(it -> it.putShort(20, (short) 85)), "its encoding has the number 85");
        refused(changed(it -> it.putShort(22, (short) 6)), "one or two channels, not 6");
        refused(changed(it -> it.putInt(24, 11_025)), "not 11025");
        refused(changed(it -> it.putInt(28, 1)), "contradicts itself");
        refused(changed(it -> it.putShort(34, (short) 24)), "samples of 24 bits");
        refused(changed(it -> it.putInt(12, it.getInt(36))), "data before its format");
    }

    @Test
    void tooShortAndTooLong() {
        refused(wav(AudioFormat.Encoding.PCM_SIGNED, 8_000, 1, tone(700)), "it lasts 0.0 s");
        refused(wav(AudioFormat.Encoding.ULAW, 8_000, 1, new byte[4_900_000]), "it lasts 612.5 s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PCM_SIGNED", "ALAW", "ULAW"})
    void silence(String encoding) {
        byte[] silent = new byte[8_000];
        Arrays.fill(silent, (byte) (encoding.equals("ALAW") ? 0xd5 : encoding.equals("ULAW") ? 0xff : 0));

        refused(wav(new AudioFormat.Encoding(encoding), 8_000, 1, silent), "is silent");
    }

    @Test
    void compressedDataBehindTheHeaderOfAWavFile() {
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);

        refused(wav(AudioFormat.Encoding.PCM_SIGNED, 8_000, 1, noise), "is noise");
    }

    // --- what is in it ----------------------------------------------------------------------------------------------

    /** All bytes of a law, against the JDK's reading of them. */
    @ParameterizedTest
    @ValueSource(strings = {"ALAW", "ULAW"})
    void theLawsAreReadAsByTheJdk(String law) throws Exception {
        var bytes = new byte[1_024];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        byte[] file = wav(new AudioFormat.Encoding(law), 8_000, 1, bytes);
        var linear = AudioSystem.getAudioInputStream(new AudioFormat(8_000, 16, 1, true, false),
                AudioSystem.getAudioInputStream(new ByteArrayInputStream(file))).readAllBytes();
        var expected = new short[bytes.length];
        ByteBuffer.wrap(linear).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(expected);
        assertThat(WavFile.read(file).samples()).isEqualTo(expected);
    }

    @Test
    void eachByteOfALawIsTheNearestToItself() {
        for (int code = 0; code < 256; code++) {
            assertThat(G711.toALaw(G711.fromALaw((byte) code))).isEqualTo((byte) code);
        }
        for (int sample = Short.MIN_VALUE; sample <= Short.MAX_VALUE; sample++) {
            int error = Math.abs(sample - G711.fromALaw(G711.toALaw((short) sample)));
            assertThat(error).isLessThanOrEqualTo(Math.max(16, Math.abs(sample) / 30));
        }
    }

    @Test
    void twoChannelsAreReadAsTheirMean() {
        var bytes = ByteBuffer.allocate(4 * 1_000).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 1_000; i++) {
            bytes.putShort((short) 3_000).putShort((short) -1_000);
        }
        WavFile.Audio audio = WavFile.read(wav(AudioFormat.Encoding.PCM_SIGNED, 8_000, 2, bytes.array()));
        assertThat(audio.sampleRate()).isEqualTo(8_000);
        assertThat(audio.samples()).hasSize(1_000).containsOnly((short) 1_000);
    }
}
