package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Reinvites;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import io.mooring.lab.audio.Codec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node dies or stands still at the worst moment: the other one goes on with its calls. */
class NodeDeathIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int PARKED = 20;

    private static final String REFUSED = "mooring_retrieves_total{result=\"nothing-parked\"}";

    private static Stack stack;

    private final ArrayList<TestPhone> phones = new ArrayList<>();
    private final ArrayDeque<Runnable> repairs = new ArrayDeque<>();

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
        for (var extension = 201; extension <= 200 + PARKED; extension++) {
            stack.api().putExtension(Stack.TENANT, "" + extension, "demo-" + extension);
        }
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    /** The edge passes a node over for some seconds that fell silent in the test before. */
    @BeforeEach
    void bothNodesTakeEvents() {
        var phone = open(stack.phone("102"));
        var before = stack.counter(REFUSED);
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            retrieve(phone, "*88110", 404);
            assertThat(stack.whoCounted(REFUSED, before)).hasSize(2);
        });
    }

    @AfterEach
    void close() {
        while (!repairs.isEmpty()) {
            repairs.remove().run();
        }
        phones.forEach(TestPhone::close);
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    private void harm(String verb, String node) {
        repairs.add(() -> stack.part(verb.equals("freeze") ? "thaw" : "start", node));
        stack.part(verb, node);
    }

    /** Both ends of an answered call. */
    private record Talk(Call caller, Call parker) {}

    private static Talk talk(TestPhone caller, TestPhone parker) {
        var calling = caller.call(parker.user());
        var called = parker.awaitCall(SOON).answer();
        calling.await(Call.State.ANSWERED, SOON);
        called.await(Match.requestOf("ACK"), SOON);
        return new Talk(calling, called);
    }

    private static String outcome(Call parker) {
        return parker.await(Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated"), SOON).body();
    }

    private static Call park(TestPhone caller, TestPhone parker, String code) {
        var talk = talk(caller, parker);
        assertThat(talk.parker.refer(code).status()).isEqualTo(202);
        assertThat(outcome(talk.parker)).startsWith("SIP/2.0 200 ");
        assertThat(talk.parker.bye().status()).isEqualTo(200);
        return talk.caller;
    }

    private static Call retrieve(TestPhone phone, String code) {
        var call = phone.call(code);
        call.await(Call.State.ANSWERED, SOON);
        assertThat(call.finalStatus()).as(() -> call.journal().toString()).isEqualTo(200);
        return call;
    }

    private static void hearEachOther(Call one, Call two) {
        one.media().awaitTone(two.phone().toneHertz(), SOON);
        two.media().awaitTone(one.phone().toneHertz(), SOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"node-1", "node-2"})
    void everyParkedCallOutlivesANode(String victim) {
        var carol = open(stack.trunkCaller("carol"));
        var bob = open(stack.phone("101")).register();
        var alice = open(stack.phone("102")).register();
        var before = stack.counter(Stack.PARKS);
        var callers = new ArrayList<Call>();
        for (var i = 1; i <= PARKED; i++) {
            callers.add(park(carol, bob, "*68" + (200 + i)));
            if (i == PARKED / 2) {
                // The edge takes the nodes in turn, and a park may be an even number of events.
                retrieve(alice, "*88110", 404);
            }
        }
        assertThat(stack.whoCounted(Stack.PARKS, before)).contains(victim);

        harm("kill", victim);
        callers.getFirst().media().awaitMusic(stack.music(), SOON);
        for (var i = 1; i <= PARKED; i++) {
            var caller = callers.get(i - 1);
            var retriever = retrieve(alice, "*88" + (200 + i));
            hearEachOther(caller, retriever);
            if (i % 2 == 0) {
                assertThat(caller.bye().status()).isEqualTo(200);
                retriever.await(Call.State.ENDED, SOON);
            } else {
                assertThat(retriever.bye().status()).isEqualTo(200);
                caller.await(Call.State.ENDED, SOON);
            }
        }
        stack.awaitNothingLeft(SOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kill node-1", "kill node-2", "freeze node-1", "freeze node-2"})
    void aNodeDiesBeforeTheCallerHasMoved(String harm) {
        var carol = open(stack.trunkCaller("carol"));
        var bob = open(stack.phone("101")).register();
        var alice = open(stack.phone("102")).register();
        var talk = talk(carol, bob);
        var now = new AtomicBoolean();
        talk.caller.onReinvite(invite -> now.get() ? 200 : Reinvites.NOTHING);
        assertThat(talk.parker.refer("*68").status()).isEqualTo(202);
        talk.caller.await(Match.requestOf("INVITE"), SOON);
        harm(harm.split(" ")[0], harm.split(" ")[1]);
        now.set(true);

        // Never silence: the parker is told how it ended.
        if (outcome(talk.parker).startsWith("SIP/2.0 200 ")) {
            assertThat(talk.parker.bye().status()).isEqualTo(200);
            talk.caller.media().awaitMusic(stack.music(), SOON);
            var retriever = retrieve(alice, "*88101");
            hearEachOther(talk.caller, retriever);
            assertThat(retriever.bye().status()).isEqualTo(200);
        } else {
            hearEachOther(talk.caller, talk.parker);
            assertThat(talk.parker.bye().status()).isEqualTo(200);
        }
        talk.caller.await(Call.State.ENDED, SOON);
        stack.awaitNothingLeft(SOON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"node-1", "node-2"})
    void aNodeStandsStillDuringARetrieve(String victim) {
        // Of whose codec alice knows nothing: carol has to be asked.
        var carol = open(stack.trunkCaller("carol").codecs(Codec.OPUS));
        var bob = open(stack.phone("101").codecs(Codec.OPUS)).register();
        var alice = open(stack.phone("102")).register();
        var caller = park(carol, bob, "*68");
        var now = new AtomicBoolean();
        caller.onReinvite(invite -> now.get() ? 200 : Reinvites.NOTHING);
        var mark = caller.journal().mark();
        var retriever = alice.call("*88101");
        caller.journal().awaitSince(mark, Match.requestOf("INVITE"), SOON);
        harm("freeze", victim);
        now.set(true);

        retriever.await(Call.State.ANSWERED, SOON);
        assertThat(retriever.finalStatus()).as(() -> retriever.journal().toString()).isEqualTo(200);
        hearEachOther(caller, retriever);
        stack.part("thaw", victim);
        repairs.clear();
        // What it finds in its sockets when it comes back changes nothing.
        hearEachOther(caller, retriever);
        assertThat(caller.bye().status()).isEqualTo(200);
        retriever.await(Call.State.ENDED, SOON);
        stack.awaitNothingLeft(SOON);
    }

    @Test
    void aNodeThatStoodStillComesBackToACallThatIsOver() {
        var carol = open(stack.trunkCaller("carol"));
        var bob = open(stack.phone("101")).register();
        var alice = open(stack.phone("102")).register();
        harm("freeze", "node-1");
        var caller = park(carol, bob, "*68");
        var retriever = retrieve(alice, "*88101");
        hearEachOther(caller, retriever);
        assertThat(retriever.bye().status()).isEqualTo(200);
        caller.await(Call.State.ENDED, SOON);
        stack.awaitNothingLeft(SOON);
        stack.part("thaw", "node-1");
        repairs.clear();
        retrieve(alice, "*88101", 404);
        stack.awaitNothingLeft(SOON);
    }

    private static void retrieve(TestPhone phone, String code, int refused) {
        var call = phone.call(code);
        call.await(Call.State.ANSWERED, SOON);
        assertThat(call.finalStatus()).isEqualTo(refused);
    }
}
