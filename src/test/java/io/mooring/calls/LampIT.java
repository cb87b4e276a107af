package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.lab.Lamp;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.load.SippLoad;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lamps of real phones: what is parked is lit, what is picked up by the lamp's key is dark again. Bob, 101, parks. */
@ExtendWith(StackExtension.class)
class LampIT {
    private final Stack stack;

    LampIT(Stack stack) {
        this.stack = stack;
    }

    private static Lamp lit(Lamp lamp) {
        assertThat(lamp.subscribe(600).status()).isEqualTo(200);
        return lamp;
    }

    /** R4: the key shows that a call is parked and who waits; pressed, it dials what it watches, and has the call. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theKeyIsLitAndPicksUp(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var alice = scene.phone("102");
            var key = lit(alice.lamp("*88101")).awaitDark(SOON);
            assertThat(key.last().orElseThrow().body())
                    .contains("<dialog id=\"0000\"><state>terminated</state></dialog>");
            var talk = scene.talk();
            scene.park(talk, "*68");
            var shown = key.awaitLit(SOON).shown().getFirst();
            assertThat(shown.state()).isEqualTo("confirmed");
            assertThat(shown.display()).isEqualTo("carol");
            assertThat(shown.remote()).isEqualTo("sip:carol@carrier.example");
            assertThat(shown.target()).isEqualTo("sip:*88101@" + scene.tenant());

            var again = lit(alice.lamp("*88101")).awaitLit(SOON);
            assertThat(again.shown()).as("a new subscription says the same").isEqualTo(key.shown());

            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), alice, "*88101");
            key.awaitDark(SOON);
            again.awaitDark(SOON);
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    /** Whatever one dials for a place is a name of it, and what other systems call it too. */
    @Test
    void everyNameOfAPlaceIsWatched() {
        try (var scene = new Scene(stack, "udp")) {
            scene.stack()
                    .api()
                    .putParkGroup(scene.tenant(), "sales",
                            "{\"name\": \"Sales\", \"members\": [\"101\", \"102\"]}");
            var alice = scene.phone("102");
            var names = List.of("71", "*8871", "*5971", "park+71", "park+*8871", "*59", "10-99", "park+10-99");
            var lamps = names.stream().map(alice::lamp).map(LampIT::lit).toList();
            var group = lit(alice.lamp("*58"));
            var own = lit(alice.lamp("*88"));
            var talk = scene.talk();
            scene.park(talk, "*5971");
            lamps.forEach(lamp -> lamp.awaitLit(SOON));
            group.awaitDark(SOON);
            own.awaitDark(SOON);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            lamps.forEach(lamp -> lamp.awaitDark(SOON));

            var second = scene.talk(talk.caller(), talk.callee());
            scene.park(second, "*58");
            group.awaitLit(SOON);
            own.awaitLit(SOON);
            lamps.forEach(lamp -> assertThat(lamp.shown()).isEmpty());
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            group.awaitDark(SOON);
        }
    }

