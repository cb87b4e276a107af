package io.mooring.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.load.HttpLoad;
import io.mooring.lab.load.OpenLoop;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a tenant that asks 20 times a second feels of another one, or of nobody's, that asks with many clients all the time. */
final class Neighbours {
    private static final String QUIET = "quiet.bench.example";
    private static final String NOISY = "noisy.bench.example";
    private static final Duration PACE = Duration.ofMillis(50);
    private static final int CLIENTS = 64;
    private static final int FIRST_EXTENSION = 10_000;
    /** About a megabyte. */
    private static final int EXTENSIONS_OF_A_MEGABYTE = 10_000;
    private static final int TOKEN_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Stack stack;
    private final Duration length;
    private final List<Stack.Node> nodes;
    private final List<Api> quiet;
    private final List<Api> noisy;
    private final String noisyToken;
    private final HttpClient noise = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * How it went.
     *
     * @param noise what the others do
     * @param alone times of the quiet tenant before
     * @param beside and meanwhile
     * @param statuses what the quiet tenant was answered meanwhile
     * @param noisePerSecond requests of the others
     * @param answers what they were answered; 0 for a connection that was closed
     * @param cpuSeconds of each part, meanwhile
     */
    record Row(String noise, Percentiles alone, Percentiles beside, Map<Integer, Integer> statuses,
            double noisePerSecond, Map<Integer, Integer> answers, Map<String, Double> cpuSeconds) {}

    Neighbours(Stack stack, Duration length) {
        this.stack = stack;
        this.length = length;
        this.nodes = stack.nodes();
        this.noisyToken = tenant(NOISY);
        this.quiet = apis(tenant(QUIET));
        this.noisy = apis(noisyToken);
    }

    /** A tenant, and a token of its administrator. */
    private String tenant(String domain) {
        Api.must(stack.api().send("PUT", "/tenants/" + domain, "{\"displayName\": \"" + domain + "\"}"));
        var created = Api.must(stack.api()
                .send("POST", "/tenants/" + domain + "/tokens", "{\"role\": \"tenant-admin\"}"));
        try {
            return new ObjectMapper().readTree(created.body()).path("token").asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Api> apis(String token) {
        return nodes.stream().map(node -> stack.api(node, token)).toList();
    }

    /** Each kind of noise, one after the other. */
    List<Row> run() throws InterruptedException {
        var rows = new ArrayList<Row>();
        List<byte[]> documents = IntStream.range(0, 4).mapToObj(Neighbours::document).toList();
        rows.add(beside("reads", i -> status(noisy.get(i % noisy.size()), "GET", calls(NOISY), "")));
        rows.add(beside("wrong tokens", i -> status(stack.api(nodes.get(i % nodes.size()), wrong()),
                "GET", calls(NOISY), "")));
        rows.add(beside("bodies too large", i -> put(i, "/extensions/" + FIRST_EXTENSION, documents.getFirst())));
        rows.add(beside("documents of 1 MB", i -> put(i, "/document", documents.get(i % documents.size()))));
        return rows;
    }

    private Row beside(String noise, HttpLoad.Client client) throws InterruptedException {
        OpenLoop alone = ask();
        var beside = new AtomicReference<>(alone);
        Usage before = Usage.of(stack);
        HttpLoad load;
        try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
            both.submit(() -> {
                beside.set(ask());
                return null;
            });
            load = HttpLoad.run(CLIENTS, length, client);
        }
        return new Row(noise, alone.times(), beside.get().times(), beside.get().statuses(), load.perSecond(),
                load.statuses(), Usage.of(stack).cpuSince(before));
    }

    private OpenLoop ask() throws InterruptedException {
        var turn = new AtomicInteger();
        return OpenLoop.run(length, PACE,
                () -> status(quiet.get(turn.getAndIncrement() % quiet.size()), "GET", calls(QUIET), ""));
    }

    private static int status(Api api, String method, String path, String body) {
        try {
            return api.send(method, path, body).statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    /** With a client of its own: what is measured shall not wait behind it in the client of the others. */
    private int put(int i, String path, byte[] body) {
        var node = nodes.get(i % nodes.size());
        try {
            return noise.send(HttpRequest.newBuilder(URI.create(node.api() + "/v1/tenants/" + NOISY + path))
                    .timeout(Duration.ofSeconds(30))
                    .header("Authorization", "Bearer " + noisyToken)
                    .header("Content-Type", "application/json")
                    .PUT(BodyPublishers.ofByteArray(body))
                    .build(), BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String calls(String domain) {
        return "/tenants/" + domain + "/parked-calls";
    }

    /** One that could be right. */
    private static String wrong() {
        var secret = new byte[TOKEN_BYTES];
        RANDOM.nextBytes(secret);
        return "mooring_" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    /** Each changes all that another one has left. */
    private static byte[] document(int i) {
        String name = "%08d ".formatted(i) + "n".repeat(40);
        return IntStream.range(FIRST_EXTENSION, FIRST_EXTENSION + EXTENSIONS_OF_A_MEGABYTE)
                .mapToObj(it -> "{\"extension\":\"" + it + "\",\"displayName\":\"" + it + " " + name + "\"}")
                .collect(Collectors.joining(",", "{\"extensions\": [", "]}"))
                .getBytes(StandardCharsets.UTF_8);
    }
}
