package io.mooring.calls;

import io.mooring.lab.Call;
import io.mooring.lab.Lamp;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * What {@link PacketLossIT} runs in a namespace that loses packets: a stack, and calls that are parked, retrieved and hung up,
 * a few at once. Each is printed; the exit status is 0 when all of them succeeded and nothing is left.
 */
final class LossyCalls {

    /** As long as a SIP transaction may take [RFC 3261 17]: 64*T1, and some. */
    private static final Duration TRANSACTION = Duration.ofSeconds(35);
    private static final Duration AUDIBLE = Duration.ofSeconds(10);
    private static final int LANES = 5;

    private final Stack stack;

    private LossyCalls(Stack stack) {
        this.stack = stack;
    }

    public static void main(String[] arguments) throws Exception {
        var calls = Integer.parseInt(arguments[0]);
        var sipPort = arguments[1];
        var failed = 0;
        try (var stack = Stack.start(2, Map.of("MOORING_SIP_PORT", sipPort));
                var lanes = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = new LossyCalls(stack);
            var results = new ArrayList<java.util.concurrent.Future<Integer>>();
            for (var lane = 0; lane < LANES; lane++) {
                var parker = "" + (101 + 2 * lane);
                var retriever = "" + (102 + 2 * lane);
                Callable<Integer> work = () -> all.lane(parker, retriever, calls / LANES);
                results.add(lanes.submit(work));
            }
            for (var result : results) {
                failed += result.get();
            }
            stack.awaitNothingLeft(TRANSACTION);
        }
        System.out.println("failed: " + failed + " of " + calls);
        System.exit(failed == 0 ? 0 : 1);
    }

    /** @return how many calls failed */
    private int lane(String parkers, String retrievers, int calls) {
        var failed = 0;
        try (var carol = stack.trunkCaller("carol-" + parkers).open();
                var bob = stack.phone(parkers).open();
                var alice = stack.phone(retrievers).open()) {
            bob.register();
            alice.register();
            var lamp = alice.lamp("*88" + parkers);
            expect(200, lamp.subscribe(3_600).status(), "the lamp's SUBSCRIBE");
            for (var number = 1; number <= calls; number++) {
                var steps = new ArrayList<String>();
                var began = System.nanoTime();
                try {
                    call(carol, bob, alice, lamp, steps);
                    System.out.printf("%s #%d ok    %5d ms  %s%n", parkers, number, millisSince(began), steps);
                } catch (AssertionError | RuntimeException e) {
                    failed++;
                    System.out.printf("%s #%d FAILED after %d ms, %s: %s%n", parkers, number, millisSince(began), steps,
                            e);
                    System.out.printf("carol:%n%s%nbob:%n%s%nalice:%n%s%n", carol.journal(), bob.journal(),
                            alice.journal());
                }
            }
        }
        return failed;
    }

    private static long millisSince(long began) {
        return (System.nanoTime() - began) / 1_000_000;
    }

    private void call(TestPhone carol, TestPhone bob, TestPhone alice, Lamp lamp, List<String> steps) {
        var at = System.nanoTime();
        var caller = carol.call(bob.user());
        var parker = bob.awaitCall(TRANSACTION).answer();
        caller.await(Call.State.ANSWERED, TRANSACTION).awaitAnswered();
        // A phone transfers nothing that is not established yet.
        parker.await(Match.requestOf("ACK"), TRANSACTION);
        steps.add("answered " + millisSince(at));

        at = System.nanoTime();
        expect(202, parker.refer("*68").status(), "the transfer");
        parker.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), TRANSACTION);
        if (parker.state() != Call.State.ENDED) {
            expect(200, parker.bye().status(), "the parker's BYE");
        }
        steps.add("parked " + millisSince(at));
        caller.media().awaitMusic(stack.music(), AUDIBLE);
        lamp.awaitShown(1, TRANSACTION);
        steps.add("lit " + millisSince(at));

        at = System.nanoTime();
        var retriever = alice.call("*88" + bob.user()).await(Call.State.ANSWERED, TRANSACTION).awaitAnswered();
        steps.add("retrieved " + millisSince(at));
        retriever.media().awaitTone(carol.toneHertz(), AUDIBLE);
        caller.media().awaitTone(alice.toneHertz(), AUDIBLE);

        at = System.nanoTime();
        expect(200, retriever.bye().status(), "the retriever's BYE");
        caller.await(Call.State.ENDED, TRANSACTION);
        lamp.awaitShown(0, TRANSACTION);
        steps.add("hung up " + millisSince(at));
    }

    private static void expect(int wanted, int got, String what) {
        if (got != wanted) {
            throw new AssertionError(what + " was answered " + got);
        }
    }
}
