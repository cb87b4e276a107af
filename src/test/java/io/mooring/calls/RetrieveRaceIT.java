package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Several want the same parked call, or it goes while somebody takes it: exactly one outcome, and the same for everybody. */
class RetrieveRaceIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int ROUNDS = 1_000;
    private static final int FRESH_CALLER_EVERY = 50;
    private static final int OTHER_ROUNDS = 100;

    private static Stack stack;

    private final ArrayList<TestPhone> phones = new ArrayList<>();

    @BeforeAll
    static void start() {
        // The log tells which node handled what.
        stack = Stack.start(2, Map.of("MOORING_LOG_LEVEL", "INFO"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void close() {
        phones.forEach(TestPhone::close);
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.oneSocketForAllCalls().open();
        phones.add(phone);
        return phone;
    }

    /** A caller whom 101 has sent to its park place. The OPTIONS come after the ACK: nothing is on its way any more. */
    private static Call parked(TestPhone carol) {
        var call = carol.dial("*68101").header("Referred-By", "<sip:101@" + Stack.TENANT + ">").start();
        call.await(Call.State.ANSWERED, SOON);
        assertThat(call.finalStatus()).as(() -> call.journal().toString()).isEqualTo(200);
        assertThat(call.options().status()).isEqualTo(200);
        return call;
    }

    private static Call retrieve(TestPhone phone) {
        return phone.call("*88101");
    }

    /** The retriever parks the call again. */
    private static void parkAgain(Call retriever) {
        assertThat(retriever.refer("*68101").status()).isEqualTo(202);
        var last = retriever.await(Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated"), SOON);
        assertThat(last.body()).startsWith("SIP/2.0 200 ");
        assertThat(retriever.bye().status()).isEqualTo(200);
    }

    private static void isCleanRefusal(Call call) {
        assertThat(call.finalStatus()).as(() -> call.journal().toString()).isIn(404, 480, 486);
        var refusal = call.await(Match.replyTo("INVITE").withStatus(call.finalStatus()), SOON);
        assertThat(refusal.header("Reason").orElse(""))
                .startsWith("X-Mooring;cause=" + call.finalStatus() + ";text=\"");
    }

    @Test
    void oneOfTwoGetsTheCall() throws IOException {
        var carol = open(stack.trunkCaller("carol"));
        var alice = open(stack.phone("102")).register();
        var bob = open(stack.phone("103")).register();
        var rounds = new ArrayList<List<String>>();
        var wins = new HashMap<TestPhone, Integer>();
        var caller = parked(carol);
        for (var round = 1; round <= ROUNDS; round++) {
            // Neither phone is always the first.
            var first = round % 2 == 0 ? alice : bob;
            var other = CompletableFuture.supplyAsync(() -> retrieve(first == alice ? bob : alice));
            var one = retrieve(first);
            var two = other.join();
            one.await(Call.State.ANSWERED, SOON);
            two.await(Call.State.ANSWERED, SOON);
            rounds.add(List.of(one.callId(), two.callId()));

            assertThat(one.finalStatus() == 200 ^ two.finalStatus() == 200)
                    .as("round %d: %d and %d%n%s%n%s", round, one.finalStatus(), two.finalStatus(), one.journal(),
                            two.journal())
                    .isTrue();
            var winner = one.finalStatus() == 200 ? one : two;
            isCleanRefusal(winner == one ? two : one);
            assertThat(caller.state()).isEqualTo(Call.State.ANSWERED);
            wins.merge(winner.phone(), 1, Integer::sum);

            if (round % FRESH_CALLER_EVERY == 0) {
                assertThat(winner.bye().status()).isEqualTo(200);
                caller.await(Call.State.ENDED, SOON);
                stack.awaitNothingLeft(SOON);
                if (round < ROUNDS) {
                    caller = parked(carol);
                }
            } else {
                parkAgain(winner);
            }
        }
        assertThat(wins.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(ROUNDS);
        stack.awaitNothingLeft(SOON);

        var nodes = nodesByCallId();
        var atTwoNodes = rounds.stream().filter(round -> {
            var each = new HashSet<String>();
            round.forEach(callId -> each.addAll(nodes.getOrDefault(callId, List.of())));
            return each.size() == 2;
        }).count();
        System.out.printf("%d rounds, %d of them at two nodes; won %s%n", ROUNDS, atTwoNodes, wins);
        assertThat(atTwoNodes).as("rounds in which the two INVITEs were handled by two nodes")
                .isGreaterThan(ROUNDS / 2);
        assertThat(stack.counter(Stack.RETRIEVES).values()).as("winners by node").allMatch(count -> count > 0);
    }

    private static final Pattern EDGE_LINE = Pattern.compile("event correlation=(\\S+) callid=(\\S+) method=INVITE ");

    /** Which nodes handled the INVITEs of a call: the correlation id joins the logs of edge and nodes. */
    private static Map<String, List<String>> nodesByCallId() throws IOException {
        var json = new ObjectMapper();
        var byCorrelation = new HashMap<String, List<String>>();
        for (var node : stack.nodes()) {
            for (var line : stack.logLines(node.name(), "\"method\":\"INVITE\"")) {
                var event = json.readTree(line);
                if (event.path("kind").asText().equals("request") && event.path("result").asText().equals("ok")) {
                    byCorrelation.computeIfAbsent(event.path("correlation").asText(), id -> new ArrayList<>())
                            .add(node.name());
                }
            }
        }
        var byCallId = new HashMap<String, List<String>>();
        try (var lines = Files.lines(stack.log("kamailio"))) {
            lines.forEach(line -> {
                var found = EDGE_LINE.matcher(line);
                if (found.find()) {
                    byCallId.computeIfAbsent(found.group(2), id -> new ArrayList<>())
                            .addAll(byCorrelation.getOrDefault(found.group(1), List.of()));
                }
            });
        }
        return byCallId;
    }

    /** Between nothing and the time that a retrieve takes, so that the crossing thing meets every stage of it. */
    private static void aMoment() {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(4_000_000));
    }

    @Test
    void theCallerHangsUpMeanwhile() {
        var carol = open(stack.trunkCaller("carol"));
        var alice = open(stack.phone("102")).register();
        var taken = 0;
        for (var round = 1; round <= OTHER_ROUNDS; round++) {
            var caller = parked(carol);
            var retriever = retrieve(alice);
            aMoment();
            assertThat(caller.bye().status()).isEqualTo(200);
            retriever.await(Call.State.ANSWERED, SOON);
            if (retriever.finalStatus() == 200) {
                taken++;
                retriever.await(Call.State.ENDED, SOON);
            } else {
                assertThat(retriever.finalStatus()).as(() -> retriever.journal().toString()).isIn(404, 487);
            }
        }
        System.out.printf("%d rounds, %d of them connected first%n", OTHER_ROUNDS, taken);
        stack.awaitNothingLeft(SOON);
    }

    /** The place is given to another caller at the moment that it is free, and two want what is there. */
    @Test
    void anotherCallerComesToThePlaceMeanwhile() {
        var carol = open(stack.trunkCaller("carol"));
        var dora = open(stack.trunkCaller("dora"));
        var alice = open(stack.phone("102")).register();
        var bob = open(stack.phone("103")).register();
        var bothTaken = 0;
        for (var round = 1; round <= OTHER_ROUNDS; round++) {
            var first = parked(carol);
            var one = retrieve(alice);
            var other = CompletableFuture.supplyAsync(() -> {
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(40_000_000));
                return retrieve(bob);
            });
            var second = parkedAtLast(dora);
            var two = other.join();
            one.await(Call.State.ANSWERED, SOON);
            two.await(Call.State.ANSWERED, SOON);
            var winners = Stream.of(one, two).filter(call -> call.finalStatus() == 200).toList();
            Stream.of(one, two).filter(call -> call.finalStatus() != 200).forEach(RetrieveRaceIT::isCleanRefusal);
            assertThat(winners.stream().map(RetrieveRaceIT::shown)).as("each its own caller, the first one's first")
                    .contains("carol")
                    .doesNotHaveDuplicates();
            assertThat(first.state()).isEqualTo(Call.State.ANSWERED);
            assertThat(second.state()).isEqualTo(Call.State.ANSWERED);
            var last = winners.size() == 2 ? two : retrieveAtLast(bob, true);
            bothTaken += winners.size() - 1;
            Stream.concat(winners.stream(), Stream.of(last))
                    .distinct()
                    .forEach(call -> assertThat(call.bye().status())
                            .isEqualTo(200));
            first.await(Call.State.ENDED, SOON);
            second.await(Call.State.ENDED, SOON);
        }
        System.out.printf("%d rounds, in %d of them both callers were taken at once%n", OTHER_ROUNDS, bothTaken);
        stack.awaitNothingLeft(SOON);
    }

    /** Whom the retriever's screen shows. */
    private static String shown(Call call) {
        var identity = call.await(Match.replyTo("INVITE").withStatus(200), SOON)
                .header("P-Asserted-Identity")
                .orElse("");
        return identity.contains("carol") ? "carol" : identity.contains("dora") ? "dora" : identity;
    }

    /** As soon as the place is free. */
    private static Call parkedAtLast(TestPhone caller) {
        var deadline = System.nanoTime() + SOON.toNanos();
        while (true) {
            var call = caller.dial("*68101").header("Referred-By", "<sip:101@" + Stack.TENANT + ">").start();
            call.await(Call.State.ANSWERED, SOON);
            if (call.finalStatus() == 200) {
                return call;
            }
            assertThat(call.finalStatus()).as(() -> call.journal().toString()).isEqualTo(486);
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    @Test
    void theRetrieverThinksBetterOfIt() {
        var carol = open(stack.trunkCaller("carol"));
        var alice = open(stack.phone("102")).register();
        var bob = open(stack.phone("103")).register();
        var answered = 0;
        var unheard = 0;
        for (var round = 1; round <= OTHER_ROUNDS; round++) {
            var caller = parked(carol);
            var cancelled = retrieve(alice);
            cancelled.await(IDENTIFIED, SOON);
            aMoment();
            cancelIfItRings(cancelled);
            cancelled.await(Call.State.ANSWERED, SOON);
            var heard = true;
            if (cancelled.finalStatus() == 200) {
                answered++;
                // Either way the phone hangs up what it did not want [RFC 3261 15.1.1].
                heard = wasHeardFirst(cancelled);
                assertThat(cancelled.bye().status()).isEqualTo(200);
            } else {
                assertThat(cancelled.finalStatus()).as(() -> cancelled.journal().toString()).isEqualTo(487);
            }

            var next = retrieveAtLast(bob, heard);
            if (next.finalStatus() == 404) {
                // Its CANCEL came too late: for us it retrieved the call and hung up.
                unheard++;
            } else {
                // The caller was where it had been.
                assertThat(caller.state()).as(() -> "the caller:\n" + caller.journal() + "\nwho cancelled:\n"
                        + cancelled.journal()).isEqualTo(Call.State.ANSWERED);
                assertThat(next.bye().status()).isEqualTo(200);
            }
            caller.await(Call.State.ENDED, SOON);
        }
        System.out.printf("%d rounds, %d times 200, %d times too late%n", OTHER_ROUNDS, answered, unheard);
        assertThat(unheard).as("CANCELs that came too late").isLessThan(OTHER_ROUNDS / 2);
        stack.awaitNothingLeft(SOON);
    }

    private static final Match IDENTIFIED = Match.sent("INVITE").withHeader("Proxy-Authorization", "");

    /** After the 200 there is nothing to cancel any more. */
    private static void cancelIfItRings(Call call) {
        try {
            call.cancel();
        } catch (IllegalStateException e) {
            // Answered already.
        }
    }

    /**
     * The edge has answered the CANCEL before the 200 to the INVITE came. One that it has not seen by then, or that overtook its
     * INVITE (a phone waits for a provisional reply [RFC 3261 9.1], and gets none from us), cannot count.
     */
    private static boolean wasHeardFirst(Call call) {
        for (var message : call.journal().messages()) {
            if (message.received() && message.status() == 200) {
                return message.method().equals("CANCEL");
            }
        }
        return false;
    }

    /**
     * While the caller is being brought back to its music, a retriever is told to try again.
     *
     * @param there whether the call has to be there; else 404 is an answer as well
     */
    private static Call retrieveAtLast(TestPhone phone, boolean there) {
        var deadline = System.nanoTime() + SOON.toNanos();
        while (true) {
            var call = retrieve(phone).await(Call.State.ANSWERED, SOON);
            if (call.finalStatus() == 200 || !there && call.finalStatus() == 404) {
                return call;
            }
            assertThat(call.finalStatus()).as(() -> call.journal().toString()).isIn(480, 486);
            assertThat(System.nanoTime()).as(() -> call.journal().toString()).isLessThan(deadline);
        }
    }
}
