package io.mooring.lab.audio;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/** WAV files for tests, written and read by the JDK. */
public final class Wav {

    private Wav() {}

    /** A tone in 16 bit linear at {@link Codec#RATE}; it loops without a seam when it lasts whole periods. */
    public static byte[] tone(double hertz, int millis) {
        return pcm(Codec.RATE, Tones.sine(hertz, 0, Codec.RATE * millis / 1_000));
    }

    /** 16 bit linear, one channel. */
    public static byte[] pcm(int rate, short[] samples) {
        var bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(samples);
        return write(new AudioFormat(rate, 16, 1, true, false), bytes.array());
    }

    /** The samples of a file of one channel, as 16 bit linear. */
    public static short[] samples(byte[] wav) {
        try (var stored = AudioSystem.getAudioInputStream(new ByteArrayInputStream(wav))) {
            var format = new AudioFormat(stored.getFormat().getSampleRate(), 16, 1, true, false);
            var bytes = AudioSystem.getAudioInputStream(format, stored).readAllBytes();
            var samples = new short[bytes.length / 2];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
            return samples;
        } catch (IOException | UnsupportedAudioFileException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Files of {@link Codec#RATE} one after the other, and silence behind them. */
    public static byte[] joined(List<byte[]> parts, int silenceMillis) {
        var all = new ByteArrayOutputStream();
        for (var part : parts) {
            var samples = samples(part);
            var bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asShortBuffer().put(samples);
            all.writeBytes(bytes.array());
        }
        all.writeBytes(new byte[2 * Codec.RATE * silenceMillis / 1_000]);
        return write(new AudioFormat(Codec.RATE, 16, 1, true, false), all.toByteArray());
    }

    private static byte[] write(AudioFormat format, byte[] samples) {
        var out = new ByteArrayOutputStream();
        try {
            AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(samples), format,
                    samples.length / format.getFrameSize()), AudioFileFormat.Type.WAVE, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
