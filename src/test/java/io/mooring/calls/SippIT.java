package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The main job with phones that share no code with us or with the lab: SIPp plays caller, parker and retriever; the lab lends them
 * ears and voices only.
 */
@ExtendWith(StackExtension.class)
@TestInstance(Lifecycle.PER_CLASS)
class SippIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration AUDIBLE = Duration.ofSeconds(10);
    /** 64*T1, as long as an ended dialog is remembered, and some. */
    private static final Duration AFTERLIFE = Duration.ofSeconds(40);
    /** The edge takes its nodes in turn, whatever the event, so that both halves of a call may meet the same one. */
    private static final int MOST_ROUNDS = 8;

    private static final double CAROLS_TONE = 450;
    private static final double BOBS_TONE = 610;
    private static final double ALICES_TONE = 850;

    private final Stack stack;
    private final ArrayList<SippPhone> phones = new ArrayList<>();

    /** Which nodes counted a park and a retrieve. */
    private record Round(List<String> parkedBy, List<String> retrievedBy) {}

    SippIT(Stack stack) {
        this.stack = stack;
    }

    @AfterEach
    void close() {
        phones.forEach(SippPhone::close);
        phones.clear();
    }

    @AfterAll
    void nothingIsLeftInRedis() {
        Awaitility.await()
                .atMost(AFTERLIFE)
                .untilAsserted(() -> assertThat(
                        stack.keys("*:call:*", "*:ended:*", "*:event:*", "*:place:*", "*:parked:*", "*:due",
                                "own:*", "cancelled:*"))
                        .as("keys of calls in Redis")
                        .isEmpty());
    }

    private SippPhone start(SippPhone.Builder builder) {
        var phone = builder.start();
        phones.add(phone);
        return phone;
    }

    @ParameterizedTest
    @CsvSource({"udp, alice, 101", "udp, carol, 103", "tcp, alice, 104", "tcp, carol, 105"})
    void aCallParkedAtOneNodeIsRetrievedAtTheOther(String transport, String whoHangsUp, String parker) {
        var rounds = new ArrayList<Round>();
        do {
            rounds.add(play(transport, whoHangsUp, parker, rounds.size() % 2));
            assertThat(rounds.getLast().parkedBy).as("nodes that parked").hasSize(1);
            assertThat(rounds.getLast().retrievedBy).as("nodes that retrieved").hasSize(1);
        } while (rounds.getLast().parkedBy.equals(rounds.getLast().retrievedBy) && rounds.size() < MOST_ROUNDS);
        assertThat(rounds).as("a park at one node and its retrieve at the other")
                .anyMatch(round -> !round.parkedBy.equals(round.retrievedBy));
    }

    /** @param mistakes calls to an empty place before the retrieve: each is an event, and moves the turn to the next node */
    private Round play(String transport, String whoHangsUp, String parker, int mistakes) {
        var bobsPort = SippPhone.freePort("127.0.0.1");
        register(transport, parker, bobsPort, 600);
        var bob = start(SippPhone.play("bob", stack)
                .transport(transport)
                .extension(parker)
                .port(bobsPort)
                .key("code", "*68")
                .tone(BOBS_TONE))
                .awaitListening(SOON);
        var carol = start(SippPhone.play("carol", stack)
                .transport(transport)
                .from(Stack.TRUNK_ADDRESS)
                .key("callee", parker)
                .tone(CAROLS_TONE));
        bob.awaitMedia(1, SOON);
        carol.awaitMedia(1, SOON);
        carol.media().awaitTone(BOBS_TONE, AUDIBLE);
        bob.media().awaitTone(CAROLS_TONE, AUDIBLE);

        var parks = stack.counter(Stack.PARKS);
        bob.goOn(carol.callId());
        carol.awaitMedia(2, SOON);
        bob.awaitDone(SOON);
        var parkedBy = stack.whoCounted(Stack.PARKS, parks);
        carol.media().awaitMusic(stack.music(), AUDIBLE);

        for (int i = 0; i < mistakes; i++) {
            try (var phone = stack.phone("106").open()) {
                assertThat(phone.call("*88106").awaitFinalStatus(SOON)).isEqualTo(404);
            }
        }
        var retrieves = stack.counter(Stack.RETRIEVES);
        var alice = start(SippPhone.play("alice", stack)
                .transport(transport)
                .extension("102")
                .key("code", "*88" + parker)
                .tone(ALICES_TONE));
        alice.awaitMedia(1, SOON);
        carol.media().awaitTone(ALICES_TONE, AUDIBLE);
        alice.media().awaitTone(CAROLS_TONE, AUDIBLE);
        var retrievedBy = stack.whoCounted(Stack.RETRIEVES, retrieves);

        var first = whoHangsUp.equals("alice") ? alice : carol;
        first.goOn(first.callId());
        alice.awaitDone(SOON);
        carol.awaitDone(SOON);
        stack.awaitNothingLeft(SOON);
        register(transport, parker, bobsPort, 0);
        return new Round(parkedBy, retrievedBy);
    }

    /** From the port where bob will answer: the edge calls a phone where its REGISTER came from. */
    private void register(String transport, String extension, int port, int seconds) {
        try (var phone = SippPhone.play("register", stack)
                .transport(transport)
                .extension(extension)
                .port(port)
                .key("contact", "127.0.0.1:" + port + ";transport=" + transport)
                .key("expires", "" + seconds)
                .start()) {
            phone.awaitDone(SOON);
        }
    }
}
