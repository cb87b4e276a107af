package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is changed over the API holds for the next call within a second, at the edge and at each node, and breaks no parked call. */
@ExtendWith(StackExtension.class)
class ChangesTakeEffectIT {

    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    /** How long it is watched that the change stays. */
    private static final Duration WATCHED = Duration.ofMillis(1_700);

    private static final String EVENTS = "mooring_edge_event_seconds_count{method=\"INVITE\",result=\"ok\"}";
    private static final String NOTHING_PARKED = "404 nothing is parked there";
    private static final String NO_SUCH_EXTENSION = "404 No Such Extension";

    private final Stack stack;

    ChangesTakeEffectIT(Stack stack) {
        this.stack = stack;
    }

    @Test
    void newFeatureCodes() {
        try (var scene = scene()) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68");
            var alice = scene.phone("102");
            assertThat(dialled(alice, "*77104")).isEqualTo(NO_SUCH_EXTENSION);
            // Both nodes know the old codes.
            known(() -> dialled(alice, "*88104"), NOTHING_PARKED);

            change(scene, "PATCH", "", """
                    {"featureCodes": {"retrieve": "*77"}}""");
            var before = stack.counter(EVENTS);
            assertTakesEffect(() -> dialled(alice, "*77104"), NOTHING_PARKED);
            assertThat(stack.whoCounted(EVENTS, before)).as("nodes that were asked").hasSize(2);
            assertThat(dialled(alice, "*88104")).isEqualTo(NO_SUCH_EXTENSION);

            scene.assertHearsMusic(parked);
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*77101");
            scene.hangUp(retrieved.callerSide(), parked);
        }
    }

    @Test
    void anotherMeaningOfTheSameCode() {
        try (var scene = scene()) {
            var alice = scene.phone("102");
            known(() -> dialled(alice, "*88104"), NOTHING_PARKED);

            // The edge knows the code all along; only the nodes have to notice.
            change(scene, "PATCH", "", """
                    {"featureCodes": {"park": "*88", "retrieve": "*68"}}""");
            assertTakesEffect(() -> dialled(alice, "*88104"), "200 OK");
        }
    }

    @Test
    void aNewExtension() {
        try (var scene = scene()) {
            var alice = scene.phone("102");
            known(() -> dialled(alice, "107"), NO_SUCH_EXTENSION);

            change(scene, "PUT", "/extensions/107", """
                    {"password": "secret-107"}""");
            // An edge that has just been started says so besides.
            assertTakesEffect(() -> dialled(alice, "107").substring(0, 3), "480");
            scene.phone("107").answersCalls();
            assertThat(dialled(alice, "107")).isEqualTo("200 OK");
            assertThat(dialled(alice, "*88107")).isEqualTo(NOTHING_PARKED);
        }
    }

    @Test
    void aDeletedExtension() {
        try (var scene = scene()) {
            var talk = scene.talk(scene.carol(), scene.phone("106"));
            var parked = scene.park(talk, "*68");
            var alice = scene.phone("102");
            var carla = scene.open(scene.outside("carla"));
            var second = scene.talk(carla, talk.callee());
            known(() -> registered(talk.callee()), "200");

            change(scene, "DELETE", "/extensions/106", "");
            assertTakesEffect(() -> registered(talk.callee()), "401");
            assertThat(dialled(alice, "106")).isEqualTo(NO_SUCH_EXTENSION);
            assertThat(dialled(talk.callee(), "102")).startsWith("407");
            // Its calls go on, but it has no say in the tenant any more.
            assertThat(second.calleeSide().refer("*68102").status()).isEqualTo(407);
            second.assertBothHear();
            assertThat(second.calleeSide().bye().status()).isEqualTo(200);

            scene.assertHearsMusic(parked);
            var retrieved = scene.retrieve(talk.caller(), parked, alice, "*88106");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    @Test
    void aChangedPassword() {
        try (var scene = scene()) {
            var talk = scene.talk();
            var parked = scene.park(talk, "*68103");
            var old = scene.phone("103");
            known(() -> registered(old), "200");

            change(scene, "PATCH", "/extensions/103", """
                    {"password": "another-secret"}""");
            assertTakesEffect(() -> registered(old), "401");
            assertThat(dialled(old, "*88")).startsWith("407");
            var changed = scene.open(scene.extension("103").password("another-secret")).register();
            var retrieved = scene.retrieve(talk.caller(), parked, changed, "*88");
            scene.hangUp(parked, retrieved.callerSide());
        }
    }

    /** In a tenant that may try as often as it likes. */
    private Scene scene() {
        var scene = new Scene(stack, "udp");
        stack.api().putTenantWithoutLimits(scene.tenant());
        return scene;
    }

    private void change(Scene scene, String method, String path, String body) {
        var answer = stack.api().send(method, "/tenants/" + scene.tenant() + path, body);
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
    }

    /** Asked so often that each node, and each process of the edge, was asked. */
    private static void known(Supplier<String> attempt, String expected) {
        for (var i = 0; i < 12; i++) {
            assertThat(attempt.get()).isEqualTo(expected);
        }
    }

    /** A change was answered just now: attempts may see what was before for less than a second, and only what is new from then on. */
    private static void assertTakesEffect(Supplier<String> attempt, String after) {
        var answered = System.nanoTime();
        var later = new TreeSet<String>();
        var attempts = 0;
        while (System.nanoTime() - answered < WATCHED.toNanos()) {
            var began = System.nanoTime();
            var seen = attempt.get();
            if (began - answered >= AT_ONCE.toNanos()) {
                later.add(seen);
                attempts++;
            }
        }
        assertThat(attempts).as("attempts after a second").isGreaterThan(5);
        assertThat(later).as("what is seen after a second").containsExactly(after);
    }

    private static String dialled(TestPhone phone, String number) {
        var call = phone.call(number);
        if (call.awaitFinalStatus(SOON) == 200) {
            call.bye();
        }
        return outcome(call);
    }

    private static String registered(TestPhone phone) {
        return "" + phone.register(Duration.ofMinutes(10)).status();
    }

    /** The status, and the node's reason; else that of the edge. */
    private static String outcome(Call call) {
        var reply = call.await(Match.replyTo("INVITE").withStatus(call.finalStatus()), SOON);
        return call.finalStatus() + " " + reply.header("Reason")
                .map(reason -> reason.replaceAll(".*text=\"([^\"]*)\".*", "$1"))
                .orElseGet(reply::reason);
    }
}
