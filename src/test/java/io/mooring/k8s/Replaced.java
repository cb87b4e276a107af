package io.mooring.k8s;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * For {@code k8s/play}: what calls and phones notice when a pod is replaced. Parks a call, and then, for each line of the standard input, which tells that a
 * pod has been replaced, looks whether the caller still hears the music, and whether a phone that has registered once, before all of it, is still called.
 * In the end the call is retrieved.
 *
 * <p>usage: Replaced STACK. Writes {@code parked}, and then a line for each that it has read. The exit status is 0 when all was right.
 */
public final class Replaced {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration AUDIBLE = Duration.ofSeconds(20);
    private static final Match REINVITE = Match.requestOf("INVITE");

    private final Stack stack;

    private Replaced(Stack stack) {
        this.stack = stack;
    }

    public static void main(String[] arguments) throws IOException {
        try (var stack = Stack.attach(Path.of(arguments[0]))) {
            new Replaced(stack).play();
        }
        // The phones' stack leaves threads behind.
        System.exit(0);
    }

    private void play() throws IOException {
        try (var carol = stack.trunkCaller("carol").tone(440).open();
                var bob = stack.phone("101").tone(620).open();
                var alice = stack.phone("102").tone(880).open()) {
            bob.register();
            alice.register();
            Call parked = park(carol, bob);
            parked.media().awaitMusic(stack.music(), AUDIBLE);
            System.out.println("parked");
            var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String what = lines.readLine(); what != null; what = lines.readLine()) {
                long began = System.nanoTime();
                parked.media().awaitMusic(stack.music(), AUDIBLE);
                long heard = System.nanoTime();
                rings(alice);
                System.out.printf(
                        "%s: two seconds of music were heard after %.1f s, with %d re-INVITEs, and 102 is called%n",
                        what,
                        (heard - began) / 1e9, parked.journal().count(REINVITE));
            }
            Call retriever = alice.call("*88101").awaitAnswered();
            retriever.media().awaitTone(carol.toneHertz(), AUDIBLE);
            parked.media().awaitTone(alice.toneHertz(), AUDIBLE);
            parked.bye();
            retriever.awaitEnded();
            stack.awaitNothingLeft(SOON);
        }
    }

    private static Call park(TestPhone caller, TestPhone parker) {
        Call call = caller.call("101");
        Call answered = parker.awaitCall(SOON);
        answered.ring();
        answered.answer();
        call.awaitAnswered();
        answered.refer("*68");
        answered.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        if (answered.state() != Call.State.ENDED) {
            answered.bye();
        }
        return call;
    }

    /** Somebody else calls it from outside, and hangs up before it answers. */
    private void rings(TestPhone phone) {
        try (var dave = stack.trunkCaller("dave").open()) {
            Call call = dave.call(phone.user());
            phone.awaitCall(SOON).ring();
            call.awaitRinging();
            call.cancel();
            call.awaitFinalStatus(SOON);
        }
    }
}
