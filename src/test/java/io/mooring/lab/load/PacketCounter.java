package io.mooring.lab.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.atomic.AtomicLong;

/** A UDP port that counts what arrives: all parked callers of a measurement have it as their media port. */
public final class PacketCounter implements AutoCloseable {
    private static final int BUFFER = 32 * 1_024 * 1_024;

    private final DatagramChannel channel;
    private final AtomicLong packets = new AtomicLong();
    private final Thread reader;

    public PacketCounter(String address) throws IOException {
        channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        channel.bind(new InetSocketAddress(address, 0));
        reader = Thread.ofPlatform().daemon().name("packets").start(this::read);
    }

    public int port() throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    public long packets() {
        return packets.get();
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(2_048);
        try {
            while (channel.receive(buffer.clear()) != null) {
                packets.incrementAndGet();
            }
        } catch (ClosedChannelException e) {
            // Closed: the end of the measurement.
            return;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws Exception {
        channel.close();
        reader.join();
    }
}
