package io.mooring.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.audio.Codec;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two phones face to face, without an edge between them: what the lab itself must be able to do. */
class TestPhoneTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private static final SipHost BOBS_STACK = new SipHost("mooring-lab-bob");

    private final ArrayList<TestPhone> phones = new ArrayList<>();

    @AfterEach
    void close() {
        phones.forEach(TestPhone::close);
    }

    private TestPhone phone(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    private TestPhone bob(String transport) {
        return phone(TestPhone.builder()
                .user("bob")
                .stack(BOBS_STACK)
                .address("127.0.0.3")
                .transport(transport)
                .codecs(Codec.PCMU));
    }

    private TestPhone alice(TestPhone bob, String transport) {
        return phone(TestPhone.builder().user("alice").transport(transport).edge(bob.address()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theyCallAndHearEachOther(String transport) {
        var bob = bob(transport);
        var alice = alice(bob, transport);
        var call = alice.call("bob");
        var answered = bob.awaitCall(SOON);
        answered.ring();
        call.awaitRinging();
        answered.answer();
        call.awaitAnswered();
        call.media().awaitTone(bob.toneHertz(), SOON);
        answered.media().awaitTone(alice.toneHertz(), SOON);

        assertThat(call.hold().status()).isEqualTo(200);
        answered.media().awaitQuiet(Duration.ofMillis(100), SOON);
        assertThat(answered.localSdp().direction()).isEqualTo(Sdp.Direction.RECVONLY);
        assertThat(call.resume().status()).isEqualTo(200);
        answered.media().awaitTone(alice.toneHertz(), SOON);
        assertThat(answered.reinviteWithoutSdp().status()).isEqualTo(200);
        assertThat(call.update(Sdp.Direction.SENDRECV).status()).isEqualTo(200);
        assertThat(answered.info('5').status()).isEqualTo(200);
        assertThat(call.options().status()).isEqualTo(200);
        assertThat(answered.bye().status()).isEqualTo(200);
        call.awaitEnded();
    }

    @Test
    void anUnansweredCallIsCancelled() {
        var bob = bob("udp").onInvite(Call::ring);
        var call = alice(bob, "udp").call("bob").awaitRinging();
        call.cancel();
        assertThat(call.awaitFinalStatus(SOON)).isEqualTo(487);
        bob.awaitCall(SOON).awaitEnded();
    }

    @Test
    void theOfferMayComeInTheAnswer() {
        var bob = bob("udp").answersCalls();
        var alice = alice(bob, "udp");
        var call = alice.dial("bob").withoutSdp().start().awaitAnswered();
        call.media().awaitTone(bob.toneHertz(), SOON);
        bob.awaitCall(SOON).media().awaitTone(alice.toneHertz(), SOON);
    }

    @Test
    void aReinviteIsRefusedOrIgnoredAsTheTestSays() {
        var bob = bob("udp").answersCalls();
        var call = alice(bob, "udp").call("bob").awaitAnswered();
        bob.onReinvite(Reinvites.refuseFirst(1, 491));
        assertThat(call.offer(Sdp.Direction.SENDRECV).status()).isEqualTo(491);
        assertThat(call.offer(Sdp.Direction.SENDRECV).status()).isEqualTo(200);
        assertThat(call.offer(Codec.OPUS).status()).isEqualTo(488);
    }

    @Test
    void anAnswerIsRepeatedUntilItsAck() {
        var bob = bob("udp").answersCalls();
        var call = alice(bob, "udp").dial("bob").start().keepAckBack().awaitAnswered();
        var answered = bob.awaitCall(SOON);
        assertThat(answered.journal().count(Match.requestOf("ACK"))).isZero();
        call.sendAck();
        answered.await(Match.requestOf("ACK"), SOON);
    }

    @Test
    void aThousandQuickCalls() {
        var bob = phone(TestPhone.builder().user("bob").stack(BOBS_STACK).address("127.0.0.3").oneSocketForAllCalls())
                .answersCalls();
        var alice = phone(TestPhone.builder().user("alice").edge(bob.address()).oneSocketForAllCalls());
        var calls = new ArrayList<Call>();
        for (var i = 0; i < 1_000; i++) {
            calls.add(alice.call("bob").awaitAnswered());
        }
        for (var call : calls) {
            assertThat(call.bye().status()).isEqualTo(200);
        }
    }
}
