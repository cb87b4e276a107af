package io.mooring.lab.audio;

/** Radix-2 Fourier transform in place, enough to correlate a minute of audio. */
final class Fft {

    private Fft() {}

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
        for (var length = 2; length <= n; length <<= 1) {
            var angle = (inverse ? 2 : -2) * Math.PI / length;
            var half = length / 2;
            var cos = new double[half];
            var sin = new double[half];
            for (var k = 0; k < half; k++) {
                cos[k] = Math.cos(angle * k);
                sin[k] = Math.sin(angle * k);
            }
            for (var start = 0; start < n; start += length) {
                for (var k = 0; k < half; k++) {
                    var a = start + k;
                    var b = a + half;
                    var x = re[b] * cos[k] - im[b] * sin[k];
                    var y = re[b] * sin[k] + im[b] * cos[k];
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
