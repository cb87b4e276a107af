package io.mooring.lab.audio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The media end of one call: a UDP socket that sends a tone every 20 ms and keeps what it receives.
 *
 * <p>The sockets of all calls are served by the one thread of {@link RtpClock}. What was received is asked for by
 * waiting on a condition, never by sleeping.
 */
public final class RtpEndpoint implements AutoCloseable {

    /** Older packets are forgotten, so that a long call does not fill the memory: one minute. */
    private static final int KEPT_PACKETS = 3_000;
    private static final int HEADER = 12;
    /** A key is held for 120 ms, and the next one pressed 60 ms later. */
    private static final int KEY_FRAMES = 8;
    private static final int KEY_PAUSE_FRAMES = 3;

    private final DatagramChannel channel;
    private final InetSocketAddress local;
    private final double toneHertz;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final List<RtpPacket> packets = new ArrayList<>();
    private final Map<Integer, Codec> payloadTypes = new HashMap<>();
    /** How many packets were dropped from the front of {@link #packets}. */
    private long forgotten;

    private @Nullable InetSocketAddress remote;
    private Codec codec = Codec.PCMU;
    private int sendPayloadType;
    private Codec.Encoder encoder = Codec.PCMU.encoder();
    private boolean sending;
    private boolean muted;
    private final int ssrc = ThreadLocalRandom.current().nextInt();
    private int sequence = ThreadLocalRandom.current().nextInt(0x4000);
    private long timestamp = ThreadLocalRandom.current().nextInt(0x10000);
    private long sampleClock;
    private long sent;
    private final Queue<KeyFrame> keys = new ArrayDeque<>();
    private long keyTimestamp;

