package io.mooring.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The public HTTP API of a node, as an operator's tool uses it. */
public final class Api {

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String base;
    private final String token;

    Api(String base, String token) {
        this.base = base + "/v1";
        this.token = token;
    }

    /** A tenant whose users may park in every way. */
    public void putTenant(String domain) {
        putTenant(domain, "");
    }

    /** The same that may do whatever the machine carries. */
    public void putTenantWithoutLimits(String domain) {
        putTenant(domain, ", \"quotas\": {\"requestsPerSecond\": 100000, \"sipRequestsPerSecond\": 100000}");
    }

    private void putTenant(String domain, String more) {
        must(send("PUT", "/tenants/" + domain, "{}"));
        putPolicy(domain, "everyone", "{\"name\": \"Everyone\"}");
        must(send("PUT", "/tenants/" + domain, "{\"defaultParkPolicy\": \"everyone\"" + more + "}"));
    }

    public void putPolicy(String domain, String id, String policy) {
        must(send("PUT", "/tenants/" + domain + "/park-policies/" + id, policy));
    }

    public void grant(String domain, String extension, String policy) {
        must(send("PUT", "/tenants/" + domain + "/grants/" + extension, "{\"parkPolicy\": \"" + policy + "\"}"));
    }

    public void putRingGroup(String domain, String id, String group) {
        must(send("PUT", "/tenants/" + domain + "/ring-groups/" + id, group));
    }

    public void putParkGroup(String domain, String id, String group) {
        must(send("PUT", "/tenants/" + domain + "/park-groups/" + id, group));
    }

    public void putExtension(String domain, String extension, String password) {
        must(send("PUT", "/tenants/" + domain + "/extensions/" + extension, "{\"password\": \"" + password + "\"}"));
    }

    /** The same without waiting, for thousands of them. */
    public CompletableFuture<HttpResponse<String>> putExtensionSoon(String domain, String extension, String password) {
        return HTTP.sendAsync(request("PUT", "/tenants/" + domain + "/extensions/" + extension,
                "{\"password\": \"" + password + "\"}"), BodyHandlers.ofString());
    }

    public void putTrunk(String address, String name, String domain) {
        must(send("PUT", "/trunks/" + address, "{\"name\": \"" + name + "\", \"tenant\": \"" + domain + "\"}"));
    }

    /** A trunk by which calls of the tenant go out. */
    public void putWayOut(String address, String name, String domain) {
        must(send("PUT", "/trunks/" + address,
                "{\"name\": \"" + name + "\", \"tenant\": \"" + domain + "\", \"outbound\": true}"));
    }

    public void patchTenant(String domain, String patch) {
        must(send("PATCH", "/tenants/" + domain, patch));
    }

    public void putSound(String domain, String id, byte[] wav) {
        var request = HttpRequest.newBuilder(URI.create(base + "/tenants/" + domain + "/sounds/" + id))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "audio/wav")
                .PUT(BodyPublishers.ofByteArray(wav))
                .build();
        must(send(request));
    }

    public void deleteTenant(String domain) {
        must(send("DELETE", "/tenants/" + domain, ""));
    }

    public JsonNode get(String path) {
        var response = must(send("GET", path, ""));
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public HttpResponse<String> send(String method, String path, String body) {
        return send(request(method, path, body));
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return HTTP.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Reads a stream of events for so many seconds, in the background; what it told, line by line. */
    public CompletableFuture<List<String>> follow(String domain, int seconds) {
        return HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(base + "/tenants/" + domain + "/events/stream?seconds=" + seconds))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                BodyHandlers.ofLines()).thenApply(response -> must(response).body().toList());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
    }

    static <T> HttpResponse<T> must(HttpResponse<T> response) {
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError(response.request().method() + " " + response.request().uri() + ": "
                    + response.statusCode() + " " + response.body());
        }
        return response;
    }
}
