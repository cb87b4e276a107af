package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Sends datagrams to an edge that need not be SIP, and takes what comes back to any of its ports: a reply goes to the port that the
 * Via names, 5060 when it names none [RFC 3261 18.2.2].
 */
public final class RawSip implements AutoCloseable {

    private static final int LARGEST = 65_507;
    private static final Duration ALIVE = Duration.ofSeconds(5);

    private final InetSocketAddress edge;
    private final List<DatagramSocket> sockets;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    private RawSip(InetSocketAddress edge, List<DatagramSocket> sockets) {
        this.edge = edge;
        this.sockets = sockets;
        sockets.forEach(socket -> Thread.ofVirtual().start(() -> read(socket)));
    }

    /** At a loopback address that nobody else has, with these ports; it sends from the first. */
    public static RawSip open(InetSocketAddress edge, int... ports) {
        while (true) {
            var random = ThreadLocalRandom.current();
            var address = "127.%d.%d.%d".formatted(random.nextInt(100, 250), random.nextInt(256),
                    random.nextInt(1, 255));
            var sockets = new ArrayList<DatagramSocket>();
            try {
                for (var port : ports) {
                    sockets.add(new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port)));
                }
                return new RawSip(edge, sockets);
            } catch (BindException e) {
                sockets.forEach(DatagramSocket::close);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public String address() {
        return sockets.getFirst().getLocalAddress().getHostAddress();
    }

    public int port() {
        return sockets.getFirst().getLocalPort();
    }

    private void read(DatagramSocket socket) {
        var packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        while (!socket.isClosed()) {
            try {
                socket.receive(packet);
                received.add(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.ISO_8859_1));
            } catch (SocketException e) {
                return; // closed
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public void send(byte[] datagram) {
        try {
            sockets.getFirst().send(new DatagramPacket(datagram, Math.min(datagram.length, LARGEST), edge));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Forgets what has come so far. */
    public void forget() {
        received.clear();
    }

    /** The next final reply that bears the mark, such as a Call-ID. */
    public Optional<String> finalReplyTo(String mark, Duration within) {
        return awaitMatch(message -> message.startsWith("SIP/2.0 ") && status(message) >= 200 && message.contains(mark),
                within);
    }

    /** The status of a reply. */
    public static int status(String reply) {
        return Integer.parseInt(reply.substring(8, 11));
    }

    /** Whether the edge answers a ping of its own. */
    public boolean edgeAnswers() {
        var id = ping();
        return awaitMatch(message -> message.startsWith("SIP/2.0 200 ") && message.contains(id), ALIVE).isPresent();
    }

    /** @return the Call-ID */
    public String ping() {
        var id = TestPhone.randomId();
        send(("""
                OPTIONS sip:%1$s SIP/2.0\r
                Via: SIP/2.0/UDP %2$s:%3$d;branch=z9hG4bK%4$s;rport\r
                From: <sip:ping@%2$s>;tag=%4$s\r
                To: <sip:%1$s>\r
                Call-ID: %4$s\r
                CSeq: 1 OPTIONS\r
                Max-Forwards: 70\r
                Content-Length: 0\r
                \r
                """.formatted(edge.getAddress().getHostAddress() + ":" + edge.getPort(), address(), port(), id))
                .getBytes(StandardCharsets.ISO_8859_1));
        return id;
    }

    private Optional<String> awaitMatch(java.util.function.Predicate<String> wanted, Duration within) {
        var deadline = System.nanoTime() + within.toNanos();
        try {
            while (true) {
                var message = received.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (message == null) {
                    return Optional.empty();
                }
                if (wanted.test(message)) {
                    return Optional.of(message);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        sockets.forEach(DatagramSocket::close);
    }
}
