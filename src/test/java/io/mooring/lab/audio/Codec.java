package io.mooring.lab.audio;

import io.github.jaredmdobson.concentus.OpusApplication;
import io.github.jaredmdobson.concentus.OpusDecoder;
import io.github.jaredmdobson.concentus.OpusEncoder;
import io.github.jaredmdobson.concentus.OpusException;
import java.util.Optional;

/** The audio codecs of the lab's phones, with their RTP payload types (RFC 3551; a dynamic one for Opus, RFC 7587). */
public enum Codec {
    PCMU(0, "PCMU/8000", 8_000),
    PCMA(8, "PCMA/8000", 8_000),
    /** The RTP clock says 8,000 although it samples at 16,000 (RFC 3551, 4.5.2). */
    G722(9, "G722/8000", 8_000),
    OPUS(96, "opus/48000/2", 48_000);

    /** What decoders give and encoders take: samples a second. */
    public static final int RATE = 8_000;
    /** Samples in a packet of 20 ms. */
    public static final int FRAME = 160;

    private final int payloadType;
    private final String rtpmap;
    private final int clock;

    Codec(int payloadType, String rtpmap, int clock) {
        this.payloadType = payloadType;
        this.rtpmap = rtpmap;
        this.clock = clock;
    }

    public int payloadType() {
        return payloadType;
    }

    public String rtpmap() {
        return rtpmap;
    }

    /** RTP time stamp units in 20 ms. */
    public int ticksPerFrame() {
        return clock / 50;
    }

    /** How long so many RTP time stamp units are. */
    double millis(long ticks) {
        return ticks * 1_000.0 / clock;
    }

    /** RTP time stamp units in a sample of {@link #RATE}. */
    int ticksPerSample() {
        return clock / RATE;
    }

    /** The codec that an rtpmap such as {@code opus/48000/2} names. */
    public static Optional<Codec> named(String rtpmap) {
        var name = rtpmap.split("/", 2)[0];
        for (var codec : values()) {
            if (codec.rtpmap.split("/", 2)[0].equalsIgnoreCase(name)) {
                return Optional.of(codec);
            }
        }
        return Optional.empty();
    }

    /** The codec with a static payload type, which needs no rtpmap. */
    public static Optional<Codec> ofStaticType(int payloadType) {
        return switch (payloadType) {
            case 0 -> Optional.of(PCMU);
            case 8 -> Optional.of(PCMA);
            case 9 -> Optional.of(G722);
            default -> Optional.empty();
        };
    }

    /** Turns samples into payloads; one for each stream, because some codecs remember. */
    @FunctionalInterface
    public interface Encoder {
        /** @param samples {@link #FRAME} samples at {@link #RATE} */
        byte[] encode(short[] samples);
    }

    /** Turns payloads into samples at {@link #RATE}; one for each stream. */
    @FunctionalInterface
    public interface Decoder {
        short[] decode(byte[] payload);
    }

    public Encoder encoder() {
        return switch (this) {
            case PCMU -> samples -> each(samples, G711::toUlaw);
            case PCMA -> samples -> each(samples, G711::toAlaw);
            case G722 -> new G722.Encoder()::encode;
            case OPUS -> opusEncoder();
        };
    }

    public Decoder decoder() {
        return switch (this) {
            case PCMU -> payload -> each(payload, G711::fromUlaw);
            case PCMA -> payload -> each(payload, G711::fromAlaw);
            case G722 -> new G722.Decoder()::decode;
            case OPUS -> opusDecoder();
        };
    }

    private static Encoder opusEncoder() {
        try {
            var opus = new OpusEncoder(RATE, 1, OpusApplication.OPUS_APPLICATION_AUDIO);
            opus.setBitrate(32_000);
            var packet = new byte[1_275];
            return samples -> {
                try {
                    var length = opus.encode(samples, 0, samples.length, packet, 0, packet.length);
                    return java.util.Arrays.copyOf(packet, length);
                } catch (OpusException e) {
                    throw new IllegalStateException(e);
                }
            };
        } catch (OpusException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Decoder opusDecoder() {
        try {
            var opus = new OpusDecoder(RATE, 1);
            var samples = new short[RATE / 1_000 * 120];
            return payload -> {
                try {
                    var length = opus.decode(payload, 0, payload.length, samples, 0, samples.length, false);
                    return java.util.Arrays.copyOf(samples, length);
                } catch (OpusException e) {
                    return new short[0];
                }
            };
        } catch (OpusException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface ToByte {
        byte of(short sample);
    }

    private interface ToSample {
        short of(byte code);
    }

    private static byte[] each(short[] samples, ToByte law) {
        var codes = new byte[samples.length];
        for (var i = 0; i < samples.length; i++) {
            codes[i] = law.of(samples[i]);
        }
        return codes;
    }

    private static short[] each(byte[] codes, ToSample law) {
        var samples = new short[codes.length];
        for (var i = 0; i < codes.length; i++) {
            samples[i] = law.of(codes[i]);
        }
        return samples;
    }
}