    /** Opens an even port on the address. */
    public RtpEndpoint(String address, double toneHertz) {
        this.toneHertz = toneHertz;
        this.channel = bindEvenPort(address);
        try {
            this.local = (InetSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (var known : Codec.values()) {
            payloadTypes.put(known.payloadType(), known);
        }
        RtpClock.shared().add(this);
    }

    private static DatagramChannel bindEvenPort(String address) {
        try {
            while (true) {
                var channel = DatagramChannel.open();
                channel.configureBlocking(false);
                channel.bind(new InetSocketAddress(address, 0));
                if ((((InetSocketAddress) channel.getLocalAddress()).getPort() & 1) == 0) {
                    return channel;
                }
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InetSocketAddress local() {
        return local;
    }

    public double toneHertz() {
        return toneHertz;
    }

    /** What the SDP exchange agreed on; takes effect with the next packet. */
    public void configure(@Nullable InetSocketAddress to, Codec agreed, int payloadType, boolean send) {
        lock.lock();
        try {
            remote = to;
            sending = send && to != null;
            sendPayloadType = payloadType;
            payloadTypes.put(payloadType, agreed);
            if (agreed != codec) {
                codec = agreed;
                encoder = agreed.encoder();
            }
        } finally {
            lock.unlock();
        }
    }

    /** A muted phone sends nothing at all, as one with silence suppression does. */
    public void mute(boolean mute) {
        lock.lock();
        try {
            muted = mute;
        } finally {
            lock.unlock();
        }
    }

    /** Presses keys, one after the other: telephone events [RFC 4733] of the payload type that the SDP exchange agreed on. */
    public void press(String pressed, int payloadType) {
        lock.lock();
        try {
            for (var key : pressed.toCharArray()) {
                var event = "0123456789*#".indexOf(key);
                for (var frame = 1; frame <= KEY_FRAMES; frame++) {
                    // The last packet three times, as the RFC wants it, and silence behind it.
                    var end = frame > KEY_FRAMES - 3;
                    var duration = Codec.FRAME * Math.min(frame, KEY_FRAMES - 2);
                    keys.add(new KeyFrame(payloadType, event, frame == 1, end, duration));
                }
                for (var pause = 0; pause < KEY_PAUSE_FRAMES; pause++) {
                    keys.add(new KeyFrame(-1, 0, false, false, 0));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** @param payloadType -1 for a pause */
    private record KeyFrame(int payloadType, int event, boolean first, boolean end, int duration) {}

    DatagramChannel channel() {
        return channel;
    }

    /** Called every 20 ms by the clock. */
    void tick() {
        @Nullable
        InetSocketAddress to;
        ByteBuffer packet;
        lock.lock();
        try {
            sampleClock += Codec.FRAME;
            timestamp += codec.ticksPerFrame();
            to = remote;
            if (!sending || muted || to == null) {
                return;
            }
            var key = keys.poll();
            if (key != null) {
                send(to, key);
                return;
            }
            var payload = encoder.encode(Tones.sine(toneHertz, sampleClock, Codec.FRAME));
            packet = ByteBuffer.allocate(HEADER + payload.length);
            packet.put((byte) 0x80).put((byte) ((sent == 0 ? 0x80 : 0) | sendPayloadType));
            packet.putShort((short) sequence++).putInt((int) timestamp).putInt(ssrc).put(payload).flip();
            sent++;
        } finally {
            lock.unlock();
        }
        try {
            channel.send(packet, to);
        } catch (IOException e) {
            // A closed port at the other end comes back as an error here; the next packet tries again.
        }
    }

    /** With the lock held. All packets of a key bear the time at which it began. */
    private void send(InetSocketAddress to, KeyFrame key) {
        if (key.payloadType < 0) {
            return;
        }
        if (key.first) {
            keyTimestamp = timestamp;
        }
        var packet = ByteBuffer.allocate(HEADER + 4);
        packet.put((byte) 0x80).put((byte) ((key.first ? 0x80 : 0) | key.payloadType));
        packet.putShort((short) sequence++).putInt((int) keyTimestamp).putInt(ssrc);
        packet.put((byte) key.event).put((byte) ((key.end ? 0x80 : 0) | 10)).putShort((short) key.duration).flip();
        try {
            channel.send(packet, to);
        } catch (IOException e) {
            // As good as lost.
        }
    }

    /** Called by the clock when there is something to read. */
    void receive(ByteBuffer buffer) throws IOException {
        while (true) {
            buffer.clear();
            var from = channel.receive(buffer);
            if (from == null) {
                return;
            }
            var atNanos = System.nanoTime();
            buffer.flip();
            if (buffer.remaining() < HEADER || (buffer.get(0) & 0xc0) != 0x80) {
                continue;
            }
            var header = HEADER + 4 * (buffer.get(0) & 0x0f);
            if (buffer.remaining() < header) {
                continue;
            }
            var type = buffer.get(1) & 0xff;
            if (type >= 192 && type <= 223) {
                continue; // RTCP on the same port [RFC 5761]
            }
            var payload = new byte[buffer.remaining() - header];
            buffer.get(header, payload);
            keep(new RtpPacket(atNanos, from, type & 0x7f, (type & 0x80) != 0, buffer.getShort(2) & 0xffff,
                    buffer.getInt(4) & 0xffffffffL, buffer.getInt(8) & 0xffffffffL, payload));
        }
    }

    private void keep(RtpPacket packet) {
        lock.lock();
        try {
            packets.add(packet);
            if (packets.size() > 2 * KEPT_PACKETS) {
                packets.subList(0, KEPT_PACKETS).clear();
                forgotten += KEPT_PACKETS;
            }
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many RTP packets came so far; also the mark from which later questions may count. */
    public long received() {
        lock.lock();
        try {
            return forgotten + packets.size();
        } finally {
            lock.unlock();
        }
    }

    public long sent() {
        lock.lock();
        try {
            return sent;
        } finally {
            lock.unlock();
        }
    }

    /** What was received since the mark ({@link #received()} at that moment), as far as it is kept. */
    public Recording since(long mark) {
        lock.lock();
        try {
            var from = (int) Math.clamp(mark - forgotten, 0, packets.size());
            return new Recording(List.copyOf(packets.subList(from, packets.size())), Map.copyOf(payloadTypes));
        } finally {
            lock.unlock();
        }
    }

    /** The last packets that were received. */
    public Recording last(int count) {
        return since(received() - count);
    }

    /** Waits until, from now on, only this tone was heard from the other side for half a second. */
    public Recording awaitTone(double hertz, Duration within) {
        return awaitStretch("the tone of " + hertz + " Hz", 25, 10, within, recording -> recording.isOnlyTone(hertz));
    }

    /** Waits until, from now on, the music was heard from the other side for two seconds. */
    public Recording awaitMusic(Music music, Duration within) {
        return awaitStretch("the music on hold", 100, 25, within, recording -> recording.isMusic(music));
    }

    /** Waits until, from now on, four seconds of a stream were heard that came in about four seconds. */
    public Recording awaitInTime(Duration within) {
        return awaitStretch("a stream that keeps time", 200, 25, within, Recording::keepsTime);
    }

    /** Waits for so many packets from now on. */
    public void awaitPackets(int count, Duration within) {
        var mark = received();
        var deadline = System.nanoTime() + within.toNanos();
        lock.lock();
        try {
            while (forgotten + packets.size() < mark + count) {
                if (!await(deadline)) {
                    throw new AssertionError("at " + local + ": " + (forgotten + packets.size() - mark) + " of " + count
                            + " packets in " + within);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing came for this long. */
    public void awaitQuiet(Duration quiet, Duration within) {
        var deadline = System.nanoTime() + within.toNanos();
        lock.lock();
        try {
            var since = System.nanoTime();
            while (System.nanoTime() - since < quiet.toNanos()) {
                var before = forgotten + packets.size();
                await(Math.min(deadline, since + quiet.toNanos()));
                if (forgotten + packets.size() > before) {
                    since = System.nanoTime();
                }
                if (System.nanoTime() >= deadline) {
                    throw new AssertionError("at " + local + ": packets still arrive after " + within);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the last {@code length} packets pass the test. Only what comes from where the SDP says counts: a phone that was
     * transferred away may go on sending for a while.
     *
     * @param every how many new packets are worth a new test
     */
    private Recording awaitStretch(String what, int length, int every, Duration within, Predicate<Recording> test) {
        var began = received();
        var judged = began;
        var deadline = System.nanoTime() + within.toNanos();
        while (true) {
            boolean inTime = true;
            @Nullable
            InetSocketAddress from;
            lock.lock();
            try {
                while (inTime && (received() < began + length || received() < judged + every)) {
                    inTime = await(deadline);
                }
                judged = received();
                from = remote;
            } finally {
                lock.unlock();
            }
            var recording = since(Math.max(began, judged - 4L * length)).from(from).last(length);
            if (recording.packets().size() == length && test.test(recording)) {
                return recording;
            }
            if (!inTime) {
                throw new AssertionError("at " + local + ": " + what + " was not heard from " + from + " in " + within
                        + "; heard " + since(began).describe());
            }
        }
    }

    /** With the lock held: until the next packet; false when the time is up. */
    private boolean await(long deadline) {
        var left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        try {
            var remains = arrived.awaitNanos(left);
            return remains > 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The SSRCs seen since a mark. */
    public int sources(long mark) {
        var seen = new HashSet<Long>();
        for (var packet : since(mark).packets()) {
            seen.add(packet.ssrc());
        }
        return seen.size();
    }

    @Override
    public void close() {
        RtpClock.shared().remove(this);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
