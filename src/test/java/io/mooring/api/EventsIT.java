package io.mooring.api;

import static io.mooring.api.ApiUnderTest.OPERATOR;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.access.ApiToken;
import io.mooring.store.Keys;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.StreamEntryID;

/** What happened to calls, as programs read and follow it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventsIT {
    private static final String EVENTS = "/v1/tenants/acme.example/events";
    /** Longer than between two comments of a stream. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.empty());
    private final HttpClient http = HttpClient.newHttpClient();

    /** A stream that is read in the background, line by line. */
    private final class Stream implements AutoCloseable {
        private final HttpResponse<java.util.stream.Stream<String>> response;
        private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private volatile boolean over;

        Stream(String token, String query, String... headers) throws IOException, InterruptedException {
            var request = api.request(token, "GET", EVENTS + "/stream" + query, "");
            if (headers.length > 0) {
                request.headers(headers);
            }
            response = http.send(request.build(), BodyHandlers.ofLines());
            Thread.ofVirtual().start(() -> {
                try (var body = response.body()) {
                    body.forEach(lines::add);
                } catch (RuntimeException e) {
                    lines.add("broken: " + e.getMessage());
                } finally {
                    over = true;
                }
            });
        }

        /** The next lines that begin with this. */
        List<String> next(String start, int count) throws InterruptedException {
            var found = new ArrayList<String>();
            while (found.size() < count) {
                String line = lines.poll(SOON.toSeconds(), TimeUnit.SECONDS);
                assertThat(line).as("after " + found).isNotNull();
                if (line.startsWith(start)) {
                    found.add(line.substring(start.length()));
                }
            }
            return found;
        }

        @Override
        public void close() {
            response.body().close();
        }
    }

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.unlimited("acme.example");
    }

    @AfterAll
    void stop() {
        http.close();
        api.close();
    }

    @Test
    void listsTheLatestFirstAndReadsOnFromACursor() {
        for (String call : List.of("a", "b", "c")) {
            api.happened("acme.example", call);
        }
        assertThat(api.get(EVENTS + "?limit=2").path("items")).extracting(it -> it.path("type").asText())
                .containsExactly("refused", "parked");
        assertThat(api.get(EVENTS + "?type=parked").path("items")).extracting(it -> it.path("call").asText())
                .containsExactly("c", "b", "a");
        var first = api.get(EVENTS + "?order=oldest-first&type=parked&limit=2");
        assertThat(first.path("items")).extracting(it -> it.path("call").asText()).containsExactly("a", "b");
        var second = api.get(EVENTS + "?order=oldest-first&type=parked&limit=2&cursor=" + first.path("next").asText());
        assertThat(second.path("items")).extracting(it -> it.path("call").asText()).containsExactly("c");
        assertThat(second.has("next")).isFalse();
        assertThat(api.get(EVENTS + "?call=b&by=102&place=ext:101&parker=102").path("items")).hasSize(1);
        assertThat(api.get("/v1/tenants/acme.example/parked-calls/b/events").path("items")).singleElement()
                .satisfies(it -> assertThat(it.path("number").asText()).isEqualTo("+4930"));
    }

    @Test
    void aProgramAsksForWhatCameAfterTheLastThatItKnows() {
        api.happened("acme.example", "a");
        String last = api.get(EVENTS).path("items").path(0).path("id").asText();
        assertThat(api.get(EVENTS + "?after=" + last).path("items")).isEmpty();
        api.happened("acme.example", "b");
        api.happened("acme.example", "c");
        var page = api.get(EVENTS + "?after=" + last + "&type=parked&limit=1");
        assertThat(page.path("items")).extracting(it -> it.path("call").asText()).containsExactly("b");
        assertThat(page.has("missed")).isFalse();
        var next = api.get(EVENTS + "?after=" + last + "&type=parked&limit=1&cursor=" + page.path("next").asText());
        assertThat(next.path("items")).extracting(it -> it.path("call").asText()).containsExactly("c");
        api.jedis.xtrim("{s" + new Keys(16).shard("acme.example") + "}:events:acme.example", 1, false);
        assertThat(api.get(EVENTS + "?after=" + last).path("missed").asBoolean()).isTrue();
        assertThat(api.get(EVENTS + "?after=99999999999999-0").path("missed").asBoolean()).isTrue();
    }

    @Test
    void aFilterThatFitsNothingDoesNotReadEverythingAtOnce() {
        String stream = "{s" + new Keys(16).shard("acme.example") + "}:events:acme.example";
        api.happened("acme.example", "first");
        try (var pipeline = api.jedis.pipelined()) {
            for (int i = 0; i < 2_500; i++) {
                pipeline.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("event", "{\"type\":\"ENDED\",\"call\":\"x\"}"));
            }
        }
        var page = api.get(EVENTS + "?call=first");
        assertThat(page.path("items")).isEmpty();
        var next = api.get(EVENTS + "?call=first&cursor=" + page.path("next").asText());
        assertThat(next.path("items")).hasSize(1);
        assertThat(next.has("next")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"?type=nothing, type", "?order=up, order", "?after=x, after", "?after=1-0&order=latest-first, order",
        "?cursor=eA, cursor", "/stream?after=x, after",
        "/stream?after=1-99999999999, after", "/stream?seconds=0, seconds", "/stream?seconds=x, seconds",
        "/stream?limit=1, limit"})
    void whatMakesNoSenseIsNamed(String query, String field) {
        assertThat(problem(api.send("GET", EVENTS + query, ""), 400, "invalid-parameter").path("field").asText())
                .isEqualTo(field);
    }

    @Test
    void aCallOfNobodyHasNoTimeLine() {
        problem(api.send("GET", "/v1/tenants/acme.example/parked-calls/zzz/events", ""), 404, "unknown-parked-call");
        problem(api.send("GET", "/v1/tenants/none.example/events", ""), 404, "unknown-tenant");
        problem(api.send("GET", "/v1/tenants/none.example/events/stream", ""), 404, "unknown-tenant");
    }

    @Test
    void aStreamTellsWhatHappensFromNowOn() throws Exception {
        api.happened("acme.example", "before");
        try (var stream = new Stream(OPERATOR, "")) {
            assertThat(stream.response.headers().firstValue("content-type")).contains("text/event-stream");
            assertThat(stream.next("retry: ", 1)).containsExactly("1000");
            api.jedis.xadd("{s" + new Keys(16).shard("acme.example") + "}:events:acme.example",
                    StreamEntryID.NEW_ENTRY, Map.of("event", "of another version"));
            api.happened("acme.example", "a");
            assertThat(stream.next("event: ", 2)).containsExactly("parked", "refused");
        }
    }

    @Test
    void aStreamIsResumedAfterTheLastEventThatWasRead() throws Exception {
        String id;
        try (var stream = new Stream(OPERATOR, "")) {
            stream.next("retry: ", 1);
            api.happened("acme.example", "a");
            id = stream.next("id: ", 2).getLast();
        }
        api.happened("acme.example", "b");
        api.happened("acme.example", "c");
        for (var stream : List.of(new Stream(OPERATOR, "", "Last-Event-ID", id),
                new Stream(OPERATOR, "?after=" + id))) {
            try (stream) {
                assertThat(stream.next("data: ", 3)).as("the first thing is not that some were missed")
                        .first()
                        .asString()
                        .contains("\"call\":\"b\"");
            }
        }
    }

    @Test
    void whoHasMissedSomethingIsTold() throws Exception {
        for (String id : List.of("1-0", "99999999999999-0")) {
            api.happened("acme.example", "a");
            api.jedis.xtrim("{s" + new Keys(16).shard("acme.example") + "}:events:acme.example", 1,
                    false);
            try (var stream = new Stream(OPERATOR, "?after=" + id)) {
                assertThat(stream.next("event: ", 1)).containsExactly("missed");
            }
        }
    }

    @Test
    void aTenantUserFollowsTheOwnExtensionOnly() throws Exception {
        String token = api.token("acme.example", "tenant-user", "103");
        try (var stream = new Stream(token, "")) {
            stream.next("retry: ", 1);
            api.happened("acme.example", "a");
            assertThat(stream.next("event: ", 1)).containsExactly("refused");
        }
    }

    @Test
    void aStreamLastsAsLongAsItWasAskedFor() throws Exception {
        try (var stream = new Stream(OPERATOR, "?seconds=1")) {
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> stream.over);
            assertThat(stream.lines).noneMatch(line -> line.startsWith("broken"));
        }
    }

    @Test
    void aStreamEndsWithItsToken() throws Exception {
        String token = api.token("acme.example", "tenant-admin", "");
        try (var stream = new Stream(token, "")) {
            stream.next("retry: ", 1);
            api.jedis.del("{cfg}:auth:" + ApiToken.hash(token));
            Awaitility.await().atMost(SOON).until(() -> stream.over);
        }
    }

    @Test
    void aSilentStreamSaysThatItIsStillThere() throws Exception {
        try (var stream = new Stream(OPERATOR, "")) {
            assertThat(stream.next(": ", 1)).containsExactly("still here");
        }
    }

    @Test
    void aTenantHasAsManyStreamsAsItsQuotaAllows() throws Exception {
        api.must("PATCH", "/v1/tenants/acme.example", "{'quotas': {'subscriptions': 1}}");
        try (var first = new Stream(OPERATOR, "")) {
            first.next("retry: ", 1);
            var refused = problem(api.send("GET", EVENTS + "/stream", ""), 429, "too-many-requests");
            assertThat(refused.path("detail").asText()).contains("subscriptions");
        }
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            try (var again = new Stream(OPERATOR, "?seconds=1")) {
                assertThat(again.response.statusCode()).isEqualTo(200);
            }
        });
    }

    @Test
    void aNewTenantKnowsNothingOfTheOneBefore() {
        api.happened("acme.example", "a");
        api.must("DELETE", "/v1/tenants/acme.example", "");
        api.must("PUT", "/v1/tenants/acme.example", "{}");
        assertThat(api.get(EVENTS).path("items")).isEmpty();
    }
}
