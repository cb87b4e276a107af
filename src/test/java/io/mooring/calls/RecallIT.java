package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import io.mooring.lab.audio.Music;
import io.mooring.lab.audio.Wav;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nobody picks the call up. Bob, 101, parks; Carol waits. The shortest wait that can be set is 30 s: it is lived through once, and
 * in the other tests its end is brought forward.
 */
@ExtendWith(StackExtension.class)
class RecallIT {
    /** A due time that was brought forward is found by the nodes that look for what others left. */
    private static final Duration FOUND = Duration.ofSeconds(15);

    /** What the caller is told before the end. */
    private static final Music WORDS = Music.of(Path.of("media/prompts/en/not-picked-up.wav"));

    private static final String BUSY = "mooring_recalls_total{result=\"busy\"}";

    private final Stack stack;

    RecallIT(Stack stack) {
        this.stack = stack;
    }

    private static void policy(Scene scene, String recall) {
        scene.stack()
                .api()
                .putPolicy(scene.tenant(), "everyone",
                        ("{'name': 'Everyone', 'recall': {'recallTimeoutSeconds': 30" + recall + "}}").replace('\'',
                                '"'));
    }

    private static void ringGroup(Scene scene, String strategy) {
        scene.stack()
                .api()
                .putRingGroup(scene.tenant(), "desk", ("{'name': 'Desk', 'strategy': '" + strategy
                        + "', 'members': ['101', '102', '103']}").replace('\'', '"'));
    }

    private static void hurry(Scene scene, String timer) {
        scene.stack().bringForward(scene.tenant(), timer);
    }

    /** Parks, and lets the time go by until the first recall. */
    private static Scene.Talk parkedAndDue(Scene scene) {
        var talk = scene.talk();
        scene.park(talk, "*68");
        hurry(scene, "recall:");
        return talk;
    }