    /** A phone of BroadWorks is told in its own words. */
    @Test
    void theCallParkBodyOfBroadWorks() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            var lamp = lit(alice.lamp("102", "Event: call-info\r\nAccept: application/x-broadworks-call-info+xml, "
                    + "application/x-broadworks-callpark-info+xml\r\n"));
            alice.await(Match.requestOf("NOTIFY").withBody("<callpark"), SOON);
            await().atMost(SOON).until(() -> lamp.last().isPresent());
            assertThat(lamp.last().orElseThrow().body()).contains("<callpark/>");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            alice.await(Match.requestOf("NOTIFY")
                    .withBody("<identity display=\"carol\">sip:carol@carrier.example;user=phone</identity>"), SOON);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
        }
    }

    @Test
    void whatCannotBeWatchedIsRefused() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            assertThat(alice.lamp("*8899999").subscribe(600).status()).as("no such extension").isEqualTo(404);
            var brief = alice.lamp("*88101").subscribe(30);
            assertThat(brief.status()).isEqualTo(423);
            assertThat(brief.header("Min-Expires")).contains("60");
            var unknown = alice.lamp("*88101", "Event: presence\r\n").subscribe(600);
            assertThat(unknown.status()).isEqualTo(489);
            assertThat(unknown.header("Allow-Events")).contains("dialog");
            assertThat(
                    alice.lamp("*88101", "Event: dialog\r\nAccept: application/pidf+xml\r\n").subscribe(600).status())
                    .isEqualTo(406);
            assertThat(scene.carol().lamp("*88101").subscribe(600).status()).as("from a trunk").isEqualTo(403);
            assertThat(alice.lamp("*58").subscribe(600).status()).as("in no group").isEqualTo(403);
        }
    }

    /** It lasts as long as it is refreshed; a device that wants no more is told once more, and then nothing. */
    @Test
    void refreshedAndEnded() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            var lamp = lit(alice.lamp("*88101")).awaitDark(SOON);
            var reply = lamp.subscribe(120);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("Expires")).contains("120");
            var talk = scene.talk();
            scene.park(talk, "*68");
            lamp.awaitLit(SOON);
            assertThat(lamp.subscribe(0).status()).isEqualTo(200);
            var last = alice.await(
                    Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated;reason=timeout"),
                    SOON);
            assertThat(Lamp.shown(last.body())).hasSize(1);
            assertThat(lamp.subscribe(600).status()).as("it is over").isEqualTo(481);
            int told = lamp.notifies().size();
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.stack().awaitNothingLeft(scene.tenant(), SOON);
            assertThat(lamp.notifies()).hasSize(told);
        }
    }

    private static void policy(Scene scene, String fields) {
        scene.stack()
                .api()
                .putPolicy(scene.tenant(), "everyone", ("{'name': 'Everyone'" + fields + "}").replace('\'', '"'));
    }

    /** Who may retrieve the call sees who waits, the others see that the place is taken. */
    @Test
    void whoMayNotRetrieveIsNotToldWhoWaits() {
        try (var scene = new Scene(stack, "udp")) {
            policy(scene, ", 'retrieval': 'parker'");
            var talk = scene.talk();
            var alice = lit(scene.phone("102").lamp("*88101"));
            var bob = lit(talk.callee().lamp("*88101"));
            scene.park(talk, "*68");
            assertThat(bob.awaitLit(SOON).shown().getFirst().display()).isEqualTo("carol");
            var taken = alice.awaitLit(SOON).shown().getFirst();
            assertThat(taken.display()).isEqualTo("Parked call");
            assertThat(taken.remote()).isEqualTo("sip:*88101@" + scene.tenant());
            assertThat(alice.last().orElseThrow().body()).doesNotContain("carol");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            alice.awaitDark(SOON);
            bob.awaitDark(SOON);

            policy(scene, ", 'callerShown': false");
            var second = scene.talk(talk.caller(), talk.callee());
            scene.park(second, "*68");
            assertThat(bob.awaitLit(SOON).shown().getFirst().display()).isEqualTo("Parked call");
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
        }
    }

    /** One tenant's lamp is dark while another tenant's call is parked at the same number. */
    @Test
    void noTenantSeesAnothersCalls() {
        try (var one = new Scene(stack, "udp"); var other = new Scene(stack, "udp")) {
            var spy = other.phone("102");
            var lamp = lit(spy.lamp("*88101")).awaitDark(SOON);
            assertThat(spy.lamp("sip:*88101@" + one.tenant()).subscribe(600).status()).isEqualTo(403);
            var watched = lit(one.phone("102").lamp("*88101"));
            var talk = one.talk();
            one.park(talk, "*68");
            watched.awaitLit(SOON);
            assertThat(lamp.shown()).isEmpty();
            assertThat(lamp.notifies()).hasSize(1);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
        }
    }

    /** A phone whose extension is deleted, or gets other credentials, hears of no call any more. */
    @Test
    void whoIsNoLongerItselfIsToldNothingMore() {
        try (var scene = new Scene(stack, "udp")) {
            var deleted = scene.phone("102");
            var changed = scene.phone("103");
            var lamps = List.of(lit(deleted.lamp("*88101")), lit(changed.lamp("*88101")));
            var other = lit(scene.phone("104").lamp("*88101")).awaitDark(SOON);
            lamps.forEach(lamp -> lamp.awaitDark(SOON));
            assertThat(stack.api()
                    .send("DELETE", "/tenants/" + scene.tenant() + "/extensions/102", "")
                    .statusCode()).isEqualTo(204);
            stack.api().putExtension(scene.tenant(), "103", "another-103");

            var talk = scene.talk();
            scene.park(talk, "*68");
            other.awaitLit(SOON);
            deleted.await(Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated;reason=rejected"),
                    SOON);
            changed.await(
                    Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated;reason=deactivated"),
                    SOON);
            assertThat(lamps).allSatisfy(lamp -> assertThat(lamp.shown()).isEmpty());
            assertThat(lit(scene.open(scene.extension("103").password("another-103")).lamp("*88101")).awaitLit(SOON)
                    .shown()).as("with the new password").hasSize(1);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            other.awaitDark(SOON);
        }
    }

    /** Who gets a domain that another tenant had does not get its watchers. */
    @Test
    void aTenantThatIsGoneDoesNotWatchTheNextOne() {
        try (var scene = new Scene(stack, "udp")) {
            var spy = lit(scene.phone("102").lamp("*88101")).awaitDark(SOON);
            var refreshing = lit(scene.phone("103").lamp("*88101")).awaitDark(SOON);
            scene.become("another");
            assertThat(refreshing.subscribe(600).status()).isEqualTo(481);
            var phone = scene.open(scene.extension("102"));
            await().atMost(SOON).untilAsserted(phone::register);
            var own = lit(phone.lamp("*88101")).awaitDark(SOON);
            var talk = scene.talk();
            scene.park(talk, "*68");
            own.awaitLit(SOON);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            own.awaitDark(SOON);
            assertThat(List.of(spy, refreshing))
                    .allSatisfy(lamp -> assertThat(lamp.notifies()).noneMatch(it -> it.body().contains("carol")));
        }
    }

    /** A phone that is gone answers no NOTIFY: nothing of its subscription stays. */
    @Test
    void aPhoneThatVanishedIsToldNothingMore() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            var lamp = lit(alice.lamp("*88101")).awaitDark(SOON).reacts(notify -> 0);
            var talk = scene.talk();
            scene.park(talk, "*68");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> scene.stack().keys("*:watch:" + scene.tenant() + ":*").isEmpty());
            lamp.reacts(notify -> 200);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            scene.stack().awaitNothingLeft(scene.tenant(), SOON);
            assertThat(lamp.shown()).as("it has not heard of the call, nor of its end").isEmpty();
            assertThat(lamp.subscribe(600).status()).isEqualTo(481);
            assertThat(lit(alice.lamp("*88101")).awaitDark(SOON).shown()).isEmpty();
        }
    }

    /** A phone that was started anew knows nothing of its subscription, and says so. */
    @Test
    void aPhoneThatKnowsNothingOfItIsToldNothingMore() {
        try (var scene = new Scene(stack, "udp")) {
            var alice = scene.phone("102");
            var lamp = lit(alice.lamp("*88101")).awaitDark(SOON).reacts(notify -> 481);
            var talk = scene.talk();
            scene.park(talk, "*68");
            await().atMost(SOON).until(() -> stack.keys("*:watch:" + scene.tenant() + ":*").isEmpty());
            lamp.reacts(notify -> 200);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            assertThat(lit(alice.lamp("*88101")).awaitDark(SOON).shown()).isEmpty();
            assertThat(lamp.notifies()).as("the first one only").hasSize(1);
        }
    }

    /** A phone that cannot take a NOTIFY just now is told again. */
    @Test
    void aRefusedNotifyComesAgain() {
        try (var scene = new Scene(stack, "udp")) {
            var lamp = lit(scene.phone("102").lamp("*88101")).awaitDark(SOON);
            var refusals = new AtomicInteger();
            lamp.reacts(notify -> refusals.incrementAndGet() == 1 ? 500 : 200);
            var talk = scene.talk();
            scene.park(talk, "*68");
            lamp.awaitLit(SOON);
            assertThat(refusals.get()).isGreaterThanOrEqualTo(2);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            lamp.awaitDark(SOON);
        }
    }

    /** Fifty lamps of SIPp: each is told what is, what comes and what goes, in this order, and ends its subscription. */
    @Test
    void fiftyLampsOfSipp(@TempDir Path folder) throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            var users = folder.resolve("users.csv");
            Files.writeString(users, "SEQUENTIAL\n102;[authentication username=102 password=secret-102]\n");
            var edge = stack.sip();
            try (var sipp = SippLoad.start(folder, "watcher", edge.getHostString() + ":" + edge.getPort(),
                    List.of("-inf", users.toString(), "-key", "tenant", scene.tenant(), "-key", "resource", "*88101",
                            "-i",
                            "127.0.0.1", "-m", "50", "-l", "50", "-r", "25", "-timeout", "90"))) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> stack.keys("*:watch:" + scene.tenant() + ":*").size() == 50);
                var talk = scene.talk();
                scene.park(talk, "*68");
                assertThat(talk.callerSide().bye().status()).isEqualTo(200);
                assertThat(sipp.await(60)).as("SIPp ended: " + sipp.complaints()).isTrue();
                assertThat(sipp.successes()).as(sipp.complaints()).isEqualTo(50);
            }
            await().atMost(SOON).until(() -> stack.keys("*:watch:" + scene.tenant() + ":*").isEmpty());
        }
    }
}
