package io.mooring.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.RawSip;
import io.mooring.lab.Stack;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who guesses passwords or floods is shut out, and nobody else: not the phone that is guessed at, not those behind the same address. */
class BansIT {

    private static final int GUESSES = 5;
    private static final int SOURCE_GUESSES = 12;
    private static final int FLOOD = 50;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(1, Map.of("MOORING_GUESSES", "" + GUESSES, "MOORING_SOURCE_GUESSES", "" + SOURCE_GUESSES,
                "MOORING_FLOOD_REQUESTS", "" + FLOOD));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static int register(String address, String extension, String password) {
        try (var phone = stack.phone(extension).address(address).password(password).open()) {
            return phone.register(MINUTE).status();
        }
    }

    @Test
    void whoGuessesIsShutOutAndTheOwnerIsNot() {
        for (int guess = 0; guess < GUESSES; guess++) {
            assertThat(register("127.0.3.1", "101", "guess-" + guess)).isEqualTo(401);
        }
        assertThat(register("127.0.3.1", "101", "demo-101")).as("even the right one, now").isEqualTo(403);
        assertThat(register("127.0.3.2", "101", "demo-101")).as("the owner, elsewhere").isEqualTo(200);
        assertThat(register("127.0.3.1", "102", "demo-102")).as("another phone at that address").isEqualTo(200);
    }

    /** By calls as by registrations: it is the same password. */
    @Test
    void whoGuessesByCallsIsShutOut() {
        for (int guess = 0; guess < GUESSES; guess++) {
            assertThat(call("127.0.3.3", "103", "guess-" + guess)).isEqualTo(407);
        }
        assertThat(call("127.0.3.3", "103", "demo-103")).isEqualTo(403);
    }

    private static int call(String address, String extension, String password) {
        try (var phone = stack.phone(extension).address(address).password(password).open()) {
            return phone.request("OPTIONS", "104", "", "", "").status();
        }
    }

    @Test
    void whoGuessesAtManyIsShutOutAndThePhonesBehindTheSameAddressAreNot() {
        var nat = "127.0.3.4";
        assertThat(register(nat, "105", "demo-105")).isEqualTo(200);
        for (int guess = 0; guess < SOURCE_GUESSES; guess++) {
            assertThat(register(nat, "20" + guess, "guess")).isEqualTo(401);
        }
        assertThat(register(nat, "106", "demo-106")).as("one that was never seen there").isEqualTo(403);
        assertThat(register(nat, "105", "demo-105")).as("one that was").isEqualTo(200);
        assertThat(register("127.0.3.5", "106", "demo-106")).as("the other one, elsewhere").isEqualTo(200);
    }

    @Test
    void whoFloodsIsNotAnsweredAndOthersAre() {
        try (var flooding = RawSip.open(stack.sip(), 5060);
                var other = RawSip.open(stack.sip(), 5060);
                var trunk = RawSip.open(stack.sip(), 5060)) {
            stack.api().putTrunk(trunk.address(), "busy-trunk", Stack.TENANT);
            for (int i = 0; i < 4 * FLOOD; i++) {
                flooding.ping();
                trunk.ping();
            }
            Awaitility.await().pollInSameThread().until(() -> !answersWhileItFloods(flooding));
            assertThat(other.edgeAnswers()).as("another address").isTrue();
            // A ping may be lost on the way; who is shut out is never answered while it floods.
            Awaitility.await("a trunk").pollInSameThread().until(() -> answersWhileItFloods(trunk));
            Awaitility.await()
                    .atMost(MINUTE)
                    .pollInterval(Duration.ofSeconds(5))
                    .pollInSameThread()
                    .until(flooding::edgeAnswers);
        }
    }

    private static boolean answersWhileItFloods(RawSip source) {
        for (int i = 0; i < 4 * FLOOD; i++) {
            source.ping();
        }
        source.forget();
        return source.edgeAnswers();
    }
}
