package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mooring.call.CallState;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.dispatch.CallWorld.Asked;
import io.mooring.dispatch.CallWorld.Asking;
import io.mooring.dispatch.CallWorld.Dialog;
import io.mooring.store.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/**
 * Whatever can happen to a call happens to it in each of its states: every request by each phone, every reply to what we have asked, each
 * timer, what the API orders, a new caller of the place; and each event twice, at two nodes. After it the party waits with music, is
 * joined to somebody, or was sent a BYE; the place is held as long as it waits and freed once; every request got one final reply, never
 * 500; and when all have answered and hung up, nothing is left.
 */
class EveryEventInEveryStateIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    /** Of calls to which many things happen, one after the other; {@code -Dmooring.walks} makes more of them. */
    private static final int WALKS = Integer.getInteger("mooring.walks", 100);
    private static final long FIRST_WALK = Long.getLong("mooring.walks.first", 1);
    private static final int LONGEST_WALK = 12;
    private static final int[] STATUSES = {200, 302, 408, 481, 486, 488, 491, 501, 503, 603};

    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();
    /** What had happened when a media session was first seen. */
    private static final Map<String, String> OPENED_BY = new HashMap<>();
    private static TwoRouters lab;

    @BeforeAll
    static void start() throws Exception {
        lab = new TwoRouters(REDIS);
        LOGGED.start();
        ((Logger) LoggerFactory.getLogger(Timers.class)).addAppender(LOGGED);
    }

    @AfterAll
    static void stop() throws Exception {
        ((Logger) LoggerFactory.getLogger(Timers.class)).detachAppender(LOGGED);
        lab.close();
    }

    private interface Step {
        void take(CallWorld world) throws Exception;
    }

    // --- how a call comes into each state -----------------------------------------------------------------------------

    private static final Map<String, Step> STATES = new LinkedHashMap<>();

    private static Asked asked(CallWorld world, String method) {
        return world.asked.stream()
                .filter(one -> one.request.method().equals(method))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody was sent " + method));
    }

    private static void accept(CallWorld world, String method) throws Exception {
        world.answer(asked(world, method), 200, CallWorld.sdp("10.0.0.2"));
    }

    private static void refer(CallWorld world, Dialog dialog, String to) throws Exception {
        world.request(dialog, "REFER", "Refer-To: <sip:" + to + "@acme.example>\r\n", "");
    }

    private static void park(CallWorld world) throws Exception {
        refer(world, world.parker, "*68");
        accept(world, "INVITE");
    }

    private static void parked(CallWorld world) throws Exception {
        park(world);
        world.request(world.parker, "BYE", "", "");
        world.asked.clear(); // the NOTIFYs
    }

    private static Dialog retriever(CallWorld world) throws Exception {
        parked(world);
        return world.dials("102", "*88101", "", CallWorld.sdp("10.0.0.3").replace("101", "96"));
    }

    private static Dialog retrieved(CallWorld world) throws Exception {
        Dialog retriever = retriever(world);
        accept(world, "INVITE");
        world.acknowledge(retriever);
        world.asked.clear();
        return retriever;
    }

    private static void recalled(CallWorld world) throws Exception {
        parked(world);
        world.fire("recall:");
        world.answer(asked(world, "INVITE"), 200, CallWorld.sdp("10.0.0.4"));
    }

    private static Asked reinvite(CallWorld world) {
        return world.asked.stream().filter(one -> one.dialog == world.party).findFirst().orElseThrow();
    }

    static {
        STATES.put("being parked", world -> refer(world, world.parker, "*68"));
        STATES.put("being parked, the parker has gone", world -> {
            refer(world, world.parker, "*68");
            world.request(world.parker, "BYE", "", "");
        });
        STATES.put("a place is announced, not acknowledged",
                world -> world.dialsAlone("101", "", CallWorld.sdp("10.0.0.1")));
        STATES.put("a place is announced",
                world -> world.acknowledge(world.dialsAlone("101", "", CallWorld.sdp("10.0.0.1"))));
        STATES.put("a place is announced to who made no offer", world -> world.dialsAlone("101", "", ""));
        STATES.put("parked, the parker has not hung up", EveryEventInEveryStateIT::park);
        STATES.put("parked", EveryEventInEveryStateIT::parked);
        STATES.put("parked by a redirected INVITE, not acknowledged", world -> world.dialsAlone("103",
                "Referred-By: <sip:101@acme.example>\r\n", CallWorld.sdp("10.0.0.1")));
        STATES.put("parked by a redirected INVITE without offer, not acknowledged",
                world -> world.dialsAlone("103", "Referred-By: <sip:101@acme.example>\r\n", ""));
        STATES.put("parked, the party is asked whether it is there", world -> {
            parked(world);
            world.fire("probe:");
        });
        STATES.put("parked again, the music is to come back", world -> {
            retriever(world);
            world.cancel(world.asking.values().stream().reduce((_, last) -> last).orElseThrow());
        });
        STATES.put("being retrieved", EveryEventInEveryStateIT::retriever);
        STATES.put("retrieved, not acknowledged", world -> {
            retriever(world);
            accept(world, "INVITE");
        });
        STATES.put("retrieved by whom the party needs not be asked for, not acknowledged", world -> {
            parked(world);
            world.dials("102", "*88101", "", CallWorld.sdp("10.0.0.3"));
        });
        STATES.put("retrieved without offer, not acknowledged", world -> {
            parked(world);
            world.dials("102", "*88101", "", "");
        });
        STATES.put("retrieved without offer, the party is asked", world -> {
            parked(world);
            world.acknowledge(world.dials("102", "*88101", "", ""));
        });
        STATES.put("retrieved", EveryEventInEveryStateIT::retrieved);
        STATES.put("retrieved, one puts the other on hold",
                world -> world.request(retrieved(world), "INVITE", "", CallWorld.sdp("10.0.0.9")));
        STATES.put("retrieved, on hold, not acknowledged", world -> {
            world.request(retrieved(world), "INVITE", "", CallWorld.sdp("10.0.0.9"));
            accept(world, "INVITE");
        });
        STATES.put("retrieved, the party asks for an offer",
                world -> {
                    retrieved(world);
                    world.request(world.party, "INVITE", "", "");
                });
        STATES.put("retrieved, a digit is under way", world -> world.request(retrieved(world), "INFO", "", "5"));
        STATES.put("retrieved, being transferred", world -> refer(world, retrieved(world), "103"));
        STATES.put("retrieved, the target of a transfer has answered", world -> {
            refer(world, retrieved(world), "103");
            accept(world, "INVITE");
        });
        STATES.put("retrieved, being parked again", world -> refer(world, retrieved(world), "*68"));
        STATES.put("recalling", world -> {
            parked(world);
            world.fire("recall:");
        });
        STATES.put("recalling, one phone has refused", world -> {
            parked(world);
            world.fire("recall:");
            world.answer(asked(world, "INVITE"), 486, "");
        });
        STATES.put("a recall is answered", EveryEventInEveryStateIT::recalled);
        STATES.put("recalled", world -> {
            recalled(world);
            world.answer(reinvite(world), 200, CallWorld.sdp("10.0.0.2"));
        });
        STATES.put("not parked", world -> {
            refer(world, world.parker, "*68");
            world.answer(asked(world, "INVITE"), 488, "");
        });
        STATES.put("not parked, the party has not answered", world -> {
            refer(world, world.parker, "*68");
            world.fire(timer(world, "pending:"));
        });
        STATES.put("not parked, the party is brought back", world -> {
            refer(world, world.parker, "*68");
            Asked music = asked(world, "INVITE");
            world.fire(timer(world, "pending:"));
            world.answer(music, 200, CallWorld.sdp("10.0.0.2"));
        });
        STATES.put("closing", world -> {
            retriever(world);
            accept(world, "INVITE");
            world.request(world.party, "BYE", "", "");
        });
        STATES.put("over", world -> {
            parked(world);
            world.request(world.party, "BYE", "", "");
        });
    }

    private static String timer(CallWorld world, String kind) throws Exception {
        return world.call()
                .orElseThrow().timers.keySet()
                .stream()
                .filter(name -> name.startsWith(kind))
                .findFirst()
                .orElseThrow();
    }

    // --- what can happen ----------------------------------------------------------------------------------------------

    /** Every event that is possible now, by its name. */
    private static Map<String, Step> events(CallWorld world) throws Exception {
        var events = new LinkedHashMap<String, Step>();
        for (int i = 0; i < world.dialogs.size(); i++) {
            int which = i;
            if (world.dialogs.get(i).open) {
                requests(world.dialogs.get(i).name, events, it -> it.dialogs.get(which), world.dialogs.get(i));
            }
        }
        for (String key : List.copyOf(world.asking.keySet())) {
            Asking open = world.asking.get(key);
            if (open.finals.isEmpty() && open.request.method().equals("INVITE")) {
                int at = List.copyOf(world.asking.keySet()).indexOf(key);
                events.put(open.dialog.name + " cancels its INVITE",
                        it -> it.cancel(List.copyOf(it.asking.values()).get(at)));
            }
        }
        for (int i = 0; i < world.asked.size(); i++) {
            replies(world.asked.get(i), i, events);
        }
        if (world.forked.isPresent()) {
            events.put("a second phone takes the call", it -> it.answerAgain(it.forked.orElseThrow()));
        }
        Set<String> timers = world.call().map(call -> call.timers.keySet()).orElse(Set.of());
        for (int i = 0; i < timers.size(); i++) {
            int which = i;
            events.put("due: " + List.copyOf(timers).get(i).replaceAll(":.*", "") + " " + i,
                    it -> it.fire(List.copyOf(it.call().orElseThrow().timers.keySet()).get(which)));
        }
        events.put("the API rings 103", it -> order(it, false));
        events.put("the API hangs up", it -> order(it, true));
        for (String user : List.of("102", "103")) {
            events.put(user + " dials the place", it -> it.dials(user, "*88101", "", CallWorld.sdp("10.0.0.5")));
        }
        events.put("103 dials the place without offer", it -> it.dials("103", "*88101", "", ""));
        return events;
    }

    private interface Which {
        Dialog in(CallWorld world);
    }

    private static void requests(String name, Map<String, Step> events, Which which, Dialog now) {
        String sdp = CallWorld.sdp("10.0.0.9");
        Map<String, String> plain = Map.of("BYE", "", "INFO", "5", "OPTIONS", "", "MESSAGE", "hello", "UPDATE", "",
                "INVITE", "", "NOTIFY", "", "PUBLISH", "");
        plain.keySet()
                .stream()
                .sorted()
                .forEach(method -> events.put(name + ": " + method,
                        world -> world.request(which.in(world), method, "", plain.get(method))));
        for (String method : List.of("INVITE", "UPDATE")) {
            events.put(name + ": " + method + " with SDP",
                    world -> world.request(which.in(world), method, "", sdp));
            events.put(name + ": " + method + " with what we do not do",
                    world -> world.request(which.in(world), method, "Require: 100rel\r\n", sdp));
        }
        for (String to : List.of("*68", "*68102", "*59", "*88", "103", "999",
                "102%40x?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc")) {
            events.put(name + ": REFER to " + to, world -> refer(world, which.in(world), to));
        }
        events.put(name + ": REFER to nothing", world -> world.request(which.in(world), "REFER", "", ""));
        if (now.unacknowledged > 0) {
            events.put(name + ": ACK", world -> world.acknowledge(which.in(world)));
        }
    }

    private static void replies(Asked asked, int which, Map<String, Step> events) {
        boolean invite = asked.request.method().equals("INVITE");
        for (int status : STATUSES) {
            events.put(status + " to our " + asked.request.method() + " of " + asked.dialog.name + " " + which,
                    world -> world.answer(world.asked.get(which), status,
                            status == 200 && invite ? CallWorld.sdp("10.0.0.6") : ""));
        }
        if (invite) {
            events.put("200 without SDP to our INVITE of " + asked.dialog.name + " " + which,
                    world -> world.answer(world.asked.get(which), 200, ""));
        }
    }

    private static void order(CallWorld world, boolean ends) throws Exception {
        lab.virtual(() -> {
            try {
                if (ends) {
                    lab.nodes.getFirst().control().hangUp(CallWorld.TENANT, world.id());
                } else {
                    lab.nodes.getFirst()
                            .control()
                            .ring(CallWorld.TENANT, world.id(), new RetrieveOrder("103", false, ""));
                }
            } catch (RefusedException e) {
                world.story.add("refused: " + e.refusal());
            }
            return null;
        });
        world.later(0);
    }

    // --- the tests ----------------------------------------------------------------------------------------------------

    @Test
    void everyEventInEveryStateIsSafe() {
        var troubles = new ArrayList<String>();
        var met = EnumSet.noneOf(CallState.class);
        int events = 0;
        for (var state : STATES.entrySet()) {
            List<String> names = List.of();
            for (int i = 0; i == 0 || i < names.size(); i++) {
                var world = new CallWorld(lab, REDIS);
                try {
                    state.getValue().take(world);
                    world.check();
                    world.call().map(call -> call.state).ifPresent(met::add);
                    Map<String, Step> possible = events(world);
                    names = List.copyOf(possible.keySet());
                    happens(world, names.get(i), possible);
                    world.settle();
                    assertThat(LOGGED.list).as("what went wrong with timers").isEmpty();
                } catch (Throwable e) {
                    troubles.add(state.getKey() + " / " + world.story + "\n    " + shortly(e));
                    if (names.isEmpty()) {
                        break;
                    }
                }
                remember(state.getKey() + " / " + world.story);
                events++;
            }
        }
        assertThat(troubles).as("%d events in %d states", events, STATES.size()).isEmpty();
        assertThat(met).as("states")
                .contains(CallState.RESERVED, CallState.PARKED, CallState.RECALLING, CallState.CONNECTING,
                        CallState.RETRIEVED, CallState.RECALLED, CallState.FAILED, CallState.CLOSING);
        assertThat(events).as("events").isGreaterThan(1_000);
        assertNoMediaLeft();
    }

    @Test
    void manyEventsInARowAreSafe() {
        var troubles = new ArrayList<String>();
        for (long seed = FIRST_WALK; seed < FIRST_WALK + WALKS; seed++) {
            var random = new Random(seed);
            var world = new CallWorld(lab, REDIS);
            try {
                var states = List.copyOf(STATES.entrySet());
                var state = states.get(random.nextInt(states.size()));
                world.story.add(state.getKey());
                state.getValue().take(world);
                for (int i = 1 + random.nextInt(LONGEST_WALK); i > 0; i--) {
                    Map<String, Step> possible = events(world);
                    happens(world, List.copyOf(possible.keySet()).get(random.nextInt(possible.size())), possible);
                }
                world.settle();
                assertThat(LOGGED.list).as("what went wrong with timers").isEmpty();
            } catch (Throwable e) {
                troubles.add("walk " + seed + ": " + world.story + "\n    " + shortly(e));
            }
            remember("walk " + seed + ": " + world.story);
        }
        assertThat(troubles).as("walks").isEmpty();
        assertNoMediaLeft();
    }

    @Test
    void whoHangsUpGetsAReplyToWhatItHasAskedBefore() throws Exception {
        var world = new CallWorld(lab, REDIS);
        retrieved(world);
        world.request(world.party, "MESSAGE", "", "hello");
        world.request(world.party, "BYE", "", "");
        assertThat(world.asking.values().stream().filter(one -> one.request.method().equals("MESSAGE")))
                .singleElement()
                .satisfies(message -> assertThat(message.finals).containsExactly(487));
        world.settle();
    }

    @Test
    void aPartyThatSaysTooLateThatItIsGoneLeavesNobodyAlone() throws Exception {
        var world = new CallWorld(lab, REDIS);
        refer(world, world.parker, "*68");
        Asked music = asked(world, "INVITE");
        world.fire(timer(world, "pending:"));
        world.answer(music, 481, "");
        assertThat(world.parker.open).as("the parker has nobody to talk to").isFalse();
        world.settle();
    }

    @Test
    void aPartyThatIsGoneWhenItIsTransferredLeavesNoMediaOpen() throws Exception {
        var world = new CallWorld(lab, REDIS);
        refer(world, retrieved(world), "103");
        accept(world, "INVITE");
        world.answer(world.asked.stream()
                .filter(one -> one.dialog == world.party && one.request.method().equals("INVITE"))
                .findFirst()
                .orElseThrow(), 481, "");
        world.settle();
        remember("a transfer of a party that has gone");
        assertNoMediaLeft();
    }

    private static void happens(CallWorld world, String name, Map<String, Step> possible) throws Exception {
        world.story.add(name);
        Optional<CallState> before = world.call().map(call -> call.state);
        possible.get(name).take(world);
        world.story.add(before.map(Enum::name).orElse("over") + "->"
                + world.call().map(call -> call.state.name()).orElse("over"));
        world.check();
    }

    private static String shortly(Throwable e) {
        String text = e.toString().replaceAll("\\s*\\n\\s*", " ");
        String where = List.of(e.getStackTrace())
                .stream()
                .filter(line -> line.getClassName().startsWith("io.mooring"))
                .limit(4)
                .map(line -> line.getFileName() + ":" + line.getLineNumber())
                .toList()
                .toString();
        return text.substring(0, Math.min(400, text.length())) + " " + where;
    }

    private static void remember(String story) {
        LOGGED.list.clear();
        lab.rtpengine.sessions.forEach(session -> OPENED_BY.putIfAbsent(session, story));
    }

    private static void assertNoMediaLeft() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(lab.rtpengine.sessions.stream().map(OPENED_BY::get))
                        .as("after what media were left open")
                        .isEmpty());
    }
}
