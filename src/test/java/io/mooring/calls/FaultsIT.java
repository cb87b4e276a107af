package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Three nodes, phones that park, retrieve and are recalled all the time, and in the middle of it something that dies, stands still or is told to
 * go. What the phones saw is compared with what is left in Redis: no acknowledged park is lost, nothing is done twice, no place stays
 * taken.
 *
 * <p>{@code ./mooring test --faults} does it longer, and more than once: {@code -Dmooring.faults.rounds}, {@code -Dmooring.faults.seconds}.
 */
class FaultsIT {
    private static final int ACTORS = 4;
    private static final int ROUNDS = Integer.getInteger("mooring.faults.rounds", 1);
    private static final int SECONDS = Integer.getInteger("mooring.faults.seconds", 12);
    /** A retrieve or a recall that is under way when the fault comes may take this long, repair included. */
    private static final Duration LEFT = Duration.ofSeconds(60);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(3);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void repair() {
        for (var part : stack.parts()) {
            stack.part("thaw", part);
            stack.part("start", part);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kill, node, 3", "freeze, node, 20", "stop, node, 2", "kill, kamailio, 1", "kill, rtpengine, 1"
    })
    void nothingIsLostOrDoneTwice(String verb, String victim, int seconds) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            var part = victim.equals("node") ? "node-" + ThreadLocalRandom.current().nextInt(1, 4) : victim;
            var ledger = new Ledger();
            try (var scene = new Scene(stack, "udp")) {
                run(scene, ledger, verb, part, seconds);
                System.out.printf("%s %s for %d s: %s%n", verb, part, seconds, ledger);
                ledger.slow().forEach(System.out::println);
                assertThat(ledger.lost()).as("acknowledged parks that were lost, %s %s", verb, part).isEmpty();
                assertThat(ledger.twice()).as("done twice, %s %s", verb, part).isEmpty();
                assertThat(ledger.done()).as("calls that came to their end as they should").isPositive();
                stack.awaitNothingLeft(scene.tenant(), LEFT);
            }
            repair();
        }
    }

    private static void run(Scene scene, Ledger ledger, String verb, String part, int seconds) throws Exception {
        scene.stack()
                .api()
                .putPolicy(scene.tenant(), "everyone",
                        "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"maxAttempts\": 10}}");
        var actors = new ArrayList<FaultActor>();
        var outside = scene.open(scene.outside("carol").oneSocketForAllCalls());
        for (int i = 0; i < ACTORS; i++) {
            actors.add(new FaultActor(scene, ledger, outside, "" + (101 + i)));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            var running = actors.stream().map(actor -> threads.submit(() -> actor.run(deadline))).toList();
            // The moment is what this is about: anywhere in the middle of what the phones do.
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(2_000, SECONDS * 500L));
            ledger.fault();
            stack.part(verb, part);
            TimeUnit.MILLISECONDS.sleep(seconds * 1_000L);
            stack.part(verb.equals("freeze") ? "thaw" : "start", part);
            for (var actor : running) {
                actor.get(3, TimeUnit.MINUTES);
            }
        }
    }
}
