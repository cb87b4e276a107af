package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Reinvites;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Codec;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parking and retrieving, from the first call to the last hang-up. */
@ExtendWith(StackExtension.class)
class ParkIT {

    private final Stack stack;

    ParkIT(Stack stack) {
        this.stack = stack;
    }

    @ParameterizedTest
    @CsvSource({"udp, caller", "udp, retriever", "tcp, caller", "tcp, retriever"})
    void theMainJob(String transport, String whoHangsUp) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            assertThat(parked.media().last(25).sourceChanges()).as("only the music is heard")
                    .isZero();
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            if (whoHangsUp.equals("caller")) {
                scene.hangUp(parked, retrieved.callerSide());
            } else {
                scene.hangUp(retrieved.callerSide(), parked);
            }
        }
    }

    @Test
    void aCallIsParkedAtAnotherExtensionAndTakenThere() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68104");
            assertThat(scene.phone("102").call("*88101").awaitFinalStatus(SOON)).isEqualTo(404);
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("104"), "*88");
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    @Test
    void theCallerMayBeTheOneWhoParks() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(scene.phone("103"), scene.phone("101"));
            assertThat(talk.callerSide().refer("*68").status()).isEqualTo(202);
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            talk.callerSide().bye();
            scene.assertHearsMusic(talk.calleeSide());
            var retrieved = scene.retrieve(talk.callee(), talk.calleeSide(), scene.phone("102"), "*88103");
            scene.hangUp(retrieved.callerSide(), talk.calleeSide());
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void theCallerHearsMusicAndTheRetrieverInWhatSheOffers(Codec codec) {
        try (var scene = new Scene(stack, "udp")) {
            var carol = scene.open(scene.outside("carol").codecs(codec));
            var bob = scene.open(scene.extension("101").codecs(Codec.values())).register();
            var talk = scene.talk(carol, bob);
            var parked = scene.park(talk, "*68");
            assertThat(parked.localSdp().formats().getFirst().codec()).isEqualTo(codec);
            var alice = scene.open(scene.extension("102").codecs(codec == Codec.PCMA ? Codec.PCMU : Codec.PCMA));
            var retrieved = scene.retrieve(carol, parked, alice, "*88101");
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    @Test
    void aMutedCallerStaysParked() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            parked.media().mute(true);
            parked.media().awaitPackets(150, Duration.ofSeconds(10));
            scene.assertHearsMusic(parked);
            parked.media().mute(false);
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theParkedCallerHangsUp(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            assertThat(parked.bye().status()).isEqualTo(200);
            assertThat(scene.phone("102").call("*88101").awaitFinalStatus(SOON)).isEqualTo(404);
            scene.assertNothingLeft();
        }
    }

    @Test
    void theParkerWhoDoesNotHangUpIsHungUp() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().await(Call.State.ENDED, Duration.ofSeconds(10));
            scene.assertHearsMusic(talk.callerSide());
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void nobodyIsParkedThere() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            assertThat(alice.call("*88").awaitFinalStatus(SOON)).isEqualTo(404);
            assertThat(alice.call("*88101").awaitFinalStatus(SOON)).isEqualTo(404);
            assertThat(alice.call("*88999").awaitFinalStatus(SOON)).isEqualTo(404);
        }
    }

    @Test
    void crossingReinvitesAreTriedAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().onReinvite(Reinvites.refuseFirst(1, 491));
            var parked = scene.park(talk, "*68");
            parked.onReinvite(Reinvites.refuseFirst(1, 491));
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @Test
    void theRetrieverMayGiveUpAndTheCallerStaysParked() {
        try (var scene = new Scene(stack, "udp")) {
            // Of whose codec alice knows nothing: carol has to be asked.
            var talk = scene.talk(scene.open(scene.outside("carol").codecs(Codec.OPUS)),
                    scene.open(scene.extension("101").codecs(Codec.OPUS)).register());
            var parked = scene.park(talk, "*68");
            parked.onReinvite(Reinvites.ignore());
            var alice = scene.phone("102");
            var mark = parked.journal().mark();
            var attempt = alice.call("*88101");
            parked.journal().awaitSince(mark, Match.requestOf("INVITE"), SOON);
            attempt.cancel();
            assertThat(attempt.awaitFinalStatus(SOON)).isEqualTo(487);
            parked.onReinvite(Reinvites.answer());
            scene.assertHearsMusic(parked);
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @Test
    void theRetrieverMayOfferNothing() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var alice = scene.phone("102");
            var call = alice.dial("*88101").withoutSdp().start().awaitAnswered();
            new Scene.Talk(alice, call, talk.caller(), parked).assertBothHear();
            scene.hangUp(call, parked);
        }
    }

    @Test
    void aRetrieverWhoseAckNeverComesLosesTheCallAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var alice = scene.phone("102");
            alice.dial("*88101").start().keepAckBack().awaitAnswered();
            // The 200 is given up after 64*T1 [RFC 3261 13.3.1.4].
            parked.media().awaitMusic(stack.music(), Duration.ofSeconds(45));
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("103"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void anAttendedTransferParks(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            talk.calleeSide().hold();
            var announcement = talk.callee().call("*68").awaitAnswered();
            assertThat(talk.calleeSide().referTo("*68", announcement).reply().status()).isEqualTo(202);
            scene.assertParked(talk);
            announcement.awaitEnded();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }

    @Test
    void anAttendedTransferThatIsGivenUpFreesThePlace() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var announcement = talk.callee().call("*68").awaitAnswered();
            assertThat(announcement.bye().status()).isEqualTo(200);
            var parked = scene.park(talk, "*68");
            assertThat(parked.bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    /** The REFER went past us, and the transferee calls the code by itself. */
    @Test
    void anInviteThatWasReferredParks() {
        try (var scene = new Scene(stack, "udp")) {
            var carol = scene.carol();
            var call = carol.dial("*68")
                    .header("Referred-By", "<sip:101@" + scene.tenant() + ">")
                    .start()
                    .awaitAnswered();
            scene.assertHearsMusic(call);
            var retrieved = scene.retrieve(carol, call, scene.phone("102"), "*88101");
            scene.hangUp(retrieved.callerSide(), call);
        }
    }
}
