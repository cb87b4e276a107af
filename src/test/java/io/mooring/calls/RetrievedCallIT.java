package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.Reinvites;
import io.mooring.lab.Sdp;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Codec;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What two people do in a call that was retrieved: all that they could do in any other. */
@ExtendWith(StackExtension.class)
class RetrievedCallIT {

    private final Stack stack;

    RetrievedCallIT(Stack stack) {
        this.stack = stack;
    }

    /** 102 (the caller of the talk) has retrieved carol. */
    private static Scene.Talk retrieved(Scene scene) {
        var talk = scene.talk();
        var parked = scene.park(talk, "*68");
        return scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void holdAndResumeFromEitherSide(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = retrieved(scene);
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.calleeSide().localSdp().direction()).isEqualTo(Sdp.Direction.RECVONLY);
            talk.calleeSide().media().awaitQuiet(Duration.ofMillis(200), SOON);
            assertThat(talk.callerSide().resume().status()).isEqualTo(200);
            talk.assertBothHear();
            assertThat(talk.calleeSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().localSdp().direction()).isEqualTo(Sdp.Direction.RECVONLY);
            assertThat(talk.calleeSide().resume().status()).isEqualTo(200);
            talk.assertBothHear();
            scene.hangUp(talk.callerSide(), talk.calleeSide());
        }
    }

    /** Neither the code nor the orbit nor the parker; and the caller's screen follows to the one who talks now. */
    @Test
    void bothScreensShowWhoIsThere() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var alice = scene.phone("102");
            // One who offers nothing: the caller's phone, which takes no UPDATE, is sent a re-INVITE.
            var retrieved = alice.dial("*8810").withoutSdp().start().awaitAnswered();
            new Scene.Talk(alice, retrieved, talk.caller(), talk.callerSide()).assertBothHear();
            assertThat(retrieved
                    .await(Match.replyTo("INVITE").withStatus(200), SOON)
                    .header("P-Asserted-Identity"))
                    .hasValueSatisfying(shown -> assertThat(shown).contains("carol", "<sip:carol@carrier.example>"));
            assertThat(talk.callerSide()
                    .await(Match.requestOf("INVITE").withHeader("P-Asserted-Identity", ""), SOON)
                    .header("P-Asserted-Identity"))
                    .hasValueSatisfying(shown -> assertThat(shown).contains("<sip:102@" + scene.tenant() + ">"));
            scene.hangUp(retrieved, talk.callerSide());
        }
    }

    @Test
    void reinvitesWithoutSdpUpdatesAndRefreshes() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            for (var side : new io.mooring.lab.Call[]{talk.callerSide(), talk.calleeSide()}) {
                assertThat(side.reinviteWithoutSdp().status()).isEqualTo(200);
                talk.assertBothHear();
                assertThat(side.update(Sdp.Direction.SENDRECV).status()).isEqualTo(200);
                assertThat(side.updateWithoutSdp().status()).isEqualTo(200);
                assertThat(side.refresh().status()).isEqualTo(200);
                talk.assertBothHear();
            }
            scene.hangUp(talk.calleeSide(), talk.callerSide());
        }
    }

    @Test
    void digitsAndMessagesReachTheOtherSide() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            assertThat(talk.callerSide().info('5').status()).isEqualTo(200);
            talk.calleeSide().await(Match.requestOf("INFO").withBody("Signal=5"), SOON);
            assertThat(talk.calleeSide().info('6').status()).isEqualTo(200);
            talk.callerSide().await(Match.requestOf("INFO").withBody("Signal=6"), SOON);
            assertThat(talk.callerSide().message("hello").status()).isEqualTo(200);
            talk.calleeSide().await(Match.requestOf("MESSAGE").withBody("hello"), SOON);
            assertThat(talk.callerSide().options().status()).isEqualTo(200);
            scene.hangUp(talk.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void aRefusedReinviteChangesNothing() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            talk.calleeSide().onReinvite(Reinvites.refuse(488));
            assertThat(talk.callerSide().offer(Codec.PCMU).status()).isEqualTo(488);
            talk.assertBothHear();
            scene.hangUp(talk.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void anOldRequestIsOutOfOrder() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            assertThat(talk.callerSide().updateWithoutSdp().status()).isEqualTo(200);
            assertThat(talk.callerSide().request("UPDATE").cseq(1).reply().status()).isEqualTo(500);
            scene.hangUp(talk.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void bothHangUpAtOnce() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            var one = talk.callerSide().request("BYE").send();
            var other = talk.calleeSide().request("BYE").send();
            assertThat(one.join().status()).isIn(200, 481);
            assertThat(other.join().status()).isIn(200, 481);
            scene.assertNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theCallIsParkedAgain(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = retrieved(scene);
            assertThat(talk.callerSide().refer("*68").status()).isEqualTo(202);
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertHearsMusic(talk.calleeSide());
            var again = scene.retrieve(talk.callee(), talk.calleeSide(), scene.phone("103"), "*88102");
            scene.hangUp(talk.calleeSide(), again.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theCallIsTransferredToAnotherExtension(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = retrieved(scene);
            var dave = scene.phone("104");
            assertThat(talk.callerSide().refer("104").status()).isEqualTo(202);
            var answered = dave.awaitCall(SOON);
            answered.ring();
            answered.answer();
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            talk.callerSide().hangUp();
            answered.media().awaitTone(talk.callee().toneHertz(), AUDIBLE);
            talk.calleeSide().media().awaitTone(dave.toneHertz(), AUDIBLE);
            scene.hangUp(answered, talk.calleeSide());
        }
    }

    @Test
    void aTransferThatIsRefusedLeavesTheTwoTalking() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = retrieved(scene);
            scene.phone("104").onInvite(call -> call.reject(486));
            assertThat(talk.callerSide().refer("104").status()).isEqualTo(202);
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 486"), SOON);
            talk.assertBothHear();
            scene.hangUp(talk.callerSide(), talk.calleeSide());
        }
    }
}
