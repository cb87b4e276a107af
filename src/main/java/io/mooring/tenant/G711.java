package io.mooring.tenant;

/** The two laws of telephony [ITU-T G.711]: 8 bits for a sample of 16. */
public final class G711 {
    /** Even bits are inverted [G.711 table 1, note]. */
    private static final int ALAW_MASK = 0x55;
    private static final int ULAW_BIAS = 0x84;
    private static final int LARGEST = 0x7fff;

    private G711() {}

    /** The sample that a byte of A-law stands for. */
    static short fromALaw(byte code) {
        int bits = code ^ ALAW_MASK;
        int segment = (bits >> 4) & 7;
        int magnitude = ((bits & 0xf) << 4) + 8;
        if (segment > 0) {
            magnitude = (magnitude + 0x100) << (segment - 1);
        }
        return (short) ((bits & 0x80) == 0 ? -magnitude : magnitude);
    }

    /** The sample that a byte of µ-law stands for. */
    static short fromULaw(byte code) {
        int bits = ~code;
        int magnitude = ((((bits & 0xf) << 3) + ULAW_BIAS) << ((bits >> 4) & 7)) - ULAW_BIAS;
        return (short) ((bits & 0x80) == 0 ? magnitude : -magnitude);
    }

    /** The byte of A-law that is nearest to a sample. */
    public static byte toALaw(short sample) {
        int magnitude = sample >= 0 ? sample : Math.min(LARGEST, -sample - 1);
        int segment = Math.max(0, 24 - Integer.numberOfLeadingZeros(magnitude));
        int step = (magnitude >> (segment == 0 ? 4 : segment + 3)) & 0xf;
        return (byte) (((sample >= 0 ? 0x80 : 0) | segment << 4 | step) ^ ALAW_MASK);
    }
}
