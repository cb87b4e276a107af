package io.mooring.lab.audio;

/**
 * ITU-T G.711. Decoding follows the standard's bit layout; encoding picks the code whose decoded value is nearest, from a
 * table over all 16-bit samples, so that it cannot disagree with the decoder.
 */
final class G711 {

    private static final short[] ULAW = new short[256];
    private static final short[] ALAW = new short[256];
    private static final byte[] TO_ULAW;
    private static final byte[] TO_ALAW;

    static {
        for (var code = 0; code < 256; code++) {
            ULAW[code] = expandUlaw(code);
            ALAW[code] = expandAlaw(code);
        }
        TO_ULAW = nearest(ULAW);
        TO_ALAW = nearest(ALAW);
    }

    private G711() {}

    static short fromUlaw(byte code) {
        return ULAW[code & 0xff];
    }

    static short fromAlaw(byte code) {
        return ALAW[code & 0xff];
    }

    static byte toUlaw(short sample) {
        return TO_ULAW[sample & 0xffff];
    }

    static byte toAlaw(short sample) {
        return TO_ALAW[sample & 0xffff];
    }

    private static short expandUlaw(int code) {
        var inverted = ~code & 0xff;
        var magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
        return (short) ((inverted & 0x80) != 0 ? -magnitude : magnitude);
    }

    private static short expandAlaw(int code) {
        var toggled = code ^ 0x55;
        var segment = (toggled & 0x70) >> 4;
        var mantissa = (toggled & 0x0f) << 4;
        var magnitude = segment == 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
        return (short) ((toggled & 0x80) != 0 ? magnitude : -magnitude);
    }

    /** For each sample the code of the nearest value: from the values in ascending order, half-way points between them. */
    private static byte[] nearest(short[] values) {
        var codes = java.util.stream.IntStream.range(0, 256)
                .boxed()
                .sorted(java.util.Comparator.comparingInt(code -> values[code]))
                .mapToInt(Integer::intValue)
                .toArray();
        var table = new byte[1 << 16];
        var rank = 0;
        for (var sample = (int) Short.MIN_VALUE; sample <= Short.MAX_VALUE; sample++) {
            while (rank + 1 < codes.length
                    && Math.abs(values[codes[rank + 1]] - sample) <= Math.abs(values[codes[rank]] - sample)) {
                rank++;
            }
            table[sample & 0xffff] = (byte) codes[rank];
        }
        return table;
    }
}
