package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.Wav;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are retrieved with a PIN: dialled, or asked for by voice and pressed, in the media [RFC 4733] or by INFO. */
@ExtendWith(StackExtension.class)
class RetrievalPinIT {
    private static final String PIN = "739146";

    private final Stack stack;

    RetrievalPinIT(Stack stack) {
        this.stack = stack;
    }

    /** A tone for each word: which one it is can be told. */
    private Scene scene(String transport) {
        var scene = new Scene(stack, transport);
        Map.of("enter-pin", 500, "wrong-pin", 900, "too-many-pins", 700)
                .forEach((name, hertz) -> stack.api()
                        .putSound(scene.tenant(), "prompt-" + name, Wav.tone(hertz, 2_000)));
        stack.api().putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\", \"pin\": \"" + PIN + "\"}");
        return scene;
    }

    private static Call asked(Scene scene, String extension) {
        var call = scene.phone(extension).call("*8810").awaitAnswered();
        call.media().awaitTone(500, AUDIBLE);
        return call;
    }

    private void assertHaveEachOther(Scene scene, Scene.Talk talk, Call call) {
        new Scene.Talk(talk.caller(), talk.callerSide(), call.phone(), call).assertBothHear();
        scene.hangUp(call, talk.callerSide());
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void whoPressesThePinHasTheCall(String transport) {
        try (var scene = scene(transport)) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var call = asked(scene, "102");
            scene.assertHearsMusic(talk.callerSide());
            call.press(PIN);
            assertHaveEachOther(scene, talk, call);
        }
    }

    @Test
    void whoPressesAWrongOneIsAskedAgain() {
        try (var scene = scene("udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var call = asked(scene, "102");
            call.press("111111");
            call.media().awaitTone(900, AUDIBLE);
            call.press(PIN + "#");
            assertHaveEachOther(scene, talk, call);
        }
    }

    @Test
    void afterThreeWrongOnesItIsHungUpAndTheCallerHearsNothingOfIt() {
        try (var scene = scene("udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var call = asked(scene, "102");
            for (var wrong = 0; wrong < 3; wrong++) {
                call.press("11#");
                call.media().awaitTone(900, AUDIBLE);
            }
            var bye = call.await(Match.requestOf("BYE"), AUDIBLE);
            assertThat(bye.header("Reason")).contains("X-Mooring;cause=403;text=\"the PIN is wrong\"");
            scene.assertHearsMusic(talk.callerSide());
            var right = scene.phone("103").call("*8810*" + PIN).awaitAnswered();
            assertHaveEachOther(scene, talk, right);
        }
    }

    @Test
    void digitsMayComeByInfo() {
        try (var scene = scene("udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var call = asked(scene, "102");
            for (var key : PIN.toCharArray()) {
                assertThat(call.info(key).status()).isEqualTo(200);
            }
            assertHaveEachOther(scene, talk, call);
        }
    }

    /** The parked party and the retriever have no codec in common: the session is transcoded, as without a PIN. */
    @Test
    void theCodecsMayDiffer() {
        try (var scene = scene("udp")) {
            var talk = scene.talk(scene.open(scene.outside("carol").codecs(Codec.PCMA)), scene.phone("101"));
            scene.park(talk, "*59");
            var alice = scene.open(scene.extension("102").codecs(Codec.PCMU)).register();
            var call = alice.call("*8810").awaitAnswered();
            call.media().awaitTone(500, AUDIBLE);
            call.press(PIN);
            assertHaveEachOther(scene, talk, call);
        }
    }

    @Test
    void whoDialsItIsNotAskedAndItIsInNoLog() throws IOException {
        try (var scene = scene("udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var wrong = scene.phone("103").call("*8810*739147");
            assertThat(wrong.awaitFinalStatus(SOON)).isEqualTo(403);
            var call = scene.phone("102").call("*8810*" + PIN).awaitAnswered();
            assertHaveEachOther(scene, talk, call);
            for (var node : stack.nodes()) {
                assertThat(Files.readString(stack.log(node.name()))).doesNotContain("73914");
            }
            assertThat(Files.readString(stack.log("kamailio"))).doesNotContain("73914");
            assertThat(stack.api().get("/tenants/" + scene.tenant() + "/events").toString()).doesNotContain("73914");
        }
    }

    /** The recall is for the parker: it is offered the call, and enters nothing. */
    @Test
    void overTheApiThePinIsGivenWithTheOrder() {
        try (var scene = scene("udp")) {
            var talk = scene.talk();
            scene.park(talk, "*59");
            var tenant = "/tenants/" + scene.tenant();
            var path = tenant + "/parked-calls";
            var retrieve = path + "/" + stack.api().get(path).path("items").path(0).path("id").asText() + "/retrieve";
            var created = stack.api()
                    .send("POST", tenant + "/tokens",
                            "{\"role\": \"tenant-user\", \"name\": \"phone\", \"extension\": \"102\"}");
            var user = stack.api(stack.nodes().getLast(), new JsonObject(created.body()).getString("token"));
            var alice = scene.phone("102");
            assertThat(user.send("POST", retrieve, "{}").statusCode()).isEqualTo(403);
            assertThat(user.send("POST", retrieve, "{\"pin\": \"0000\"}").body()).contains("the PIN is wrong", "pin");
            assertThat(user.send("POST", retrieve, "{\"pin\": \"" + PIN + "\"}").statusCode()).isEqualTo(202);
            var call = alice.awaitCall(SOON);
            call.answer();
            assertHaveEachOther(scene, talk, call);
        }
    }
}
