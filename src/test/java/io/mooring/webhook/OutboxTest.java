package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.store.CallEvents.Kept;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Health;
import io.mooring.store.Deliveries.Progress;
import io.mooring.tenant.TenantJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is sent when, with a clock of the test. */
class OutboxTest {
    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5), 6);

    private final Outbox outbox = new Outbox(new Progress("", "0-0", List.of(), Health.NEW), BACKOFF, () -> 0);

    private static Kept event(int number, String call) {
        return new Kept(number + "-0", "", TenantJson.parse("{\"type\": \"PARKED\", \"call\": \"" + call + "\"}"));
    }

    private void add(String... calls) {
        int from = Integer.parseInt(outbox.read().split("-")[0]);
        outbox.add(IntStream.range(0, calls.length).mapToObj(i -> event(from + i + 1, calls[i])).toList(),
                it -> true);
    }

    /** All that is sent now. */
    private List<Outbox.Entry> sent(long now) {
        var all = new ArrayList<Outbox.Entry>();
        for (var next = outbox.next(now); next.isPresent(); next = outbox.next(now)) {
            all.add(next.get());
        }
        return all;
    }

    private static List<String> ids(List<Outbox.Entry> entries) {
        return entries.stream().map(it -> it.event().id()).toList();
    }

    @Test
    void eventsOfOneCallFollowOneAnother() {
        add("a", "a", "b", "a");
        var first = sent(0);
        assertThat(ids(first)).containsExactly("1-0", "3-0");
        outbox.delivered(first.getLast(), 0);
        assertThat(outbox.progress().cursor()).isEqualTo("0-0");
        assertThat(outbox.progress().ahead()).containsExactly("3-0");
        outbox.delivered(first.getFirst(), 0);
        assertThat(outbox.progress().cursor()).isEqualTo("1-0");
        assertThat(ids(sent(0))).containsExactly("2-0");
    }

    @Test
    void oneThatFailsHoldsUpItsCallAndNoOther() {
        add("a", "a", "b", "c");
        var first = sent(0);
        outbox.failed(first.getFirst(), "status-500", 0, 0);
        outbox.delivered(first.get(1), 0);
        outbox.delivered(first.get(2), 0);
        assertThat(outbox.progress().ahead()).containsExactly("3-0", "4-0");
        assertThat(sent(999)).isEmpty();
        assertThat(ids(sent(1_000))).containsExactly("1-0");
    }

    @Test
    void aNodeThatTakesOverSendsNothingOfWhatIsDone() {
        var taken = new Outbox(new Progress("r", "1-0", List.of("3-0"), Health.NEW), BACKOFF, () -> 0);
        taken.add(List.of(event(2, "a"), event(3, "b"), event(4, "b")), it -> true);
        assertThat(taken.next(0).orElseThrow().event().id()).isEqualTo("2-0");
        assertThat(taken.next(0).orElseThrow().event().id()).isEqualTo("4-0");
    }

    @Test
    void whatIsNotWantedIsDone() {
        outbox.add(List.of(event(1, "a"), event(2, "b")), it -> false);
        assertThat(outbox.next(0)).isEmpty();
        assertThat(outbox.progress().cursor()).isEqualTo("2-0");
        assertThat(outbox.room()).isEqualTo(Outbox.WINDOW);
    }

    @Test
    void aReceiverThatIsDownIsAskedMoreAndMoreSeldomAndGetsAllInOrderLater() {
        add("a", "b", "c", "d", "a");
        long now = 0;
        int asked = 0;
        var gaps = new ArrayList<Long>();
        long last = 0;
        while (asked < 12) {
            for (var entry : sent(now)) {
                outbox.failed(entry, "unreachable", 0, now);
                asked++;
                gaps.add(now - last);
                last = now;
            }
            now += 100;
        }
        assertThat(gaps.getLast()).isGreaterThan(60_000);
        assertThat(outbox.takeGivenUp()).as("one at a time, so none has used up its attempts").isEmpty();
        now += 300_000;
        var order = new ArrayList<String>();
        for (var batch = sent(now); !batch.isEmpty(); batch = sent(now)) {
            order.addAll(ids(batch));
            for (var entry : batch) {
                outbox.delivered(entry, now);
            }
        }
        assertThat(order).as("without waiting for anything more").hasSize(5).containsSubsequence("1-0", "5-0");
        assertThat(outbox.progress().cursor()).isEqualTo("5-0");
    }

    @Test
    void theAttemptsHaveAnEnd() {
        add("a", "a");
        long now = 0;
        for (int attempt = 1; attempt <= BACKOFF.attempts(); attempt++) {
            assertThat(outbox.takeGivenUp()).isEmpty();
            var batch = sent(now);
            for (; batch.isEmpty(); batch = sent(now)) {
                now += 1_000;
            }
            assertThat(ids(batch)).containsExactly("1-0");
            outbox.failed(batch.getFirst(), "status-400", 0, now);
        }
        assertThat(outbox.takeGivenUp()).singleElement().satisfies(it -> {
            assertThat(it.event().id()).isEqualTo("1-0");
            assertThat(it.attempts()).isEqualTo(6);
            assertThat(it.error()).isEqualTo("status-400");
        });
        assertThat(outbox.progress().cursor()).isEqualTo("1-0");
    }

    @Test
    void oneForWhichAllOthersWouldWaitIsGivenUpSooner() {
        add("poison");
        long now = 0;
        int given = 0;
        for (int i = 0; given == 0 && i < 10_000; i++) {
            if (outbox.room() > 0) {
                add("call-" + i);
            }
            for (var entry : sent(now)) {
                if (entry.event().text("call").equals("poison")) {
                    outbox.failed(entry, "status-400", 0, now);
                } else {
                    outbox.delivered(entry, now);
                }
            }
            given += outbox.takeGivenUp().size();
            now += 50;
        }
        assertThat(given).isEqualTo(1);
        assertThat(outbox.progress().cursor()).isEqualTo(outbox.read());
    }

    @Test
    void whoAsksToBeLeftAloneIs() {
        add("a", "b");
        for (var entry : sent(0)) {
            outbox.failed(entry, "status-429", 30_000, 0);
        }
        assertThat(sent(29_000)).isEmpty();
        assertThat(ids(sent(30_000))).hasSize(1);
    }

    @Test
    void whatWasGivenUpIsDeliveredWhenSomebodyWantsIt() {
        var letter = new DeadLetter(event(7, "a"), 6, "status-400", 1, true);
        outbox.addAgain(letter);
        outbox.addAgain(letter);
        var again = sent(0);
        assertThat(ids(again)).containsExactly("7-0");
        assertThat(again.getFirst().isAgain()).isTrue();
        outbox.delivered(again.getFirst(), 0);
        assertThat(sent(0)).isEmpty();
        assertThat(outbox.progress().cursor()).as("is not moved by it").isEqualTo("0-0");
    }

    /** Whatever fails: each call's events are sent in their order, and none is forgotten. */
    @Test
    void anyReceiverGetsEachCallInItsOrder() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var each = new Outbox(new Progress("", "0-0", List.of(), Health.NEW),
                    new Backoff(Duration.ofMillis(10), Duration.ofMillis(100), 4), random::nextDouble);
            Map<String, List<String>> delivered = new HashMap<>();
            Map<String, List<String>> happened = new HashMap<>();
            var flying = new ArrayList<Outbox.Entry>();
            int gone = 0;
            int number = 0;
            double bad = random.nextDouble() * 0.8;
            for (long now = 0; now < 4_000 && (now < 1_000 || each.waiting() > 0); now += 1) {
                if (now < 1_000 && each.room() > 0 && random.nextInt(5) == 0) {
                    String call = "c" + random.nextInt(5);
                    each.add(List.of(event(++number, call)), it -> true);
                    happened.computeIfAbsent(call, it -> new ArrayList<>()).add(number + "-0");
                }
                for (var next = each.next(now); next.isPresent(); next = each.next(now)) {
                    flying.add(next.get());
                }
                if (!flying.isEmpty() && random.nextBoolean()) {
                    var entry = flying.remove(random.nextInt(flying.size()));
                    if (now < 2_000 && random.nextDouble() < bad) {
                        each.failed(entry, "x", 0, now);
                    } else {
                        each.delivered(entry, now);
                        delivered.computeIfAbsent(entry.event().text("call"), it -> new ArrayList<>())
                                .add(entry.event().id());
                    }
                }
                for (var letter : each.takeGivenUp()) {
                    gone++;
                    happened.get(letter.event().text("call")).remove(letter.event().id());
                }
            }
            assertThat(delivered).as("seed " + seed + ", given up " + gone)
                    .isEqualTo(happened.entrySet()
                            .stream()
                            .filter(it -> !it.getValue().isEmpty())
                            .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
            assertThat(each.progress().cursor()).isEqualTo(number + "-0");
            assertThat(each.inFlight()).isZero();
        }
    }
}
