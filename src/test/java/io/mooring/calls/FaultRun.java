package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.core.ConditionTimeoutException;

/** Phones park, retrieve and are recalled all the time, and in the middle of it something goes wrong. */
final class FaultRun {
    /** {@code ./mooring test --faults} does it longer, and more than once. */
    static final int ROUNDS = Integer.getInteger("mooring.faults.rounds", 1);

    private static final int SECONDS = Integer.getInteger("mooring.faults.seconds", 12);
    private static final int ACTORS = 4;
    /** A file to which each run adds a line. */
    private static final String TABLE = System.getProperty("mooring.faults.table", "");
    /** A retrieve or a recall that is under way when the fault comes may take this long, repair included. */
    private static final Duration LEFT = Duration.ofSeconds(60);

    /** What goes wrong; it is over when this returns. */
    interface Fault {
        void strike() throws Exception;
    }

    private FaultRun() {}

    /** Run by {@code ./mooring test --faults}, and not among all tests. */
    static boolean isLong() {
        return !TABLE.isEmpty();
    }

    /** What the phones saw is compared with what is left in Redis: nothing is lost, nothing is done twice, no place stays taken. */
    static void assertNothingIsLostOrDoneTwice(Stack stack, String what, Fault fault) throws Exception {
        var ledger = new Ledger();
        try (var scene = new Scene(stack, "udp")) {
            run(scene, ledger, fault);
            System.out.printf("%s: %s%n", what, ledger);
            ledger.slow().forEach(System.out::println);
            int stuck = stuck(stack, scene);
            note(what, ledger, stuck);
            assertThat(ledger.lost()).as("acknowledged parks that were lost, %s", what).isEmpty();
            assertThat(ledger.twice()).as("done twice, %s", what).isEmpty();
            assertThat(ledger.done()).as("calls that came to their end as they should").isPositive();
            assertThat(stuck).as("keys left in Redis: %s", stack.callKeys(scene.tenant())).isZero();
        }
    }

    /** What is left of the calls when it should have gone. */
    private static int stuck(Stack stack, Scene scene) {
        try {
            stack.awaitNothingLeft(scene.tenant(), LEFT);
            return 0;
        } catch (ConditionTimeoutException e) {
            return stack.callKeys(scene.tenant()).size();
        }
    }

    /** For the table of {@code ./mooring test --faults}; which node it was makes no other fault. */
    private static void note(String what, Ledger ledger, int stuck) throws IOException {
        if (!TABLE.isEmpty()) {
            Files.writeString(Path.of(TABLE), what.replaceAll("node-\\d", "a node") + "\t" + ledger.row() + "\t" + stuck
                    + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private static void run(Scene scene, Ledger ledger, Fault fault) throws Exception {
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
            // Until the fault is over, at least.
            var over = new AtomicBoolean();
            var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            var running = actors.stream()
                    .map(actor -> threads.submit(() -> actor.run(() -> !over.get() || System.nanoTime() < deadline)))
                    .toList();
            // The moment is what this is about: anywhere in the middle of what the phones do.
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(2_000, SECONDS * 500L));
            ledger.fault();
            try {
                fault.strike();
            } finally {
                over.set(true);
            }
            for (var actor : running) {
                actor.get(3, TimeUnit.MINUTES);
            }
        }
    }
}
