package io.mooring.lab.audio;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A stretch of received RTP, and what can be told of it. */
public record Recording(List<RtpPacket> packets, Map<Integer, Codec> payloadTypes) {

    /** Longer gaps are not filled with silence: the stream was stopped and started again. */
    private static final int LONGEST_FILLED_GAP = Codec.RATE;

    private static final double SLOWEST_PACE = 0.75;
    private static final double FASTEST_PACE = 1.33;

    /**
     * The decoded audio of the stream that is heard last (a new SSRC is a new stream). Lost packets leave silence of their
     * length; events (RFC 4733) and unknown payload types are left out.
     */
    public short[] samples() {
        if (packets.isEmpty()) {
            return new short[0];
        }
        var ssrc = packets.getLast().ssrc();
        var chunks = new ArrayList<short[]>();
        var length = 0;
        var expected = -1L;
        Codec.Decoder decoder = null;
        Codec current = null;
        for (var packet : packets) {
            var codec = payloadTypes.get(packet.payloadType());
            if (packet.ssrc() != ssrc || codec == null) {
                continue;
            }
            if (codec != current || decoder == null) {
                current = codec;
                decoder = codec.decoder();
                expected = -1;
            }
            if (expected >= 0) {
                var gap = (int) (packet.timestamp() - expected) / codec.ticksPerSample();
                if (gap < 0) {
                    continue; // late
                }
                if (gap > 0 && gap <= LONGEST_FILLED_GAP) {
                    chunks.add(new short[gap]);
                    length += gap;
                }
            }
            var decoded = decoder.decode(packet.payload());
            chunks.add(decoded);
            length += decoded.length;
            expected = (packet.timestamp() + (long) decoded.length * codec.ticksPerSample()) & 0xffffffffL;
        }
        var samples = new short[length];
        var at = 0;
        for (var chunk : chunks) {
            System.arraycopy(chunk, 0, samples, at, chunk.length);
            at += chunk.length;
        }
        return samples;
    }

    /** What came from this address. */
    public Recording from(@Nullable SocketAddress source) {
        return new Recording(packets.stream().filter(packet -> packet.from().equals(source)).toList(), payloadTypes);
    }

    /** The last so many packets, or all when there are fewer. */
    public Recording last(int count) {
        return new Recording(packets.subList(Math.max(0, packets.size() - count), packets.size()), payloadTypes);
    }

    public boolean isOnlyTone(double hertz) {
        return Tones.isOnly(samples(), hertz);
    }

    public boolean isMusic(Music music) {
        return music.isPlayedIn(samples());
    }

    /**
     * Where this is not one stream with a packet each 20 ms, by what the packets say themselves: source, sequence number, time stamp.
     * When they arrived plays no part: a busy machine delivers in bunches. Empty when all is well.
     */
    public List<String> flaws() {
        var flaws = new ArrayList<String>();
        for (var i = 1; i < packets.size(); i++) {
            var before = packets.get(i - 1);
            var packet = packets.get(i);
            var codec = payloadTypes.get(packet.payloadType());
            if (packet.ssrc() != before.ssrc()) {
                flaws.add("packet " + i + " is of another source");
            } else if (((packet.sequence() - before.sequence()) & 0xffff) != 1) {
                flaws.add("packet " + i + " has number " + packet.sequence() + " after " + before.sequence());
            } else if (codec == null || packet.payloadType() != before.payloadType()) {
                flaws.add("packet " + i + " has type " + packet.payloadType() + " after " + before.payloadType());
            } else if (ticksBetween(before, packet) != codec.ticksPerFrame()) {
                flaws.add("packet " + i + " comes " + codec.millis(ticksBetween(before, packet))
                        + " ms after the one before");
            }
        }
        return flaws;
    }

    /**
     * Milliseconds of the stream for each millisecond in which it came: 1 for a sender that keeps time; 0 when it cannot be told. Over
     * a short stretch this tells more of the machine than of the sender.
     */
    public double pace() {
        if (packets.size() < 2 || sourceChanges() > 0) {
            return 0;
        }
        var first = packets.getFirst();
        var last = packets.getLast();
        var codec = payloadTypes.get(last.payloadType());
        var nanos = last.atNanos() - first.atNanos();
        return codec == null || nanos == 0 ? 0 : codec.millis(ticksBetween(first, last)) * 1e6 / nanos;
    }

    /** Neither at half nor at double pace, nor near it. */
    public boolean keepsTime() {
        return pace() > SLOWEST_PACE && pace() < FASTEST_PACE;
    }

    private static long ticksBetween(RtpPacket before, RtpPacket packet) {
        return (packet.timestamp() - before.timestamp()) & 0xffffffffL;
    }

    /** Packets that the sequence numbers say are missing, stream by stream. */
    public int lost() {
        var lost = 0;
        for (var i = 1; i < packets.size(); i++) {
            var before = packets.get(i - 1);
            var packet = packets.get(i);
            if (packet.ssrc() == before.ssrc()) {
                var step = (packet.sequence() - before.sequence()) & 0xffff;
                if (step > 1 && step < 0x8000) {
                    lost += step - 1;
                }
            }
        }
        return lost;
    }

    /** How often the source changed. */
    public int sourceChanges() {
        var changes = 0;
        for (var i = 1; i < packets.size(); i++) {
            if (packets.get(i).ssrc() != packets.get(i - 1).ssrc()) {
                changes++;
            }
        }
        return changes;
    }

    /** For the message of a failed test. */
    String describe() {
        if (packets.isEmpty()) {
            return "nothing";
        }
        var samples = samples();
        var loudest = 0.0;
        var pitch = 0;
        for (var hertz = 200; hertz < 3_400; hertz += 10) {
            var share = Tones.share(samples, hertz);
            if (share > loudest) {
                loudest = share;
                pitch = hertz;
            }
        }
        var sources = packets.stream().map(RtpPacket::from).distinct().toList();
        return "%d packets of payload type %d from %s, pace %.2f, %d lost, RMS %.0f, %.0f %% of it at %d Hz".formatted(
                packets.size(), packets.getLast().payloadType(), sources, pace(), lost(),
                Tones.rms(samples), 100 * loudest, pitch);
    }
}
