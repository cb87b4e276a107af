package io.mooring.hostile;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Bodies as programs, edges and nodes post them, and where they are posted to. */
final class Bodies {

    /** Of the API, all about one tenant: method, path below {@code /v1/tenants/<domain>}, body. */
    record Api(String method, String path, String body) {}

    static final List<Api> API = List.of(
            new Api("PUT", "",
                    "{\"displayName\": \"Bodies\", \"quotas\": {\"sipRequestsPerSecond\": 50, \"parkedCalls\": 20}}"),
            new Api("PATCH", "",
                    "{\"featureCodes\": {\"park\": \"*68\", \"retrieve\": \"*88\"}, \"displayName\": \"B\"}"),
            new Api("PUT", "/extensions/101", "{\"password\": \"secret-101\", \"displayName\": \"Alice\"}"),
            new Api("PATCH", "/extensions/101", "{\"displayName\": \"Alice Adams\"}"),
            new Api("PUT", "/park-policies/p", "{\"name\": \"P\", \"retrieval\": \"anyone\", \"messages\": true,"
                    + " \"recall\": {\"mode\": \"parker\", \"waitSeconds\": 60, \"ringSeconds\": 20}, \"orbits\": {\"start\": 10, \"end\": 19}}"),
            new Api("PUT", "/grants/101", "{\"parkPolicy\": \"p\"}"),
            new Api("PUT", "/ring-groups/r",
                    "{\"name\": \"R\", \"members\": [\"101\", \"102\"], \"strategy\": \"in-order\"}"),
            new Api("PUT", "/park-groups/g", "{\"name\": \"G\", \"members\": [\"101\", \"102\"]}"),
            new Api("PUT", "/document?dryRun=true",
                    "{\"extensions\": [{\"extension\": \"101\"}], \"parkGroups\": [], \"ringGroups\": []}"),
            new Api("POST", "/webhooks", "{\"url\": \"https://127.0.0.1:9/hook\", \"events\": [\"parked\"]}"),
            new Api("POST", "/imports/extensions?dryRun=true",
                    "extension,displayName,password\n101,Alice,secret-101\n"),
            new Api("POST", "/parked-calls",
                    "{\"extension\": \"101\", \"dialog\": \"a84b4c76e66710\", \"place\": \"ext:101\"}"));

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Bodies() {}

    /** @return the status */
    static int toApi(Stack stack, String domain, Api one, byte[] body) {
        var type = one.path.contains("/imports/extensions")
                ? "text/csv"
                : one.method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
        return send(stack.nodes().getFirst().api() + "/v1/tenants/" + domain + one.path, one.method,
                "Bearer " + stack.operatorToken(), type, body);
    }

    static int toEdge(Stack stack, byte[] body) {
        return send(stack.edgeControl() + "/edge/v1/actions", "POST", "Bearer " + stack.edgeToken(), "application/json",
                body);
    }

    private static int send(String url, String method, String authorization, String type, byte[] body) {
        try {
            return HTTP.send(HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofSeconds(10))
                    .header("Authorization", authorization)
                    .header("Content-Type", type)
                    .method(method, BodyPublishers.ofByteArray(body))
                    .build(), BodyHandlers.ofString()).statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What a node would order to have this message sent: a request of ours is sent, a reply of ours answers a transaction. */
    static byte[] actions(Stack stack, byte[] message) {
        var text = new String(message, StandardCharsets.UTF_8);
        var end = text.indexOf("\r\n\r\n");
        var headers = text.substring(text.indexOf("\r\n") + 2, end + 2);
        var body = text.substring(end + 4);
        var first = text.substring(0, text.indexOf("\r\n")).split(" ", 3);
        var socket = "udp:127.0.0.1:" + stack.sip().getPort();
        var callId = headers.lines()
                .filter(line -> line.startsWith("Call-ID: "))
                .findFirst()
                .orElse("Call-ID: x")
                .substring(9);
        var actions = List.of(
                first[0].startsWith("SIP/")
                        ? Map.of("do", "reply", "transaction", "45812:1093384", "status", 200, "reason", first[2],
                                "toTag", "k3",
                                "headers", "Contact: <sip:x@127.0.0.1>\r\n", "body", body)
                        : Map.of("do", "send", "method", first[0], "uri", first[1], "next", first[1], "socket", socket,
                                "headers",
                                headers.replaceAll("(?m)^(Via|Max-Forwards|Content-Length|Record-Route):.*\r\n", ""),
                                "body", body),
                Map.of("do", "own", "dialog", callId + "-not", "owner", "fuzz.example/3kXr0aZk"),
                Map.of("do", "disown", "dialog", callId + "-not"),
                Map.of("do", "cancel", "dialog", callId + "-not", "cseq", 1),
                Map.of("do", "raw", "next", "sip:127.0.0.1:9", "message", text));
        try {
            return JSON.writeValueAsBytes(Map.of("actions", actions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
