package io.mooring.hostile;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** An event as an edge posts it, to the first node of a stack. */
final class Event {

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Stack stack;
    private final ObjectNode fields = JSON.createObjectNode();

    Event(Stack stack) {
        this.stack = stack;
        fields.put("edge", "edge-1");
        fields.put("control", stack.edgeControl());
        fields.put("correlation", "torture");
        fields.put("transaction", "");
        fields.put("tenant", "");
        fields.put("user", "");
        fields.put("trunk", "torture");
        fields.put("owner", "");
        fields.put("source", "udp:127.0.0.1:5060");
        fields.put("socket", "udp:127.0.0.1:" + stack.sip().getPort());
    }

    Event message(String message) {
        fields.put("message", message);
        fields.put("kind", message.startsWith("SIP/2.0 ") ? "reply" : "request");
        return this;
    }

    Event tenant(String tenant) {
        fields.put("tenant", tenant);
        return this;
    }

    Event owner(String owner) {
        fields.put("owner", owner);
        return this;
    }

    byte[] bytes() {
        return fields.toString().getBytes(StandardCharsets.UTF_8);
    }

    HttpResponse<String> post() {
        return post(stack, bytes());
    }

    /** A body that need not be one. */
    static HttpResponse<String> post(Stack stack, byte[] body) {
        var request = HttpRequest.newBuilder(URI.create(stack.nodes().getFirst().edge() + "/edge/v1/events"))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + stack.edgeToken())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            return HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
