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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Orbits, park groups, and what a policy allows, with phones that speak and listen. Bob, 101, parks. */
@ExtendWith(StackExtension.class)
class PlacesAndPoliciesIT {

    private final Stack stack;

    PlacesAndPoliciesIT(Stack stack) {
        this.stack = stack;
    }

    private static void policy(Scene scene, String fields) {
        scene.stack()
                .api()
                .putPolicy(scene.tenant(), "everyone", ("{'name': 'Everyone'" + fields + "}").replace('\'', '"'));
    }

    private static void group(Scene scene, String fields) {
        scene.stack()
                .api()
                .putParkGroup(scene.tenant(), "sales",
                        ("{'name': 'Sales', 'members': ['101', '103', '102']" + fields + "}").replace('\'', '"'));
    }

    private static Scene.Talk other(Scene scene, TestPhone callee) {
        return scene.talk(scene.open(scene.outside("dora")), callee);
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theNextOrbitIsToldAndTheCallIsRetrievedThere(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*59");
            talk.calleeSide().await(Match.requestOf("NOTIFY").withHeader("X-Mooring-Place", "orbit:10"), SOON);
            talk.callee().await(Match.requestOf("MESSAGE").withBody("Dial *8810"), SOON);
            var second = other(scene, talk.callee());
            scene.park(second, "*59");
            second.calleeSide().await(Match.requestOf("NOTIFY").withHeader("X-Mooring-Place", "orbit:11"), SOON);

            var alice = scene.phone("102");
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*8810");
            assertThat(retrieved.callerSide().bye().status()).isEqualTo(200);
            parked.awaitEnded();
            assertThat(alice.call("*8810").awaitFinalStatus(SOON)).isEqualTo(404);
            retrieved = scene.retrieve(second.caller(), second.callerSide(), alice, "*8811");
            scene.hangUp(second.callerSide(), retrieved.callerSide());
        }
    }

    /** Who comes too late is told who was faster; and who was shown a call does not get the one that is there by now. */
    @Test
    void whoComesTooLateIsToldWhoHasTheCall() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*5910");
            var told = talk.calleeSide()
                    .await(Match.requestOf("NOTIFY").withHeader("X-Mooring-Place", "orbit:10"), SOON);
            var ticket = told.header("X-Mooring-Ticket").orElseThrow();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*8810");
            var dave = scene.phone("103");
            assertTaken(dave.call("*8810"));

