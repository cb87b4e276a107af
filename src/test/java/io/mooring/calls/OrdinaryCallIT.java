package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a phone can do without us: register, call and be called. */
@ExtendWith(StackExtension.class)
class OrdinaryCallIT {

    private static final Duration SOON = Duration.ofSeconds(5);

    private final Stack stack;
    private final ArrayList<TestPhone> phones = new ArrayList<>();

    OrdinaryCallIT(Stack stack) {
        this.stack = stack;
    }

    @AfterEach
    void close() {
        phones.forEach(TestPhone::close);
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aPhoneRegistersWithItsPasswordOnly(String transport) {
        assertThat(open(stack.phone("101").transport(transport)).register(Duration.ofMinutes(1)).status())
                .isEqualTo(200);
        assertThat(open(stack.phone("101").transport(transport).password("wrong")).register(Duration.ofMinutes(1))
                .status())
                .isIn(401, 403);
    }

    @Test
    void aStrangerMayNotCall() {
        var stranger = open(stack.phone("101").password("wrong"));
        assertThat(stranger.call("102").awaitFinalStatus(SOON)).isIn(401, 403, 407);
        var untrusted = open(stack.trunkCaller("mallory").address("127.0.0.9"));
        assertThat(untrusted.call("102").awaitFinalStatus(SOON)).isIn(401, 403, 407);
    }

    @ParameterizedTest
    @CsvSource({"udp, udp", "udp, tcp", "tcp, udp", "tcp, tcp"})
    void anExtensionCallsAnotherAndBothHear(String from, String to) {
        var alice = open(stack.phone("103").transport(from)).register();
        var bob = open(stack.phone("104").transport(to)).register();
        talkAndHangUp(alice, bob, alice.call("104"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aTrunkCallerReachesAnExtension(String transport) {
        var carol = open(stack.trunkCaller("carol").transport(transport));
        var bob = open(stack.phone("105")).register();
        talkAndHangUp(carol, bob, carol.call("105"));
    }

    private static void talkAndHangUp(TestPhone caller, TestPhone callee, Call call) {
        var answered = callee.awaitCall(SOON);
        answered.ring();
        call.awaitRinging();
        answered.answer();
        call.awaitAnswered();
        answered.await(Match.requestOf("ACK"), SOON);
        call.media().awaitTone(callee.toneHertz(), SOON);
        answered.media().awaitTone(caller.toneHertz(), SOON);
        assertThat(call.hold().status()).isEqualTo(200);
        answered.media().awaitQuiet(Duration.ofMillis(100), SOON);
        assertThat(call.resume().status()).isEqualTo(200);
        answered.media().awaitTone(caller.toneHertz(), SOON);
        assertThat(answered.reinviteWithoutSdp().status()).isEqualTo(200);
        assertThat(answered.info('7').status()).isEqualTo(200);
        assertThat(answered.bye().status()).isEqualTo(200);
        call.awaitEnded();
    }

    @Test
    void aRingingCallIsCancelled() {
        var alice = open(stack.phone("106")).register();
        var bob = open(stack.phone("107")).register().onInvite(Call::ring);
        var call = alice.call("107").awaitRinging();
        call.cancel();
        assertThat(call.awaitFinalStatus(SOON)).isEqualTo(487);
        bob.awaitCall(SOON).awaitEnded();
    }

    @Test
    void aRefusalReachesTheCaller() {
        var alice = open(stack.phone("106")).register();
        open(stack.phone("107")).register().onInvite(call -> call.reject(486));
        assertThat(alice.call("107").awaitFinalStatus(SOON)).isEqualTo(486);
        assertThat(alice.call("199").awaitFinalStatus(SOON)).isEqualTo(404);
        assertThat(alice.call("110").awaitFinalStatus(SOON)).as("not registered").isIn(404, 480);
    }
}
