package io.mooring.lab.audio;

/**
 * The lower sub-band of ITU-T G.722 at 64 kbit/s: all that audio at 8 kHz needs.
 *
 * <p>G.722 splits 16 kHz audio into two bands of 8 kHz and codes the lower one with six bits of each byte by adaptive
 * differential PCM. The decoder here leaves the upper band away, and the encoder sends its quietest code. Names of steps
 * and tables are the standard's (clause 6).
 */
final class G722 {

    private static final int[] Q6 = {0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786,
        858,
        940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919};
    private static final int[] ILN = {0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14,
        13, 12, 11, 10, 9, 8, 7, 6, 5, 4};
    private static final int[] ILP = {0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42,
        41, 40, 39, 38, 37, 36, 35, 34, 33, 32};
    private static final int[] WL = {-60, -30, 58, 172, 334, 538, 1198, 3042};
    private static final int[] RL42 = {0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0};
    private static final int[] ILB = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656,
        2714,
        2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};
    private static final int[] QM4 = {0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288,
        4240,
        2584, 1200, 0};
    private static final int[] QM6 = {-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280,
        -11192, -10232, -9360, -8576, -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776,
        -2400, -2032, -1688, -1360, -1040, -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360,
        8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432,
        136, -432, -136};
    private static final int QUIET_UPPER_BAND = 0xc0;

    private G722() {}

    static final class Encoder {
        private final LowerBand band = new LowerBand();

        byte[] encode(short[] samples) {
            var codes = new byte[samples.length];
            for (var i = 0; i < samples.length; i++) {
                var difference = saturate((samples[i] >> 1) - band.s);
                var magnitude = difference >= 0 ? difference : -(difference + 1);
                var step = 1;
                while (step < Q6.length && magnitude >= (Q6[step] * band.det) >> 12) {
                    step++;
                }
                var code = difference < 0 ? ILN[step] : ILP[step];
                band.adapt(code >> 2);
                codes[i] = (byte) (QUIET_UPPER_BAND | code);
            }
            return codes;
        }
    }

    static final class Decoder {
        private final LowerBand band = new LowerBand();

        short[] decode(byte[] codes) {
            var samples = new short[codes.length];
            for (var i = 0; i < codes.length; i++) {
                var code = codes[i] & 0x3f;
                var value = band.s + ((band.det * QM6[code]) >> 15);
                samples[i] = (short) (Math.clamp(value, -16_384, 16_383) << 1);
                band.adapt(code >> 2);
            }
            return samples;
        }
    }

    /** The state that encoder and decoder keep alike: the predictor and the scale of the quantiser. */
    private static final class LowerBand {
        private int s;
        private int sz;
        private int nb;
        private int det = 32;
        private final int[] r = new int[3];
        private final int[] a = new int[3];
        private final int[] p = new int[3];
        private final int[] d = new int[7];
        private final int[] b = new int[7];

        void adapt(int code4) {
            var dlow = (det * QM4[code4]) >> 15;
            nb = Math.clamp(((nb * 127) >> 7) + WL[RL42[code4]], 0, 18_432);
            var shift = 8 - (nb >> 11);
            var scale = ILB[(nb >> 6) & 31];
            det = (shift < 0 ? scale << -shift : scale >> shift) << 2;
            predict(dlow);
        }

        private void predict(int difference) {
            d[0] = difference;
            r[0] = saturate(s + difference);
            p[0] = saturate(sz + difference);
            var sameSign1 = p[0] >> 15 == p[1] >> 15;
            var sameSign2 = p[0] >> 15 == p[2] >> 15;
            var a1 = saturate(a[1] << 2);
            var toward = Math.min(sameSign1 ? -a1 : a1, 32_767);
            var ap2 = Math.clamp((sameSign2 ? 128 : -128) + (toward >> 7) + ((a[2] * 32_512) >> 15), -12_288, 12_288);
            var limit = saturate(15_360 - ap2);
            var ap1 = Math.clamp(saturate((sameSign1 ? 192 : -192) + ((a[1] * 32_640) >> 15)), -limit, limit);
            var step = difference == 0 ? 0 : 128;
            for (var i = 1; i < 7; i++) {
                var signed = d[i] >> 15 == difference >> 15 ? step : -step;
                b[i] = saturate(signed + ((b[i] * 32_640) >> 15));
            }
            for (var i = 6; i > 0; i--) {
                d[i] = d[i - 1];
            }
            for (var i = 2; i > 0; i--) {
                r[i] = r[i - 1];
                p[i] = p[i - 1];
            }
            a[1] = ap1;
            a[2] = ap2;
            var poles = saturate(((a[1] * saturate(2 * r[1])) >> 15) + ((a[2] * saturate(2 * r[2])) >> 15));
            var zeros = 0;
            for (var i = 6; i > 0; i--) {
                zeros += (b[i] * saturate(2 * d[i])) >> 15;
            }
            sz = saturate(zeros);
            s = saturate(poles + sz);
        }
    }

    private static int saturate(int value) {
        return Math.clamp(value, Short.MIN_VALUE, Short.MAX_VALUE);
    }
}
