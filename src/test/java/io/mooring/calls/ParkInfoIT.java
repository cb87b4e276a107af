package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** N2: phones that have not subscribed to anything are told of a call that waits for them, each in its own dialect. Bob, 101, parks. */
@ExtendWith(StackExtension.class)
class ParkInfoIT {
    private static final String PORTSIP = "PortSIP Softphone 19.2";
    private static final Match TEXT = Match.requestOf("MESSAGE");
    private static final Match NOTIFY = Match.requestOf("NOTIFY").withHeader("Event", "park-info");

    private final Stack stack;

    ParkInfoIT(Stack stack) {
        this.stack = stack;
    }

    private static TestPhone portsip(Scene scene, String extension) {
        return scene.open(scene.extension(extension).userAgent(PORTSIP)).register();
    }

    private static SipMessage told(TestPhone phone, String state) {
        return phone.await(NOTIFY.withBody("\r\nState: " + state + "\r\n"), SOON);
    }

    private static void notices(Scene scene, String extension, String notices) {
        assertThat(scene.stack()
                .api()
                .send("PATCH", "/tenants/" + scene.tenant() + "/extensions/" + extension,
                        "{\"notices\": \"" + notices + "\"}")
                .statusCode()).isEqualTo(200);
    }

    private static long version(SipMessage notify) {
        return notify.body()
                .lines()
                .filter(line -> line.startsWith("Version: "))
                .mapToLong(line -> Long.parseLong(line.substring(9)))
                .findFirst()
                .orElseThrow();
    }

    /** Two phones of one user: each is told as it understands it, and the one that shows the call ceases to when it is taken. */
    @Test
    void eachPhoneOfAUserIsToldInItsDialect() {
        try (var scene = new Scene(stack, "udp")) {
            var softphone = portsip(scene, "102");
            var desk = scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            var parked = told(softphone, "parked");
            assertThat(parked.header("Subscription-State")).contains("terminated;reason=noresource");
            assertThat(parked.header("Content-Type")).contains("application/x-park-info");
            assertThat(parked.body()).contains("Retrieve: sip:*88102@" + scene.tenant() + "\r\n",
                    "Parked-By: sip:101@" + scene.tenant() + "\r\n",
                    "Caller: \"carol\" <sip:carol@carrier.example>\r\n");
            desk.await(TEXT.withBody("Dial *88102"), SOON);

            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), desk, "*88102");
            var gone = told(softphone, "gone");
            assertThat(version(gone)).isGreaterThan(version(parked));
            assertThat(gone.body()).contains("Retrieve: sip:*88102@" + scene.tenant()).doesNotContain("carol", "101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
            assertThat(softphone.journal().count(TEXT)).as("texts to the softphone").isZero();
            assertThat(desk.journal().count(NOTIFY)).as("NOTIFYs to the desk phone").isZero();
        }
    }

    /** What is set for an extension holds, whatever its phones say they are; a caller who hangs up is shown no more. */
    @Test
    void theAdministratorChoosesTheDialect() {
        try (var scene = new Scene(stack, "udp")) {
            notices(scene, "102", "park-info");
            notices(scene, "103", "message");
            notices(scene, "104", "none");
            var alice = scene.phone("102");
            var dan = portsip(scene, "103");
            var eve = scene.phone("104");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            told(alice, "parked");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            told(alice, "gone");
            for (var place : new String[]{"*68104", "*68103"}) {
                var next = scene.talk(talk.caller(), talk.callee());
                scene.park(next, place);
                if (place.endsWith("103")) {
                    dan.await(TEXT.withBody("Dial *88103"), SOON);
                }
                assertThat(next.callerSide().bye().status()).isEqualTo(200);
            }
            scene.stack().awaitNothingLeft(scene.tenant(), SOON);
            assertThat(alice.journal().count(TEXT)).isZero();
            assertThat(dan.journal().count(NOTIFY)).isZero();
            assertThat(eve.journal().count(TEXT) + eve.journal().count(NOTIFY)).isZero();
        }
    }

    /** A member of the group sees who waits; who may not take the call does not. */
    @Test
    void whoMayNotRetrieveIsNotToldWhoWaits() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\", \"retrieval\": \"parker\"}");
            var softphone = portsip(scene, "102");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            assertThat(told(softphone, "parked").body()).doesNotContain("carol", "Caller");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            told(softphone, "gone");
        }
    }
}
