package io.mooring.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mooring.config.HostPort;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Speaks ng over UDP, moves no media: answers an SDP that names the session, and keeps book of the open sessions. */
final class FakeRtpengine implements AutoCloseable {
    private final DatagramSocket socket;
    private final Map<String, String> answers = new HashMap<>();
    final ConcurrentLinkedQueue<JsonObject> commands = new ConcurrentLinkedQueue<>();
    final Set<String> sessions = ConcurrentHashMap.newKeySet();
    private static final Set<String> NEEDS_SESSION = Set.of("play media", "query");
    private final Set<String> moved = ConcurrentHashMap.newKeySet();
    /** Done once, before the next offer within a session is answered. */
    final AtomicReference<@Nullable Callable<?>> beforeJoin = new AtomicReference<>();
    /** The same for the next answer. Neither may wait for a command. */
    final AtomicReference<@Nullable Callable<?>> beforeAnswer = new AtomicReference<>();
    /** Commands that do not arrive. */
    final Set<String> lost = ConcurrentHashMap.newKeySet();
    /** How many did not. */
    final AtomicInteger losses = new AtomicInteger();
    /** Commands that are refused. */
    final Set<String> refused = ConcurrentHashMap.newKeySet();

    /** Commands that are done without a word of the media, as the real one does with a description in which it finds none. */
    final Set<String> undescribed = ConcurrentHashMap.newKeySet();

    FakeRtpengine() throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().name("fake-rtpengine").daemon().start(this::serve);
    }

    HostPort address() {
        return new HostPort("127.0.0.1", socket.getLocalPort());
    }

    private void serve() {
        var packet = new DatagramPacket(new byte[65_535], 65_535);
        try {
            while (true) {
                packet.setLength(packet.getData().length);
                socket.receive(packet);
                String text = new String(packet.getData(), 0, packet.getLength(), UTF_8);
                if (lost.contains(new JsonObject(text.substring(text.indexOf(' '))).getString("command"))) {
                    losses.incrementAndGet();
                    continue;
                }
                byte[] answer = answer(text).getBytes(UTF_8);
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** As the real one does: a command that comes twice, known by its cookie, is done once. */
    private String answer(String packet) {
        int space = packet.indexOf(' ');
        return answers.computeIfAbsent(packet.substring(0, space + 1), cookie -> {
            var command = new JsonObject(packet.substring(space + 1));
            commands.add(command);
            Callable<?> first = first(command);
            return cookie + (first == null ? answer(command) : answerAfter(first, command)).encode();
        });
    }

    private @Nullable Callable<?> first(JsonObject command) {
        boolean answers = "answer".equals(command.getString("command"));
        boolean joins = "offer".equals(command.getString("command")) && command.containsKey("to-tag");
        return answers ? beforeAnswer.getAndSet(null) : joins ? beforeJoin.getAndSet(null) : null;
    }

    private JsonObject answerAfter(Callable<?> first, JsonObject command) {
        try {
            first.call();
            return answer(command);
        } catch (Exception | AssertionError e) {
            return new JsonObject().put("result", "error").put("error-reason", e.toString());
        }
    }

    private JsonObject answer(JsonObject command) {
        String name = command.getString("command");
        if (refused.contains(name)) {
            return new JsonObject().put("result", "error").put("error-reason", "told to");
        }
        String session = command.getString("call-id");
        boolean known = sessions.contains(session);
        if (!known && NEEDS_SESSION.contains(name)) {
            return new JsonObject().put("result", "error").put("error-reason", "Unknown call-ID");
        }
        // One that is not there any more is made anew, at other ports.
        if (name.equals("offer") && command.containsKey("to-tag") && !known) {
            moved.add(session);
        }
        int port = moved.contains(session) ? 31_000 : 30_000;
        switch (name) {
            case "offer" -> sessions.add(session);
            case "delete" -> sessions.remove(session);
            default -> {}
        }
        var answer = new JsonObject().put("result", "ok");
        if (command.containsKey("sdp") && !undescribed.contains(name)) {
            answer.put("sdp", "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=" + name + " " + session
                    + "\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio " + port
                    + " RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n");
        }
        return answer;
    }

    /** Names of the commands for a session, in order. */
    List<String> commandsFor(String session) {
        return commands.stream()
                .filter(c -> session.equals(c.getString("call-id")))
                .map(c -> c.getString("command"))
                .toList();
    }

    void reset() {
        commands.clear();
        sessions.clear();
        moved.clear();
        refused.clear();
        lost.clear();
        undescribed.clear();
    }

    @Override
    public void close() {
        socket.close();
    }
}
