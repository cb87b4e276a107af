package io.mooring.lab;

import io.mooring.lab.audio.Recording;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring demo}: the main job on a running stack, with phones that really speak and listen.
 *
 * <p>Carol calls 101 from a trunk; 101 transfers her to {@code *68}; she hears music; 102 dials {@code *88101} and talks with her. What
 * each of them sent and received is printed as it happened, then what was checked. The exit status is 0 only when all of it was
 * right, the audio included.
 */
@Command(name = "mooring demo", description = "Parks and retrieves a call with real SIP phones, and tells what happened when.", mixinStandardHelpOptions = true)
public final class Demo implements Runnable {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration AUDIBLE = Duration.ofSeconds(8);
    /** The edge takes the nodes in turn, so that two events in a row may still meet the same one. */
    private static final int MOST_ROUNDS = 5;

    @Option(names = "--stack", required = true, paramLabel = "FILE", description = "stack.json of the running stack")
    private Path description = Path.of("stack.json");

    @Option(names = "--transport", paramLabel = "udp|tcp", description = "of the phones (default: ${DEFAULT-VALUE})")
    private String transport = "udp";

    private final List<Check> checks = new ArrayList<>();

    private record Check(String what, boolean passed) {}

    /** A step that did not happen; everything after it is pointless. */
    private static final class StepFailed extends RuntimeException {
        private static final long serialVersionUID = 1;

