package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant with a further domain: whichever of the two a phone goes by, it is the same user of the same tenant. */
@ExtendWith(StackExtension.class)
class DomainsIT {

    private static final Duration SOON = Duration.ofSeconds(5);

    private final Stack stack;

    DomainsIT(Stack stack) {
        this.stack = stack;
    }

    private static String further(Scene scene) {
        return scene.tenant().replace(".example", ".test");
    }

    private void change(Scene scene, String method, String domain) {
        var answer = stack.api().send(method, "/tenants/" + scene.tenant() + "/domains/" + domain, "");
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
    }

    private TestPhone phone(Scene scene, String extension, String domain) {
        return scene.open(scene.extension(extension).domain(domain)).register();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void phonesOfBothDomainsParkForOneAnother(String transport) {
        try (var scene = new Scene(stack, transport)) {
            change(scene, "PUT", further(scene));
            var bob = phone(scene, "101", further(scene));
            var alice = phone(scene, "102", scene.tenant());
            var dave = phone(scene, "103", further(scene));

            // Parked by a phone of the further domain at an extension of it, with Referred-By and Refer-To of its own words.
            var talk = scene.talk(scene.carol(), bob);
            var parked = scene.park(talk, "*68102");
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*88");
            scene.hangUp(retrieved.callerSide(), parked);

            // And the other way round; the caller dials the further domain.
            var second = scene.talk(scene.open(scene.outside("carla").domain(further(scene))), alice);
            var waiting = scene.park(second, "*68");
            var taken = scene.retrieve(second.caller(), waiting, dave, "*88102");
            scene.hangUp(waiting, taken.callerSide());

            var call = alice.call("103");
            var answered = dave.awaitCall(SOON);
            answered.answer();
            call.awaitAnswered();
            assertThat(call.bye().status()).isEqualTo(200);
        }
    }

    /** A phone compares what it is told with what it has subscribed to. */
    @Test
    void aLampIsToldInTheWordsOfItsDomain() {
        try (var scene = new Scene(stack, "udp")) {
            change(scene, "PUT", further(scene));
            var lamp = phone(scene, "102", further(scene)).lamp("*88101");
            assertThat(lamp.subscribe(600).status()).isEqualTo(200);
            lamp.awaitDark(SOON);
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertThat(lamp.awaitLit(SOON).shown().getFirst().target()).isEqualTo("sip:*88101@" + further(scene));
            assertThat(lamp.last().orElseThrow().body()).contains("entity=\"sip:*88101@" + further(scene) + "\"");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            lamp.awaitDark(SOON);
        }
    }

    @Test
    void aDomainThatWasTakenAwayIsNobodys() {
        try (var scene = new Scene(stack, "udp")) {
            var phone = scene.open(scene.extension("101").domain(further(scene)));
            assertThat(phone.register(Duration.ofMinutes(1)).status()).isEqualTo(403);

            change(scene, "PUT", further(scene));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> phone.register(Duration.ofMinutes(1)).status() == 200);
            change(scene, "DELETE", further(scene));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> phone.register(Duration.ofMinutes(1)).status() == 403);
        }
    }

    @Test
    void aTrunkOfAnotherTenantDoesNotComeInByAFurtherDomain() {
        try (var scene = new Scene(stack, "udp"); var other = new Scene(stack, "udp")) {
            change(scene, "PUT", further(scene));
            phone(scene, "101", further(scene));

            var foreign = other.open(other.outside("mallory").domain(further(scene)));
            assertThat(foreign.call("101").awaitFinalStatus(SOON)).isEqualTo(403);
            var insider = other.open(other.extension("101").domain(further(scene)).password("secret-101"));
            assertThat(insider.register(Duration.ofMinutes(1)).status()).as("the same extension and password")
                    .isEqualTo(200);
        }
    }
}
