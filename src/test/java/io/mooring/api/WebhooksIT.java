package io.mooring.api;

import static io.mooring.api.ApiUnderTest.etag;
import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Health;
import io.mooring.store.Deliveries.Progress;
import io.mooring.store.Keys;
import io.mooring.tenant.TenantJson;
import io.mooring.webhook.SigningSecret;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Webhooks as they are provisioned and looked after over the API; what they do is in {@code WebhookIT}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebhooksIT {
    private static final String TENANT = "/v1/tenants/acme.example";
    private static final String HOOKS = TENANT + "/webhooks";
    private static final String HOOK = HOOKS + "/crm";
    private static final String SECRET = SigningSecret.generate().text();

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty());
    private final Deliveries deliveries = new Deliveries(
            api.redis.connect(api.vertx, Duration.ofSeconds(5)), new Keys(16));

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.unlimited("acme.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private String stored() {
        return api.jedis.hget("{cfg}:tenant:acme.example:webhooks", "crm");
    }

    private String birth() {
        return TenantJson.parse(stored()).at("/value/birth").asText();
    }

    @Test
    void aSecretIsShownOnceAndKeptUnreadable() {
        var created = api.send("PUT", HOOK, "{'url': 'https://crm.example.com/x'}");
        assertThat(created.statusCode()).isEqualTo(201);
        String secret = json(created).path("secret").asText();
        assertThat(secret).startsWith("whsec_");
        assertThat(stored()).doesNotContain(secret.substring(6));
        assertThat(api.get(HOOK).path("secret").asText()).isEqualTo("***");
        assertThat(api.get(HOOK).has("birth")).isFalse();
        String before = TenantJson.parse(stored()).at("/value/secret").asText();

        api.must("PUT", HOOK, "{'url': 'https://crm.example.com/y'}");
        api.must("PATCH", HOOK, "{'enabled': false}");
        assertThat(TenantJson.parse(stored()).at("/value/secret").asText()).as("kept").isEqualTo(before);
        assertThat(api.get(HOOK).path("url").asText()).isEqualTo("https://crm.example.com/y");

        var changed = api.must("PATCH", HOOK, "{'secret': '" + SECRET + "'}");
        assertThat(changed.path("secret").asText()).isEqualTo("***");
        assertThat(stored()).doesNotContain(SECRET.substring(6)).doesNotContain(before);
        assertThat(api.get(TENANT + "/audit").toString()).contains("webhooks/crm")
                .doesNotContain(SECRET.substring(6))
                .doesNotContain(before);
        assertThat(api.get(HOOKS).path("items")).hasSize(1);
        api.must("DELETE", HOOK, "");
        problem(api.send("GET", HOOK, ""), 404, "unknown-webhook");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{'url': 'x'} | /url", "{'url': 'https://10.0.0.1/'} | /url",
        "{'url': 'https://[::1]/'} | /url", "{'url': 'https://a.example/', 'events': ['parked', 'x']} | /events/1",
        "{'url': 'https://a.example/', 'events': ['parked', 'parked']} | /events/1",
        "{'url': 'https://a.example/', 'secret': 'whsec_abc'} | /secret",
        "{'url': 'https://a.example/', 'secret': '***'} | /secret"})
    void whatIsWrongIsNamed(String body, String pointer) {
        problem(api.send("PUT", HOOK, body), 400, "invalid-value", pointer);
        problem(api.send("PUT", TENANT + "/document", "{'webhooks': [{'id': 'a', 'url': 'https://b.example/'}, "
                + body.replaceFirst("\\{", "{'id': 'b', ") + "]}"), 400, "invalid-value", "/webhooks/1" + pointer);
    }

    @Test
    void aTenantHasAsManyAsItMay() {
        api.must("PATCH", TENANT, "{'quotas': {'webhooks': 2}}");
        api.must("POST", HOOKS, "{'url': 'https://a.example/'}");
        api.must("PUT", HOOK, "{'url': 'https://a.example/'}");
        problem(api.send("POST", HOOKS, "{'url': 'https://a.example/'}"), 409, "quota-exceeded");
        api.must("PUT", HOOK, "{'url': 'https://b.example/'}");
        var document = (ObjectNode) api.get(TENANT + "/document");
        document.withArray("webhooks").addObject().put("id", "more").put("url", "https://a.example/");
        problem(api.send("PUT", TENANT + "/document", document.toString()), 409, "quota-exceeded");
    }

    @Test
    void nobodyOverwritesWhatSomebodyElseHasChanged() {
        String first = etag(api.send("PUT", HOOK, "{'url': 'https://a.example/'}"));
        api.must("PUT", HOOK, "{'url': 'https://b.example/'}");
        problem(api.send("PUT", HOOK, "{'url': 'https://c.example/'}", "If-Match", first), 412, "precondition-failed");
        assertThat(json(api.send("PUT", HOOKS + "/new?dryRun=true", "{'url': 'https://a.example/'}"))
                .path("secret")
                .asText()).isEqualTo("***");
        problem(api.send("GET", HOOKS + "/new", ""), 404, "unknown-webhook");
    }

    @Test
    void aDocumentHasThemWithoutTheirSecrets() {
        api.must("PUT", HOOK, "{'url': 'https://a.example/', 'events': ['expired'], 'showWithheld': true}");
        String before = stored();
        var document = api.get(TENANT + "/document");
        assertThat(document.path("webhooks").toString()).doesNotContain("secret").contains("expired");
        assertThat(api.must("PUT", TENANT + "/document", document.toString()).toString()).isEqualTo("{\"changes\":[]}");
        assertThat(stored()).isEqualTo(before);

        var copied = api.must("PUT", "/v1/tenants/copy.example/document", document.toString());
        assertThat(copied.at("/secrets/crm").asText()).startsWith("whsec_");
        assertThat(api.get("/v1/tenants/copy.example/webhooks/crm").path("showWithheld").asBoolean()).isTrue();
        assertThat(api.must("PUT", TENANT + "/document", "{}").toString()).contains("webhooks/crm");
        problem(api.send("GET", HOOK, ""), 404, "unknown-webhook");
    }

    @Test
    void aTestIsSignedAndSaysWhatCameOfIt() throws IOException {
        var got = new ArrayList<String>();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            var body = Buffer.buffer(exchange.getRequestBody().readAllBytes());
            var headers = exchange.getRequestHeaders();
            String signature = SigningSecret.parse(SECRET)
                    .sign(headers.getFirst("webhook-id"), Long.parseLong(headers.getFirst("webhook-timestamp")), body);
            got.add(signature.equals(headers.getFirst("webhook-signature")) ? body.toString() : "not signed");
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/ok") ? 204 : 410, -1);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            api.must("PUT", HOOK, "{'url': '" + url + "/ok', 'secret': '" + SECRET + "'}");
            var tried = api.must("POST", HOOK + "/test", "");
            assertThat(tried.path("delivered").asBoolean()).isTrue();
            assertThat(tried.path("status").asInt()).isEqualTo(204);
            assertThat(got).singleElement().satisfies(body -> {
                assertThat(TenantJson.parse(body).path("type").asText()).isEqualTo("test");
                assertThat(TenantJson.parse(body).path("tenant").asText()).isEqualTo("acme.example");
            });
            api.must("PATCH", HOOK, "{'url': '" + url + "/gone'}");
            tried = api.must("POST", HOOK + "/test", "");
            assertThat(tried.path("delivered").asBoolean()).isFalse();
            assertThat(tried.path("error").asText()).isEqualTo("status-410");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void healthTellsHowFarBehindItIs() throws Exception {
        api.happened("acme.example", "before");
        api.must("PUT", HOOK, "{'url': 'https://a.example/', 'events': ['parked']}");
        assertThat(api.get(HOOK + "/health").path("waiting").asInt()).isZero();
        assertThat(api.get(HOOK + "/health").path("state").asText()).isEqualTo("ok");
        api.happened("acme.example", "a");
        api.happened("acme.example", "b");
        var health = api.get(HOOK + "/health");
        assertThat(health.path("waiting").asInt()).as("refusals are not wanted").isEqualTo(2);
        assertThat(health.path("waitingSinceMillis").asLong()).isPositive();

        var first = api.get(TENANT + "/events?call=a").path("items").path(0).path("id").asText();
        var letter = new DeadLetter(new CallEvents.Kept(first, "ext:101", TenantJson.parse(
                "{\"type\": \"PARKED\", \"call\": \"a\", \"number\": \"+49\"}")), 30, "status-500", 7, false);
        deliveries.save("acme.example", birth(), new Progress("", "", List.of(), Health.NEW),
                new Progress("", first, List.of(), new Health(5, 6, "timeout", 3, 0)), List.of(letter))
                .await(5, TimeUnit.SECONDS);
        health = api.get(HOOK + "/health");
        assertThat(health.path("state").asText()).isEqualTo("failing");
        assertThat(health.path("lastError").asText()).isEqualTo("timeout");
        assertThat(health.path("waiting").asInt()).isEqualTo(1);
        assertThat(health.path("deadLetters").asInt()).isEqualTo(1);
        assertThat(health.path("lastSuccessAtMillis").asLong()).isEqualTo(5);

        var letters = api.get(HOOK + "/dead-letters").path("items");
        assertThat(letters).singleElement().satisfies(it -> {
            assertThat(it.path("event").asText()).isEqualTo(first);
            assertThat(it.path("error").asText()).isEqualTo("status-500");
            assertThat(it.path("redelivering").asBoolean()).isFalse();
        });
        assertThat(letters.toString()).doesNotContain("+49");
        problem(api.send("POST", HOOK + "/dead-letters/redeliver", "{'events': ['1-0']}"), 404, "unknown-event");
        assertThat(api.must("POST", HOOK + "/dead-letters/redeliver", "{'events': ['" + first + "']}")
                .path("redelivering")
                .asInt()).isEqualTo(1);
        assertThat(api.get(HOOK + "/dead-letters").at("/items/0/redelivering").asBoolean()).isTrue();
        api.must("PATCH", HOOK, "{'enabled': false}");
        assertThat(api.get(HOOK + "/health").path("state").asText()).isEqualTo("disabled");
    }

    @Test
    void replayGoesOnAfterAnEventThatThereWas() {
        api.happened("acme.example", "a");
        api.must("PUT", HOOK, "{'url': 'https://a.example/'}");
        assertThat(api.must("POST", HOOK + "/replay", "{'after': '0-0'}").path("missed").asBoolean()).isFalse();
        assertThat(api.get(HOOK + "/health").path("waiting").asInt()).isEqualTo(2);
        problem(api.send("POST", HOOK + "/replay", "{'after': 'x'}"), 400, "invalid-value");
        problem(api.send("POST", HOOK + "/replay", "{'after': '99999999999999-0'}"), 400, "invalid-value");
        api.jedis.xtrim("{s" + new Keys(16).shard("acme.example") + "}:events:acme.example", 1, false);
        assertThat(api.must("POST", HOOK + "/replay", "{'after': '0-0'}").path("missed").asBoolean()).isTrue();
        assertThat(api.get(TENANT + "/audit?object=" + HOOK + "/replay").path("items")).hasSize(2);
    }

    @Test
    void aSecretThatWasEncryptedWithAnotherKeyIsSaidToBe() {
        api.must("PUT", HOOK, "{'url': 'https://a.example/'}");
        var json = TenantJson.parse(stored());
        ((ObjectNode) json.path("value")).put("secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        api.jedis.hset("{cfg}:tenant:acme.example:webhooks", "crm", json.toString());
        assertThat(api.get(HOOK + "/health").path("state").asText()).isEqualTo("secret-unreadable");
        problem(api.send("POST", HOOK + "/test", ""), 409, "conflict");
        api.must("PATCH", HOOK, "{'secret': '" + SECRET + "'}");
        assertThat(api.get(HOOK + "/health").path("state").asText()).isEqualTo("ok");
    }
}
