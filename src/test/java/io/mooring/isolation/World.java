package io.mooring.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.awaitility.Awaitility;

/** Two tenants that are alike, and their phones. Runs use it one after the other; each leaves it as it was. */
final class World implements AutoCloseable {

    /** Domains of all tenants of all worlds. */
    private static final Pattern DOMAIN = Pattern.compile("w\\d+[ab]\\d*\\.example");
    private static final int TONES = 30;
    /** The default of MOORING_SHARDS. */
    private static final int SHARDS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final List<Side> sides;
    private final Map<TestPhone, Integer> marks = new HashMap<>();

    World(Stack stack, int number) {
        var first = number * 12 % TONES;
        var domain = "w" + number + "a.example";
        sides = List.of(new Side(stack, number, 'a', domain, first),
                new Side(stack, number, 'b', besides(domain, "w" + number + "b"), first + TONES / 2));
        mark();
    }

    /** A domain whose keys lie in the same slot of Redis as the other's: there only their names keep them apart. */
    private static String besides(String other, String name) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> name + i + ".example")
                .filter(domain -> shard(domain) == shard(other))
                .findFirst()
                .orElseThrow();
    }

    /** As {@code redis/README.md} has it. */
    private static long shard(String domain) {
        var crc = new CRC32();
        crc.update(domain.getBytes(StandardCharsets.UTF_8));
        return crc.getValue() % SHARDS;
    }

    /** Prepares the next operation, on either side. */
    Operation.Step next(Random random) {
        while (true) {
            var first = random.nextInt(2);
            var step = Operation.oneOf(Operation.ALL, random).prepare(sides.get(first), sides.get(1 - first), random);
            if (step.isPresent()) {
                return new Operation.Step(sides.get(first) + ": " + step.get().text(), step.get().action());
            }
        }
    }

    /** Ends all calls, sees that nothing has crossed and nothing is left. */
    void endRun() {
        for (var side : sides) {
            side.talks.forEach(talk -> talk.hangUp(true));
            side.talks.clear();
            side.parked.values().forEach(it -> assertThat(it.call().bye().status()).isEqualTo(200));
            side.parked.clear();
            side.announced.values().forEach(it -> assertThat(it.call().bye().status()).isEqualTo(200));
            side.announced.clear();
        }
        for (var side : sides) {
            HttpOperations.assertSees(side, 0);
            side.phones().forEach(phone -> assertOnlyOwn(side, phone));
            assertNobodyCalled(side.spy());
        }
        mark();
    }

    private void mark() {
        for (var side : sides) {
            side.phones().forEach(phone -> marks.put(phone, phone.journal().mark()));
            marks.put(side.spy(), side.spy().journal().mark());
        }
    }

    /** Whatever a phone received names its own tenant, if any. */
    private void assertOnlyOwn(Side side, TestPhone phone) {
        for (var message : since(phone)) {
            if (message.received()) {
                assertThat(DOMAIN.matcher(message.toString()).results().map(MatchResult::group).distinct())
                        .as(phone + " of " + side + " received\n" + message)
                        .isSubsetOf(side.domain);
            }
        }
        assertThat(phone.hasCall()).as("a call to " + phone + " of " + side + " that nobody made").isFalse();
    }

    private void assertNobodyCalled(TestPhone spy) {
        assertThat(since(spy).stream().filter(Match.requestOf("INVITE"))).as("calls to a spy").isEmpty();
        assertThat(spy.hasCall()).as("a call to a spy").isFalse();
    }

    private List<SipMessage> since(TestPhone phone) {
        var messages = phone.journal().messages();
        return new ArrayList<>(messages.subList(marks.getOrDefault(phone, 0), messages.size()));
    }

    /** Waits until an assertion holds: for what a node does a moment after it has answered. */
    static void soon(Runnable assertion) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(assertion::run);
    }

    @Override
    public void close() {
        sides.forEach(Side::close);
    }
}
