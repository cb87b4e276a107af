package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalPin;
import io.mooring.call.RetrievalRule;
import io.mooring.call.RetrieveOrder;
import io.mooring.dispatch.ManyPhones.Phone;
import io.mooring.dispatch.ManyPhones.Talk;
import io.mooring.media.MediaSessions;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.PinTries;
import io.mooring.store.PlaceOrder;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls that are retrieved with a PIN, at two nodes: each event, and each digit, comes to any of them. */
class PinIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final Scope SCOPE = Scope.of(TENANT);
    private static final String PIN = "73195";

    private static TwoNodes nodes;
    private static ManyPhones phones;

    @BeforeAll
    static void start() throws Exception {
        nodes = new TwoNodes(REDIS, new Keys(4));
    }

    @AfterAll
    static void stop() throws Exception {
        nodes.close();
    }

    @BeforeEach
    void tenant() {
        REDIS.flush();
        nodes.rtpengine.reset();
        phones = nodes.phones(TENANT);
        policy(PIN);
    }

    private static void policy(String pin) {
        nodes.tenants.config().change(List.of(SCOPE), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, TENANT,
                    new Tenant(TENANT, "Acme", FeatureCodes.DEFAULT).withDefaultParkPolicy("p"));
            List.of("101", "102", "103")
                    .forEach(it -> draft.put(SCOPE, Kind.EXTENSION, it, new Extension(it, it)));
            draft.put(SCOPE, Kind.PARK_POLICY, "p", new ParkPolicy("P", true, ParkPolicy.EVERY_MODE,
                    new ParkPolicy.Orbits(10, 10), RetrievalRule.TENANT, true, false, false, RecallSettings.NONE,
                    Optional.empty(), Optional.of(RetrievalPin.of(pin))));
            return true;
        });
    }

    private static void settle() {
        phones.settle();
        assertThat(phones.failures).isEmpty();
    }

    private static Talk parked() {
        Talk talk = phones.talk("101");
        phones.send(talk.user(), "REFER", "x", "Refer-To: <sip:*59@" + TENANT + ">\r\n", 0);
        settle();
        assertThat(talk.user().notified).isEqualTo("SIP/2.0 200 OK");
        return talk;
    }

    private static Phone dial(String user, String code) {
        Phone phone = phones.phone(user, code, false);
        phones.send(phone, "INVITE", code, "", 0);
        settle();
        return phone;
    }

    private static Call call(Talk talk) {
        return nodes.store.load(talk.party().owner).orElseThrow();
    }

    private static Call asking(Phone phone) {
        return nodes.store.load(phone.owner).orElseThrow();
    }

    private static void press(int node, Phone phone, String keys) {
        nodes.press(node, asking(phone).music, keys);
        settle();
    }

    private static void assertRefused(Phone phone, int status, String text) {
        assertThat(phone.status).isEqualTo(status);
        assertThat(phone.headers).contains("Reason: X-Mooring;cause=" + status + ";text=\"" + text + "\"\r\n");
    }

    private static void assertHungUp(Phone phone, String reason) {
        Awaitility.await().untilAsserted(() -> assertThat(phone.hungUp).isTrue());
        assertThat(phone.byeHeaders).contains("text=\"" + reason + "\"");
    }

    private static void assertHas(Phone phone, Talk talk) {
        assertThat(call(talk).state).isEqualTo(CallState.RETRIEVED);
        assertThat(call(talk).retriever).isEqualTo(phone.user);
        assertThat(phone.owner).as("the edge knows whose the dialog is").isEqualTo(talk.party().owner);
        assertThat(phone.hungUp).isFalse();
        phones.send(talk.party(), "BYE", "x", "", 0);
        settle();
        assertThat(phone.hungUp).isTrue();
        Awaitility.await().untilAsserted(() -> assertThat(nodes.rtpengine.sessions).isEmpty());
    }

    @Test
    void whoDialsThePinHasTheCall() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810*" + PIN);
        assertThat(phone.status).isEqualTo(200);
        assertHas(phone, talk);
    }

    @Test
    void whoDialsAnotherOneIsRefusedAndThePinIsNowhere() {
        Talk talk = parked();
        assertRefused(dial("102", "*8810*73196"), 403, "the PIN is wrong");
        assertThat(call(talk).state).isEqualTo(CallState.PARKED);
        try (var jedis = REDIS.jedis()) {
            String history = jedis.xrange(jedis.keys("*:events:" + TENANT).iterator().next(), "-", "+").toString();
            assertThat(history).contains("wrong-pin").contains("*8810").doesNotContain("73196");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {PIN, PIN + "#", "*" + PIN, "99*" + PIN})
    void whoIsAskedAndEntersThePinHasTheCall(String keys) {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        assertThat(phone.status).isEqualTo(200);
        assertThat(call(talk).state).as("it is claimed only after the PIN").isEqualTo(CallState.PARKED);
        press(0, phone, keys.substring(0, 1));
        press(1, phone, keys.substring(1));
        assertHas(phone, talk);
    }

    @Test
    void anOrbitThatIsDialledByItselfAsksToo() {
        Talk talk = parked();
        Phone phone = dial("102", "10");
        press(1, phone, PIN);
        assertHas(phone, talk);
    }

    @ParameterizedTest
    @CsvSource({"application/dtmf-relay, 'Signal=%s\r\nDuration=160\r\n'", "application/dtmf, '%s'"})
    void digitsComeByInfoToo(String type, String body) {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        for (char key : PIN.toCharArray()) {
            phone.info = body.formatted(key);
            phones.send(phone, "INFO", "x", "Content-Type: " + type + "\r\n", 0);
            settle();
            assertThat(phone.status).isEqualTo(200);
        }
        assertHas(phone, talk);
    }

    /** A phone that sends each digit in two ways has pressed it once. */
    @Test
    void whatComesInBothWaysIsTakenOnce() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        for (char key : PIN.toCharArray()) {
            String session = asking(phone).music;
            phone.info = Character.toString(key);
            phones.send(phone, "INFO", "x", "Content-Type: application/dtmf\r\n", 0);
            settle();
            nodes.press(0, session, Character.toString(key));
        }
        settle();
        assertHas(phone, talk);
    }

    @Test
    void afterThreeWrongOnesTheCallIsLeftAlone() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        press(0, phone, "00000");
        press(1, phone, "1#");
        assertThat(phone.hungUp).isFalse();
        press(0, phone, "22222");
        assertHungUp(phone, "the PIN is wrong");
        assertThat(call(talk).state).isEqualTo(CallState.PARKED);
        Awaitility.await()
                .untilAsserted(() -> assertThat(nodes.rtpengine.sessions).as("only the music").hasSize(1));
    }

    @Test
    void whoTriesTooOftenIsLockedOutWhereverItTries() {
        Talk talk = parked();
        for (int i = 0; i < PinTries.TRIES; i++) {
            assertRefused(dial("10" + (2 + i % 2), "*8810*0000" + i), 403, "the PIN is wrong");
        }
        assertRefused(dial("102", "*8810*" + PIN), 403, "the PIN was wrong too often, try again later");
        Phone phone = dial("103", "*8810");
        press(0, phone, PIN);
        assertHungUp(phone, "the PIN was wrong too often, try again later");
        try (var jedis = REDIS.jedis()) {
            String key = jedis.keys("*:pins:*").iterator().next();
            assertThat(jedis.get(key)).as("tries beyond do not make it longer").isEqualTo("" + PinTries.TRIES);
            assertThat(jedis.pttl(key)).isBetween(1L, PinTries.WINDOW.toMillis());
            jedis.del(key);
        }
        assertHas(dial("102", "*8810*" + PIN), talk);
    }

    @Test
    void rightOnesAreNotCounted() {
        Talk talk = parked();
        assertHas(dial("102", "*8810*" + PIN), talk);
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.keys("*:pins:*")).allSatisfy(key -> assertThat(jedis.get(key)).isEqualTo("0"));
        }
    }

    @Test
    void anotherPinIsForTheNextCall() {
        Talk talk = parked();
        policy("11111");
        assertRefused(dial("102", "*8810*11111"), 403, "the PIN is wrong");
        assertHas(dial("102", "*8810*" + PIN), talk);
    }

    /** Both know the PIN, and enter its last digit at once. */
    @Test
    void ofTwoWhoEnterItOneHasTheCall() {
        for (int round = 0; round < 20; round++) {
            Talk talk = parked();
            Phone first = dial("102", "*8810");
            Phone second = dial("103", "*8810");
            press(0, first, PIN.substring(0, 4));
            press(1, second, PIN.substring(0, 4));
            String session = asking(second).music;
            var other = Thread.startVirtualThread(() -> nodes.press(1, session, PIN.substring(4)));
            press(0, first, PIN.substring(4));
            Awaitility.await().until(() -> !other.isAlive());
            settle();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(List.of(first.hungUp, second.hungUp)).containsOnlyOnce(true));
            assertHas(first.hungUp ? second : first, talk);
        }
    }

    @Test
    void whoHangsUpInsteadLeavesTheCallParked() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        press(0, phone, "12");
        phones.send(phone, "BYE", "x", "", 0);
        settle();
        assertThat(phone.status).isEqualTo(200);
        assertThat(call(talk).state).isEqualTo(CallState.PARKED);
        Awaitility.await()
                .untilAsserted(() -> assertThat(nodes.rtpengine.sessions).as("only the music").hasSize(1));
    }

    @Test
    void whoseCallerHasGoneIsTold() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        phones.send(talk.party(), "BYE", "x", "", 0);
        settle();
        press(0, phone, PIN);
        assertHungUp(phone, "nothing is parked there");
    }

    /** The node that has found the PIN right dies before it claims the call: the timer has another one do it. */
    @Test
    void aRightPinIsNotLostWithItsNode() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        Call asking = asking(phone);
        asking.pinEntry = asking.pinEntry.rightly();
        asking.timers.replaceAll((name, at) -> System.currentTimeMillis() + 200);
        nodes.store.save(asking, PlaceOrder.NONE);
        nodes.press(0, asking.music, "1");
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(call(talk).state).isEqualTo(CallState.RETRIEVED));
        settle();
        assertHas(phone, talk);
    }

    /** It dies when the parked call has the leg already: the asking call knows that it is over. */
    @Test
    void aClaimThatWasMadeIsNotMadeAgain() {
        Talk talk = parked();
        Phone phone = dial("102", "*8810");
        Call asking = asking(phone);
        press(0, phone, PIN);
        assertThat(call(talk).state).isEqualTo(CallState.RETRIEVED);
        assertThat(nodes.store.load(asking.owner()).orElseThrow().state).isEqualTo(CallState.ENDED);
        nodes.press(1, MediaSessions.newAskingId(asking.owner()), PIN);
        assertHas(phone, talk);
    }

    @Test
    void overTheApiThePinIsGivenWithTheOrder() {
        Talk talk = parked();
        String id = call(talk).id;
        for (var wrong : List.of("", "00000")) {
            assertThatExceptionOfType(RefusedException.class)
                    .isThrownBy(() -> nodes.ring(TENANT, id, new RetrieveOrder("102", true, "", wrong)))
                    .satisfies(e -> assertThat(e.refusal())
                            .isEqualTo(wrong.isEmpty() ? Refusal.PIN_REQUIRED : Refusal.WRONG_PIN));
        }
        assertThat(call(talk).state).isEqualTo(CallState.PARKED);
    }
}
