package io.mooring.lab.audio;

/** Finds a sine tone in audio at {@link Codec#RATE} (Goertzel's algorithm). */
public final class Tones {

    /** What share of a window's power one tone must hold to be the only thing heard. */
    public static final double DOMINANT = 0.8;

    private static final int WINDOW = Codec.RATE / 10;
    private static final double LEAST_RMS = 300;

    private Tones() {}

    /** Root mean square of the samples. */
    public static double rms(short[] samples) {
        var sum = 0.0;
        for (var sample : samples) {
            sum += (double) sample * sample;
        }
        return samples.length == 0 ? 0 : Math.sqrt(sum / samples.length);
    }

    /** The share of the audio's power that lies at a frequency, 0 to 1, averaged over windows of 100 ms. */
    public static double share(short[] samples, double hertz) {
        var windows = 0;
        var sum = 0.0;
        for (var from = 0; from + WINDOW <= samples.length; from += WINDOW) {
            sum += windowShare(samples, from, hertz);
            windows++;
        }
        return windows == 0 ? 0 : sum / windows;
    }

    /** Whether the audio is this tone, audible, and nothing else of note. */
    public static boolean isOnly(short[] samples, double hertz) {
        return samples.length >= WINDOW && rms(samples) >= LEAST_RMS && share(samples, hertz) >= DOMINANT;
    }

    /** A sine of a quarter of full scale, the phase continuing from {@code firstSample}. */
    public static short[] sine(double hertz, long firstSample, int length) {
        var samples = new short[length];
        for (var i = 0; i < length; i++) {
            samples[i] = (short) (8_000 * Math.sin(2 * Math.PI * hertz * (firstSample + i) / Codec.RATE));
        }
        return samples;
    }

    private static double windowShare(short[] samples, int from, double hertz) {
        var omega = 2 * Math.PI * hertz / Codec.RATE;
        var coefficient = 2 * Math.cos(omega);
        var s1 = 0.0;
        var s2 = 0.0;
        var power = 0.0;
        for (var i = 0; i < WINDOW; i++) {
            double sample = samples[from + i];
            var s0 = sample + coefficient * s1 - s2;
            s2 = s1;
            s1 = s0;
            power += sample * sample;
        }
        if (power == 0) {
            return 0;
        }
        var at = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
        return Math.min(1, 2 * at / (WINDOW * power));
    }
}
