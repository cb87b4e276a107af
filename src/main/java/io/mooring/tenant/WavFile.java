package io.mooring.tenant;

import io.mooring.tenant.Sound.Encoding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * A WAV file [RIFF; Multimedia Programming Interface and Data Specifications 1.0; RFC 2361], read strictly: what its chunks say must
 * be what is there, and it must hold audio. A file of another kind with another name, one that was cut off, silence and
 * noise are refused, with a reason.
 */
public final class WavFile {

    /** Shortest sound. */
    public static final int LEAST_MILLIS = 100;
    /** Longest sound. */
    public static final int MOST_MILLIS = 600_000;

    private static final Map<Integer, Encoding> ENCODINGS = Map.of(1, Encoding.PCM16, 6, Encoding.ALAW, 7,
            Encoding.ULAW);
    /** WAVE_FORMAT_EXTENSIBLE: the code stands in the first two bytes of a GUID, of which the rest is always the same. */
    private static final int EXTENSIBLE = 0xFFFE;
    private static final String GUID_TAIL = "000000001000800000aa00389b71";
    private static final Set<Integer> RATES = Set.of(8_000, 16_000, 32_000, 44_100, 48_000);
    private static final int HEADER = 12;
    /** Samples that are lower are not heard: -50 dB of full scale. */
    private static final int AUDIBLE_LINEAR = 100;
    private static final int AUDIBLE_G711 = 8;
    /** Compressed or encrypted data have all bytes equally often; audio has not, not even loud one. */
    private static final double MOST_ENTROPY_BITS = 7.97;
    private static final int LEAST_FOR_ENTROPY = 16_384;

    private final ByteBuffer file;
    private Encoding encoding = Encoding.PCM16;
    private int channels;
    private int rate;
    private ByteBuffer data = ByteBuffer.allocate(0);

