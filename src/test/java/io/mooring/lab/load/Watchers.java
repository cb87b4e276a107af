package io.mooring.lab.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mooring.lab.Digest;
import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Many lamps behind one UDP port, as a benchmark needs them: each has subscribed to one place, and notes when it is told. */
public final class Watchers implements AutoCloseable {
    private static final int BUFFER = 8 * 1_024 * 1_024;
    private static final int LARGEST = 65_535;
    private static final int REPLY_SECONDS = 5;
    private static final Pattern COPIED = Pattern.compile("(?mi)^(?:Via|From|To|Call-ID|CSeq):[^\\r\\n]*\\r\\n");
    private static final Pattern CALL_ID = Pattern.compile("(?mi)^Call-ID:\\s*([^\\r\\n]*)\\r\\n");
    private static final Pattern CHALLENGE = Pattern.compile("(?mi)^Proxy-Authenticate:\\s*([^\\r\\n]*)\\r\\n");

    private final DatagramChannel channel;
    private final InetSocketAddress edge;
    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    /** Since the last {@link #forget}: by Call-ID, when it was first told what is looked for. */
    private final Map<String, Long> told = new ConcurrentHashMap<>();
    private final Set<String> callIds = new HashSet<>();
    private volatile String wanted = "";

    public Watchers(Stack stack) throws IOException {
        edge = stack.sip();
        channel = DatagramChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
        channel.bind(new InetSocketAddress("127.0.0.1", 0));
        Thread.ofPlatform().daemon().name("watchers").start(this::read);
    }

    /** Subscribes one lamp; waits until it is accepted. */
    public void subscribe(String domain, String user, String password, String resource) throws Exception {
        String callId = "lamp-" + callIds.size() + "@bench";
        String uri = "sip:" + resource + "@" + domain;
        String reply = ask(request(callId, uri, domain, user, 1, ""));
        if (reply.startsWith("SIP/2.0 407")) {
            String answer = Digest.answer(first(CHALLENGE, reply), "SUBSCRIBE", uri, user, password);
            reply = ask(request(callId, uri, domain, user, 2, "Proxy-Authorization: " + answer + "\r\n"));
        }
        if (!reply.startsWith("SIP/2.0 200")) {
            throw new IllegalStateException("a lamp was refused: " + reply.lines().findFirst().orElse("no reply"));
        }
        callIds.add(callId);
    }

    private String ask(String request) throws Exception {
        replies.clear();
        send(request, edge);
        String reply = replies.poll(REPLY_SECONDS, TimeUnit.SECONDS);
        return reply == null ? "" : reply;
    }

    private String request(String callId, String uri, String domain, String user, int cseq, String headers) {
        return "SUBSCRIBE " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:" + port() + ";branch=z9hG4bK" + callId
                + cseq
                + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:" + user + "@" + domain + ">;tag=" + callId + "\r\nTo: <"
                + uri
                + ">\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq + " SUBSCRIBE\r\nContact: <sip:" + user
                + "@127.0.0.1:"
                + port() + ">\r\nEvent: dialog\r\nExpires: 3600\r\n" + headers + "Content-Length: 0\r\n\r\n";
    }

    /** Begins to note when each of them is told of something. */
    public void expect(String text) {
        told.clear();
        wanted = text;
    }

    /** How many know. */
    public int knowing() {
        return told.size();
    }

    /** When the last of them was told, microseconds since 1970. */
    public long lastMicros() {
        return told.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST);
        try {
            while (true) {
                SocketAddress from = channel.receive(buffer.clear());
                Instant now = Instant.now();
                String message = UTF_8.decode(buffer.flip()).toString();
                if (message.startsWith("SIP/2.0 ")) {
                    if (!message.startsWith("SIP/2.0 1")) {
                        replies.add(message);
                    }
                } else if (message.startsWith("NOTIFY ")) {
                    if (!wanted.isEmpty() && message.contains(wanted)) {
                        told.putIfAbsent(first(CALL_ID, message),
                                now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
                    }
                    send("SIP/2.0 200 OK\r\n"
                            + COPIED.matcher(message)
                                    .results()
                                    .map(found -> found.group())
                                    .collect(Collectors.joining())
                            + "Content-Length: 0\r\n\r\n", from);
                }
            }
        } catch (ClosedChannelException e) {
            // Closed: the end of the measurement.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send(String message, SocketAddress to) throws IOException {
        channel.send(ByteBuffer.wrap(message.getBytes(UTF_8)), to);
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
    public void close() throws IOException {
        channel.close();
    }
}