            var second = other(scene, talk.callee());
            scene.park(second, "*5910");
            assertTaken(dave.dial("*8810").header("X-Mooring-Ticket", ticket).start());
            scene.assertHearsMusic(second.callerSide());
            var last = scene.retrieve(second.caller(), second.callerSide(), dave, "*8810");
            assertThat(retrieved.callerSide().bye().status()).isEqualTo(200);
            scene.hangUp(last.callerSide(), second.callerSide());
        }
    }

    private static void assertTaken(Call late) {
        assertThat(late.awaitFinalStatus(SOON)).isEqualTo(404);
        var refusal = late.await(Match.replyTo("INVITE").withStatus(404), SOON);
        assertThat(refusal.header("Reason")).contains(
                "X-Mooring;cause=404;text=\"the call was retrieved already (102)\"");
        assertThat(refusal.header("X-Mooring-Taken-By")).contains("102");
    }

    @Test
    void aChosenOrbitIsRefusedWhenItIsTaken() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*5942");
            var second = other(scene, scene.phone("103"));
            var refused = second.calleeSide().refer("*5942");
            assertThat(refused.status()).isEqualTo(486);
            assertThat(refused.header("Reason")).hasValueSatisfying(
                    reason -> assertThat(reason).contains("another call is parked there"));
            assertThat(second.calleeSide().refer("*59100").status()).as("out of the range").isEqualTo(404);
            second.assertBothHear();
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            second.calleeSide().awaitEnded();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*8842");
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }

    @Test
    void aFullRangeLeavesTheTwoTalking() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'orbits': {'start': 70, 'end': 70}");
            var talk = scene.talk();
            scene.park(talk, "*59");
            var second = other(scene, scene.phone("103"));
            assertThat(second.calleeSide().refer("*59").status()).isEqualTo(486);
            second.assertBothHear();
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.park(second, "*59");
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void anOrbitIsDialledByItself() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'orbitDialled': true, 'orbits': {'start': 42, 'end': 49}");
            var talk = scene.talk();
            scene.park(talk, "*59");
            var alice = scene.phone("102");
            assertThat(alice.call("43").awaitFinalStatus(SOON)).isEqualTo(404);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), alice, "42");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void anExtensionIsReachedEvenWhenAnOrbitHasItsNumber() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'orbitDialled': true, 'orbits': {'start': 100, 'end': 104}");
            var talk = scene.talk(scene.phone("103"), scene.phone("104"));
            scene.assertStillTalking(talk);
        }
    }

    @Test
    void theGroupIsToldAndAMemberTakesTheCall() {
        try (var scene = new Scene(stack, "udp")) {
            group(scene, "");
            var alice = scene.phone("102");
            var eve = scene.phone("104");
            var talk = scene.talk();
            scene.park(talk, "*58");
            alice.await(Match.requestOf("MESSAGE").withBody("Dial *88 to"), SOON);
            assertThat(talk.callee().journal().count(Match.requestOf("MESSAGE"))).as("to the parker").isZero();
            assertThat(eve.call("*88").awaitFinalStatus(SOON)).as("no member").isEqualTo(404);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), alice, "*88");
            assertThat(eve.journal().count(Match.requestOf("MESSAGE"))).isZero();
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aGroupThatHuntsParksAtItsFirstAvailableMember() {
        try (var scene = new Scene(stack, "udp")) {
            group(scene, ", 'strategy': 'first-available'");
            scene.phone("103");
            var alice = scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*58");
            talk.callee().await(Match.requestOf("MESSAGE").withBody("Dial *88103"), SOON);
            var second = other(scene, talk.callee());
            scene.park(second, "*58");
            second.calleeSide().await(Match.requestOf("NOTIFY").withHeader("X-Mooring-Place", "ext:102"), SOON);
            var retrieved = scene.retrieve(second.caller(), second.callerSide(), alice, "*88");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.hangUp(second.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aMemberWithoutAPhoneIsPassedOver() {
        try (var scene = new Scene(stack, "udp")) {
            group(scene, ", 'strategy': 'first-available'");
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer("*58").status()).as("nobody else has a phone").isEqualTo(486);
            scene.assertStillTalking(talk);
            var retriever = scene.phone("102");
            var second = other(scene, talk.callee());
            scene.park(second, "*58");
            second.callee().await(Match.requestOf("MESSAGE").withBody("Dial *88102"), SOON);
            var retrieved = scene.retrieve(second.caller(), second.callerSide(), retriever, "*88");
            scene.hangUp(second.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void whoMayNotParkGoesOnTalking() {
        try (var scene = new Scene(stack, "udp")) {
            scene.stack().api().putPolicy(scene.tenant(), "none", "{\"name\": \"None\", \"parkingAllowed\": false}");
            scene.stack().api().grant(scene.tenant(), "101", "none");
            var talk = scene.talk();
            var refused = talk.calleeSide().refer("*68");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.header("Reason")).hasValueSatisfying(
                    reason -> assertThat(reason).contains("your policy does not allow you to park"));
            scene.assertStillTalking(talk);
        }
    }

    @ParameterizedTest
    @CsvSource({"own-extension, *59", "next-orbit, *68"})
    void aModeThatIsNotAllowedLeavesTheTwoTalking(String allowed, String code) {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'modes': ['" + allowed + "']");
            var talk = scene.talk();
            assertThat(talk.calleeSide().refer(code).status()).isEqualTo(403);
            scene.assertStillTalking(talk);
        }
    }

    /** The rule is that of the moment when the call was parked. */
    @Test
    void onlyTheParkerRetrievesWhatIsItsAlone() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'retrieval': 'parker'");
            var talk = scene.talk();
            scene.park(talk, "*59");
            policy(scene, ", 'parkingAllowed': false");
            var alice = scene.phone("102");
            assertThat(alice.call("*8810").awaitFinalStatus(SOON)).isEqualTo(403);
            scene.assertHearsMusic(talk.callerSide());
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), talk.callee(), "*8810");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void onlyTheParkGroupRetrievesWhatIsItsAlone() {
        try (var scene = new Scene(stack, "udp")) {
            group(scene, "");
            policy(scene, ", 'retrieval': 'same-park-group'");
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertThat(scene.phone("104").call("*88101").awaitFinalStatus(SOON)).isEqualTo(403);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    @Test
    void aTenantThatHasItsQuotaGoesOnTalking() {
        try (var scene = new Scene(stack, "udp")) {
            assertThat(scene.stack()
                    .api()
                    .send("PUT", "/tenants/" + scene.tenant(),
                            "{\"defaultParkPolicy\": \"everyone\", \"quotas\": {\"parkedCalls\": 1}}")
                    .statusCode()).isEqualTo(200);
            var talk = scene.talk();
            scene.park(talk, "*68");
            var second = other(scene, scene.phone("103"));
            assertThat(second.calleeSide().refer("*68").status()).isEqualTo(486);
            second.assertBothHear();
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.park(second, "*68");
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            scene.assertNothingLeft();
        }
    }

    @Test
    void aPlaceThatTakesTwoGivesTheFirstFirst() {
        try (var scene = new Scene(stack, "udp")) {
            assertThat(scene.stack()
                    .api()
                    .send("PUT", "/tenants/" + scene.tenant(),
                            "{\"defaultParkPolicy\": \"everyone\", \"callsPerPlace\": 2}")
                    .statusCode()).isEqualTo(200);
            var first = scene.talk();
            scene.park(first, "*68");
            var second = other(scene, first.callee());
            scene.park(second, "*68");
            var retrieved = scene.retrieve(first.caller(), first.callerSide(), scene.phone("102"), "*88101");
            var last = scene.retrieve(second.caller(), second.callerSide(), scene.phone("103"), "*88101");
            assertThat(retrieved.callerSide().bye().status()).isEqualTo(200);
            scene.hangUp(last.callerSide(), second.callerSide());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*59", "*58"})
    void anAttendedTransferParksThereToo(String code) {
        try (var scene = new Scene(stack, "udp")) {
            group(scene, "");
            var talk = scene.talk();
            talk.calleeSide().hold();
            var announcement = talk.callee().call(code).awaitAnswered();
            assertThat(talk.calleeSide().referTo(code, announcement).reply().status()).isEqualTo(202);
            scene.assertParked(talk);
            announcement.awaitEnded();
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"),
                    code.equals("*59") ? "*8810" : "*88");
            scene.hangUp(retrieved.callerSide(), talk.callerSide());
        }
    }
}
