package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Role;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.lab.Lamp;
import io.mooring.sip.SipMessage;
import io.mooring.store.PlaceOrder;
import io.mooring.store.RedisServer;
import io.mooring.store.SaveOutcome;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What watchers are told, with two nodes on a real Redis and an edge that loses, refuses, delays and forgets. What each of them believes in the
 * end is what is true.
 */
class LampsIT {
    private static final String TENANT = "acme.example";
    private static final Duration TRUE_WITHIN = Duration.ofSeconds(10);
    private static final int EVENTS = Integer.getInteger("mooring.lamps.events", 1_500);

    private static RedisServer server;
    private static TwoRouters lab;
    private static Vertx vertx;
    private static FakeEdge edge;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @BeforeAll
    static void start() throws Exception {
        server = new RedisServer();
        lab = new TwoRouters(server);
        vertx = Vertx.vertx();
        edge = new FakeEdge();
        lab.nodes.getFirst().lamps().start(shard -> true);
    }

    @AfterAll
    static void stop() throws Exception {
        lab.nodes.forEach(node -> node.lamps().stop());
        lab.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        server.close();
    }

    @BeforeEach
    void nothingIsParked() {
        server.flush();
        lab.directory.reset();
        edge.watchers.clear();
        edge.kind();
    }

    /** A device with one subscription. */
    private static final class Watcher {
        final String resource;
        final String user;
        String callId = "";
        int cseq = 1;
        volatile SipMessage believed;
        volatile boolean over = true;
        volatile int told;

        Watcher(String user, String resource) {
            this.user = user;
            this.resource = resource;
        }

        private long version(SipMessage notify) {
            return notify.cseq().number();
        }

        /** As a phone, it believes what has the highest number. */
        synchronized void hear(SipMessage notify) {
            told++;
            if (believed == null || version(notify) > version(believed)) {
                believed = notify;
            }
        }

        synchronized TreeSet<String> shown() {
            return believed == null
                    ? new TreeSet<>(List.of("nothing heard"))
                    : Lamp.shown(believed.body())
                            .stream()
                            .map(Lamp.Shown::id)
                            .collect(
                                    Collectors.toCollection(TreeSet::new));
        }

        void subscribe() throws Exception {
            synchronized (this) {
                callId = "watch-" + NUMBER.incrementAndGet();
                believed = null;
                over = false;
            }
            edge.watchers.put(callId, this);
            assertThat(send("", 600)).as("subscribing to " + resource).isEqualTo(200);
        }

        /** @return the status */
        int send(String toTag, int expires) throws Exception {
            var request = "SUBSCRIBE sip:" + resource + "@" + TENANT
                    + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:41000;branch=z9\r\n"
                    + "From: <sip:" + user + "@" + TENANT + ">;tag=w\r\nTo: <sip:" + resource + "@" + TENANT + ">"
                    + (toTag.isEmpty() ? "" : ";tag=" + toTag) + "\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq++
                    + " SUBSCRIBE\r\nContact: <sip:" + user + "@127.0.0.1:41000>\r\nEvent: dialog\r\nExpires: "
                    + expires
                    + "\r\n\r\n";
            var owner = toTag.isEmpty() ? "" : edge.owners.get(callId);
            var actions = lab.virtual(() -> node().handle(new EdgeEvent("edge", edge.control, EdgeEvent.Kind.REQUEST,
                    "edge-1-" + edge.boot + "-7-1", "1:1", toTag.isEmpty() ? TENANT : "", toTag.isEmpty() ? user : "",
                    "",
                    Objects.requireNonNullElse(owner, ""),
                    "udp:127.0.0.1:41000", "udp:127.0.0.1:5060", request)));
            var status = 0;
            for (var action : actions) {
                switch (action) {
                    case EdgeAction.Reply reply -> status = reply.status();
                    case EdgeAction.Own own -> edge.owners.put(own.dialog(), own.owner());
                    case EdgeAction.Send send -> edge.deliver(send.method(), send.headers(), send.body());
                    default -> {}
                }
            }
            return status;
        }
    }

    private static final Random RANDOM = new Random(4235);

    private static synchronized int random(int bound) {
        return RANDOM.nextInt(bound);
    }

    private static java.util.Set<String> keys(String pattern) {
        try (var redis = server.jedis()) {
            return redis.keys(pattern);
        }
    }

    private static EventRouter node() {
        return lab.nodes.get(random(2));
    }