        StepFailed(String message) {
            super(message, null, false, false);
        }
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Demo()).setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println("mooring demo: " + e.getMessage());
            return 1;
        }).execute(arguments));
    }

    @Override
    public void run() {
        try (var stack = Stack.attach(description)) {
            say("Phones: the lab's own, on the JAIN-SIP stack over %s, with G.711 over RTP. Each sends a tone of its own and listens.",
                    transport.toUpperCase(Locale.ROOT));
            say("Stack:  Kamailio at %s, rtpengine, Redis, %d nodes.%n", stack.sip(), stack.nodes().size());
            for (var round = 1;; round++) {
                checks.clear();
                var otherNode = play(stack, round == MOST_ROUNDS);
                if (otherNode || stack.nodes().size() < 2 || checks.stream().anyMatch(check -> !check.passed)
                        || round == MOST_ROUNDS) {
                    break;
                }
                say("%nThe same node took both. Once more.%n");
            }
        }
        say("");
        checks.forEach(check -> say("  %s  %s", check.passed ? "ok  " : "FAIL", check.what));
        var failed = checks.stream().filter(check -> !check.passed).count();
        say("%n%s", failed == 0
                ? "PASSED: the call was parked, and picked up at another node, and everybody heard whom they should."
                : "FAILED: " + failed + " of " + checks.size() + " checks.");
        if (failed > 0) {
            System.exit(1);
        }
    }

    /**
     * @param isLast whether it counts as a failure that the same node took both
     * @return whether another node retrieved the call than parked it
     */
    private boolean play(Stack stack, boolean isLast) {
        var parks = stack.counter(Stack.PARKS);
        var retrieves = stack.counter(Stack.RETRIEVES);
        try (var carol = stack.trunkCaller("carol").transport(transport).tone(440).open();
                var bob = stack.phone("101").transport(transport).tone(620).open();
                var alice = stack.phone("102").transport(transport).tone(880).open()) {
            var line = new Timeline(Map.of("carol", carol, "101", bob, "102", alice));
            step("101 and 102 register", () -> {
                bob.register();
                alice.register();
            });
            line.begin();

            var caller = carol.call("101");
            var parker = bob.awaitCall(SOON);
            parker.ring();
            step("carol hears it ring", caller::awaitRinging);
            parker.answer();
            step("101 answers", caller::awaitAnswered);
            hears(line, "carol", caller, "101", bob);
            hears(line, "101", parker, "carol", carol);

            line.note("101", "transfers carol to *68");
            var refer = parker.refer("*68");
            check("101's transfer to *68 was accepted (" + refer.status() + ")", refer.status() == 202);
            step("101's phone is told that the park succeeded",
                    () -> parker.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON));
            var parkedBy = stack.whoCounted(Stack.PARKS, parks);
            line.note(String.join(", ", parkedBy), "parked the call");
            hangUp(parker);
            listen(line, "carol", "the music on hold", () -> caller.media().awaitMusic(stack.music(), AUDIBLE),
                    heard -> "likeness %.2f".formatted(stack.music().likeness(heard.samples())));

            line.note("102", "dials *88102 by mistake");
            var nothingThere = alice.call("*88102").awaitFinalStatus(SOON);
            check("102 is told that nothing is parked there (" + nothingThere + ")", nothingThere == 404);
            line.note("102", "dials *88101");
            var retriever = alice.call("*88101");
            step("102 gets the call", retriever::awaitAnswered);
            var retrievedBy = stack.whoCounted(Stack.RETRIEVES, retrieves);
            line.note(String.join(", ", retrievedBy), "retrieved the call");
            hears(line, "102", retriever, "carol", carol);
            hears(line, "carol", caller, "102", alice);
            var another = !parkedBy.isEmpty() && !retrievedBy.isEmpty() && !retrievedBy.equals(parkedBy);
            if (another || isLast || stack.nodes().size() < 2) {
                check("parked by %s, retrieved by %s%s".formatted(parkedBy, retrievedBy,
                        another ? ": another node" : ""),
                        another || stack.nodes().size() < 2);
            }

            line.note("carol", "hangs up");
            hangUp(caller);
            step("102's phone is told that carol hung up", retriever::awaitEnded);
            line.print();
            check("nothing is left of the call in Redis and rtpengine", () -> {
                stack.awaitNothingLeft(SOON);
                return true;
            });
            return another;
        } catch (StepFailed e) {
            check(e.getMessage(), false);
            return false;
        }
    }

    private static void hangUp(Call call) {
        if (call.state() != Call.State.ENDED) {
            call.bye();
        }
    }

    private void hears(Timeline line, String who, Call call, String whom, TestPhone other) {
        listen(line, who, whom + "'s tone of %.0f Hz".formatted(other.toneHertz()),
                () -> call.media().awaitTone(other.toneHertz(), AUDIBLE), heard -> "");
    }

    private void listen(Timeline line, String who, String what, Supplier<Recording> ear,
            java.util.function.Function<Recording, String> remark) {
        try {
            var heard = ear.get();
            var more = remark.apply(heard);
            line.note(who, "hears " + what);
            check("%s hears %s%s, %d packets lost".formatted(who, what, more.isEmpty() ? "" : ", " + more,
                    heard.lost()),
                    heard.lost() == 0);
        } catch (AssertionError e) {
            line.note(who, "does not hear " + what);
            check("%s hears %s: %s".formatted(who, what, e.getMessage()), false);
        }
    }

    private void step(String what, Runnable action) {
        try {
            action.run();
        } catch (AssertionError e) {
            throw new StepFailed(what + ": " + e.getMessage());
        }
    }

    private void check(String what, boolean passed) {
        checks.add(new Check(what, passed));
    }

    private void check(String what, BooleanSupplier test) {
        try {
            check(what, test.getAsBoolean());
        } catch (RuntimeException | AssertionError e) {
            check(what + ": " + e.getMessage(), false);
        }
    }

    private static void say(String format, Object... arguments) {
        System.out.println(format.formatted(arguments));
    }

    /** What the phones sent and received, and what else is worth a line, in the order it happened. */
    private static final class Timeline {
        private final Map<TestPhone, String> names = new java.util.HashMap<>();
        private final Map<TestPhone, Integer> printed = new java.util.HashMap<>();
        private final TreeMap<Long, String> pending = new TreeMap<>();
        private long start;

        Timeline(Map<String, TestPhone> phones) {
            phones.forEach((name, phone) -> names.put(phone, name));
        }

        void begin() {
            start = System.nanoTime();
            names.keySet().forEach(phone -> printed.put(phone, phone.journal().mark()));
            System.out.printf("%8s  %-7s%n", "ms", "who");
        }

        void note(String who, String what) {
            add(System.nanoTime(), who, what);
            print();
        }

        void print() {
            names.forEach((phone, name) -> {
                var messages = phone.journal().messages();
                messages.subList(printed.get(phone), messages.size())
                        .stream()
                        .filter(Timeline::isWorthALine)
                        .forEach(message -> add(message.atNanos(), name, describe(message)));
                printed.put(phone, messages.size());
            });
            pending.values().forEach(System.out::println);
            pending.clear();
        }

        private void add(long atNanos, String who, String what) {
            var free = atNanos;
            while (pending.containsKey(free)) {
                free++;
            }
            pending.put(free, "%8.1f  %-7s  %s".formatted((atNanos - start) / 1e6, who, what));
        }

        private static boolean isWorthALine(SipMessage message) {
            var status = message.status();
            return status != 100 && status != 401 && status != 407 && !message.method().equals("REGISTER");
        }

        private static String describe(SipMessage message) {
            var arrow = message.received() ? "<- " : "-> ";
            if (!message.isRequest()) {
                return arrow + message.status() + " " + message.reason() + " to " + message.method();
            }
            var what = message.method();
            if (what.equals("INVITE") && !message.toTag().isEmpty()) {
                what = "re-INVITE"
                        + message.sdp().map(sdp -> ", media to " + sdp.address() + ":" + sdp.port()).orElse("");
            } else if (what.equals("NOTIFY")) {
                what += " " + message.body().lines().findFirst().orElse("");
            } else if (what.equals("REFER")) {
                what += " to " + message.header("Refer-To").orElse("");
            } else if (what.equals("INVITE")) {
                what += " " + message.toString().split(" ", 3)[1];
            }
            return arrow + what;
        }
    }
}
