package io.mooring.dispatch;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Speaks ng over HTTP, moves no media: answers an SDP that names the session, and keeps book of the open sessions. */
final class FakeRtpengine {
    private final HttpServer server;
    final ConcurrentLinkedQueue<JsonObject> commands = new ConcurrentLinkedQueue<>();
    final Set<String> sessions = ConcurrentHashMap.newKeySet();
    /** Done once, before the next offer within a session is answered. */
    final AtomicReference<@Nullable Callable<?>> beforeJoin = new AtomicReference<>();
    /** Commands that are refused. */
    final Set<String> refused = ConcurrentHashMap.newKeySet();

    FakeRtpengine(Vertx vertx) throws Exception {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    String url() {
        return "http://127.0.0.1:" + server.actualPort() + "/ng";
    }

    private void handle(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            String text = body.toString();
            int space = text.indexOf(' ');
            var command = new JsonObject(text.substring(space + 1));
            commands.add(command);
            Callable<?> first = command.containsKey("to-tag") && "offer".equals(command.getString("command"))
                    ? beforeJoin.getAndSet(null)
                    : null;
            if (first == null) {
                request.response().end(text.substring(0, space + 1) + answer(command).encode());
                return;
            }
            Thread.ofVirtual().start(() -> {
                String answer = text.substring(0, space + 1) + answerAfter(first, command).encode();
                request.response().end(answer);
            });
        });
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
        // One that is not there any more is made anew, at other ports.
        int port = name.equals("offer") && command.containsKey("to-tag") && !sessions.contains(session)
                ? 31_000
                : 30_000;
        switch (name) {
            case "offer" -> sessions.add(session);
            case "delete" -> sessions.remove(session);
            default -> {}
        }
        var answer = new JsonObject().put("result", "ok");
        if (command.containsKey("sdp")) {
            answer.put("sdp", "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=" + name + " " + session
                    + "\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio " + port + " RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n");
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
        refused.clear();
    }
}
