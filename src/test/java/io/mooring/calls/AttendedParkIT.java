package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The parker dials the code, and sends the REFER there: Refer-To is the party that shall be parked, and its Replaces names the dialog of
 * the two [RFC 3891, RFC 5589 7.1].
 */
@ExtendWith(StackExtension.class)
class AttendedParkIT {
    private final Stack stack;

    AttendedParkIT(Stack stack) {
        this.stack = stack;
    }

    /** What a phone does that understands Replaces: takes the new call, and leaves the old one. */
    private static Call replaced(TestPhone phone, Call old) {
        var call = phone.awaitCall(SOON);
        assertThat(call.invite().header("Replaces").orElse("")).startsWith(old.callId() + ";to-tag=");
        call.answer();
        assertThat(old.bye().status()).isEqualTo(200);
        return call;
    }

    private void parkOnTheAnnouncementLeg(Scene scene, Scene.Talk talk, String party) {
        talk.calleeSide().hold();
        var announcement = talk.callee().call("*68").awaitAnswered();
        assertThat(announcement.referTo(party, talk.calleeSide()).reply().status()).isEqualTo(202);
        var parked = replaced(talk.caller(), talk.callerSide());
        announcement.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        talk.calleeSide().awaitEnded();
        announcement.hangUp();
        scene.assertHearsMusic(parked);
        var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
        scene.hangUp(retrieved.callerSide(), parked);
    }

    @Test
    void aCallerFromTheTrunkIsParkedByAReferOnTheAnnouncementLeg() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            parkOnTheAnnouncementLeg(scene, talk, "sip:carol@" + talk.caller().where());
        }
    }

    @Test
    void anExtensionIsParkedByAReferOnTheAnnouncementLeg() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(scene.phone("103"), scene.phone("101"));
            parkOnTheAnnouncementLeg(scene, talk, "103");
        }
    }

    /** It cannot do it, or does not want to: nothing has happened. */
    @Test
    void aPartyThatRefusesGoesOnTalking() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var announcement = talk.callee().call("*68").awaitAnswered();
            assertThat(announcement.referTo("sip:carol@" + talk.caller().where(), talk.calleeSide()).reply().status())
                    .isEqualTo(202);
            talk.caller().awaitCall(SOON).reject(420);
            announcement.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 420"), SOON);
            talk.assertBothHear();
            assertThat(announcement.bye().status()).isEqualTo(200);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    /** A transfer is no way to dial out. */
    @Test
    void whoIsNeitherInTheTenantNorAtItsTrunkIsNotCalled() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var announcement = talk.callee().call("*68").awaitAnswered();
            assertThat(announcement.referTo("sip:+4930@192.0.2.7", talk.calleeSide()).reply().status()).isEqualTo(403);
            assertThat(announcement.referTo("sip:carol@trunk.example", talk.calleeSide()).reply().status())
                    .isEqualTo(403);
            talk.assertBothHear();
            assertThat(announcement.bye().status()).isEqualTo(200);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    /** The parker hangs up as soon as it has its 202: the party is parked all the same. */
    @Test
    void whoHangsUpAtOnceHasParkedTheCall() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var announcement = talk.callee().call("*68").awaitAnswered();
            assertThat(announcement.referTo("sip:carol@" + talk.caller().where(), talk.calleeSide()).reply().status())
                    .isEqualTo(202);
            assertThat(announcement.bye().status()).isEqualTo(200);
            var parked = replaced(talk.caller(), talk.callerSide());
            talk.calleeSide().awaitEnded();
            scene.assertHearsMusic(parked);
            assertThat(parked.bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }
}
