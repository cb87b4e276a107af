package io.mooring.lab.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Many phones behind one UDP port, as a benchmark needs them: each call rings, and is refused as busy after a while. It keeps book of when the
 * INVITE of which caller came, by the user of the From.
 */
public final class RecalledPhones implements AutoCloseable {
    private static final int BUFFER = 8 * 1_024 * 1_024;
    private static final int LARGEST = 65_535;
    private static final Pattern CALLER = Pattern.compile("(?mi)^From:[^\\r\\n]*sip:([^@>]+)@");
    private static final Pattern COPIED = Pattern.compile("(?mi)^(?:Via|From|Call-ID|CSeq):[^\\r\\n]*\\r\\n");
    private static final Pattern TO = Pattern.compile("(?mi)^(To:[^\\r\\n]*)\\r\\n");
    private static final Pattern CALL_ID = Pattern.compile("(?mi)^Call-ID:\\s*([^\\r\\n]*)\\r\\n");

    private final DatagramChannel channel;
    private final long ringMillis;
    private final Map<String, List<Invite>> invites = new ConcurrentHashMap<>();
    /** What an INVITE that rings is answered with when it is cancelled, by Call-ID. */
    private final Map<String, Ringing> ringing = new ConcurrentHashMap<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private final Thread reader;

    /**
     * An INVITE.
     *
     * @param micros when it came, microseconds since 1970
     * @param callId its Call-ID
     */
    public record Invite(long micros, String callId) {}

    private record Ringing(String invite, SocketAddress from) {}

    /** @param ringMillis after how long a call is refused */
    public RecalledPhones(int port, long ringMillis) throws IOException {
        this.ringMillis = ringMillis;
        channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        channel.bind(new InetSocketAddress("127.0.0.1", port));
        reader = Thread.ofPlatform().daemon().name("phones").start(this::read);
    }

    /** INVITEs by caller; retransmissions are not counted. */
    public Map<String, List<Invite>> invites() {
        return invites;
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST);
        try {
            while (true) {
                SocketAddress from = channel.receive(buffer.clear());
                Instant now = Instant.now();
                received(UTF_8.decode(buffer.flip()).toString(), from,
                        now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
            }
        } catch (ClosedChannelException e) {
            // Closed: the end of the measurement.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void received(String message, SocketAddress from, long micros) {
        // What keeps a NAT open is no message.
        switch (message.split(" ", 2)[0].strip()) {
            case "INVITE" -> invited(message, from, micros);
            case "CANCEL" -> {
                answer(message, "200 OK", from);
                Ringing cancelled = ringing.remove(first(CALL_ID, message));
                if (cancelled != null) {
                    answer(cancelled.invite, "487 Request Terminated", cancelled.from);
                }
            }
            case "ACK", "SIP/2.0", "" -> {}
            default -> answer(message, "200 OK", from);
        }
    }

    private void invited(String invite, SocketAddress from, long micros) {
        String callId = first(CALL_ID, invite);
        if (ringing.putIfAbsent(callId, new Ringing(invite, from)) == null) {
            invites.computeIfAbsent(first(CALLER, invite), caller -> new CopyOnWriteArrayList<>())
                    .add(new Invite(micros, callId));
            later.schedule(() -> {
                if (ringing.remove(callId) != null) {
                    answer(invite, "486 Busy Here", from);
                }
            }, ringMillis, TimeUnit.MILLISECONDS);
        }
        answer(invite, "180 Ringing", from);
    }

    private void answer(String request, String status, SocketAddress to) {
        String copied = COPIED.matcher(request).results().map(found -> found.group()).collect(Collectors.joining());
        String toLine = first(TO, request);
        String reply = "SIP/2.0 " + status + "\r\n" + copied + toLine + (toLine.contains(";tag=") ? "" : ";tag=phone")
                + "\r\nContact: <sip:phone@127.0.0.1:" + port() + ">\r\nContent-Length: 0\r\n\r\n";
        try {
            channel.send(ByteBuffer.wrap(reply.getBytes(UTF_8)), to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int port() {
        try {
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String first(Pattern pattern, String message) {
        Matcher found = pattern.matcher(message);
        return found.find() ? found.group(1) : "";
    }

    @Override
    public void close() throws IOException, InterruptedException {
        later.shutdownNow();
        channel.close();
        reader.join();
    }
}
