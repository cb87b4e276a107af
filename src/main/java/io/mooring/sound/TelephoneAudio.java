package io.mooring.sound;

import io.mooring.tenant.G711;
import io.mooring.tenant.WavFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a phone can hear of a sound: A-law, 8,000 samples a second, one channel. It is what costs rtpengine least by far: it looks for
 * compressed audio behind linear samples each time that it opens them, and would bring the rate down anew for each caller.
 */
final class TelephoneAudio {
    /** Samples a second. */
    static final int RATE = 8_000;
    /** Bytes before the audio. */
    static final int HEADER = 44;

    private static final int ALAW = 6;
    /** Half of the filter's length in samples of the lower rate: steep enough to be nearly silent 600 Hz above its edge. */
    private static final int HALF = 16;
    /** The edge of the band, of half the rate: 3,600 Hz. */
    private static final double BAND = 0.9;

    private TelephoneAudio() {}

    /**
     * A file with some sounds, one after the other.
     *
     * @param parts WAV files
     * @param silenceMillis of silence behind them
     * @throws io.mooring.tenant.InvalidValueException when a part is no sound
     */
    static byte[] of(List<byte[]> parts, int silenceMillis) {
        List<short[]> sounds = parts.stream().map(WavFile::read).map(TelephoneAudio::reduced).toList();
        int length = sounds.stream().mapToInt(sound -> sound.length).sum() + silenceMillis * RATE / 1_000;
        // The chunk of an odd length is filled up [RIFF].
        int whole = length + (length & 1);
        var file = ByteBuffer.allocate(HEADER + whole).order(ByteOrder.LITTLE_ENDIAN);
        file.put(ascii("RIFF")).putInt(HEADER - 8 + whole).put(ascii("WAVE"));
        file.put(ascii("fmt ")).putInt(16);
        file.putShort((short) ALAW)
                .putShort((short) 1)
                .putInt(RATE)
                .putInt(RATE)
                .putShort((short) 1)
                .putShort((short) 8);
        file.put(ascii("data")).putInt(whole);
        for (short[] sound : sounds) {
            for (short sample : sound) {
                file.put(G711.toALaw(sample));
            }
        }
        while (file.hasRemaining()) {
            file.put(G711.toALaw((short) 0));
        }
        return file.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static short[] reduced(WavFile.Audio audio) {
        return audio.sampleRate() == RATE ? audio.samples() : reduced(audio.samples(), audio.sampleRate());
    }

    /** A low pass, the sinc function in a Hann window, taken at the times of the new samples. */
    private static short[] reduced(short[] samples, int rate) {
        double step = (double) rate / RATE;
        int phases = RATE / gcd(rate, RATE);
        int half = (int) Math.ceil(HALF * step);
        double[][] weights = new double[phases][];
        for (int phase = 0; phase < phases; phase++) {
            weights[phase] = weights(half, phase * step % 1, step);
        }
        var reduced = new short[(int) ((long) samples.length * RATE / rate)];
        for (int i = 0; i < reduced.length; i++) {
            int first = (int) ((long) i * rate / RATE) - half;
            double[] weight = weights[i % phases];
            double sum = 0;
            for (int k = Math.max(0, -first); k < weight.length && first + k < samples.length; k++) {
                sum += samples[first + k] * weight[k];
            }
            reduced[i] = (short) Math.clamp(Math.round(sum), Short.MIN_VALUE, Short.MAX_VALUE);
        }
        return reduced;
    }

    /** @param after how far behind the sample in the middle the new one lies, 0 to 1 */
    private static double[] weights(int half, double after, double step) {
        var weights = new double[2 * half + 1];
        for (int k = 0; k < weights.length; k++) {
            double x = (k - half - after) / step;
            double phase = Math.PI * x * BAND;
            double sinc = phase == 0 ? 1 : Math.sin(phase) / phase;
            weights[k] = Math.abs(x) >= HALF ? 0 : BAND / step * sinc * (0.5 + 0.5 * Math.cos(Math.PI * x / HALF));
        }
        return weights;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