    private WavFile(byte[] bytes) {
        this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Checks a file.
     *
     * @throws InvalidValueException when it is no WAV file, or one that cannot be played
     */
    public static Sound check(byte[] bytes) {
        return new WavFile(bytes).sound();
    }

    /**
     * What is in a file.
     *
     * @param sampleRate samples a second
     * @param samples 16 bits each; of two channels their mean
     */
    public record Audio(int sampleRate, short[] samples) {}

    /**
     * Reads a file.
     *
     * @throws InvalidValueException when {@link #check} refuses it
     */
    public static Audio read(byte[] bytes) {
        var wav = new WavFile(bytes);
        wav.sound();
        return new Audio(wav.rate, wav.samples());
    }

    private Sound sound() {
        int length = file.limit();
        require(length >= HEADER && text(0).equals("RIFF") && text(8).equals("WAVE"), "is no WAV file");
        long said = Integer.toUnsignedLong(file.getInt(4)) + 8;
        require(said == length || said == length + 1L && (length & 1) == 1,
                "is cut off or has something behind it: its header says " + said + " bytes, it has " + length);
        boolean format = false;
        int at = HEADER;
        while (at + 8 <= length) {
            String chunk = text(at);
            long size = Integer.toUnsignedLong(file.getInt(at + 4));
            require(at + 8 + size <= length, "is cut off in the chunk that begins at byte " + at);
            if (chunk.equals("fmt ")) {
                require(!format, "has two fmt chunks");
                readFormat(at + 8, (int) size);
                format = true;
            } else if (chunk.equals("data")) {
                require(format, "has its data before its format");
                data = file.slice(at + 8, (int) size).order(ByteOrder.LITTLE_ENDIAN);
                return sound(at + 8, (int) size);
            }
            at += (int) (8 + size + (size & 1));
        }
        throw wrong("has no audio in it: there is no data chunk");
    }

    private void readFormat(int at, int size) {
        require(size >= 16, "has a fmt chunk that is too short");
        int code = Short.toUnsignedInt(file.getShort(at));
        if (code == EXTENSIBLE) {
            require(size >= 40, "has a fmt chunk that is too short");
            byte[] tail = new byte[GUID_TAIL.length() / 2];
            file.get(at + 26, tail);
            require(HexFormat.of().formatHex(tail).equals(GUID_TAIL), "has an encoding that is not known");
            code = Short.toUnsignedInt(file.getShort(at + 24));
        }
        Encoding found = ENCODINGS.get(code);
        if (found == null) {
            throw wrong("must be linear 16 bit, A-law or µ-law; its encoding has the number " + code);
        }
        encoding = found;
        channels = Short.toUnsignedInt(file.getShort(at + 2));
        rate = file.getInt(at + 4);
        int bits = Short.toUnsignedInt(file.getShort(at + 14));
        require(bits == 8 * encoding.bytes(),
                "has samples of " + bits + " bits, which its encoding does not have here");
        require(channels == 1 || channels == 2, "must have one or two channels, not " + channels);
        require(RATES.contains(rate), "must have 8000, 16000, 32000, 44100 or 48000 samples a second, not "
                + Integer.toUnsignedString(rate));
        require(Short.toUnsignedInt(file.getShort(at + 12)) == frame() && file.getInt(at + 8) == frame() * rate,
                "has a fmt chunk that contradicts itself");
    }

    private int frame() {
        return channels * encoding.bytes();
    }

    private Sound sound(int at, int size) {
        require(size % frame() == 0, "ends in the middle of a sample");
        long millis = size / frame() * 1_000L / rate;
        require(millis >= LEAST_MILLIS && millis <= MOST_MILLIS,
                "must last 0.1 s to 600 s; it lasts " + millis / 1_000 + "." + millis % 1_000 / 100 + " s");
        require(isAudible(at, size), "is silent");
        require(size < LEAST_FOR_ENTROPY || entropyBits(at, size) < MOST_ENTROPY_BITS,
                "is noise, such as compressed data behind the header of a WAV file");
        return new Sound(encoding, channels, rate, (int) millis, file.limit(), sha256());
    }

    private short[] samples() {
        var samples = new short[data.limit() / frame()];
        for (int i = 0; i < samples.length; i++) {
            int sum = 0;
            for (int channel = 0; channel < channels; channel++) {
                int at = i * frame() + channel * encoding.bytes();
                sum += switch (encoding) {
                    case PCM16 -> data.getShort(at);
                    case ALAW -> G711.fromALaw(data.get(at));
                    case ULAW -> G711.fromULaw(data.get(at));
                };
            }
            samples[i] = (short) (sum / channels);
        }
        return samples;
    }

    private boolean isAudible(int at, int size) {
        for (int i = at; i < at + size; i += encoding.bytes()) {
            boolean audible = switch (encoding) {
                case PCM16 -> Math.abs(file.getShort(i)) >= AUDIBLE_LINEAR;
                // The sign apart; even bits of A-law are inverted, all of µ-law are [G.711].
                case ALAW -> ((file.get(i) ^ 0x55) & 0x7f) >= AUDIBLE_G711;
                case ULAW -> (~file.get(i) & 0x7f) >= AUDIBLE_G711;
            };
            if (audible) {
                return true;
            }
        }
        return false;
    }

    private double entropyBits(int at, int size) {
        int[] counts = new int[256];
        for (int i = at; i < at + size; i++) {
            counts[file.get(i) & 0xff]++;
        }
        double bits = 0;
        for (int count : counts) {
            if (count > 0) {
                double share = (double) count / size;
                bits -= share * Math.log(share) / Math.log(2);
            }
        }
        return bits;
    }

    private String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private String text(int at) {
        byte[] id = new byte[4];
        file.get(at, id);
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    private static void require(boolean right, String detail) {
        if (!right) {
            throw wrong(detail);
        }
    }

    private static InvalidValueException wrong(String detail) {
        return new InvalidValueException("", detail);
    }
}
