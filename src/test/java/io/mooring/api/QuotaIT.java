package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** No tenant takes more than its share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QuotaIT {

    private static final Pattern EVALSHA = Pattern.compile("cmdstat_evalsha:calls=(\\d+)");

    private final ApiUnderTest api = new ApiUnderTest();

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

    @Test
    void aTenantThatAsksTooOftenIsToldWhenToComeBackAndOthersDoNotNotice() {
        String noisy = api.token("acme.example", "tenant-admin", "");
        String alsoNoisy = api.token("acme.example", "read-only", "");
        String quiet = api.token("other.example", "tenant-admin", "");
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'requestsPerSecond': 1}}");

        List<HttpResponse<String>> answers = IntStream.range(0, 10)
                .mapToObj(i -> api.as(i % 2 == 0 ? noisy : alsoNoisy, "GET", "/v1/me", ""))
                .toList();

        assertThat(answers.getFirst().statusCode()).isEqualTo(200);
        HttpResponse<String> refused = answers.stream().filter(it -> it.statusCode() != 200).findFirst().orElseThrow();
        problem(refused, 429, "too-many-requests");
        assertThat(refused.headers().firstValue("retry-after")).contains("1");
        assertThat(api.as(quiet, "GET", "/v1/me", "").statusCode()).isEqualTo(200);
        assertThat(api.send("GET", "/v1/tenants/acme.example", "").statusCode()).isEqualTo(200);
    }

    /** Otherwise who asks too often would have the store asked for all of it. */
    @Test
    void whoAsksTooOftenIsRefusedWithoutTheStore() {
        String noisy = api.token("acme.example", "tenant-admin", "");
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'requestsPerSecond': 1}}");
        await().until(() -> api.as(noisy, "GET", "/v1/me", "").statusCode() == 429);

        long before = scriptsRun();
        IntStream.range(0, 20).forEach(i -> problem(api.as(noisy, "GET", "/v1/me", ""), 429, "too-many-requests"));

        assertThat(scriptsRun() - before).isLessThan(10);
    }

    /** Otherwise a tenant could look for others as often as it likes. */
    @Test
    void whatIsRefusedForAnotherReasonCountsToo() {
        String noisy = api.token("acme.example", "tenant-admin", "");
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'requestsPerSecond': 1}}");

        await().until(() -> api.as(noisy, "GET", "/v1/tenants/other.example", "").statusCode() == 429);
        await().until(() -> api.as(noisy, "GET", "/v1/nowhere", "").statusCode() == 429);
    }

    @Test
    void aLongAnswerIsWorthSeveralRequests() {
        String extensions = IntStream.range(0, 4_000)
                .mapToObj(i -> "{'extension': '" + (10_000 + i) + "', 'displayName': 'Somebody " + i + "'}")
                .collect(Collectors.joining(","));
        api.must("PUT", "/v1/tenants/acme.example/document",
                "{'quotas': {'requestsPerSecond': 2}, 'extensions': [" + extensions + "]}");
        String reader = api.token("acme.example", "read-only", "");

        var whole = api.as(reader, "GET", "/v1/tenants/acme.example/document", "");

        assertThat(whole.body().length()).isGreaterThan(3 * 64 * 1_024);
        await().until(() -> Double.parseDouble(api.jedis.hget("rate:acme.example", "left")) < 0);
        problem(api.as(reader, "GET", "/v1/me", ""), 429, "too-many-requests");
        await().until(() -> api.as(reader, "GET", "/v1/me", "").statusCode() == 200);
    }

    /** It is sent, and its sender would send the next one at once. */
    @Test
    void aBodyThatIsTooLongIsWorthSeveralRequestsToo() {
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'requestsPerSecond': 2}}");
        String token = api.token("acme.example", "tenant-admin", "");

        problem(api.as(token, "PUT", "/v1/tenants/acme.example/extensions/101", " ".repeat(500_000)), 413,
                "body-too-large");

        await().until(() -> Double.parseDouble(api.jedis.hget("rate:acme.example", "left")) < 0);
    }

    @Test
    void whoHasNoTokenMayReadTheContractOnlySoOften() {
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = IntStream.range(0, 400)
                    .mapToObj(i -> clients.submit(() -> api.as("", "GET", "/v1/docs", "").statusCode()))
                    .toList();
            assertThat(answers).extracting(Future::get).contains(200, 429).containsOnly(200, 429);
        }
        assertThat(api.send("GET", "/v1/docs", "").statusCode()).isEqualTo(200);
    }

    /** At all servers: a cluster is asked at any of them. */
    private long scriptsRun() {
        return api.redis.primaries().stream().mapToLong(server -> {
            try (server) {
                var calls = EVALSHA.matcher(server.info("commandstats"));
                return calls.find() ? Long.parseLong(calls.group(1)) : 0;
            }
        }).sum();
    }

    @Test
    void aTenantHasOnlySoManyExtensions() {
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'extensions': 4}}");
        String path = "/v1/tenants/acme.example/extensions/";

        assertThat(api.send("PUT", path + "104", "{}").statusCode()).isEqualTo(201);
        problem(api.send("PUT", path + "105", "{}"), 409, "quota-exceeded");
        assertThat(api.send("PUT", path + "104", "{}").statusCode()).isEqualTo(200);
        problem(api.send("PATCH", "/v1/tenants/acme.example", "{'quotas': {'extensions': 3}}"), 409, "conflict",
                "/extensions");
        assertThat(api.send("PUT", "/v1/tenants/other.example/extensions/105", "{}").statusCode()).isEqualTo(201);
    }

    @Test
    void aTenantImportsOneDocumentAtATimeAndOthersDoNotWaitForIt() throws Exception {
        String noisy = api.token("acme.example", "tenant-admin", "");
        String quiet = api.token("other.example", "tenant-admin", "");
        try (var slow = new Socket("127.0.0.1", api.port())) {
            slow.getOutputStream().write("""
                    PUT /v1/tenants/acme.example/document HTTP/1.1\r
                    Host: test\r
                    Authorization: Bearer %s\r
                    Content-Type: application/json\r
                    Content-Length: 2\r
                    \r
                    {""".formatted(noisy).getBytes(StandardCharsets.US_ASCII));

            await().untilAsserted(() -> problem(
                    api.as(noisy, "PUT", "/v1/tenants/acme.example/document?dryRun=true", "{}"), 429,
                    "too-many-requests"));
            assertThat(api.as(quiet, "PUT", "/v1/tenants/other.example/document", "{}").statusCode()).isEqualTo(200);

            slow.getOutputStream().write('}');
            var answer = new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(answer.readLine()).startsWith("HTTP/1.1 200");
            assertThat(api.as(noisy, "PUT", "/v1/tenants/acme.example/document", "{}").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aTokenThatIsRevokedIsNoTokenAtOnceAndItsUseWasSeen() {
        String tokens = "/v1/tenants/other.example/tokens";
        var created = api.must("POST", tokens, "{'role': 'read-only', 'name': 'board', 'expiresInDays': 1}");
        String token = created.path("token").asText();
        String path = tokens + "/" + created.path("id").asText();

        assertThat(token).matches("mooring_[A-Za-z0-9_-]{43}");
        assertThat(api.get(path).has("usedAtMillis")).isFalse();
        assertThat(api.as(token, "GET", "/v1/me", "").statusCode()).isEqualTo(200);
        assertThat(api.get(path).path("usedAtMillis").asLong()).isBetween(created.path("createdAtMillis").asLong(),
                System.currentTimeMillis());
        assertThat(api.get(path).path("expiresAtMillis").asLong() - created.path("createdAtMillis").asLong())
                .isEqualTo(86_400_000);
        assertThat(api.get(tokens).toString()).doesNotContain("hash").doesNotContain(token);
        assertThat(api.jedis.hgetAll("{cfg}:tenant:other.example:tokens").toString()).doesNotContain(token);
        assertThat(api.jedis.keys("{cfg}:auth:*").stream().map(api.jedis::pttl)).allMatch(ttl -> ttl > 0);

        api.must("DELETE", path, "");
        problem(api.as(token, "GET", "/v1/me", ""), 401, "unauthorized");
    }

    @Test
    void tokensKeepToTheirScope() {
        String tokens = "/v1/tenants/acme.example/tokens";

        problem(api.send("POST", tokens, "{'role': 'operator'}"), 400, "invalid-value", "/role");
        problem(api.send("POST", tokens, "{'role': 'tenant-user'}"), 400, "invalid-value", "/extension");
        problem(api.send("POST", tokens, "{'role': 'tenant-user', 'extension': '999'}"), 400, "invalid-value",
                "/extension");
        problem(api.send("POST", tokens, "{'role': 'read-only', 'extension': '101'}"), 400, "invalid-value",
                "/extension");
        problem(api.send("POST", tokens, "{'role': 'read-only', 'expiresInDays': 400}"), 400, "invalid-value",
                "/expiresInDays");
        problem(api.send("POST", "/v1/tokens", "{'role': 'tenant-admin'}"), 400, "invalid-value", "/role");
        String id = api.must("POST", tokens, "{'role': 'read-only'}").path("id").asText();
        problem(api.send("DELETE", "/v1/tokens/" + id, ""), 404, "unknown-token");
        problem(api.send("DELETE", "/v1/tenants/other.example/tokens/" + id, ""), 404, "unknown-token");
    }

    @Test
    void anExtensionTakesItsTokensAlong() {
        String user = api.token("acme.example", "tenant-user", "101");
        api.must("DELETE", "/v1/tenants/acme.example/extensions/101", "");

        problem(api.as(user, "GET", "/v1/me", ""), 401, "unauthorized");
        assertThat(api.get("/v1/tenants/acme.example/tokens").path("items")).isEmpty();
    }
}
