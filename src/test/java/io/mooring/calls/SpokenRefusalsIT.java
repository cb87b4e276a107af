package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Wav;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may not have a call, or comes too late for it, hears why, and then sees it. */
@ExtendWith(StackExtension.class)
class SpokenRefusalsIT {
    private final Stack stack;

    SpokenRefusalsIT(Stack stack) {
        this.stack = stack;
    }

    /** A tone for each refusal: which one it is can be told. */
    private Scene scene(String transport, String policy) {
        var scene = new Scene(stack, transport);
        Map.of("nothing-parked", 500, "retrieval-not-allowed", 700, "retrieved-by-other", 900)
                .forEach((name, hertz) -> stack.api()
                        .putSound(scene.tenant(), "prompt-" + name, Wav.tone(hertz, 2_000)));
        stack.api().putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\"" + policy + "}");
        return scene;
    }

    private static void assertHears(Call call, int hertz, int status, String text) {
        call.await(Match.replyTo("INVITE").withStatus(183), SOON);
        call.media().awaitTone(hertz, AUDIBLE);
        assertThat(call.state()).as("it is refused when it has heard why").isNotEqualTo(Call.State.ENDED);
        assertThat(call.awaitFinalStatus(SOON)).isEqualTo(status);
        assertThat(call.await(Match.replyTo("INVITE").withStatus(status), SOON).header("Reason"))
                .contains("X-Mooring;cause=" + status + ";text=\"" + text + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void thatNothingIsThereIsSaid(String transport) {
        try (var scene = scene(transport, ", \"announcements\": true")) {
            assertHears(scene.phone("102").call("*88"), 500, 404, "nothing is parked there");
            scene.assertNothingLeft();
        }
    }

    @Test
    void thatACallIsNotOnesOwnIsSaidAndTheCallerHearsNothingOfIt() {
        try (var scene = scene("udp", ", \"announcements\": true, \"retrieval\": \"parker\"")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            assertHears(scene.phone("102").call("*8810"), 700, 403, "the call is not yours to retrieve");
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), talk.callee(), "*8810");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void thatSomebodyWasFasterIsSaid() {
        try (var scene = scene("udp", ", \"announcements\": true")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*8810");
            assertHears(scene.phone("103").call("*8810"), 900, 404, "the call was retrieved already (102)");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void whoHangsUpMeanwhileHasHeardEnough() {
        try (var scene = scene("udp", ", \"announcements\": true")) {
            var call = scene.phone("102").call("*88");
            call.media().awaitTone(500, AUDIBLE);
            call.cancel();
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(487);
        }
    }

    @Test
    void whereThePolicyDoesNotSayItNothingIsSaid() {
        try (var scene = scene("udp", "")) {
            var call = scene.phone("102").call("*88");
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(404);
            assertThat(call.journal().count(Match.replyTo("INVITE").withStatus(183))).isZero();
        }
    }

    /** The words are there, but not the way to say them. */
    @Test
    void whoOffersNoAudioIsRefusedAtOnce() {
        try (var scene = scene("udp", ", \"announcements\": true")) {
            var call = scene.phone("102").dial("*88").withoutSdp().start();
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(404);
            assertThat(call.journal().count(Match.replyTo("INVITE").withStatus(183))).isZero();
        }
    }
}
