package io.mooring.calls;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * An extension that is called, parks the caller, and has it taken by one of two phones that dial at once, or comes back to itself; again and again. It
 * does what people do when something does not work: it tries again.
 */
final class FaultActor {
    private static final Duration QUICK = Duration.ofSeconds(10);
    /** Until the parker is told how the park went: the time limits of all steps, one after the other. */
    private static final Duration OUTCOME = Duration.ofSeconds(30);
    /** No INVITE is answered later. */
    private static final Duration TRANSACTION = Duration.ofSeconds(40);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** How soon a person tries again. */
    private static final Duration AGAIN = Duration.ofMillis(250);
    /** A phone that is not called back looks whether it is registered yet. */
    private static final Duration SLOW = Duration.ofSeconds(8);
    private static final Duration RING = Duration.ofSeconds(3);

    private final Scene scene;
    private final Ledger ledger;
    private final TestPhone outside;
    private final TestPhone parker;
    private final List<TestPhone> retrievers;
    private final String extension;

    FaultActor(Scene scene, Ledger ledger, TestPhone outside, String extension) {
        this.scene = scene;
        this.ledger = ledger;
        this.outside = outside;
        this.extension = extension;
        this.parker = scene.open(scene.extension(extension).oneSocketForAllCalls()).register();
        this.retrievers = Stream.of("105", "106")
                .map(number -> scene.open(scene.extension(number).oneSocketForAllCalls()))
                .toList();
    }

    void run(BooleanSupplier goesOn) {
        while (goesOn.getAsBoolean()) {
            drain();
            var caller = outside.call(extension);
            if (!parks(caller)) {
                ledger.refused();
                giveUp(caller);
                register();
            } else if (ThreadLocalRandom.current().nextBoolean()) {
                retrieve(caller);
            } else {
                recall(caller);
            }
        }
    }

    /** @return true when the caller was parked, and the parker was told so */
    private boolean parks(Call caller) {
        try {
            var called = parker.awaitCall(QUICK).answer();
            caller.await(Call.State.ANSWERED, QUICK);
            called.await(Match.requestOf("ACK"), QUICK);
            if (called.refer("*68").status() != 202
                    || !called.await(Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated"), OUTCOME)
                            .body()
                            .startsWith("SIP/2.0 200 ")) {
                return false;
            }
            ledger.acknowledged();
            hangUp(called);
            return true;
        } catch (AssertionError e) {
            // What the edge was doing when it was killed: a call that never came about, or a park that the parker heard nothing of.
            return false;
        }
    }

    /** The caller of a call that was not parked, or of which nobody knows, does not wait for ever. */
    private void giveUp(Call caller) {
        if (caller.state() == Call.State.ANSWERED) {
            hangUp(caller);
        }
    }

    /** Until the other side has heard it. */
    private static void hangUp(Call call) {
        tries(PATIENCE, () -> {
            if (call.state() != Call.State.ENDED) {
                call.hangUp();
            }
            return call.state() == Call.State.ENDED;
        });
    }

    /** Again and again until it is so; what does not work yet is tried again. */
    private static boolean tries(Duration patience, Callable<Boolean> attempt) {
        try {
            Awaitility.await()
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(AGAIN)
                    .atMost(patience)
                    .until(() -> {
                        try {
                            return attempt.call();
                        } catch (AssertionError e) {
                            return false;
                        }
                    });
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    /** Two dial at once: one of them gets the call. */
    private void retrieve(Call caller) {
        long since = System.nanoTime();
        var connected = new AtomicReference<List<Call>>(List.of());
        var tried = new ArrayList<Call>();
        tries(PATIENCE, () -> {
            var attempts = retrievers.stream().map(phone -> phone.call("*88" + extension)).toList();
            tried.addAll(attempts);
            connected.set(attempts.stream().filter(FaultActor::isConnected).toList());
            return !connected.get().isEmpty()
                    || caller.state() == Call.State.ENDED;
        });
        if (connected.get().size() > 1) {
            ledger.twice("two have retrieved the call of " + extension);
        }
        if (connected.get().isEmpty()) {
            ledger.lost("the call of " + extension + " was not retrieved; its caller: " + caller.state() + "\n"
                    + caller.journal());
            return;
        }
        ledger.retrieved(since, tried);
        hangUp(caller, connected.get().getFirst());
    }

    private static boolean isConnected(Call call) {
        try {
            return call.awaitFinalStatus(TRANSACTION) == 200;
        } catch (AssertionError e) {
            return false;
        }
    }

    private void recall(Call caller) {
        long since = System.nanoTime();
        var tried = new ArrayList<Call>();
        while (System.nanoTime() - since < PATIENCE.toNanos() && caller.state() != Call.State.ENDED) {
            scene.stack().bringForward(scene.tenant(), "ext:" + extension, "recall:");
            if (System.nanoTime() - since > SLOW.toNanos()) {
                ledger.note(extension + " waits for its recall: " + scene.stack().calls(scene.tenant()));
            }
            try {
                var recall = parker.awaitCall(RING).answer();
                tried.add(recall);
                recall.await(Match.requestOf("ACK"), QUICK);
                if (!isLeftAlone(recall)) {
                    continue;
                }
                ledger.recalled(since, tried);
                if (ringsOn()) {
                    ledger.twice(extension + " is rung for a call that it has");
                }
                hangUp(caller, recall);
                return;
            } catch (AssertionError e) {
                register();
            }
        }
        ledger.lost("the call of " + extension + " did not come back; its caller: " + caller.state() + "\n"
                + caller.journal());
    }

    /** The recall stands: nothing of the call waits at its place any more. */
    private boolean isLeftAlone(Call recall) {
        String place = "*:place:" + scene.tenant() + ":ext:" + extension;
        return tries(OUTCOME, () -> scene.stack().keys(place).isEmpty() || recall.state() == Call.State.ENDED)
                && scene.stack().keys(place).isEmpty();
    }

    /** The caller is still there, and hears of it when the other hangs up. */
    private void hangUp(Call caller, Call other) {
        if (caller.state() == Call.State.ENDED) {
            ledger.lost("the caller of " + extension + " has gone:\n" + caller.journal());
            return;
        }
        long since = System.nanoTime();
        hangUp(other);
        try {
            caller.await(Call.State.ENDED, PATIENCE);
        } catch (AssertionError e) {
            ledger.lost("the caller of " + extension + " was left alone after "
                    + Duration.ofNanos(System.nanoTime() - since) + ":\n" + e.getMessage() + "\nby\n"
                    + other.journal());
        }
    }

    /** A call that came besides and is not cancelled. */
    private boolean ringsOn() {
        while (parker.hasCall()) {
            try {
                parker.awaitCall(QUICK).await(Call.State.ENDED, QUICK);
            } catch (AssertionError e) {
                return true;
            }
        }
        return false;
    }

    /** A call that came when nobody waited for it any more. */
    private void drain() {
        while (parker.hasCall()) {
            parker.awaitCall(QUICK).reject(486);
        }
    }

    /** An edge that was restarted knows no phone. */
    private void register() {
        tries(QUICK, () -> {
            parker.register(Duration.ofMinutes(10));
            return true;
        });
    }
}