    /** Complaint 4: where a phone sends its calls, perhaps to a voicemail, the parked party does not go. */
    @Test
    void aPhoneThatIsForwardedDoesNotSendTheCallElsewhere() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'maxAttempts': 2");
            var voicemail = scene.phone("106");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            assertThat(recall.invite().header("Reject-Contact")).contains("*;actor=\"msg-taker\"");
            recall.divert("sip:106@" + scene.tenant());
            scene.assertHearsMusic(talk.callerSide());
            hurry(scene, "recall:");
            var again = talk.callee().awaitCall(FOUND);
            again.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), again).assertBothHear();
            assertThat(voicemail.hasCall()).as("the voicemail is rung").isFalse();
            scene.hangUp(talk.callerSide(), again);
        }
    }

    /** In a call between two phones, which the edge knows of, and in one that was retrieved. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aParkerWhoTalksIsNotRungUntilItHasHungUp(boolean retrieved) {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var bob = scene.phone("101");
            Call other;
            if (retrieved) {
                var first = scene.talk(scene.carol(), bob);
                scene.park(first, "*68102");
                other = scene.retrieve(first.caller(), first.callerSide(), bob, "*88102").callerSide();
            } else {
                var eve = scene.phone("103");
                other = bob.call("103");
                eve.awaitCall(SOON).answer();
                other.awaitAnswered();
            }
            var talk = scene.talk(scene.open(scene.outside("dora")), bob);
            scene.park(talk, "*68");
            var before = stack.counter(BUSY);
            hurry(scene, "recall:");
            Awaitility.await().atMost(FOUND).until(() -> !stack.whoCounted(BUSY, before).isEmpty());
            assertThat(talk.callee().hasCall()).isFalse();
            other.hangUp();
            hurry(scene, "recall:");
            var recall = talk.callee().awaitCall(FOUND).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            scene.hangUp(recall, talk.callerSide());
        }
    }

    @Test
    void theParkersPhoneShowsThatItsCallStillWaits() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'reminderSeconds': 20");
            var talk = scene.talk();
            scene.park(talk, "*68");
            hurry(scene, "reminder:");
            talk.callee().await(Match.requestOf("MESSAGE").withBody("is still waiting. Dial *88101 to"), FOUND);
            scene.assertHearsMusic(talk.callerSide());
            assertThat(talk.callee().hasCall()).as("nothing rings").isFalse();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theParkerIsRungAndHasTheCallAgain(String transport) {
        try (var scene = new Scene(stack, transport)) {
            policy(scene, ", 'alertInfo': '<http://127.0.0.1/Bellcore-dr2>'");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            scene.assertHearsMusic(talk.callerSide());
            assertThat(recall.invite().header("From")).hasValueSatisfying(
                    from -> assertThat(from).startsWith("\"Recall: carol\" <sip:carol@carrier.example>"));
            assertThat(recall.invite().header("Subject")).contains("Recall from 101");
            assertThat(recall.invite().header("Alert-Info")).contains("<http://127.0.0.1/Bellcore-dr2>");
            assertThat(recall.invite().header("X-Mooring-Key")).as("our key with the edge").isEmpty();
            recall.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            assertThat(scene.phone("102").call("*88101").awaitFinalStatus(SOON)).as("its place is free").isEqualTo(404);
            scene.hangUp(talk.callerSide(), recall);
        }
    }

    @Test
    void theParkerParksItOnceMore() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND).answer();
            var again = new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            scene.park(again, "*68");
            hurry(scene, "recall:");
            recall = talk.callee().awaitCall(FOUND).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            scene.hangUp(recall, talk.callerSide());
        }
    }

    @Test
    void whoRetrievesTheCallStopsTheRinging() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            recall.await(Match.requestOf("CANCEL"), SOON);
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void theParkerWhoDialsTheCodeWhileItRingsHasTheCallOnce() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), talk.callee(), "*88");
            recall.await(Match.requestOf("CANCEL"), SOON);
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }

    @Test
    void theCallerHangsUpWhileItRings() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            recall.await(Match.requestOf("CANCEL"), SOON);
            scene.assertNothingLeft();
        }
    }

    @Test
    void theGroupIsRungAtOnceWhenTheParkerRejects() {
        try (var scene = new Scene(stack, "udp")) {
            ringGroup(scene, "all");
            policy(scene, ", 'mode': 'parker-then-ring-group', 'ringGroup': 'desk'");
            var alice = scene.phone("102");
            var dave = scene.phone("103");
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(FOUND).reject(486);
            var atAlice = alice.awaitCall(SOON);
            var atDave = dave.awaitCall(SOON);
            atAlice.ring();
            atDave.ring();
            scene.assertHearsMusic(talk.callerSide());
            atDave.answer();
            atAlice.await(Match.requestOf("CANCEL"), SOON);
            new Scene.Talk(talk.caller(), talk.callerSide(), dave, atDave).assertBothHear();
            scene.hangUp(atDave, talk.callerSide());
            assertThat(talk.callee().hasCall()).as("the parker is rung again").isFalse();
        }
    }

    @Test
    void theMembersAreRungInTheirOrder() {
        try (var scene = new Scene(stack, "udp")) {
            ringGroup(scene, "in-order");
            policy(scene, ", 'mode': 'ring-group', 'ringGroup': 'desk', 'ringSeconds': 5");
            var dave = scene.phone("103");
            var talk = parkedAndDue(scene);
            var atBob = talk.callee().awaitCall(FOUND);
            atBob.ring();
            // 102 has no phone: its turn is over at once.
            var atDave = dave.awaitCall(FOUND);
            atBob.await(Match.requestOf("CANCEL"), SOON);
            atDave.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), dave, atDave).assertBothHear();
            scene.hangUp(talk.callerSide(), atDave);
        }
    }

    /** 101 has the first turn, then 103: 102 has no phone. */
    @Test
    void theMembersTakeTurnsInBeingTheFirst() {
        try (var scene = new Scene(stack, "udp")) {
            ringGroup(scene, "round-robin");
            policy(scene, ", 'mode': 'ring-group', 'ringGroup': 'desk', 'ringSeconds': 60");
            var bob = scene.phone("101");
            var dave = scene.phone("103");
            for (var first : List.of(bob, dave, dave, bob)) {
                var talk = scene.talk(scene.carol(), bob);
                scene.park(talk, "*68");
                hurry(scene, "recall:");
                var recall = first.awaitCall(FOUND).answer();
                new Scene.Talk(talk.caller(), talk.callerSide(), first, recall).assertBothHear();
                scene.hangUp(recall, talk.callerSide());
                // Until then it talks, and is passed over.
                scene.assertNothingLeft();
            }
        }
    }

    @Test
    void anotherOneIsRungWhenTheParkerHasNoPhone() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'fallbackExtension': '102'");
            var alice = scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*68");
            talk.callee().unregister();
            hurry(scene, "recall:");
            var recall = alice.awaitCall(FOUND).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), alice, recall).assertBothHear();
            scene.hangUp(recall, talk.callerSide());
        }
    }

    @Test
    void allPhonesOfTheParkerRingAndTheFirstToAnswerHasTheCall() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = scene.talk();
            var atHome = scene.phone("101");
            scene.park(talk, "*68");
            hurry(scene, "recall:");
            var here = talk.callee().awaitCall(FOUND);
            var there = atHome.awaitCall(SOON);
            here.ring();
            there.ring();
            there.answer();
            here.await(Match.requestOf("CANCEL"), SOON);
            new Scene.Talk(talk.caller(), talk.callerSide(), atHome, there).assertBothHear();
            scene.hangUp(talk.callerSide(), there);
        }
    }

    @Test
    void theParkerIsRungAsOftenAsIsSaidAndThenTheCallEnds() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'maxAttempts': 2");
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(FOUND).reject(603);
            scene.assertHearsMusic(talk.callerSide());
            hurry(scene, "recall:");
            talk.callee().awaitCall(FOUND).reject(486);
            talk.callerSide().media().awaitMusic(WORDS, AUDIBLE);
            assertEndedByUs(talk.callerSide());
            scene.assertNothingLeft();
        }
    }

    private static void assertEndedByUs(Call parked) {
        var bye = parked.await(Match.requestOf("BYE"), SOON);
        assertThat(bye.header("Reason")).hasValueSatisfying(
                reason -> assertThat(reason).contains("nobody picked the call up"));
    }

    @Test
    void theCallerIsToldInTheWordsOfTheTenant() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api().putSound(scene.tenant(), "prompt-not-picked-up", Wav.tone(1_130, 4_000));
            policy(scene, ", 'maxAttempts': 1");
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(FOUND).reject(603);
            talk.callerSide().media().awaitTone(1_130, AUDIBLE);
            assertEndedByUs(talk.callerSide());
            scene.assertNothingLeft();
        }
    }

    @Test
    void aCallerWhoIsToldThatNobodyCameIsRetrievedYet() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api().putSound(scene.tenant(), "prompt-not-picked-up", Wav.tone(1_130, 15_000));
            policy(scene, ", 'maxAttempts': 1");
            var alice = scene.phone("102");
            var talk = parkedAndDue(scene);
            talk.callee().awaitCall(FOUND).reject(603);
            talk.callerSide().media().awaitTone(1_130, AUDIBLE);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), alice, "*88101");
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }

    @Test
    void aParkedCallHasAHardEnd() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'maxParkSeconds': 60");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            hurry(scene, "end:");
            recall.await(Match.requestOf("CANCEL"), FOUND);
            talk.callerSide().media().awaitMusic(WORDS, AUDIBLE);
            talk.callerSide().await(Match.requestOf("BYE"), FOUND);
            scene.assertNothingLeft();
        }
    }

    @Test
    void whoeverDoesNotAnswerInTimeIsNotRungAnyMore() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'ringSeconds': 5");
            var talk = parkedAndDue(scene);
            var recall = talk.callee().awaitCall(FOUND);
            recall.ring();
            recall.await(Match.requestOf("CANCEL"), FOUND);
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void theRecallComesOnTime() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, "");
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            var parked = System.nanoTime();
            talk.calleeSide().hangUp();
            TestPhone bob = talk.callee();
            var recall = bob.awaitCall(Duration.ofSeconds(40));
            var waited = Duration.ofNanos(System.nanoTime() - parked);
            assertThat(waited).isBetween(Duration.ofMillis(29_900), Duration.ofMillis(31_000));
            recall.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), bob, recall).assertBothHear();
            scene.hangUp(talk.callerSide(), recall);
        }
    }
}