    /** Takes what nodes post, and does with it what networks, phones and crashes do. */
    private static final class FakeEdge {
        final Map<String, Watcher> watchers = new ConcurrentHashMap<>();
        final Map<String, String> owners = new ConcurrentHashMap<>();
        final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        final String control;
        volatile int boot = 1_000;
        volatile boolean unkind;
        volatile int refuseWith;
        volatile boolean answersLost;

        FakeEdge() throws Exception {
            HttpServer http = vertx.createHttpServer()
                    .requestHandler(this::asked)
                    .listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
            control = "http://127.0.0.1:" + http.actualPort();
        }

        void kind() {
            unkind = false;
            answersLost = false;
            refuseWith = 0;
        }

        private void asked(HttpServerRequest request) {
            if (request.path().endsWith("/health")) {
                request.response().end("{\"status\": \"UP\", \"boot\": \"" + boot + "\"}");
                return;
            }
            request.body().onSuccess(body -> {
                int luck = unkind ? random(100) : 100;
                if (luck < 4) {
                    request.response().setStatusCode(500).end();
                    return;
                }
                for (Object action : body.toJsonObject().getJsonArray("actions")) {
                    var json = (JsonObject) action;
                    if ("send".equals(json.getString("do"))) {
                        deliver(json.getString("method"), json.getString("headers"), json.getString("body"));
                    }
                }
                if (luck < 8 || answersLost) {
                    // Done, and the answer is lost.
                    request.connection().close();
                } else {
                    request.response().end("{\"done\": 1, \"boot\": \"" + boot + "\"}");
                }
            });
        }

        void deliver(String method, String headers, String body) {
            assertThat(method).isEqualTo("NOTIFY");
            var notify = SipMessage.parse("NOTIFY sip:x SIP/2.0\r\n" + headers + "\r\n" + body);
            seen.add(notify.callId() + " " + notify.cseq().number());
            Watcher watcher = watchers.get(notify.callId());
            if (watcher == null) {
                return;
            }
            if (refuseWith > 0) {
                refuse(notify, refuseWith);
                return;
            }
            int luck = unkind ? random(100) : 100;
            int sent = boot;
            if (luck < 4) {
                refuse(notify, List.of(500, 503, 491).get(random(3)));
            } else if (luck < 5) {
                // Nobody answers it: what the edge says after 32 s. A phone learns of it when it refreshes.
                watcher.over = true;
                refuse(notify, 408);
            } else if (luck < 30) {
                vertx.setTimer(1 + random(300), late -> {
                    if (sent == boot) {
                        watcher.hear(notify);
                    }
                });
            } else {
                watcher.hear(notify);
            }
        }

        private void refuse(SipMessage notify, int status) {
            var reply = "SIP/2.0 " + status + " No\r\nCall-ID: " + notify.callId() + "\r\nCSeq: "
                    + notify.cseq().number() + " NOTIFY\r\n\r\n";
            var owner = Objects.requireNonNullElse(owners.get(notify.callId()), "");
            vertx.setTimer(1, later -> Thread.ofVirtual().start(() -> {
                try {
                    lab.virtual(() -> node().handle(new EdgeEvent("edge", control, EdgeEvent.Kind.REPLY,
                            "edge-1-" + boot + "-7-2", "", "", "", "", owner, "", "", reply)));
                } catch (Exception e) {
                    seen.add("failed: " + e);
                }
            }));
        }
    }

    /** The calls of the test, and where they wait. */
    private static final class Truth {
        final Map<String, Call> calls = new LinkedHashMap<>();

        private static Call call(CallState state, String place) {
            var call = new Call();
            call.id = "c" + NUMBER.incrementAndGet();
            call.tenant = TENANT;
            call.state = state;
            call.parker = "101";
            call.place = place;
            var leg = new Leg();
            leg.id = "w";
            leg.role = Role.PARKED;
            leg.remoteAddress = "\"Carol\" <sip:carol@carrier.example>";
            call.legs.put(leg.id, leg);
            return call;
        }

        /** @param told whether the node lives on to tell the watchers */
        void park(String place, boolean told) throws Exception {
            Call call = call(CallState.RESERVED, place);
            write(call, PlaceOrder.take(new io.mooring.call.PlaceWish.At(place), 20, 1_000), true);
            call.state = CallState.PARKED;
            write(call, PlaceOrder.NONE, told);
            calls.put(call.id, call);
        }

