package io.mooring.calls;

import io.mooring.lab.Stack;
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
        for (int round = 0; round < FaultRun.ROUNDS; round++) {
            var part = victim.equals("node") ? "node-" + ThreadLocalRandom.current().nextInt(1, 4) : victim;
            FaultRun.assertNothingIsLostOrDoneTwice(stack, "%s %s for %d s".formatted(verb, part, seconds), () -> {
                stack.part(verb, part);
                TimeUnit.SECONDS.sleep(seconds);
                stack.part(verb.equals("freeze") ? "thaw" : "start", part);
            });
            repair();
        }
    }
}
