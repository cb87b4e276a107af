package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By REFER nobody dials out at the tenant's cost: not by us, and not by a phone that somebody outside sends on. */
@ExtendWith(StackExtension.class)
class ReferFraudIT {

    private static final String DEAR = "+4990012345";

    private final Stack stack;

    ReferFraudIT(Stack stack) {
        this.stack = stack;
    }

    /** In a dialog of ours we would be the one who dials. */
    @ParameterizedTest
    @ValueSource(strings = {DEAR, "0049900123456", "sip:+4990012345@carrier.example"})
    void aRetrievedCallIsNotTransferredOutside(String target) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("104"), "*88101");
            assertThat(retrieved.callerSide().refer(target).status()).isIn(403, 404);
            scene.assertStillTalking(retrieved);
        }
    }

    /** It dials in its own name and at the tenant's cost, whoever sends it. */
    @ParameterizedTest
    @ValueSource(strings = {DEAR, "sip:+4990012345@carrier.example",
        "sip:0900@scene.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc"})
    void nobodyOutsideSendsAPhoneOutside(String target) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            assertThat(talk.callerSide().refer(target).status()).isEqualTo(403);
            assertThat(talk.calleeSide().journal().messages()).noneMatch(message -> message.method().equals("REFER"));
            scene.assertStillTalking(talk);
        }
    }

    @Test
    void somebodyOutsideMaySendAPhoneToAnExtension() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            talk.callerSide().refer("102");
            talk.calleeSide().await(Match.requestOf("REFER"), SOON);
        }
    }

    @Test
    void anExtensionMaySendWhomItTalksWithAnywhere() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk(scene.phone("103"), scene.phone("101"));
            talk.calleeSide().refer(DEAR);
            talk.callerSide().await(Match.requestOf("REFER"), SOON);
        }
    }

    /** Who knows no more than the Call-ID, and is nobody. */
    @Test
    void aStrangerSendsNobodyAnywhere() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var mallory = scene.open(scene.outside("mallory").address("127.0.0.77"));
            for (var target : new String[]{"sip:" + DEAR + "@" + scene.tenant(), "sip:102@" + scene.tenant()}) {
                var status = mallory.requestWithin(talk.calleeSide().callId(), "REFER", "Refer-To: <" + target + ">\r\n"
                        + "Route: <sip:" + stack.sip().getHostString() + ":" + stack.sip().getPort() + ";lr>\r\n")
                        .status();
                assertThat(status).isIn(403, 407, 481);
            }
            assertThat(talk.calleeSide().journal().messages()).noneMatch(message -> message.method().equals("REFER"));
            scene.assertStillTalking(talk);
        }
    }
}