        void write(Call call, PlaceOrder order, boolean told) throws Exception {
            SaveOutcome outcome = lab.virtual(() -> lab.store.save(call, order));
            assertThat(outcome).isInstanceOf(SaveOutcome.Saved.class);
            var lamps = ((SaveOutcome.Saved) outcome).lamps();
            if (told) {
                lab.virtual(() -> {
                    node().lamps().changed(TENANT, lamps);
                    return null;
                });
            }
        }

        /** Something happens to a call, or a new one is parked. */
        void step(List<String> places) throws Exception {
            boolean told = random(20) != 0;
            if (calls.size() < 2 || calls.size() < 9 && random(3) == 0) {
                park(places.get(random(places.size())), told);
                return;
            }
            Call call = new ArrayList<>(calls.values()).get(random(calls.size()));
            switch (random(6)) {
                case 0, 1 -> {
                    // The caller hangs up.
                    String place = call.place;
                    call.state = CallState.ABANDONED;
                    write(call, PlaceOrder.free(place), told);
                    calls.remove(call.id);
                }
                case 2, 3 -> {
                    String place = call.place;
                    call.state = CallState.CONNECTING;
                    write(call, PlaceOrder.NONE, told);
                    call.state = CallState.RETRIEVED;
                    write(call, PlaceOrder.NONE, told);
                    if (random(4) == 0) {
                        // The ACK never comes: parked again.
                        call.state = CallState.PARKED;
                        write(call, PlaceOrder.NONE, told);
                    } else {
                        write(call, PlaceOrder.free(place), told);
                        calls.remove(call.id);
                    }
                }
                default -> {
                    call.state = call.state == CallState.RECALLING ? CallState.PARKED : CallState.RECALLING;
                    write(call, PlaceOrder.NONE, told);
                }
            }
        }

        TreeSet<String> at(String... prefixes) {
            var found = new TreeSet<String>();
            calls.values().forEach(call -> {
                for (var prefix : prefixes) {
                    if (call.place.equals(prefix) || prefix.endsWith(":") && call.place.startsWith(prefix)) {
                        found.add(call.id);
                    }
                }
            });
            return found;
        }
    }

