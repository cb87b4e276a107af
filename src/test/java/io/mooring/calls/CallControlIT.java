package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.util.List;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parked calls in the hands of programs: my phone rings and has the call, it is sent elsewhere, it is ended. */
@ExtendWith(StackExtension.class)
class CallControlIT {
    private final Stack stack;

    CallControlIT(Stack stack) {
        this.stack = stack;
    }

    private String path(Scene scene) {
        String path = "/tenants/" + scene.tenant() + "/parked-calls";
        return path + "/" + stack.api().get(path).path("items").path(0).path("id").asText();
    }

    private int retrieve(Scene scene, String extension) {
        return stack.api(stack.nodes().getLast(), stack.operatorToken())
                .send("POST", path(scene) + "/retrieve", "{\"extension\": \"" + extension + "\"}")
                .statusCode();
    }

    private List<String> history(Scene scene) {
        return StreamSupport.stream(stack.api()
                .get("/tenants/" + scene.tenant() + "/events?order=oldest-first")
                .path("items")
                .spliterator(), false)
                .map((JsonNode it) -> it.path("type").asText())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aPhoneRingsAndHasTheCall(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var alice = scene.phone("102");
            assertThat(retrieve(scene, "102")).isEqualTo(202);
            var ringing = alice.awaitCall(SOON);
            ringing.ring();
            scene.assertHearsMusic(talk.callerSide());
            assertThat(ringing.invite().header("From")).hasValueSatisfying(
                    from -> assertThat(from).startsWith("\"carol\" <sip:carol@carrier.example>"));
            assertThat(retrieve(scene, "103")).as("while somebody has it").isEqualTo(409);
            ringing.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), alice, ringing).assertBothHear();
            assertThat(scene.phone("103").call("*88101").awaitFinalStatus(SOON)).as("its place is free").isEqualTo(404);
            scene.hangUp(ringing, talk.callerSide());
            Awaitility.await().atMost(SOON).until(() -> history(scene).contains("ended"));
            assertThat(history(scene)).containsSubsequence("parked", "offered", "retrieved", "ended");
        }
    }

    @Test
    void aPhoneThatDoesNotWantTheCallLeavesItWhereItWas() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            scene.phone("102").onInvite(call -> call.reject(486));
            assertThat(retrieve(scene, "102")).isEqualTo(202);
            Awaitility.await().atMost(SOON).until(() -> history(scene).contains("offer-missed"));
            assertThat(retrieve(scene, "106")).as("nobody is registered there").isEqualTo(202);
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> history(scene).stream().filter("offer-missed"::equals).count() == 2);
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("103"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void whoDialsTheCodeMeanwhileHasTheCallAndTheRingingStops() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var alice = scene.phone("102");
            assertThat(retrieve(scene, "102")).isEqualTo(202);
            var ringing = alice.awaitCall(SOON);
            ringing.ring();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("103"), "*88101");
            ringing.await(Match.requestOf("CANCEL"), SOON);
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aPartyThatWaitsIsHungUp() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertThat(stack.api().send("DELETE", path(scene), "").statusCode()).isEqualTo(204);
            var bye = talk.callerSide().await(Match.requestOf("BYE"), SOON);
            assertThat(bye.header("Reason")).hasValueSatisfying(reason -> assertThat(reason).contains("ended"));
            scene.assertNothingLeft();
            assertThat(history(scene)).containsExactly("parked", "ended");
        }
    }
}
