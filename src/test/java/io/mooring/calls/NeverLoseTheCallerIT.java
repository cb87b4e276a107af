package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Reinvites;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever goes wrong with a park: the two parties go on talking, the parker's phone is told, either side can hang up, and nothing is
 * left behind.
 */
class NeverLoseTheCallerIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    private static Stack stack;

    private final ArrayList<TestPhone> phones = new ArrayList<>();
    private final ArrayDeque<Runnable> repairs = new ArrayDeque<>();

    enum Side {
        CALLER, PARKER
    }

    /** A caller from outside and an extension, talking; their media does not pass through us. */
    private record Talk(TestPhone callerPhone, TestPhone parkerPhone, Call caller, Call parker) {

        /** From now on, real sound in both directions. */
        void isHeard() {
            caller.media().awaitTone(parkerPhone.toneHertz(), SOON);
            parker.media().awaitTone(callerPhone.toneHertz(), SOON);
        }

        void hangUp(Side side) {
            var first = side == Side.CALLER ? caller : parker;
            var second = side == Side.CALLER ? parker : caller;
            assertThat(first.bye().status()).isEqualTo(200);
            second.await(Call.State.ENDED, SOON);
        }

        /** The park fails after its 202: the phone reads so in the last NOTIFY. */
        void isToldOfFailure(int mark, int status) {
            var last = lastNotify(mark);
            assertThat(last.body()).startsWith("SIP/2.0 " + status + " ");
        }

        void isToldOfSuccess(int mark) {
            assertThat(lastNotify(mark).body()).startsWith("SIP/2.0 200 ");
        }

        private SipMessage lastNotify(int mark) {
            return parker.journal()
                    .awaitSince(mark, Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated"), SOON);
        }
    }

    @BeforeAll
    static void start() {
        stack = Stack.start(2, Map.of("MOORING_REINVITE_TIMEOUT_MILLIS", "2500"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @AfterEach
    void close() {
        mend();
        phones.forEach(TestPhone::close);
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    private Talk talk(String extension) {
        return talk(extension, "udp");
    }

    private Talk talk(String extension, String transport) {
        var caller = open(stack.trunkCaller("caller-of-" + extension).transport(transport));
        var parker = open(stack.phone(extension).transport(transport)).register();
        return talk(caller, parker);
    }

    private static Talk talk(TestPhone caller, TestPhone parker) {
        var calling = caller.call(parker.user());
        var called = parker.awaitCall(SOON);
        called.ring();
        called.answer();
        calling.await(Call.State.ANSWERED, SOON);
        called.await(Match.requestOf("ACK"), SOON);
        var talk = new Talk(caller, parker, calling, called);
        talk.isHeard();
        return talk;
    }

    private static void isRefused(SipMessage reply, int status, String text) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.header("Reason")).hasValue("X-Mooring;cause=%d;text=\"%s\"".formatted(status, text));
    }

    /** Nothing is left but the names of dialogs that ended, which go by themselves. */
    private static void nothingIsLeft() {
        stack.awaitNothingLeft(SOON);
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(stack.keys("own:*"))
                        .allMatch(key -> stack.redis().pttl(key) <= 32_000));
    }

    private void parksNow(Talk talk) {
        var mark = new int[1];
        Awaitility.await().atMost(SOON).pollDelay(Duration.ZERO).untilAsserted(() -> {
            mark[0] = talk.parker.journal().mark();
            assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        });
        talk.isToldOfSuccess(mark[0]);
        assertThat(talk.parker.bye().status()).isEqualTo(200);
        talk.caller.media().awaitMusic(stack.music(), SOON);
        assertThat(talk.caller.bye().status()).isEqualTo(200);
    }

    private void harm(String verb, String... parts) {
        var remedy = verb.equals("freeze") ? "thaw" : "start";
        for (var part : parts) {
            repairs.add(() -> stack.part(remedy, part));
            stack.part(verb, part);
        }
    }

    private void mend() {
        while (!repairs.isEmpty()) {
            repairs.remove().run();
        }
        // The test's own connections broke too; the pool learns it by using them.
        Awaitility.await().atMost(SOON).ignoreExceptions().until(() -> stack.redis().ping().equals("PONG"));
    }

    // --- What a park needs is away ---

    @ParameterizedTest
    @CsvSource({"stop, redis", "freeze, redis", "stop, rtpengine", "freeze, rtpengine", "kill, node-1 node-2",
        "freeze, node-1 node-2"})
    void aPartIsAway(String verb, String parts) {
        var caller = open(stack.phone("104")).register();
        var called = open(stack.phone("105")).register();
        var one = talk("101");
        var two = talk("102");
        var three = talk("103");

        harm(verb, parts.split(" "));
        for (var talk : new Talk[]{one, two, three}) {
            var reply = talk.parker.refer("*68");
            assertThat(reply.status()).as(reply.toString()).isEqualTo(503);
            assertThat(reply.header("Reason").orElse("")).startsWith("X-Mooring;cause=503;text=\"");
            assertThat(reply.header("Retry-After")).isPresent();
        }
        for (var talk : new Talk[]{one, two, three}) {
            talk.isHeard();
        }
        one.hangUp(Side.CALLER);
        two.hangUp(Side.PARKER);

        // Whoever does not park notices nothing.
        caller.register();
        open(stack.phone("105")).register();
        called.register();
        talk(caller, called).hangUp(Side.CALLER);
        talk(open(stack.trunkCaller("carol")), called).hangUp(Side.PARKER);

        mend();
        parksNow(three);
        parksNow(talk(one.callerPhone, one.parkerPhone));
        nothingIsLeft();
    }

    // --- Refused at once ---

    @ParameterizedTest
    @EnumSource
    void thereIsNoSuchExtension(Side side) {
        var talk = talk("101");
        isRefused(talk.parker.refer("*68999"), 404, "no such extension");
        talk.isHeard();
        talk.hangUp(side);
        nothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void thePlaceIsTaken(Side side) {
        var parked = talk("102");
        var mark = parked.parker.journal().mark();
        assertThat(parked.parker.refer("*68101").status()).isEqualTo(202);
        parked.isToldOfSuccess(mark);
        assertThat(parked.parker.bye().status()).isEqualTo(200);

        var talk = talk("101");
        isRefused(talk.parker.refer("*68"), 486, "another call is parked there");
        talk.isHeard();
        talk.hangUp(side);

        parked.caller.media().awaitMusic(stack.music(), SOON);
        assertThat(parked.caller.bye().status()).isEqualTo(200);
        nothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void theCallIsNotAnsweredYet(Side side) {
        var caller = open(stack.trunkCaller("carol"));
        var parker = open(stack.phone("101")).register();
        var calling = caller.call("101");
        var called = parker.awaitCall(SOON);
        called.ring();
        calling.awaitRinging();
        isRefused(called.refer("*68"), 403, "the call is not answered yet");

        called.answer();
        calling.await(Call.State.ANSWERED, SOON);
        var talk = new Talk(caller, parker, calling, called);
        talk.isHeard();
        talk.hangUp(side);
        nothingIsLeft();
    }

    // --- The caller's phone does not play along ---

    @ParameterizedTest
    @EnumSource
    void theCallerRefusesTheMusic(Side side) {
        var talk = talk("101");
        talk.caller.onReinvite(Reinvites.refuse(488));
        var mark = talk.parker.journal().mark();
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.isToldOfFailure(mark, 488);
        talk.isHeard();
        talk.hangUp(side);
        nothingIsLeft();
    }

    @Test
    void theCallerRefusesTheMusicAndTakesItTheNextTime() {
        var talk = talk("101");
        talk.caller.onReinvite(Reinvites.refuseFirst(1, 488));
        var mark = talk.parker.journal().mark();
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.isToldOfFailure(mark, 488);
        talk.isHeard();
        parksNow(talk);
        nothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void theCallerDoesNotAnswer(Side side) {
        var talk = talk("101");
        talk.caller.onReinvite(Reinvites.ignore());
        var mark = talk.parker.journal().mark();
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.isToldOfFailure(mark, 408);
        talk.isHeard();
        talk.hangUp(side);
        nothingIsLeft();
    }

    /** Over UDP the re-INVITE that was given up is still being repeated, and is answered late; over TCP it is lost. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void theCallerDoesNotAnswerButDoesTheNextTime(String transport) {
        var talk = talk("101", transport);
        talk.caller.onReinvite(Reinvites.ignore());
        var mark = talk.parker.journal().mark();
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.isToldOfFailure(mark, 408);
        talk.isHeard();

        var answered = talk.caller.journal().mark();
        talk.caller.onReinvite(Reinvites.answer());
        if (transport.equals("udp")) {
            talk.caller.journal().awaitSince(answered, Match.requestOf("ACK"), SOON);
            // The late answer has taken the caller away; it is brought back.
            talk.parker.await(Match.requestOf("INVITE")
                    .and("a place in the dialog", m -> m.header("To")
                            .orElse("")
                            .contains("tag=")),
                    SOON);
        }
        talk.isHeard();
        parksNow(talk);
        nothingIsLeft();
    }

    @Test
    void theCallerIsBusyWithARequestOfItsOwn() {
        var talk = talk("101");
        talk.caller.onReinvite(Reinvites.refuseFirst(1, 491));
        parksNow(talk);
        nothingIsLeft();
    }

    // --- Somebody hangs up half way ---

    /** Keeps silent until told to speak; the re-INVITE comes again meanwhile. */
    private static ToIntFunction<SipMessage> answerWhen(AtomicBoolean now) {
        return invite -> now.get() ? 200 : Reinvites.NOTHING;
    }

    @Test
    void theParkerHangsUpRightAfterIts202() {
        var talk = talk("101");
        var other = open(stack.phone("102")).register();
        var now = new AtomicBoolean();
        talk.caller.onReinvite(answerWhen(now));
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        assertThat(talk.parker.bye().status()).isEqualTo(200);
        now.set(true);
        talk.caller.media().awaitMusic(stack.music(), SOON);

        var retrieved = other.call("*88101").await(Call.State.ANSWERED, SOON);
        assertThat(retrieved.finalStatus()).isEqualTo(200);
        talk.caller.media().awaitTone(other.toneHertz(), SOON);
        retrieved.media().awaitTone(talk.callerPhone.toneHertz(), SOON);
        assertThat(retrieved.bye().status()).isEqualTo(200);
        talk.caller.await(Call.State.ENDED, SOON);
        nothingIsLeft();
    }

    @Test
    void theCallerHangsUpWhileItIsBeingMoved() {
        var talk = talk("101");
        talk.caller.onReinvite(Reinvites.ignore());
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.caller.await(Match.requestOf("INVITE"), SOON);
        assertThat(talk.caller.bye().status()).isEqualTo(200);
        talk.parker.await(Call.State.ENDED, SOON);
        nothingIsLeft();

        // The place is free again.
        parksNow(talk(talk.callerPhone, talk.parkerPhone));
        nothingIsLeft();
    }
}
