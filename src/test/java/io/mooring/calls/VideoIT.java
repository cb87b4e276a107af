package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls with video: who waits hears music, its video is declined in the order that its session has [RFC 3264 8], and comes back with a retriever
 * who has some. The phones refuse an offer that lacks a media line of the session.
 */
@ExtendWith(StackExtension.class)
class VideoIT {
    private static final String[] FILM = {"audio", "video"};

    private final Stack stack;

    VideoIT(Stack stack) {
        this.stack = stack;
    }

    private static TestPhone carol(Scene scene, String... media) {
        return scene.open(scene.outside("carol").media(media));
    }

    private static TestPhone phone(Scene scene, String extension, String... media) {
        return scene.open(scene.extension(extension).media(media)).register();
    }

    private static void assertMedia(Call call, String... media) {
        assertTold(call, media);
        assertThat(call.localSdp().media()).as("what the phone says").containsExactly(media);
    }

    /** What the phone has been offered or answered; its own offer may say more. */
    private static void assertTold(Call call, String... media) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(call.remoteSdp().orElseThrow().media()).containsExactly(media));
    }

    @ParameterizedTest
    @CsvSource({"audio, video, transfer", "video, audio, transfer", "audio, video, api"})
    void videoIsDeclinedWhileTheCallIsParkedAndIsBackAfterwards(String first, String second, String way) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(carol(scene, first, second), phone(scene, "101", FILM));
            assertMedia(talk.callerSide(), first, second);
            if (way.equals("api")) {
                assertThat(stack.api()
                        .send("POST", "/tenants/" + scene.tenant() + "/extensions/101/park", "{}")
                        .statusCode()).isEqualTo(201);
                scene.assertHearsMusic(talk.callerSide());
            } else {
                scene.park(talk, "*68");
            }
            assertMedia(talk.callerSide(), List.of(first, second)
                    .stream()
                    .map(kind -> kind.equals("video") ? "video 0" : kind)
                    .toArray(String[]::new));
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), phone(scene, "102", FILM), "*88101");
            assertMedia(talk.callerSide(), first, second);
            assertMedia(retrieved.callerSide(), FILM);
            for (var side : List.of(talk.callerSide(), retrieved.callerSide())) {
                assertThat(side.hold().status()).isEqualTo(200);
                assertThat(side.resume().status()).isEqualTo(200);
                retrieved.assertBothHear();
            }
            assertMedia(talk.callerSide(), first, second);
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aRetrieverWithoutVideoHasTheCallAllTheSame() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(carol(scene, FILM), phone(scene, "101", FILM));
            scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            assertMedia(talk.callerSide(), "audio", "video 0");
            for (var side : List.of(talk.callerSide(), retrieved.callerSide())) {
                assertThat(side.hold().status()).isEqualTo(200);
                assertThat(side.resume().status()).isEqualTo(200);
                retrieved.assertBothHear();
            }
            assertThat(talk.callerSide().offerMedia(List.of(FILM)).status()).isEqualTo(200);
            assertTold(talk.callerSide(), "audio", "video 0");
            assertThat(retrieved.callerSide().refer("*68").status()).isEqualTo(202);
            retrieved.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            retrieved.callerSide().hangUp();
            scene.assertHearsMusic(talk.callerSide());
            var again = scene.retrieve(talk.caller(), talk.callerSide(), phone(scene, "103", FILM), "*88102");
            assertMedia(talk.callerSide(), FILM);
            scene.hangUp(talk.callerSide(), again.callerSide());
        }
    }

    @Test
    void aCallWithoutVideoIsRetrievedByAPhoneThatHasIt() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), phone(scene, "102", FILM), "*88101");
            assertTold(retrieved.callerSide(), "audio", "video 0");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*68", "*59"})
    void aPhoneWithVideoDialsTheCode(String code) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(carol(scene, FILM), phone(scene, "101", "video", "audio"));
            talk.calleeSide().hold();
            var announcement = talk.callee().call(code).awaitAnswered();
            assertTold(announcement, "video 0", "audio");
            assertThat(talk.calleeSide().referTo(code, announcement).reply().status()).isEqualTo(202);
            scene.assertParked(talk);
            assertMedia(talk.callerSide(), "audio", "video 0");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void videoIsLeftAloneWhenTheParkIsRefused() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(carol(scene, FILM), phone(scene, "101", FILM));
            talk.callerSide().onReinvite(invite -> 486);
            assertThat(talk.calleeSide().refer("*68").status()).isEqualTo(202);
            talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 486"), SOON);
            talk.callerSide().onReinvite(invite -> 200);
            assertThat(talk.calleeSide().hold().status()).isEqualTo(200);
            assertThat(talk.calleeSide().resume().status()).isEqualTo(200);
            assertMedia(talk.callerSide(), FILM);
            scene.assertStillTalking(talk);
        }
    }
}
