package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who does not want to be named [RFC 3323, RFC 3325], and who is told nevertheless. Carol's number is 4930555. */
@ExtendWith(StackExtension.class)
class PrivacyIT {
    private static final String NUMBER = "4930555";

    private final Stack stack;

    PrivacyIT(Stack stack) {
        this.stack = stack;
    }

    private static TestPhone carol(Scene scene) {
        return scene.open(scene.outside(NUMBER));
    }

    /** Carol is sent to the place of 101, and asks not to be named; her From says who she is all the same. */
    private static Call parked(Scene scene, TestPhone carol) {
        var call = carol.dial("*68101")
                .header("Referred-By", "<sip:101@" + scene.tenant() + ">")
                .header("Privacy", "id")
                .start();
        call.awaitAnswered();
        scene.assertHearsMusic(call);
        return call;
    }

    private static void assertNotNamed(SipMessage message) {
        assertThat(message.toString()).doesNotContain(NUMBER);
    }

    @Test
    void aCallerWhoIsNotToBeNamedIsNotShownToTheRetriever() {
        try (var scene = new Scene(stack, "udp")) {
            var carol = carol(scene);
            var parked = parked(scene, carol);
            var retrieved = scene.retrieve(carol, parked, scene.phone("102"), "*88101");
            var answer = retrieved.callerSide().await(Match.replyTo("INVITE").withStatus(200), SOON);
            assertThat(answer.header("P-Asserted-Identity")).contains(
                    "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
            assertNotNamed(answer);
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    @Test
    void norToThePhoneThatIsRung() {
        try (var scene = new Scene(stack, "udp")) {
            var carol = carol(scene);
            var parked = parked(scene, carol);
            var alice = scene.phone("102");
            var path = "/tenants/" + scene.tenant() + "/parked-calls";
            var id = stack.api().get(path).path("items").path(0).path("id").asText();
            assertThat(stack.api().send("POST", path + "/" + id + "/retrieve", "{\"extension\": \"102\"}").statusCode())
                    .isEqualTo(202);
            var ringing = alice.awaitCall(SOON);
            assertNotNamed(ringing.invite());
            assertThat(ringing.invite().header("From")).hasValueSatisfying(
                    from -> assertThat(from).startsWith("\"Anonymous\" <sip:anonymous@anonymous.invalid>"));
            ringing.answer();
            new Scene.Talk(carol, parked, alice, ringing).assertBothHear();
            scene.hangUp(ringing, parked);
        }
    }

    /** Whose number it is, the administrator of the tenant may see, and who only reads may not. */
    @Test
    void theHistoryNamesThemToAdministratorsOnly() {
        try (var scene = new Scene(stack, "udp")) {
            var parked = parked(scene, carol(scene));
            var events = "/tenants/" + scene.tenant() + "/events";
            assertThat(stack.api().get(events).path("items").path(0).path("number").asText()).isEqualTo(NUMBER);
            var created = stack.api()
                    .send("POST", "/tenants/" + scene.tenant() + "/tokens",
                            "{\"role\": \"read-only\", \"name\": \"board\"}");
            var token = new JsonObject(created.body()).getString("token");
            var seen = stack.api(stack.nodes().getLast(), token).get(events).path("items").path(0);
            assertThat(seen.path("type").asText()).isEqualTo("parked");
            assertThat(seen.path("withheld").asBoolean()).isTrue();
            assertThat(seen.toString()).doesNotContain(NUMBER);
            assertThat(parked.bye().status()).isEqualTo(200);
        }
    }

    @Test
    void theHistoryNamesARetrieverWhoWithheldItsNameToAdministratorsOnly() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var call = scene.phone("102").dial("*88101").header("Privacy", "id").start().awaitAnswered();
            var events = "/tenants/" + scene.tenant() + "/events";
            var retrieved = stack.api().get(events).path("items").path(0);
            assertThat(retrieved.path("type").asText()).isEqualTo("retrieved");
            assertThat(retrieved.path("by").asText()).isEqualTo("102");
            var created = stack.api()
                    .send("POST", "/tenants/" + scene.tenant() + "/tokens",
                            "{\"role\": \"read-only\", \"name\": \"board\"}");
            var reader = stack.api(stack.nodes().getLast(), new JsonObject(created.body()).getString("token"));
            var seen = reader.get(events).path("items").path(0);
            assertThat(seen.path("type").asText()).isEqualTo("retrieved");
            // A time of day may have these digits.
            assertThat(seen.toString()).doesNotContain("\"102\"", ":102@");
            assertThat(reader.get(events + "?by=102").path("items")).as("asked for by its number").isEmpty();
            scene.hangUp(call, talk.callerSide());
        }
    }

    @Test
    void aRetrieverWhoIsNotToBeNamedIsNotShownToTheCaller() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var alice = scene.phone("102");
            var call = alice.dial("*88101").header("Privacy", "id").withoutSdp().start().awaitAnswered();
            new Scene.Talk(alice, call, talk.caller(), talk.callerSide()).assertBothHear();
            var told = talk.callerSide()
                    .await(
                            Match.requestOf("INVITE").withHeader("P-Asserted-Identity", ""), SOON);
            assertThat(told.header("P-Asserted-Identity"))
                    .contains("\"Anonymous\" <sip:anonymous@anonymous.invalid>");
            assertThat(told.toString()).doesNotContain("sip:102@");
            scene.hangUp(call, talk.callerSide());
        }
    }

    /** What a trunk says in confidence, and what a phone says of itself, reaches no phone. */
    @Test
    void anIdentityReachesPhonesOnlyWhenATrunkVouchesForItAndItIsNotPrivate() {
        try (var scene = new Scene(stack, "udp")) {
            var identity = "P-Asserted-Identity";
            var bob = scene.phone("101");
            var eve = scene.phone("104");
            var carol = scene.open(scene.outside("anonymous"));
            for (var privacy : List.of("id", "none")) {
                carol.dial("101")
                        .header(identity, "<sip:" + NUMBER + "@carrier.example>")
                        .header("Privacy", privacy)
                        .start();
                var ringing = bob.awaitCall(SOON);
                assertThat(ringing.invite().header(identity).isPresent()).as(privacy).isEqualTo(privacy.equals("none"));
                ringing.reject(486);
            }
            eve.dial("101").header(identity, "<sip:102@" + scene.tenant() + ">").start();
            var ringing = bob.awaitCall(SOON);
            assertThat(ringing.invite().header(identity)).as("of a phone").isEmpty();
            ringing.reject(486);
        }
    }
}