    private static void awaitTrue(String when, Map<Watcher, String[]> watchers, Truth truth) {
        try {
            await().atMost(TRUE_WITHIN)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> watchers.entrySet()
                            .stream()
                            .allMatch(one -> one.getKey().over
                                    || one.getKey().shown().equals(truth.at(one.getValue()))));
        } catch (org.awaitility.core.ConditionTimeoutException e) {
            throw new AssertionError(when + ": " + watchers.entrySet()
                    .stream()
                    .filter(one -> !one.getKey().shown().equals(truth.at(one.getValue())))
                    .map(one -> one.getKey().resource + " of " + one.getKey().callId + " shows " + one.getKey().shown()
                            + " and not " + truth.at(one.getValue()))
                    .toList(), e);
        }
    }

    /** 10,000 events, NOTIFYs lost, refused, late and out of order, posts that fail or whose answer is lost, nodes that die, edges that start anew. */
    @Test
    void whateverHappensTheLastThatAWatcherHearsIsTrue() throws Exception {
        var truth = new Truth();
        var places = List.of("ext:101", "ext:102", "grp:sales", "orbit:10", "orbit:11", "orbit:12");
        Map<Watcher, String[]> watchers = new LinkedHashMap<>();
        for (var i = 0; i < 3; i++) {
            watchers.put(new Watcher("102", "*88101"), new String[]{"ext:101"});
            watchers.put(new Watcher("103", "102"), new String[]{"ext:102"});
            watchers.put(new Watcher("101", "*88"), new String[]{"ext:101", "grp:sales"});
            watchers.put(new Watcher("101", "*58"), new String[]{"grp:sales"});
            watchers.put(new Watcher("103", "park+11"), new String[]{"orbit:11"});
            watchers.put(new Watcher("103", "*59"), new String[]{"orbit:"});
            watchers.put(new Watcher("103", "park+10-99"), new String[]{"orbit:"});
        }
        for (var watcher : watchers.keySet()) {
            watcher.subscribe();
        }
        edge.unkind = true;
        for (var event = 1; event <= EVENTS; event++) {
            truth.step(places);
            if (event % 400 == 0) {
                edge.boot++;
            }
            if (event % 100 == 0) {
                awaitTrue("after " + event + " events", watchers, truth);
                for (var watcher : watchers.keySet()) {
                    if (watcher.over) {
                        watcher.subscribe();
                    }
                }
            }
        }
        edge.kind();
        awaitTrue("in the end", watchers, truth);
        var notifies = edge.seen.stream().filter(one -> !one.startsWith("failed")).toList();
        System.out.println("lamps: " + EVENTS + " events, " + watchers.size() + " watchers, " + notifies.size()
                + " NOTIFYs, restarts of the edge " + (edge.boot - 1_000));
        assertThat(notifies).as("no number is used twice").doesNotHaveDuplicates();
        assertThat(edge.seen).noneMatch(one -> one.startsWith("failed"));
    }

    /** What changes faster than a phone can follow is told as what is true in the end. */
    @Test
    void aWatcherIsToldAtMostFourTimesASecond() throws Exception {
        var truth = new Truth();
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        long begun = System.nanoTime();
        for (var i = 0; i < 100; i++) {
            truth.park("ext:101", true);
            var call = truth.calls.values().iterator().next();
            call.state = CallState.ABANDONED;
            truth.write(call, PlaceOrder.free(call.place), true);
            truth.calls.clear();
        }
        truth.park("ext:101", true);
        awaitTrue("in the end", Map.of(watcher, new String[]{"ext:101"}), truth);
        long quarters = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) / 250;
        assertThat(watcher.told).isLessThanOrEqualTo((int) quarters + 3);
    }

    /** A call that only rings on, or is being taken, is parked all the same: nobody is told anything. */
    @Test
    void noLampFlickersWhileACallIsRecalled() throws Exception {
        var truth = new Truth();
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        truth.park("ext:101", true);
        awaitTrue("parked", Map.of(watcher, new String[]{"ext:101"}), truth);
        int told = watcher.told;
        var call = truth.calls.values().iterator().next();
        for (var state : List.of(CallState.RECALLING, CallState.CONNECTING, CallState.PARKED)) {
            call.state = state;
            truth.write(call, PlaceOrder.NONE, true);
        }
        call.state = CallState.ABANDONED;
        truth.write(call, PlaceOrder.free(call.place), true);
        truth.calls.clear();
        awaitTrue("gone", Map.of(watcher, new String[]{"ext:101"}), truth);
        assertThat(watcher.told).isEqualTo(told + 1);
    }

    /** The edge did as it was told, and its answer was lost; before it is told again the call is gone. The phone has heard of the call. */
    @Test
    void whatMayHaveBeenHeardIsTakenBack() throws Exception {
        var truth = new Truth();
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        edge.answersLost = true;
        truth.park("ext:101", true);
        awaitTrue("parked", Map.of(watcher, new String[]{"ext:101"}), truth);
        var call = truth.calls.values().iterator().next();
        call.state = CallState.ABANDONED;
        truth.write(call, PlaceOrder.free(call.place), false);
        truth.calls.clear();
        edge.answersLost = false;
        awaitTrue("gone", Map.of(watcher, new String[]{"ext:101"}), truth);
    }

    /** 481: the device knows nothing of it. No further NOTIFY, and nothing of it stays. */
    @Test
    void aRefusedSubscriptionIsGone() throws Exception {
        var truth = new Truth();
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        edge.refuseWith = 481;
        truth.park("ext:101", true);
        await().atMost(TRUE_WITHIN)
                .until(() -> lab.virtual(() -> keys("*:watch:*").isEmpty() && keys("*:watchers:*").isEmpty()));
        int seen = edge.seen.size();
        truth.park("ext:101", true);
        assertThat(watcher.send("x", 600)).isEqualTo(481);
        assertThat(edge.seen).hasSize(seen);
    }

    /** 500 again and again: it is tried some times, each time later, and then given up. */
    @Test
    void whoeverRefusesForEverIsGivenUp() throws Exception {
        var truth = new Truth();
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        edge.refuseWith = 500;
        truth.park("ext:101", true);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> lab.virtual(() -> keys("*:watch:*").isEmpty()));
    }

    /** Two of the same, and one that comes at two nodes. */
    @Test
    void aRepeatedSubscribeIsOneSubscription() throws Exception {
        var watcher = new Watcher("102", "*88101");
        watcher.subscribe();
        watcher.cseq--;
        assertThat(watcher.send("", 600)).isEqualTo(200);
        watcher.cseq -= 2;
        assertThat(watcher.send("", 600)).as("older than the last").isEqualTo(500);
        assertThat(keys("*:watch:*")).hasSize(1);
        assertThat(edge.owners.get(watcher.callId)).startsWith(TENANT + "/watch:");
    }
}
