package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Calls that extensions make to numbers outside, and what becomes of them when they are parked. */
@ExtendWith(StackExtension.class)
class OutboundCallIT {
    private static final String NUMBER = "+493012345";
    /** A change holds for the next call within a second. */
    private static final Duration WITHIN = Duration.ofSeconds(1);

    private final Stack stack;

    OutboundCallIT(Stack stack) {
        this.stack = stack;
    }

    /** Somebody outside, at the other end of the tenant's trunk. */
    private TestPhone outside(Scene scene) {
        var phone = scene.open(scene.outside(NUMBER));
        stack.api().putWayOut(phone.where(), "way-out-of-" + scene.tenant(), scene.tenant());
        Awaitility.await()
                .atMost(WITHIN)
                .until(() -> phone.where().equals(stack.redis().hget("{cfg}:edge:out:" + scene.tenant(), "trunk")));
        return phone;
    }

    @Test
    void anExtensionCallsANumberOutside() {
        try (var scene = new Scene(stack, "udp")) {
            var outside = outside(scene);
            var talk = scene.talk(scene.phone("101"), outside);
            var invite = talk.calleeSide().await(Match.requestOf("INVITE"), SOON);
            assertThat(invite.header("P-Asserted-Identity")).contains("<sip:101@" + scene.tenant() + ">");
            assertThat(invite.toString()).startsWith("INVITE sip:" + NUMBER + "@" + outside.where() + " SIP/2.0");
            scene.hangUp(talk.calleeSide(), talk.callerSide());
        }
    }

    @Test
    void anOutboundCallIsParkedAndPickedUp() {
        try (var scene = new Scene(stack, "udp")) {
            var outside = outside(scene);
            var talk = scene.talk(scene.phone("101"), outside);
            assertThat(talk.callerSide().refer("*68").status()).isEqualTo(202);
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            talk.callerSide().hangUp();
            scene.assertHearsMusic(talk.calleeSide());
            var retrieved = scene.retrieve(outside, talk.calleeSide(), scene.phone("102"), "*88101");
            assertThat(retrieved.callerSide().refer("*68").status()).as("and parked again").isEqualTo(202);
            retrieved.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            retrieved.callerSide().hangUp();
            scene.assertHearsMusic(talk.calleeSide());
            var again = scene.retrieve(outside, talk.calleeSide(), scene.phone("103"), "*88102");
            scene.hangUp(again.callerSide(), talk.calleeSide());
        }
    }

    @Test
    void whoeverHasNoWayOutIsToldSo() {
        try (var scene = new Scene(stack, "udp"); var other = new Scene(stack, "udp")) {
            outside(other);
            var phone = scene.phone("101");
            assertThat(phone.call(NUMBER).awaitFinalStatus(SOON)).as("another tenant's trunk is not ours")
                    .isEqualTo(404);
            assertThat(phone.call("199").awaitFinalStatus(SOON)).isEqualTo(404);
        }
    }

    @Test
    void whatComesInByATrunkDoesNotGoOutAgain() {
        try (var scene = new Scene(stack, "udp")) {
            outside(scene);
            assertThat(scene.carol().call(NUMBER).awaitFinalStatus(SOON)).isEqualTo(404);
        }
    }

    @Test
    void anExtensionHasItsNumberBeforeTheTrunk() {
        try (var scene = new Scene(stack, "udp")) {
            var outside = outside(scene);
            var talk = scene.talk(scene.phone("101"), scene.phone("102"));
            scene.hangUp(talk.callerSide(), talk.calleeSide());
            assertThat(scene.open(scene.extension("103")).call("104").awaitFinalStatus(SOON)).as("nobody is there")
                    .isEqualTo(480);
            assertThat(outside.hasCall()).isFalse();
        }
    }

    @Test
    void aTrunkIsNoWayOutAnyMoreWhenItIsDeleted() {
        try (var scene = new Scene(stack, "udp")) {
            var outside = outside(scene);
            stack.api().send("DELETE", "/trunks/" + outside.where(), "");
            var phone = scene.phone("101");
            Awaitility.await().atMost(SOON).until(() -> phone.call(NUMBER).awaitFinalStatus(SOON) == 404);
        }
    }
}
