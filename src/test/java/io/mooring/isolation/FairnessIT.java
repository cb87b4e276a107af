package io.mooring.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.load.OpenLoop;
import io.mooring.lab.load.Percentiles;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A tenant that asks for all it can get is told to come later, and another does not feel it. */
@ExtendWith(StackExtension.class)
class FairnessIT {

    private static final Duration CALM = Duration.ofSeconds(3);
    private static final Duration NOISE = Duration.ofSeconds(10);
    private static final Duration PACE = Duration.ofMillis(50);
    private static final Duration SOON = Duration.ofSeconds(10);
    /**
     * What the quiet tenant may wait at most, in 99 of 100 cases, besides three times what it waits alone. Noise, tests and stack share the machine: far more than it takes where
     * the noise comes from elsewhere.
     */
    private static final double HTTP_BOUND_MILLIS = 250;
    /** A phone that dials again at once is not held back, and 282 ms were seen where alone 230 were. */
    private static final double SIP_BOUND_MILLIS = 500;
    private static final int NOISY_CLIENTS = 8;
    private static final int API_QUOTA = 20;
    private static final int SIP_QUOTA = 20;

    private final Stack stack;

    FairnessIT(Stack stack) {
        this.stack = stack;
    }

    /** What a request was answered. */
    private record Outcome(int status, String retryAfter) {

        static Outcome of(Supplier<Map.Entry<Integer, String>> request) {
            var answer = request.get();
            return new Outcome(answer.getKey(), answer.getValue());
        }
    }

    @Test
    void overHttp() throws Exception {
        try (var noisy = side(900, 'a', 0); var quiet = side(900, 'b', 15)) {
            quota(noisy);
            var outcomes = withNoise("HTTP", HTTP_BOUND_MILLIS, () -> list(noisy), () -> list(quiet));

            assertQuota(outcomes, API_QUOTA, 200, 429);
        }
    }

    @Test
    void overSip() throws Exception {
        try (var noisy = side(901, 'a', 0); var quiet = side(901, 'b', 15)) {
            quota(noisy);
            var outcomes = withNoise("SIP", SIP_BOUND_MILLIS, () -> retrieve(noisy), () -> retrieve(quiet));

            assertQuota(outcomes, SIP_QUOTA, 404, 503);
        }
    }

    /** Who is over the quota may still hang up, and its calls go on. */
    @Test
    void hangingUpIsNeverRefused() {
        try (var noisy = side(902, 'a', 0)) {
            quota(noisy);
            var phone = noisy.phones().getFirst();
            var announcement = phone.call("*68").awaitAnswered();
            var status = 200;
            for (var i = 0; i < 10 * SIP_QUOTA && status != 503; i++) {
                status = announcement.options().status();
            }
            assertThat(status).as("of more OPTIONS than the quota allows").isEqualTo(503);
            assertThat(announcement.bye().status()).isEqualTo(200);
            stack.awaitNothingLeft(noisy.domain, SOON);
        }
    }

    private Side side(int number, char letter, int firstTone) {
        return new Side(stack, number, letter, "w" + number + letter + ".example", firstTone);
    }

    private void quota(Side side) {
        Side.must(stack.api()
                .send("PATCH", "/tenants/" + side.domain, "{\"quotas\": {\"requestsPerSecond\": " + API_QUOTA
                        + ", \"sipRequestsPerSecond\": " + SIP_QUOTA + "}}"));
        // The quiet one asks one after the other, which is well within its own.
        World.soon(
                () -> assertThat(stack.redis().hget("{cfg}:edge:tenant:" + side.domain, "rate"))
                        .isEqualTo("" + SIP_QUOTA));
    }

    private static Map.Entry<Integer, String> list(Side side) {
        var answer = side.http(0, "GET", "/tenants/" + side.domain + "/parked-calls", "");
        return Map.entry(answer.statusCode(), answer.headers().firstValue("Retry-After").orElse(""));
    }

    private static Map.Entry<Integer, String> retrieve(Side side) {
        var call = side.spy().call("*88199");
        call.await(Call.State.ENDED, SOON);
        var reply = call.await(Match.replyTo("INVITE").withStatus(call.finalStatus()), SOON);
        return Map.entry(call.finalStatus(), reply.header("Retry-After").orElse(""));
    }

    /** What the noisy one got. What the quiet one got is judged here. */
    private static Queue<Outcome> withNoise(String what, double boundMillis, Supplier<Map.Entry<Integer, String>> noise,
            Supplier<Map.Entry<Integer, String>> quiet) throws InterruptedException {
        var calm = measure(quiet, CALM);
        var outcomes = new ConcurrentLinkedQueue<Outcome>();
        var until = System.nanoTime() + NOISE.plusSeconds(1).toNanos();
        Percentiles disturbed;
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var i = 0; i < NOISY_CLIENTS; i++) {
                clients.execute(() -> {
                    while (System.nanoTime() < until) {
                        outcomes.add(Outcome.of(noise));
                    }
                });
            }
            disturbed = measure(quiet, NOISE);
        }
        System.out.printf("fairness over %s: quiet tenant alone %s, beside %d requests of the noisy one %s%n", what,
                calm,
                outcomes.size(), disturbed);
        assertThat(disturbed.p99()).as("99th percentile of the quiet tenant, ms")
                .isLessThan(boundMillis + 3 * calm.p99());
        return outcomes;
    }

    /** 20 requests a second, none of which may be refused. */
    private static Percentiles measure(Supplier<Map.Entry<Integer, String>> request, Duration length)
            throws InterruptedException {
        var load = OpenLoop.run(length, PACE, () -> request.get().getKey());
        assertThat(load.statuses()).as("what the quiet tenant was answered").hasSize(1).doesNotContainKeys(429, 503);
        return load.times();
    }

    /** Each second has its quota, and the bucket or the edge's clock may begin with another. A busy machine lets the noisy one ask less. */
    private static void assertQuota(Queue<Outcome> outcomes, int quota, int done, int refused) {
        assertThat(outcomes).extracting(Outcome::status).containsOnly(done, refused);
        assertThat(outcomes.stream().filter(it -> it.status == done).count()).as("done")
                .isBetween(quota * NOISE.toSeconds() / 2, quota * (NOISE.toSeconds() + 3));
        assertThat(outcomes.stream().filter(it -> it.status == refused)).as("refused")
                .hasSizeGreaterThan(quota)
                .allSatisfy(it -> assertThat(it.retryAfter).isEqualTo("1"));
    }
}
