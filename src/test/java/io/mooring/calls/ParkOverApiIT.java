package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that a program parks: nobody has pressed a key on a phone. */
@ExtendWith(StackExtension.class)
class ParkOverApiIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Stack stack;

    ParkOverApiIT(Stack stack) {
        this.stack = stack;
    }

    private static String of(Scene scene, String extension) {
        return "/tenants/" + scene.tenant() + "/extensions/" + extension;
    }

    private HttpResponse<String> order(Scene scene, String extension, String body) {
        return stack.api(stack.nodes().getLast(), stack.operatorToken())
                .send("POST", of(scene, extension) + "/park", body);
    }

    private JsonNode park(Scene scene, String extension, String body) {
        var answer = order(scene, extension, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return json(answer);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (java.io.IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode calls(Scene scene, String extension) {
        return stack.api().get(of(scene, extension) + "/calls").path("items");
    }

    /** The phone that had the call is told, and is out of it. */
    private static void assertLetGo(Call call) {
        var bye = call.await(Match.requestOf("BYE"), SOON);
        assertThat(bye.header("Reason")).hasValueSatisfying(reason -> assertThat(reason).contains("parked"));
        call.awaitEnded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theCalleesCallIsParkedAndPickedUp(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            var parked = park(scene, "101", "{}");
            assertThat(parked.path("place").asText()).isEqualTo("ext:101");
            assertLetGo(talk.calleeSide());
            scene.assertHearsMusic(talk.callerSide());
            assertThat(stack.api()
                    .get("/tenants/" + scene.tenant() + "/parked-calls/" + parked.path("id").asText())
                    .path("ticket")
                    .asText()).isEqualTo(parked.path("ticket").asText());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theCallersCallIsParkedAndPickedUp(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk(scene.phone("103"), scene.phone("101"));
            var parked = park(scene, "103", "{\"mode\": \"chosen-orbit\", \"number\": \"42\"}");
            assertThat(parked.path("place").asText()).isEqualTo("orbit:42");
            assertLetGo(talk.callerSide());
            scene.assertHearsMusic(talk.calleeSide());
            var retrieved = scene.retrieve(talk.callee(), talk.calleeSide(), scene.phone("102"), "*8842");
            scene.hangUp(retrieved.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void anOutboundCallIsParkedAndPickedUp() {
        try (var scene = new Scene(stack, "udp")) {
            var outside = scene.open(scene.outside("4930123456"));
            stack.api().putWayOut(outside.where(), "way-out-of-" + scene.tenant(), scene.tenant());
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> outside.where()
                            .equals(stack.redis().hget("{cfg}:edge:out:" + scene.tenant(), "trunk")));
            var talk = scene.talk(scene.phone("101"), outside);
            park(scene, "101", "{}");
            assertLetGo(talk.callerSide());
            scene.assertHearsMusic(talk.calleeSide());
            var retrieved = scene.retrieve(outside, talk.calleeSide(), scene.phone("102"), "*88101");
            scene.hangUp(retrieved.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void aCallThatWasHeldResumedAndRefreshedIsParked() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().resume().status()).isEqualTo(200);
            assertThat(talk.calleeSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().info('1').status()).isEqualTo(200);
            park(scene, "101", "{}");
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().resume().status()).isEqualTo(200);
            retrieved.assertBothHear();
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aCallThatWasRetrievedIsParkedAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            assertThat(calls(scene, "102").path(0).path("peer").asText()).isEqualTo("carol");
            park(scene, "102", "{\"mode\": \"extension\", \"number\": \"103\"}");
            assertLetGo(retrieved.callerSide());
            scene.assertHearsMusic(talk.callerSide());
            var again = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("104"), "*88103");
            scene.hangUp(talk.callerSide(), again.callerSide());
        }
    }

    @Test
    void ofSeveralCallsOneHasToBeNamed() {
        try (var scene = new Scene(stack, "udp")) {
            var bob = scene.phone("101");
            var first = scene.talk(scene.carol(), bob);
            first.calleeSide().hold();
            var second = scene.talk(scene.phone("102"), bob);
            var refused = order(scene, "101", "{}");
            assertThat(refused.statusCode()).isEqualTo(409);
            var up = calls(scene, "101");
            assertThat(up).hasSize(2);
            for (var call : up) {
                assertThat(json(refused).path("detail").asText()).contains(call.path("id").asText());
                if (call.path("peer").asText().equals("carol")) {
                    park(scene, "101", "{\"call\": \"" + call.path("id").asText() + "\"}");
                }
            }
            assertLetGo(first.calleeSide());
            scene.assertHearsMusic(first.callerSide());
            second.assertBothHear();
            assertThat(calls(scene, "101")).hasSize(1);
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            scene.hangUp(first.callerSide(), second.calleeSide());
        }
    }

    /** A node has taken it over, and its answer did not reach the edge: who hangs up in it does not talk any more all the same. */
    @Test
    void aCallThatANodeHasIsNoneOfTheEdgesAnyMore() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            assertThat(calls(scene, "101")).hasSize(1);
            stack.redis().setex("own:" + talk.callerSide().callId(), 60, scene.tenant() + "/gone");
            talk.calleeSide().hangUp();
            talk.callerSide().hangUp();
            Awaitility.await().atMost(SOON).until(() -> calls(scene, "101").isEmpty());
        }
    }

    @Test
    void whoHasNoCallCannotParkOne() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            assertThat(order(scene, "102", "{}").statusCode()).isEqualTo(404);
            assertThat(order(scene, "101", "{\"call\": \"another\"}").statusCode()).isEqualTo(404);
            scene.hangUp(talk.callerSide(), talk.calleeSide());
            Awaitility.await().atMost(SOON).until(() -> calls(scene, "101").isEmpty());
            assertThat(order(scene, "101", "{}").statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource({"486, 409", "488, 409"})
    void aPartyThatRefusesItsMusicGoesOnTalking(int status, int expected) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().onReinvite(invite -> status);
            assertThat(order(scene, "101", "{}").statusCode()).isEqualTo(expected);
            talk.callerSide().onReinvite(invite -> 200);
            talk.assertBothHear();
            assertThat(talk.calleeSide().hold().status()).isEqualTo(200);
            assertThat(talk.calleeSide().resume().status()).isEqualTo(200);
            park(scene, "101", "{}");
            scene.assertHearsMusic(talk.callerSide());
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void aPlaceThatIsTakenLeavesTheTwoTalking() {
        try (var scene = new Scene(stack, "udp")) {
            var first = scene.talk();
            park(scene, "101", "{}");
            var second = scene.talk(scene.phone("102"), first.callee());
            assertThat(order(scene, "101", "{}").statusCode()).isEqualTo(409);
            second.assertBothHear();
            assertThat(second.calleeSide().hold().status()).isEqualTo(200);
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            assertThat(first.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }
}
