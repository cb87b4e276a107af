package io.mooring.lab.audio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The one thread that reads and, every 20 ms, sends for all media ends of the lab. */
final class RtpClock {

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final class Holder {
        private static final RtpClock CLOCK = new RtpClock();
    }

    private final Selector selector;
    private final Set<RtpEndpoint> endpoints = ConcurrentHashMap.newKeySet();
    private final Queue<RtpEndpoint> added = new ConcurrentLinkedQueue<>();

    private RtpClock() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("lab-rtp").start(this::run);
    }

    static RtpClock shared() {
        return Holder.CLOCK;
    }

    void add(RtpEndpoint endpoint) {
        added.add(endpoint);
        selector.wakeup();
    }

    void remove(RtpEndpoint endpoint) {
        endpoints.remove(endpoint);
    }

    private void run() {
        var buffer = ByteBuffer.allocateDirect(2_048);
        var next = System.nanoTime() + TICK_NANOS;
        while (true) {
            try {
                var left = next - System.nanoTime();
                if (left > 0) {
                    selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                } else {
                    selector.selectNow();
                }
                for (var key : selector.selectedKeys()) {
                    read(key, buffer);
                }
                selector.selectedKeys().clear();
                register();
                if (System.nanoTime() >= next) {
                    endpoints.forEach(RtpEndpoint::tick);
                    // After a long pause (a busy machine) the lost ticks are not made up for.
                    next = Math.max(next + TICK_NANOS, System.nanoTime() - 5 * TICK_NANOS);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void register() {
        for (var endpoint = added.poll(); endpoint != null; endpoint = added.poll()) {
            try {
                endpoint.channel().register(selector, SelectionKey.OP_READ, endpoint);
                endpoints.add(endpoint);
            } catch (ClosedChannelException e) {
                // Closed before its first tick.
            }
        }
    }

    private static void read(SelectionKey key, ByteBuffer buffer) {
        try {
            if (key.isReadable() && key.attachment() instanceof RtpEndpoint endpoint) {
                endpoint.receive(buffer);
            }
        } catch (CancelledKeyException | ClosedChannelException e) {
            // Closed meanwhile.
        } catch (IOException e) {
            // An ICMP error about an earlier packet; nothing is lost.
        }
    }
}
