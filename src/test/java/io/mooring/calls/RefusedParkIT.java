package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Reinvites;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Never lose the caller: a park that cannot be done leaves the two talking, and the parker's phone is told. */
@ExtendWith(StackExtension.class)
class RefusedParkIT {

    private final Stack stack;

    RefusedParkIT(Stack stack) {
        this.stack = stack;
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void anUnknownExtension(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer("*68199").status()).isEqualTo(404);
            scene.assertStillTalking(talk);
        }
    }

    @Test
    void aTakenPlace() {
        try (var scene = new Scene(stack, "udp")) {
            var first = scene.talk();
            scene.park(first, "*68101");
            var second = scene.talk(scene.open(scene.outside("dora")), scene.phone("103"));
            assertThat(second.calleeSide().refer("*68101").status()).isEqualTo(486);
            second.assertBothHear();
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            second.calleeSide().awaitEnded();
            scene.assertHearsMusic(first.callerSide());
            var retrieved = scene.retrieve(first.caller(), first.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(retrieved.callerSide(), first.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {488, 500, 606})
    void theCallersPhoneRefusesTheMusic(int status) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().onReinvite(Reinvites.refuse(status));
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            scene.assertNotParked(talk, status);
        }
    }

    @Test
    void theCallersPhoneDoesNotAnswer() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().onReinvite(Reinvites.ignore());
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide()
                    .await(
                            Match.requestOf("NOTIFY")
                                    .and("a failure", notify -> notify.body().matches("(?s)SIP/2.0 [45].*")),
                            Duration.ofSeconds(15));
            scene.assertStillTalking(talk);
        }
    }

    /** The machinery of a failed park is that of a retrieved call: it must be as good as a call of its own. */
    @Test
    void afterARefusalEverythingStillWorks() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().onReinvite(Reinvites.refuseFirst(1, 488));
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 488"), SOON);
            talk.assertBothHear();
            assertThat(talk.calleeSide().hold().status()).isEqualTo(200);
            assertThat(talk.calleeSide().resume().status()).isEqualTo(200);
            talk.assertBothHear();
            assertThat(talk.callerSide().info('3').status()).isEqualTo(200);
            talk.calleeSide().await(Match.requestOf("INFO").withBody("Signal=3"), SOON);
            var mark = talk.calleeSide().journal().mark();
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().journal().awaitSince(mark, Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            assertThat(talk.calleeSide().bye().status()).isEqualTo(200);
            scene.assertHearsMusic(talk.callerSide());
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void aTransferWhileItStillRings() {
        try (var scene = new Scene(stack, "udp")) {
            var bob = scene.phone("101").onInvite(Call::ring);
            var call = scene.phone("103").call("101").awaitRinging();
            var ringing = bob.awaitCall(SOON);
            assertThat(ringing.refer("*68").status()).isEqualTo(403);
            ringing.answer();
            call.awaitAnswered();
            scene.hangUp(call, ringing);
        }
    }

    @Test
    void anotherTenantsCallIsOutOfReach() {
        try (var mine = new Scene(stack, "udp"); var theirs = new Scene(stack, "udp")) {
            var talk = mine.talk();
            var parked = mine.park(talk, "*68");
            var spy = theirs.phone("101");
            assertThat(spy.call("*88101").awaitFinalStatus(SOON)).isEqualTo(404);
            assertThat(spy.call("sip:*88101@" + mine.tenant()).awaitFinalStatus(SOON)).isIn(401, 403, 407);
            mine.assertHearsMusic(parked);
            assertThat(parked.bye().status()).isEqualTo(200);
        }
    }

    @Test
    void aTrunkMayNotRetrieve() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            TestPhone thief = scene.open(scene.outside("thief"));
            assertThat(thief.call("*88101").awaitFinalStatus(SOON)).isEqualTo(403);
            assertThat(parked.bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }
}
