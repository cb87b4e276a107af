package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Api;
import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.OddClock;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes, one of whose clocks is five minutes off: calls come back when they should, once. */
class ClockIT {
    private static final String ODD = "node-2";
    private static final String RIGHT = "node-1";
    private static final int AHEAD_SECONDS = 300;
    private static final int RECALL_SECONDS = 30;
    private static final Duration SOON = Duration.ofSeconds(10);
    /** What is due soonest has to be set before it is. */
    private static final long LEAD_MILLIS = 3_000;
    private static final long BETWEEN_MILLIS = 200;
    /** Two readings of a clock beside one another. */
    private static final long EARLY_MILLIS = 60;
    /** Less than a second: what the holder of a shard leaves undone for so long, others do. */
    private static final long LATE_MILLIS = 900;
    private static final Pattern RECALL = Pattern.compile("\"recall:\":(\\d+)");

    @TempDir
    private static Path folder;

    private static OddClock clock;
    private static Stack stack;

    @BeforeAll
    static void start() {
        clock = new OddClock(folder, ODD);
        stack = Stack.start(3, clock.settings());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private record Parked(TestPhone parker, Call caller) {}

    @ParameterizedTest
    @ValueSource(ints = {AHEAD_SECONDS, -AHEAD_SECONDS})
    void whatIsParkedComesBackInTimeAndOnce(int seconds) {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone", """
                            {"name": "Everyone", "recall": {"recallTimeoutSeconds": %d, "ringSeconds": 60}}"""
                            .formatted(RECALL_SECONDS));
            var carol = scene.open(scene.outside("carol").oneSocketForAllCalls());
            var parkers = IntStream.rangeClosed(101, 106)
                    .mapToObj(number -> scene.open(scene.extension("" + number).oneSocketForAllCalls()).register())
                    .toList();

            var pending = park(scene, carol, parkers);
            clock.set(seconds);
            stack.part("kill", ODD);
            stack.part("start", ODD);
            assertThat(aheadSeconds()).as("the clock of the node").isBetween(seconds - 30L, seconds + 30L);
            Awaitility.await().atMost(SOON).until(() -> stack.counter("mooring_shards_held").get(ODD) > 0);
            assertComeBack("a clock %+d s off, a node just started".formatted(seconds), scene, pending);

            var parks = stack.counter(Stack.PARKS);
            pending = park(scene, carol, parkers);
            assertThat(stack.whoCounted(Stack.PARKS, parks)).as("nodes that have parked").contains(ODD);
            assertComeBack("a clock %+d s off".formatted(seconds), scene, pending);
        }
    }

    /** Whoever counts the streams goes by the time until which the others have entered theirs. */
    @ParameterizedTest
    @ValueSource(ints = {AHEAD_SECONDS, -AHEAD_SECONDS})
    void eventStreamsAreCountedAtAllNodes(int seconds) {
        try (var scene = new Scene(stack, "udp")) {
            stack.api().patchTenant(scene.tenant(), "{\"quotas\": {\"subscriptions\": 1}}");
            var odd = api(ODD);
            clock.set(seconds);
            Awaitility.await().atMost(SOON).until(() -> {
                odd.get("/tenants/" + scene.tenant());
                return Math.abs(aheadSeconds() - seconds) < 30;
            });
            var first = seconds > 0 ? api(RIGHT) : odd;
            var second = seconds > 0 ? odd : api(RIGHT);
            var reading = first.follow(scene.tenant(), 5);
            Awaitility.await().atMost(SOON).until(() -> !stack.keys("*:followers:" + scene.tenant()).isEmpty());
            assertThat(second.send("GET", "/tenants/" + scene.tenant() + "/events/stream?seconds=1", "").statusCode())
                    .isEqualTo(429);
            assertThat(reading).succeedsWithin(SOON);
        }
    }

    private static Api api(String node) {
        return stack.api(stack.nodes().stream().filter(each -> each.name().equals(node)).findFirst().orElseThrow(),
                stack.operatorToken());
    }

    @Test
    void aClockThatIsSetAgainAndAgainHarmsNoCall() throws Exception {
        for (int round = 0; round < FaultRun.ROUNDS; round++) {
            FaultRun.assertNothingIsLostOrDoneTwice(stack, "the clock of " + ODD + " is set", () -> {
                for (int seconds : List.of(AHEAD_SECONDS, -AHEAD_SECONDS, 0)) {
                    clock.set(seconds);
                    TimeUnit.SECONDS.sleep(3);
                }
            });
        }
    }

    /** By the last line that it has logged. */
    private static long aheadSeconds() {
        try {
            var last = Files.readAllLines(stack.log(ODD)).getLast();
            var logged = Instant.parse(new ObjectMapper().readTree(last).get("timestamp").asText());
            return Duration.between(Instant.now(), logged).toSeconds();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Parked> park(Scene scene, TestPhone carol, List<TestPhone> parkers) {
        var parked = new ArrayList<Parked>();
        for (var parker : parkers) {
            var caller = carol.call(parker.user());
            var called = parker.awaitCall(SOON).answer();
            caller.await(Call.State.ANSWERED, SOON);
            called.await(Match.requestOf("ACK"), SOON);
            var before = System.currentTimeMillis();
            assertThat(called.refer("*68").status()).isEqualTo(202);
            called.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            var due = dueAtMillis(scene, parker.user()) - TimeUnit.SECONDS.toMillis(RECALL_SECONDS);
            assertThat(due).as("when the call is taken to have been parked")
                    .isBetween(before - EARLY_MILLIS, System.currentTimeMillis() + EARLY_MILLIS);
            called.hangUp();
            parked.add(new Parked(parker, caller));
            // The edge takes the nodes in turn, and a park may be as many events as there are nodes.
            assertThat(carol.call("*88999").awaitFinalStatus(SOON)).isGreaterThanOrEqualTo(400);
        }
        return parked;
    }

    private static long dueAtMillis(Scene scene, String extension) {
        return stack.calls(scene.tenant())
                .stream()
                .filter(call -> call.contains("place=ext:" + extension))
                .map(RECALL::matcher)
                .filter(Matcher::find)
                .mapToLong(recall -> Long.parseLong(recall.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private static void assertComeBack(String what, Scene scene, List<Parked> pending) {
        var dueAtMillis = new ArrayList<Long>();
        var first = System.currentTimeMillis() + LEAD_MILLIS;
        for (var parked : pending) {
            var due = first + dueAtMillis.size() * BETWEEN_MILLIS;
            stack.putOff(scene.tenant(), "ext:" + parked.parker.user(), "recall:", due);
            dueAtMillis.add(due);
        }
        var lateMillis = new ArrayList<Long>();
        for (var i = 0; i < pending.size(); i++) {
            var parked = pending.get(i);
            var recall = parked.parker.awaitCall(SOON);
            lateMillis.add(atMillis(recall) - dueAtMillis.get(i));
            recall.answer().await(Match.requestOf("ACK"), SOON);
            stack.awaitFree(scene.tenant(), "ext:" + parked.parker.user(), SOON);
            recall.hangUp();
            parked.caller.awaitEnded();
        }
        System.out.printf("%s: came back after their due time by %s ms%n", what, lateMillis);
        assertThat(lateMillis).as(what).allMatch(late -> late > -EARLY_MILLIS && late < LATE_MILLIS);
        stack.awaitNothingLeft(scene.tenant(), SOON);
        assertThat(pending).as("rung twice").noneMatch(parked -> parked.parker.hasCall());
    }

    private static long atMillis(Call call) {
        return System.currentTimeMillis()
                - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - call.invite().atNanos());
    }
}
