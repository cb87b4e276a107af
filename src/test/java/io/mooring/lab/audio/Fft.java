package io.mooring.lab.audio;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Radix-2 Fourier transform in place, enough to correlate a minute of audio. */
final class Fft {

    /** By length: cosine and sine of each step around the half circle. */
    private static final Map<Integer, double[]> CIRCLES = new ConcurrentHashMap<>();

    private Fft() {}

    private static double[] circle(int n) {
        var circle = new double[n];
        for (var k = 0; k < n / 2; k++) {
            circle[2 * k] = Math.cos(2 * Math.PI * k / n);
            circle[2 * k + 1] = Math.sin(2 * Math.PI * k / n);
        }
        return circle;
    }

    static int sizeFor(int length) {
        return Integer.highestOneBit(Math.max(1, length - 1)) << 1;
    }

    /** @param inverse also divides by the length */
    static void transform(double[] re, double[] im, boolean inverse) {
        var n = re.length;
        for (int i = 1, j = 0; i < n; i++) {
            var bit = n >> 1;
            for (; (j & bit) != 0; bit >>= 1) {
                j ^= bit;
            }
            j ^= bit;
            if (i < j) {
                var swapped = re[i];
                re[i] = re[j];
                re[j] = swapped;
                swapped = im[i];
                im[i] = im[j];
                im[j] = swapped;
            }
        }
        var turns = CIRCLES.computeIfAbsent(n, Fft::circle);
        var sign = inverse ? 1 : -1;
        for (var length = 2; length <= n; length <<= 1) {
            var half = length / 2;
            var stride = n / length;
            for (var start = 0; start < n; start += length) {
                for (var k = 0; k < half; k++) {
                    var a = start + k;
                    var b = a + half;
                    var cos = turns[2 * k * stride];
                    var sin = sign * turns[2 * k * stride + 1];
                    var x = re[b] * cos - im[b] * sin;
                    var y = re[b] * sin + im[b] * cos;
                    re[b] = re[a] - x;
                    im[b] = im[a] - y;
                    re[a] += x;
                    im[a] += y;
                }
            }
        }
        if (inverse) {
            for (var i = 0; i < n; i++) {
                re[i] /= n;
                im[i] /= n;
            }
        }
    }
}
