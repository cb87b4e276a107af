package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.access.ApiToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who asks too often, or with wrong tokens, waits for the refusal, and nobody else does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LateRefusalsIT {

    private static final Duration DELAY = Duration.ofSeconds(2);

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty(), DELAY);

    private record Timed(HttpResponse<String> response, Duration took) {}

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.tenant("other.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private Timed me(String token) {
        long began = System.nanoTime();
        var response = api.as(token, "GET", "/v1/me", "");
        return new Timed(response, Duration.ofNanos(System.nanoTime() - began));
    }

    /** At once, from as many connections. */
    private static <T> List<T> together(int count, Callable<T> request) {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> all = IntStream.range(0, count).mapToObj(i -> clients.submit(request)).toList();
            return all.stream().map(LateRefusalsIT::get).toList();
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private String overQuota() {
        String noisy = api.token("acme.example", "tenant-admin", "");
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'requestsPerSecond': 1}}");
        return noisy;
    }

    @Test
    void whoIsOverTheQuotaIsToldSoLate() {
        String noisy = overQuota();

        var answers = together(6, () -> me(noisy));

        var refused = answers.stream().filter(it -> it.response.statusCode() != 200).toList();
        assertThat(refused).hasSizeGreaterThanOrEqualTo(4).allSatisfy(it -> {
            problem(it.response, 429, "too-many-requests");
            assertThat(it.response.headers().firstValue("retry-after")).contains("1");
            assertThat(it.took).isBetween(DELAY, DELAY.multipliedBy(3));
        });
    }

    /** Nor a token that was never seen before, which must be looked up while many wrong ones are. */
    @Test
    void wrongTokensAreToldSoLateAndKeepNobodyOutWhoHasAGoodOne() {
        String known = api.token("other.example", "tenant-admin", "");
        assertThat(me(known).response.statusCode()).isEqualTo(200);
        String fresh = api.token("other.example", "read-only", "");

        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var wrong = IntStream.range(0, 64).mapToObj(i -> clients.submit(() -> me(ApiToken.generate()))).toList();

            for (String good : List.of(known, fresh, known, fresh)) {
                Timed answer = me(good);
                assertThat(answer.response.statusCode()).isEqualTo(200);
                assertThat(answer.took).isLessThan(DELAY);
            }
            assertThat(wrong).allSatisfy(it -> {
                problem(get(it).response, 401, "unauthorized");
                assertThat(get(it).took).isBetween(DELAY, DELAY.multipliedBy(3));
            });
        }
    }

    @Test
    void whoHasTooManyConnectionsForThatLosesTheRest() {
        var answers = together(600, () -> me(ApiToken.generate()));

        assertThat(answers).extracting(it -> it.response.statusCode()).isSubsetOf(401, 429);
        var closed = answers.stream()
                .filter(it -> it.response.headers().firstValue("connection").filter("close"::equals).isPresent())
                .toList();
        assertThat(closed).hasSizeBetween(1, 600 - 512);
        assertThat(me(api.token("other.example", "tenant-admin", "")).response.statusCode()).isEqualTo(200);
    }

    /** A connection whose request was refused is not read until the answer is out. */
    @Test
    void requestsBehindARefusedOneWait() throws Exception {
        String wrong = ApiToken.generate();
        long began = System.nanoTime();
        try (var client = new Socket("127.0.0.1", api.port())) {
            String request = "GET /v1/me HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + wrong + "\r\n\r\n";
            send(client, request.repeat(2));
            var answers = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            awaitStatus(answers, "401");
            awaitStatus(answers, "401");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(DELAY.multipliedBy(2));
    }

    /** A body is not asked for before it is sure that it may come. */
    @Test
    void aBodyIsAskedForWhenItIsWanted() throws Exception {
        String request = """
                PUT /v1/tenants/acme.example/document?dryRun=true HTTP/1.1\r
                Host: test\r
                Authorization: Bearer %s\r
                Content-Type: application/json\r
                Content-Length: 2\r
                Expect: 100-continue\r
                \r
                """;
        try (var client = new Socket("127.0.0.1", api.port())) {
            send(client, request.formatted(ApiToken.generate()));
            var answer = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(answer.readLine()).startsWith("HTTP/1.1 401");
        }
        try (var client = new Socket("127.0.0.1", api.port())) {
            send(client, request.formatted(ApiUnderTest.OPERATOR));
            var answer = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(answer.readLine()).isEqualTo("HTTP/1.1 100 Continue");
            send(client, "{}");
            awaitStatus(answer, "200");
        }
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        client.getOutputStream().flush();
    }

    private static void awaitStatus(BufferedReader answers, String status) throws IOException {
        String line = answers.readLine();
        while (line != null && !line.contains("HTTP/1.1 " + status)) {
            line = answers.readLine();
        }
        assertThat(line).isNotNull();
    }
}
