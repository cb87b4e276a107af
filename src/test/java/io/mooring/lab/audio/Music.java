package io.mooring.lab.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * Tells whether audio is a piece of the music on hold, wherever in the (looped) piece it starts.
 *
 * <p>The test is the normalised cross-correlation of the audio with the reference at every offset, by Fourier transform:
 * 1 when the audio is the reference at some offset, whatever its level; near 0 for noise. A held tone of the piece's own
 * pitch correlates with one note but not with the notes around it, so the audio must be long enough to hold several:
 * {@link #LEAST_MILLIS}.
 */
public final class Music {

    /** Shorter audio is never taken for music. */
    public static final int LEAST_MILLIS = 1_500;
    /** What the best alignment must reach. Codecs and 10 % of lost packets leave above 0.85; a tone stays below 0.5. */
    public static final double LEAST_LIKENESS = 0.7;

    private static final double SILENCE_RMS = 30;

    private final double[] reference;
    private final double[] spectrumRe;
    private final double[] spectrumIm;
    /** Sums of squares of the looped reference before each sample, for the energy under any window. */
    private final double[] energy;
    private final int room;

    private Music(double[] reference) {
        this.reference = reference;
        // The longest audio looked at; longer audio is judged by its beginning.
        this.room = Codec.RATE * 3;
        var looped = reference.length + room;
        // Alignments that wrap around are not used, so that no more than this is needed.
        var size = Fft.sizeFor(looped);
        spectrumRe = new double[size];
        spectrumIm = new double[size];
        energy = new double[looped + 1];
        for (var i = 0; i < looped; i++) {
            spectrumRe[i] = reference[i % reference.length];
            energy[i + 1] = energy[i] + spectrumRe[i] * spectrumRe[i];
        }
        Fft.transform(spectrumRe, spectrumIm, false);
    }

    /** @param file A-law or 16-bit PCM, mono, at a multiple of {@link Codec#RATE} */
    public static Music of(Path file) {
        try (var stored = AudioSystem.getAudioInputStream(file.toFile())) {
            var rate = stored.getFormat().getSampleRate();
            var format = new AudioFormat(rate, 16, 1, true, false);
            var factor = Math.round(rate) / Codec.RATE;
            if (stored.getFormat().getChannels() != 1 || factor * Codec.RATE != Math.round(rate)) {
                throw new IllegalArgumentException(
                        "not mono at a multiple of 8 kHz: " + file + " " + stored.getFormat());
            }
            var in = AudioSystem.getAudioInputStream(format, stored);
            var bytes = in.readAllBytes();
            var buffer = ByteBuffer.wrap(bytes)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer();
            var samples = new double[bytes.length / 2];
            for (var i = 0; i < samples.length; i++) {
                samples[i] = buffer.get(i);
            }
            return new Music(factor == 1 ? samples : reduce(samples, factor));
        } catch (IOException | UnsupportedAudioFileException e) {
            throw new IllegalArgumentException("cannot read " + file, e);
        }
    }

    /** Length of the piece in milliseconds. */
    public int millis() {
        return reference.length * 1_000 / Codec.RATE;
    }

    /** Samples of the piece from anywhere in its loop. */
    short[] piece(int from, int length) {
        var samples = new short[length];
        for (var i = 0; i < length; i++) {
            samples[i] = (short) reference[(from + i) % reference.length];
        }
        return samples;
    }

    /** How much like the piece the audio is at its best alignment, 0 to 1. */
    public double likeness(short[] audio) {
        if (audio.length < Codec.RATE * LEAST_MILLIS / 1_000 || Tones.rms(audio) < SILENCE_RMS) {
            return 0;
        }
        var length = Math.min(audio.length, room);
        var re = new double[spectrumRe.length];
        var im = new double[spectrumRe.length];
        var audioEnergy = 0.0;
        for (var i = 0; i < length; i++) {
            re[i] = audio[i];
            audioEnergy += (double) audio[i] * audio[i];
        }
        Fft.transform(re, im, false);
        for (var i = 0; i < re.length; i++) {
            var product = spectrumRe[i] * re[i] + spectrumIm[i] * im[i];
            im[i] = spectrumIm[i] * re[i] - spectrumRe[i] * im[i];
            re[i] = product;
        }
        Fft.transform(re, im, true);
        var best = 0.0;
        for (var offset = 0; offset < reference.length; offset++) {
            var under = energy[offset + length] - energy[offset];
            if (under > 0) {
                best = Math.max(best, re[offset] / Math.sqrt(under * audioEnergy));
            }
        }
        return best;
    }

    public boolean isPlayedIn(short[] audio) {
        return likeness(audio) >= LEAST_LIKENESS;
    }

    /** Low-pass (windowed sinc of 16 samples of the lower rate) and decimation. */
    private static double[] reduce(double[] samples, int factor) {
        var half = 8 * factor;
        var taps = new double[2 * half + 1];
        var sum = 0.0;
        for (var k = -half; k <= half; k++) {
            var x = Math.PI * k / factor * 0.9;
            var hann = 0.5 + 0.5 * Math.cos(Math.PI * k / (half + 1));
            taps[k + half] = (k == 0 ? 1 : Math.sin(x) / x) * hann;
            sum += taps[k + half];
        }
        var reduced = new double[samples.length / factor];
        for (var i = 0; i < reduced.length; i++) {
            var value = 0.0;
            for (var k = -half; k <= half; k++) {
                var at = Math.floorMod(i * factor + k, samples.length);
                value += samples[at] * taps[k + half];
            }
            reduced[i] = value / sum;
        }
        return reduced;
    }
}
