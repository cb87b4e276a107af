package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkTerms;
import io.mooring.call.Pending;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalRule;
import io.mooring.call.RetrieveOrder;
import io.mooring.call.Role;
import io.mooring.call.SoundVersion;
import io.mooring.call.Standing;
import io.mooring.config.HostPort;
import io.mooring.config.Secret;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeAction.Reply;
import io.mooring.edge.EdgeAction.Send;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.UnavailableException;
import io.mooring.media.MediaSessions;
import io.mooring.media.NgClient;
import io.mooring.media.Player;
import io.mooring.metrics.Metrics;
import io.mooring.sip.SipMessage;
import io.mooring.store.CallEvents;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.Keys;
import io.mooring.store.PinTries;
import io.mooring.store.PlaceOrder;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.RingingInvites;
import io.mooring.store.WatchStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two nodes on one real Redis, with a fake rtpengine, and the test in the place of the edge: SIP comes as events, and
 * the actions are looked at. P is 101 at 127.0.0.1:41001, W calls from a trunk at 127.0.0.2:5070, R is 102.
 */
class EventRouterIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    /** For a command or a post. No test is about it: on a busy machine one may take long. */
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final String TENANT = "acme.example";
    private static final String SOCKET = "udp:127.0.0.1:5060";
    private static final String SDP_P = sdp("10.0.0.1");
    private static final String SDP_W = sdp("10.0.0.2");
    /** With events of another payload type than W's: W has to be asked. */
    private static final String SDP_R = sdp("10.0.0.3").replace("101", "96");
    /** What W would answer to this is known. */
    private static final String SDP_KNOWN = sdp("10.0.0.3");

    private static final AtomicLong AHEAD_MILLIS = new AtomicLong();
    /** The edge takes nothing of the next post, and does not say so. */
    private static final AtomicBoolean AWAY = new AtomicBoolean();
    /** What is played of a tenant's; null: nothing. */
    private static final AtomicReference<@Nullable Path> SOUND = new AtomicReference<>();
    /** The edge is killed when it has taken the next post, and started anew. */
    private static final AtomicBoolean DYING = new AtomicBoolean();
    /** The edge answers nothing at all. */
    private static final AtomicBoolean DOWN = new AtomicBoolean();
    /** When the edge was started. */
    private static final AtomicLong BOOT = new AtomicLong(1);
    /** Extensions that have a phone at the edge. */
    private static final AtomicReference<String> REGISTERED = new AtomicReference<>("101 102 103 ");
    private static final ConcurrentLinkedQueue<JsonObject> POSTED = new ConcurrentLinkedQueue<>();

    private static final String POSTED_AT = "testPostedAtMillis";

    private static final FakeDirectory DIRECTORY = new FakeDirectory();

    private static Vertx vertx;
    private static Context virtualThreads;
    private static RedisAccess redis;
    private static CallStore store;
    private static FakeRtpengine rtpengine;
    private static String control;
    private static EventRouter node1;
    private static EventRouter node2;

    private static boolean warm;
    private int transactions;

    private static String sdp(String address) {
        return "v=0\r\no=- 1 1 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address
                + "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    }

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        virtualThreads = context();
        redis = REDIS.connect(vertx, LIMIT);
        store = new CallStore(redis, new Keys(4));
        rtpengine = new FakeRtpengine();
        HttpServer edge = get(vertx.createHttpServer()
                .requestHandler(r -> r.body().onSuccess(b -> {
                    boolean health = r.path().equals("/edge/v1/health");
                    if (DOWN.get() || (!health && AWAY.getAndSet(false))) {
                        r.connection().close();
                        return;
                    }
                    if (health) {
                        r.response().end("{\"status\": \"UP\", \"boot\": \"" + BOOT + "\"}");
                        return;
                    }
                    if (r.path().equals("/edge/v1/registered")) {
                        r.response().end(new JsonObject().put("registered", REGISTERED.get()).toBuffer());
                        return;
                    }
                    b.toJsonObject()
                            .getJsonArray("actions")
                            .forEach(a -> POSTED.add(((JsonObject) a).put(POSTED_AT, nowMillis())));
                    r.response().end("{\"done\": 1, \"boot\": \"" + BOOT + "\"}");
                    if (DYING.getAndSet(false)) {
                        BOOT.incrementAndGet();
                    }
                }))
                .listen(0, "127.0.0.1"));
        control = "http://127.0.0.1:" + edge.actualPort();
        node1 = node(rtpengine.address());
        node2 = node(rtpengine.address());
        virtual(() -> {
            node1.schedule().start(shard -> true);
            node1.ringing().start(shard -> true);
            return null;
        });
    }

    /** What the nodes take the time to be. */
    private static long nowMillis() {
        return System.currentTimeMillis() + AHEAD_MILLIS.get();
    }

    private static EventRouter node(HostPort address) {
        var metrics = new Metrics();
        var clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(nowMillis());
            }
        };
        var ng = new NgClient(vertx, address, LIMIT, metrics);
        var media = new MediaSessions(ng, new Player(vertx, ng, "/music.wav",
                hearing -> SOUND.get() == null
                        ? Future.failedFuture("no sounds here")
                        : Future.succeededFuture(SOUND.get()),
                Optional.empty(), metrics));
        return new EventRouter(vertx, store, new CallEvents(redis, new Keys(4)), new DueTimes(redis, new Keys(4)),
                new RingingInvites(redis, new Keys(4)), new PinTries(redis, new Keys(4)),
                new WatchStore(redis, new Keys(4)), media,
                DIRECTORY,
                new EdgeClient(vertx, new Secret("t"), LIMIT, metrics),
                metrics, clock, "t", 10_000);
    }

    @AfterAll
    static void stop() throws Exception {
        redis.close();
        get(vertx.close());
        rtpengine.close();
    }

    /** The first event loads the classes of two clients, which may take longer than a command may. */
    @BeforeEach
    void clean() {
        if (!warm) {
            Awaitility.await().ignoreExceptions().until(() -> kinds(at(node1, refer("*68", ""))).contains("202"));
            warm = true;
            REDIS.flush();
            transactions = 0;
        }
        rtpengine.reset();
        DIRECTORY.reset();
        POSTED.clear();
        AWAY.set(false);
        SOUND.set(null);
        DOWN.set(false);
        DYING.set(false);
    }

    private static Context context() throws Exception {
        var found = new CompletableFuture<Context>();
        get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                found.complete(context);
                return Future.succeededFuture();
            }
        }, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return found.get();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static <T> T virtual(java.util.concurrent.Callable<T> work) throws Exception {
        var done = new CompletableFuture<T>();
        virtualThreads.runOnContext(_ -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    // --- the edge ---------------------------------------------------------------------------------------------------

    private static List<EdgeAction> at(EventRouter node, EdgeEvent event) throws Exception {
        return virtual(() -> node.handle(event));
    }

    private EdgeEvent event(EdgeEvent.Kind kind, String user, String owner, String source, String message) {
        transactions++;
        boolean withTransaction = kind == EdgeEvent.Kind.REQUEST && !message.startsWith("ACK");
        return new EdgeEvent("edge-1", control, kind, "c-" + transactions, withTransaction ? transactions + ":7" : "",
                kind == EdgeEvent.Kind.REQUEST ? TENANT : "", user, "", owner, source, SOCKET, message);
    }

    private static String message(String first, String from, String to, String callId, String cseq, String more,
            String body) {
        return first + "\r\nVia: SIP/2.0/UDP 127.0.0.1:41001;branch=z9hG4bK" + cseq.hashCode() + "\r\nFrom: " + from
                + "\r\nTo: " + to + "\r\nCall-ID: " + callId + "\r\nCSeq: " + cseq + "\r\n" + more
                + (body.isEmpty() ? "" : "Content-Type: application/sdp\r\n")
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static final String P = "\"Alice\" <sip:101@acme.example>;tag=p";
    private static final String W = "<sip:+4930@trunk.example>;tag=w";

    /** P to W, in the proxied dialog and later in its own half of it. */
    private EdgeEvent fromP(String method, int cseq, String owner, String more, String body) {
        return event(EdgeEvent.Kind.REQUEST, "101", owner, "udp:127.0.0.1:41001",
                message(method + " sip:+4930@127.0.0.2:5070 SIP/2.0", P, W, "dialog-1", cseq + " " + method,
                        "Contact: <sip:101@127.0.0.1:41001>\r\n" + more, body));
    }

    private EdgeEvent fromW(String method, int cseq, String owner, String more, String body) {
        return event(EdgeEvent.Kind.REQUEST, "", owner, "udp:127.0.0.2:5070",
                message(method + " sip:101@127.0.0.1:5060 SIP/2.0", W, P, "dialog-1", cseq + " " + method,
                        "Contact: <sip:+4930@127.0.0.2:5070>\r\n" + more, body));
    }

    private EdgeEvent refer(String target, String more) {
        return fromP("REFER", 2, "", "Refer-To: <sip:" + target + "@acme.example>\r\n" + more, "");
    }

    private EdgeEvent invite(String user, String code, String callId, String more, String body) {
        return event(EdgeEvent.Kind.REQUEST, user, "", "udp:127.0.0.1:41002",
                message("INVITE sip:" + code + "@acme.example SIP/2.0", "<sip:" + user + "@acme.example>;tag=r",
                        "<sip:" + code + "@acme.example>", callId, "1 INVITE",
                        "Contact: <sip:" + user + "@127.0.0.1:41002>\r\n" + more, body));
    }

    private EdgeEvent inRetrieve(String method, int cseq, String owner, Reply answer, String body) {
        return event(EdgeEvent.Kind.REQUEST, "102", owner, "udp:127.0.0.1:41002",
                message(method + " sip:x@127.0.0.1:5060 SIP/2.0", "<sip:102@acme.example>;tag=r",
                        "<sip:*88101@acme.example>;tag=" + answer.toTag(), "retrieve-1", cseq + " " + method,
                        "Contact: <sip:102@127.0.0.1:41002>\r\n", body));
    }

    /** The reply to a request of ours, with its From, To and CSeq as they were sent. */
    private EdgeEvent replyTo(Send sent, String owner, int status, String reason, String body) {
        return replyTo(sent, owner, status, reason, "", body);
    }

    private EdgeEvent replyTo(Send sent, String owner, int status, String reason, String more, String body) {
        SipMessage request = sip(sent);
        return event(EdgeEvent.Kind.REPLY, "", owner, "udp:127.0.0.2:5070",
                message("SIP/2.0 " + status + " " + reason, request.required("from"), request.required("to"),
                        request.callId(), request.required("cseq"),
                        more + (status < 300 ? "Contact: <sip:+4930@127.0.0.2:5070>\r\n" : ""), body));
    }

    private static SipMessage sip(Send sent) {
        return SipMessage
                .parse(sent.method() + " " + sent.uri() + " SIP/2.0\r\n" + sent.headers() + "\r\n" + sent.body());
    }

    private static Send sent(List<EdgeAction> actions, String method) {
        return actions.stream()
                .filter(Send.class::isInstance)
                .map(Send.class::cast)
                .filter(s -> s.method().equals(method))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + method + " in " + actions));
    }

    private static Reply reply(List<EdgeAction> actions) {
        return actions.stream()
                .filter(Reply.class::isInstance)
                .map(Reply.class::cast)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no reply in " + actions));
    }

    private static List<String> kinds(List<EdgeAction> actions) {
        return actions.stream().map(a -> switch (a) {
            case Reply r -> Integer.toString(r.status());
            case Send s -> s.method();
            case EdgeAction.Own _ -> "own";
            case EdgeAction.Disown _ -> "disown";
            case EdgeAction.Cancel _ -> "cancel";
            case EdgeAction.Raw _ -> "raw";
        }).toList();
    }

    // --- what is left -----------------------------------------------------------------------------------------------

    /** But for the history, which outlives the calls. */
    private static Set<String> keys() {
        try (var jedis = REDIS.jedis()) {
            return jedis.keys("*")
                    .stream()
                    .filter(key -> !key.contains(":events:") && !key.contains(":timeline:")
                            && !key.startsWith("begun:") && !key.startsWith("barrier"))
                    .collect(Collectors.toSet());
        }
    }

    /** What the history says, the oldest first: type, place, who did it, reason. */
    private static List<String> history() {
        try (var jedis = REDIS.jedis()) {
            return jedis.keys("*:events:*")
                    .stream()
                    .flatMap(key -> jedis.xrange(key, "-", "+").stream())
                    .map(entry -> new JsonObject(entry.getFields().get("event")).put("at",
                            entry.getFields().get("place")))
                    .map(event -> (event.getString("type") + " " + event.getString("place", event.getString("at")) + " "
                            + event.getString("by", "") + " " + event.getString("reason", "")).strip())
                    .toList();
        }
    }

    private static Call load(String owner) {
        return store.load(owner).orElseThrow();
    }

    private static void assertMediaClosed() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(3))
                .untilAsserted(() -> assertThat(rtpengine.sessions).isEmpty());
    }

    /** Nothing but what is about to be forgotten: the record and its dialogs, for the events that cross the end. */
    private static void assertOver() {
        // Awaited: what rings no more is taken out of its index after the turn that is answered here.
        Awaitility.await().untilAsserted(() -> {
            assertThat(keys())
                    .allMatch(key -> key.startsWith("own:") || key.startsWith("cancelled:") || key.contains(":ended:")
                            || key.contains(":event:") || key.contains(":taken:"));
            try (var jedis = REDIS.jedis()) {
                assertThat(keys()).allMatch(key -> jedis.ttl(key) <= 32);
            }
        });
        assertMediaClosed();
    }

    // --- how far ----------------------------------------------------------------------------------------------------

    /** A call with the re-INVITE of W under way. */
    private record Parking(String owner, Send reinvite) {}

    private Parking parking() throws Exception {
        List<EdgeAction> actions = at(node1, refer("*68", ""));
        return new Parking(((EdgeAction.Own) actions.getFirst()).owner(), sent(actions, "INVITE"));
    }

    private String parked() throws Exception {
        Parking parking = parking();
        at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", SDP_W));
        return parking.owner;
    }

    private String parkedAlone() throws Exception {
        String owner = parked();
        at(node1, fromP("BYE", 3, owner, "", ""));
        return owner;
    }

    private record Retrieved(String owner, Reply answer) {}

    private Retrieved retrieved(String owner) throws Exception {
        Send reinvite = sent(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R)), "INVITE");
        return new Retrieved(owner, reply(at(node1, replyTo(reinvite, owner, 200, "OK", SDP_W))));
    }

    // --- park -------------------------------------------------------------------------------------------------------

    @Test
    void aReferTakesTheDialogOver() throws Exception {
        List<EdgeAction> actions = at(node1, fromP("REFER", 2, "", """
                Refer-To: <sip:*68@acme.example>\r
                Route: <sip:127.0.0.1:5060;lr;r2=on>, <sip:127.0.0.1:5060;transport=tcp;lr;r2=on>\r
                Route: <sip:proxy.example;lr>\r
                """, ""));

        assertThat(kinds(actions)).containsExactly("own", "202", "NOTIFY", "INVITE");
        var own = (EdgeAction.Own) actions.getFirst();
        assertThat(own.dialog()).isEqualTo("dialog-1");
        assertThat(own.owner()).startsWith(TENANT + "/");
        Reply accepted = reply(actions);
        assertThat(accepted.transaction()).isEqualTo("1:7");
        assertThat(accepted.headers()).contains("Contact: <sip:leg-");

        SipMessage reinvite = sip(sent(actions, "INVITE"));
        assertThat(reinvite.requestUri()).isEqualTo("sip:+4930@127.0.0.2:5070");
        assertThat(reinvite.from()).hasToString("\"Alice\" <sip:101@acme.example>;tag=p");
        assertThat(reinvite.to()).hasToString("<sip:+4930@trunk.example>;tag=w");
        assertThat(reinvite.callId()).isEqualTo("dialog-1");
        assertThat(reinvite.cseq().number()).as("the parker's, plus one").isEqualTo(3);
        assertThat(reinvite.list("route")).containsExactly("<sip:proxy.example;lr>");
        assertThat(reinvite.body()).contains("s=offer mooring-");
        assertThat(sent(actions, "INVITE").next()).isEqualTo("sip:proxy.example;lr");

        SipMessage notify = sip(sent(actions, "NOTIFY"));
        assertThat(notify.from().tag()).isEqualTo("w");
        assertThat(notify.to().tag()).isEqualTo("p");
        assertThat(notify.cseq().number()).isGreaterThan(1L << 30);
        assertThat(notify.required("subscription-state")).isEqualTo("active;expires=60");
        assertThat(notify.required("event")).isEqualTo("refer");
        assertThat(notify.body()).isEqualTo("SIP/2.0 100 Trying\r\n");
        assertThat(sent(actions, "NOTIFY").next()).isEqualTo("sip:127.0.0.1:41001;transport=udp");

        Call call = load(own.owner());
        assertThat(call.state).isEqualTo(CallState.RESERVED);
        assertThat(call.place).isEqualTo("ext:101");
        assertThat(store.dialogOwner("dialog-1")).contains(own.owner());
    }

    @Test
    void theSameEventGetsTheSameActionsAtEveryNode() throws Exception {
        EdgeEvent refer = refer("*68", "");
        List<EdgeAction> first = at(node1, refer);
        assertThat(at(node1, refer)).isEqualTo(first);
        assertThat(at(node2, refer)).isEqualTo(first);
        String owner = ((EdgeAction.Own) first.getFirst()).owner();
        EdgeEvent ok = replyTo(sent(first, "INVITE"), owner, 200, "OK", SDP_W);
        List<EdgeAction> then = at(node2, ok);
        assertThat(at(node1, ok)).isEqualTo(then);
        assertThat(at(node2, refer)).as("a REFER that comes late").isEqualTo(first);
        assertThat(rtpengine.sessions).hasSize(1);
        assertThat(keys().stream().filter(k -> k.contains(":call:"))).hasSize(1);
    }

    /** The phone repeats itself, and the edge has forgotten the transaction. */
    @Test
    void aRequestThatIsRepeatedIsAnsweredAgainAndNothingIsSentTwice() throws Exception {
        List<EdgeAction> first = at(node1, refer("*68", ""));
        List<EdgeAction> again = at(node2, refer("*68", ""));
        assertThat(reply(first).transaction()).isEqualTo("1:7");
        assertThat(kinds(again)).containsExactly("202");
        assertThat(reply(again).transaction()).isEqualTo("2:7");
        assertThat(reply(again).headers()).isEqualTo(reply(first).headers());
    }

    /** The edge was killed when it had the answer, and before it had sent anything of it. */
    @Test
    void aByeThatIsRepeatedAtAnEdgeThatStartedAnewReachesTheOtherPartyToo() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node1, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        List<EdgeAction> lost = at(node1, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, ""));
        List<EdgeAction> again = at(node2, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, ""));
        assertThat(kinds(again)).containsExactly("BYE", "200");
        assertThat(sent(again, "BYE")).isEqualTo(sent(lost, "BYE"));
        assertThat(sip(sent(again, "BYE")).to().tag()).isEqualTo("w");
    }

    /** A device that has our 200 does not repeat its BYE. */
    @Test
    void theOtherPartyHearsOfAByeBeforeItIsAnswered() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node1, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        assertThat(kinds(at(node1, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, "")))).endsWith("200");
    }

    @Test
    void theMusicAcceptedIsAParkedCall() throws Exception {
        Parking parking = parking();
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", SDP_W));
        assertThat(kinds(actions)).containsExactly("NOTIFY");
        SipMessage notify = sip(sent(actions, "NOTIFY"));
        assertThat(notify.body()).isEqualTo("SIP/2.0 200 OK\r\n");
        assertThat(notify.required("subscription-state")).isEqualTo("terminated;reason=noresource");
        Call call = load(parking.owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.parkedAtMillis).isPositive();
        assertThat(store.parked(TENANT, 10)).hasSize(1);
        assertThat(rtpengine.commandsFor(call.music)).startsWith("offer", "answer");
    }

    @ParameterizedTest
    @CsvSource({"488, Not Acceptable Here", "603, Decline", "401, Unauthorized", "500, Oops"})
    void theMusicRefusedIsACallAsBefore(int status, String reason) throws Exception {
        Parking parking = parking();
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, status, reason, ""));
        assertThat(kinds(actions)).containsExactly("NOTIFY");
        assertThat(sent(actions, "NOTIFY").body()).isEqualTo("SIP/2.0 " + status + " " + reason + "\r\n");
        Call call = load(parking.owner);
        assertThat(call.state).isEqualTo(CallState.FAILED);
        assertThat(call.place).isEmpty();
        assertThat(keys()).noneMatch(key -> key.contains(":place:"));
        assertMediaClosed();

        List<EdgeAction> bye = at(node2, fromP("BYE", 3, parking.owner, "", ""));
        assertThat(kinds(bye)).contains("BYE").endsWith("200");
        assertThat(sent(bye, "BYE").uri()).isEqualTo("sip:+4930@127.0.0.2:5070");
        assertThat(reply(bye).status()).isEqualTo(200);
        assertOver();
    }

    @Test
    void aParkThatFailedMayBeTriedAgain() throws Exception {
        Parking parking = parking();
        at(node1, replyTo(parking.reinvite, parking.owner, 488, "Not Acceptable Here", ""));
        List<EdgeAction> again = at(node1,
                fromP("REFER", 3, parking.owner, "Refer-To: <sip:*68@acme.example>\r\n", ""));
        assertThat(kinds(again)).containsExactly("202", "NOTIFY", "INVITE");
        at(node1, replyTo(sent(again, "INVITE"), parking.owner, 200, "OK", SDP_W));
        assertThat(load(parking.owner).state).isEqualTo(CallState.PARKED);
    }

    @Test
    void aCrossingReinviteIsTriedAgainLater() throws Exception {
        Parking parking = parking();
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, 491, "Request Pending", ""));
        assertThat(actions).isEmpty();
        Call call = load(parking.owner);
        assertThat(call.state).isEqualTo(CallState.RESERVED);
        assertThat(call.timers.keySet()).anyMatch(t -> t.startsWith("retry:")).noneMatch(t -> t.startsWith("pending:"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(6))
                .untilAsserted(() -> assertThat(POSTED).anyMatch(a -> "INVITE".equals(a.getString("method"))));
        JsonObject retry = POSTED.stream()
                .filter(a -> "INVITE".equals(a.getString("method")))
                .findFirst()
                .orElseThrow();
        assertThat(retry.getString("headers")).contains("CSeq: 4 INVITE\r\n");
        assertThat(retry.getString("body")).isEqualTo(parking.reinvite.body());
        var second = new Send("INVITE", retry.getString("uri"), retry.getString("next"), retry.getString("socket"),
                retry.getString("headers"), retry.getString("body"));
        assertThat(kinds(at(node1, replyTo(second, parking.owner, 200, "OK", SDP_W)))).containsExactly("NOTIFY");
        assertThat(load(parking.owner).state).isEqualTo(CallState.PARKED);
    }

    @Test
    void aPartyThatIsGoneEndsTheCall() throws Exception {
        Parking parking = parking();
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, 481, "Gone", ""));
        assertThat(kinds(actions)).contains("NOTIFY", "BYE");
        assertThat(sent(actions, "NOTIFY").body()).isEqualTo("SIP/2.0 481 Gone\r\n");
        assertThat(sent(actions, "BYE").uri()).isEqualTo("sip:101@127.0.0.1:41001");
        assertOver();
    }

    @Test
    void musicThatFailsAfterTheMoveBringsTheTwoTogetherAgain() throws Exception {
        Parking parking = parking();
        rtpengine.refused.add("answer");
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", SDP_W));
        assertThat(kinds(actions)).containsExactly("NOTIFY", "INVITE");
        assertThat(sent(actions, "NOTIFY").body()).startsWith("SIP/2.0 503 ");
        assertThat(sent(actions, "INVITE").body()).isEqualTo(SDP_W);
        assertThat(load(parking.owner).state).isEqualTo(CallState.FAILED);
        List<EdgeAction> back = at(node1, replyTo(sent(actions, "INVITE"), parking.owner, 200, "OK", SDP_P));
        assertThat(sent(back, "INVITE").body()).isEqualTo(SDP_P);
        assertThat(sip(sent(back, "INVITE")).to().tag()).isEqualTo("w");
    }

    @Test
    void noNotifyForAReferThatWantsNone() throws Exception {
        List<EdgeAction> actions = at(node1, refer("*68", "Refer-Sub: false\r\n"));
        assertThat(kinds(actions)).containsExactly("own", "202", "INVITE");
        assertThat(reply(actions).headers()).contains("Refer-Sub: false\r\n");
        String owner = ((EdgeAction.Own) actions.getFirst()).owner();
        assertThat(at(node1, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W))).isEmpty();
    }

    @Test
    void theParkerIsHungUpWhenItDoesNot() throws Exception {
        String owner = parked();
        AHEAD_MILLIS.addAndGet(7_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(9))
                .untilAsserted(
                        () -> assertThat(POSTED).anyMatch(a -> "BYE".equals(a.getString("method"))));
        assertThat(load(owner).legs).hasSize(1);
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
    }

    // --- refused -----------------------------------------------------------------------------------------------------

    @Test
    void aTakenPlaceIsBusyAndTheCallUntouched() throws Exception {
        parked();
        Set<String> before = keys();
        int sessions = rtpengine.sessions.size();
        EdgeEvent other = event(EdgeEvent.Kind.REQUEST, "102", "", "udp:127.0.0.1:41002",
                message("REFER sip:x@127.0.0.2:5071 SIP/2.0", "<sip:102@acme.example>;tag=a", "<sip:x@y>;tag=b",
                        "dialog-2", "5 REFER",
                        "Contact: <sip:102@127.0.0.1:41002>\r\nRefer-To: <sip:*68101@acme.example>\r\n", ""));
        List<EdgeAction> actions = at(node2, other);
        assertThat(kinds(actions)).containsExactly("486");
        assertThat(reply(actions).headers())
                .isEqualTo("Reason: X-Mooring;cause=486;text=\"another call is parked there\"\r\n");
        assertThat(keys()).isEqualTo(before);
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).hasSize(sessions));
    }

    @ParameterizedTest
    @CsvSource({"*68999, 404", "*88, 403", "555, 404", "*68101%0d%0a, 404"})
    void aReferToANumberThatIsNoPlaceIsRefused(String target, int status) throws Exception {
        List<EdgeAction> actions = at(node1, refer(target, ""));
        assertThat(kinds(actions)).containsExactly(Integer.toString(status));
        assertThat(keys()).isEmpty();
        assertThat(rtpengine.commands).isEmpty();
    }

    @Test
    void anExtensionThatIsNotSupportedIsNamed() throws Exception {
        List<EdgeAction> actions = at(node1, refer("*68", "Require: timer, 100rel, x\r\n"));
        assertThat(kinds(actions)).containsExactly("420");
        assertThat(reply(actions).headers()).contains("Unsupported: 100rel\r\n", "Unsupported: x\r\n")
                .doesNotContain("timer");
        assertThat(keys()).isEmpty();
    }

    @Test
    void noRtpengineIsUnavailableAndNothingIsLeft() throws Exception {
        EventRouter without = node(new HostPort("127.0.0.1", 1));
        for (EdgeEvent event : List.of(refer("*68", ""), invite("101", "*68", "new-1", "", SDP_P))) {
            List<EdgeAction> actions = at(without, event);
            assertThat(kinds(actions)).containsExactly("503");
            assertThat(reply(actions).headers()).contains("Retry-After: ", "Reason: X-Mooring;cause=503;");
            assertThat(keys()).isEmpty();
        }
        String owner = parkedAlone();
        Set<String> before = keys();
        assertThat(kinds(at(without, invite("102", "*88101", "retrieve-1", "", SDP_R)))).containsExactly("503");
        assertThat(keys()).isEqualTo(before);
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
    }

    /** As if this node had stood still, or waited for somebody, longer than the edge waits for it. */
    private static EdgeEvent late(EdgeEvent event) {
        return new EdgeEvent(event.edge(), event.control(), event.kind(), event.correlation(), event.transaction(),
                event.tenant(), event.user(), event.trunk(), event.owner(), event.source(), event.socket(),
                event.message(), event.plain(), event.said(), System.nanoTime() - TimeUnit.SECONDS.toNanos(2));
    }

    /** The edge has refused it, or another node has parked the call, and it may be over: nobody would end what begins now. */
    @Test
    void whatTookLongerThanTheEdgeWaitsBeginsNothing() throws Exception {
        for (EdgeEvent event : List.of(refer("*68", ""), invite("101", "*68", "new-1", "", SDP_P),
                invite("102", "*68", "new-2", "Referred-By: <sip:101@acme.example>\r\n", SDP_W))) {
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> at(node1, late(event)));
            assertThat(keys()).isEmpty();
            assertMediaClosed();
        }
        String owner = parkedAlone();
        Set<String> before = keys();
        assertThatExceptionOfType(UnavailableException.class)
                .isThrownBy(() -> at(node1, late(invite("102", "*88101", "retrieve-1", "", SDP_R))));
        assertThat(keys()).isEqualTo(before);
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        assertThat(kinds(at(node2, invite("102", "*88101", "retrieve-2", "", SDP_R)))).contains("own");
    }

    @Test
    void noRedisIsForAnotherNodeToTry() {
        REDIS.freeze();
        try {
            assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> at(node1, refer("*68", "")));
        } finally {
            REDIS.thaw();
        }
        Awaitility.await().ignoreExceptions().until(() -> store.dialogOwner("x").isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "REFER", "REFER sip:a@b SIP/2.0\r\n\r\n",
        "INVITE sip:*68@acme.example SIP/2.0\r\nFrom: <>\r\nTo: x\r\nCall-ID: g\r\nCSeq: 1 INVITE\r\n\r\n",
        "INVITE sip:*68@acme.example SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: g\r\nCSeq: x\r\n\r\n"})
    void garbageIsMalformed(String text) throws Exception {
        List<EdgeAction> actions = at(node1, event(EdgeEvent.Kind.REQUEST, "101", "", "udp:127.0.0.1:41001", text));
        assertThat(kinds(actions)).containsExactly("400");
        assertThat(keys()).isEmpty();
    }

    /** A claim that stayed would make the edge hand us a call that we know nothing of: its BYE would reach nobody. */
    @ParameterizedTest
    @ValueSource(strings = {"Contact: <nonsense>", "Contact: <sip:101@[>", "Contact: <sip:101@x:99999>"})
    void aMalformedReferLeavesTheDialogToTheProxy(String contact) throws Exception {
        EdgeEvent refer = event(EdgeEvent.Kind.REQUEST, "101", "", "udp:127.0.0.1:41001",
                message("REFER sip:w@127.0.0.2:5070 SIP/2.0", P, W, "dialog-1", "2 REFER",
                        contact + "\r\nRefer-To: <sip:*68@acme.example>\r\n", ""));
        assertThat(kinds(at(node1, refer))).containsExactly("400");
        assertThat(keys()).isEmpty();
    }

    @Test
    void anEarlierCSeqIsOutOfOrder() throws Exception {
        String owner = parkedAlone();
        at(node1, fromW("INVITE", 50, owner, "", SDP_W.replace("1 1 IN", "1 2 IN")));
        for (String method : List.of("INVITE", "UPDATE", "REFER")) {
            assertThat(kinds(at(node1, fromW(method, 49, owner, "", SDP_W)))).as(method).containsExactly("500");
        }
        assertThat(kinds(at(node1, fromW("OPTIONS", 49, owner, "", "")))).containsExactly("200");
    }

    @Test
    void aDialogThatIsOverKnowsOnlyByes() throws Exception {
        for (String owner : List.of("acme.example/gone", "nonsense")) {
            assertThat(kinds(at(node1, fromP("BYE", 9, owner, "", "")))).containsExactly("200");
            assertThat(kinds(at(node1, fromP("INVITE", 9, owner, "", SDP_P)))).containsExactly("481");
            assertThat(at(node1, fromP("ACK", 9, owner, "", ""))).isEmpty();
            assertThat(at(node1, fromP("CANCEL", 9, owner, "", ""))).isEmpty();
        }
    }

    // --- hang up ----------------------------------------------------------------------------------------------------

    @Test
    void theParkedPartyHangsUpBeforeItIsParked() throws Exception {
        Parking parking = parking();
        List<EdgeAction> actions = at(node1, fromW("BYE", 1, parking.owner, "", ""));
        assertThat(kinds(actions)).contains("BYE", "disown").endsWith("200");
        assertThat(sip(sent(actions, "BYE")).to().tag()).isEqualTo("p");
        assertOver();
        assertThat(kinds(at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", SDP_W))))
                .as("an answer that crossed its own BYE")
                .containsExactly("BYE");
        assertOver();
    }

    @Test
    void theParkerHangsUpBeforeTheCallIsParked() throws Exception {
        Parking parking = parking();
        assertThat(kinds(at(node1, fromP("BYE", 3, parking.owner, "", "")))).containsExactly("200");
        assertThat(at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", SDP_W))).isEmpty();
        assertThat(load(parking.owner).state).isEqualTo(CallState.PARKED);
    }

    @Test
    void theParkerHangsUpAndTheMusicIsRefused() throws Exception {
        Parking parking = parking();
        at(node1, fromP("BYE", 3, parking.owner, "", ""));
        List<EdgeAction> actions = at(node1, replyTo(parking.reinvite, parking.owner, 488, "No", ""));
        assertThat(kinds(actions)).contains("BYE");
        assertThat(sip(sent(actions, "BYE")).to().tag()).isEqualTo("w");
        assertOver();
    }

    @Test
    void theParkedPartyHangsUpWhileParked() throws Exception {
        String owner = parkedAlone();
        assertThat(kinds(at(node2, fromW("BYE", 1, owner, "", "")))).containsExactly("disown", "200");
        assertOver();
    }

    @Test
    void theParkedPartyHangsUpWhileTheParkerLingers() throws Exception {
        String owner = parked();
        assertThat(kinds(at(node2, fromW("BYE", 1, owner, "", "")))).contains("200", "BYE", "disown");
        assertOver();
    }

    @Test
    void theParkedPartyHangsUpWhileItIsRetrieved() throws Exception {
        String owner = parkedAlone();
        at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R));
        List<EdgeAction> actions = at(node2, fromW("BYE", 1, owner, "", ""));
        assertThat(kinds(actions)).filteredOn(k -> k.matches("\\d+")).containsExactlyInAnyOrder("200", "404");
        assertThat(kinds(actions)).doesNotContain("BYE");
        assertOver();
    }

    @Test
    void aRetrievedCallEndsOnBothSides() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node1, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        List<EdgeAction> actions = at(node2, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, ""));
        assertThat(kinds(actions)).contains("200", "BYE");
        assertThat(sip(sent(actions, "BYE")).to().tag()).isEqualTo("w");
        assertOver();
    }

    /** Our BYE could overtake our 200, and leave the phone connected to nobody [RFC 3261 15]. */
    @Test
    void aRetrieverIsHungUpOnlyWhenItHasAcknowledged() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        assertThat(kinds(at(node2, fromW("BYE", 1, owner, "", "")))).contains("200").doesNotContain("BYE");
        assertThat(load(owner).state).isEqualTo(CallState.CLOSING);
        assertMediaClosed();
        assertThat(kinds(at(node1, invite("103", "*88101", "retrieve-2", "", SDP_R)))).contains("404");
        List<EdgeAction> actions = at(node1, inRetrieve("ACK", 1, owner, retrieved.answer, ""));
        assertThat(kinds(actions)).contains("BYE");
        assertThat(sip(sent(actions, "BYE")).callId()).isEqualTo("retrieve-1");
        assertOver();
    }

    @Test
    void aRetrieverThatHangsUpWithoutAnAckIsGone() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node2, fromW("BYE", 1, retrieved.owner, "", ""));
        assertThat(kinds(at(node1, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, ""))))
                .containsExactlyInAnyOrder("200", "disown");
        assertOver();
    }

    /** Its ACK was lost, or is on its way to another node. */
    @ParameterizedTest
    @ValueSource(strings = {"INFO", "INVITE"})
    void aRetrieverThatGoesOnAfterTheEndIsHungUp(String method) throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        at(node2, fromW("BYE", 1, owner, "", ""));
        EdgeEvent goesOn = inRetrieve(method, 2, owner, retrieved.answer, method.equals("INVITE") ? SDP_R : "");
        List<EdgeAction> actions = at(node1, goesOn);
        assertThat(kinds(actions)).containsExactlyInAnyOrder("481", "BYE", "disown");
        assertThat(reply(actions).transaction()).isEqualTo(goesOn.transaction());
        assertThat(sip(sent(actions, "BYE")).callId()).isEqualTo("retrieve-1");
        assertThat(at(node2, goesOn)).as("at another node").isEqualTo(actions);
        assertOver();
    }

    @Test
    void aRetrieverThatNeverAcknowledgesIsHungUpInTheEnd() throws Exception {
        String owner = retrieved(parkedAlone()).owner;
        at(node2, fromW("BYE", 1, owner, "", ""));
        AHEAD_MILLIS.addAndGet(40_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(load(owner).state).isEqualTo(CallState.ENDED));
        Awaitility.await()
                .untilAsserted(() -> assertThat(POSTED).extracting(a -> a.getString("method")).contains("BYE"));
        assertOver();
    }

    /** The two take different nodes: what the INVITE offers must not be taken for the answer that an ACK may bring. */
    @Test
    void anOfferThatOvertakesAnAckIsPassedOn() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        at(node1, inRetrieve("ACK", 1, owner, retrieved.answer, ""));
        String held = SDP_R.replace("1 1 IN", "1 2 IN") + "a=sendonly\r\n";
        List<EdgeAction> hold = at(node1, inRetrieve("INVITE", 2, owner, retrieved.answer, held));
        assertThat(kinds(at(node1, replyTo(sent(hold, "INVITE"), owner, 200, "OK", SDP_W + "a=recvonly\r\n"))))
                .contains("200");
        String resumed = SDP_R.replace("1 1 IN", "1 3 IN");
        List<EdgeAction> resume = at(node2, inRetrieve("INVITE", 3, owner, retrieved.answer, resumed));
        assertThat(kinds(resume)).containsExactly("INVITE");
        assertThat(at(node1, inRetrieve("ACK", 2, owner, retrieved.answer, ""))).isEmpty();
    }

    /** The parker's phone took its time, and the call was retrieved meanwhile. */
    @Test
    void aLateByeOfTheParkerLeavesTheRetrievedCallAlone() throws Exception {
        Retrieved retrieved = retrieved(parked());
        at(node1, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        assertThat(kinds(at(node1, fromP("BYE", 3, retrieved.owner, "", "")))).containsExactly("200");
        Call call = load(retrieved.owner);
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        assertThat(call.legs.values()).extracting(l -> l.role).containsExactlyInAnyOrder(Role.PARKED, Role.RETRIEVER);
        assertThat(kinds(at(node1, fromW("BYE", 1, retrieved.owner, "", "")))).contains("200", "BYE");
        assertOver();
    }

    @Test
    void requestsOfTheParkedPartyReachTheRetrieverNotTheParkerThatLingers() throws Exception {
        String owner = parked();
        assertThat(kinds(at(node1, fromW("INFO", 1, owner, "", "")))).as("parked").containsExactly("200");
        Retrieved retrieved = retrieved(owner);
        at(node1, inRetrieve("ACK", 1, owner, retrieved.answer, ""));
        List<EdgeAction> actions = at(node1, fromW("INFO", 2, owner, "", ""));
        assertThat(kinds(actions)).containsExactly("INFO");
        assertThat(sip(sent(actions, "INFO")).callId()).isEqualTo("retrieve-1");
    }

    // --- retrieve ---------------------------------------------------------------------------------------------------

    @Test
    void anInviteToTheCodeMovesTheParkedParty() throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        EdgeEvent invite = invite("102", "*88101", "retrieve-1", "", SDP_R);
        List<EdgeAction> actions = at(node1, invite);
        assertThat(kinds(actions)).containsExactly("own", "INVITE");
        assertThat(at(node2, invite)).as("at another node").isEqualTo(actions);
        SipMessage reinvite = sip(sent(actions, "INVITE"));
        assertThat(reinvite.to().tag()).isEqualTo("w");
        assertThat(reinvite.cseq().number()).isEqualTo(4);
        assertThat(reinvite.required("p-asserted-identity")).contains("sip:102@acme.example");
        assertThat(load(owner).state).isEqualTo(CallState.CONNECTING);
        assertThat(rtpengine.sessions).as("the music goes on").contains(music).hasSize(2);

        List<EdgeAction> answer = at(node2, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W));
        assertThat(kinds(answer)).containsExactly("200");
        assertThat(reply(answer).transaction()).isEqualTo(invite.transaction());
        assertThat(reply(answer).body()).contains("s=answer mooring-");
        assertThat(reply(answer).headers()).contains("P-Asserted-Identity: <sip:+4930@trunk.example>\r\n");
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        assertThat(call.place).as("until the ACK").isEqualTo("ext:101");
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).containsExactly(call.media));

        at(node1, inRetrieve("ACK", 1, owner, reply(answer), ""));
        assertThat(load(owner).place).isEmpty();
        assertThat(load(owner).timers).isEmpty();
        assertThat(keys()).noneMatch(key -> key.contains(":place:"));
    }

    @ParameterizedTest
    @CsvSource({"*88102, 404", "*88999, 404", "*88, 404"})
    void nothingToRetrieve(String code, int status) throws Exception {
        assertThat(kinds(at(node1, invite("102", code, "retrieve-1", "", SDP_R))))
                .containsExactly(Integer.toString(status));
        assertThat(keys()).isEmpty();
    }

    @Test
    void theSecondRetrieverComesTooLate() throws Exception {
        String owner = parkedAlone();
        List<EdgeAction> first = at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R));
        assertThat(kinds(at(node2, invite("103", "*88101", "retrieve-2", "", SDP_R)))).containsExactly("486");
        at(node1, replyTo(sent(first, "INVITE"), owner, 200, "OK", SDP_W));
        assertThat(kinds(at(node2, invite("103", "*88101", "retrieve-3", "", SDP_R)))).containsExactly("404");
        assertThat(keys()).noneMatch(k -> k.startsWith("own:retrieve-2") || k.startsWith("own:retrieve-3"));
    }

    @ParameterizedTest
    @CsvSource({"488, 488", "480, 480", "500, 480"})
    void aRetrieveThatIsRefusedLeavesTheCallParked(int status, int toRetriever) throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        Send reinvite = sent(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R)), "INVITE");
        List<EdgeAction> actions = at(node1, replyTo(reinvite, owner, status, "No", ""));
        assertThat(kinds(actions)).containsExactly(Integer.toString(toRetriever), "disown");
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.place).isEqualTo("ext:101");
        assertThat(call.legs).hasSize(1);
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).containsExactly(music));
    }

    @Test
    void aPartyFoundGoneIsNoLongerThere() throws Exception {
        String owner = parkedAlone();
        Send reinvite = sent(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R)), "INVITE");
        assertThat(kinds(at(node1, replyTo(reinvite, owner, 481, "No", "")))).contains("404").doesNotContain("BYE");
        assertOver();
    }

    @Test
    void aCancelledRetrieveTakesThePartyBackToTheMusic() throws Exception {
        String owner = parkedAlone();
        EdgeEvent invite = invite("102", "*88101", "retrieve-1", "", SDP_R);
        Send reinvite = sent(at(node1, invite), "INVITE");
        EdgeEvent cancel = event(EdgeEvent.Kind.REQUEST, "102", owner, "udp:127.0.0.1:41002",
                invite.message().replace("INVITE", "CANCEL"));
        List<EdgeAction> actions = at(node2, cancel);
        assertThat(kinds(actions)).containsExactly("487", "disown");
        assertThat(reply(actions).transaction()).isEqualTo(invite.transaction());
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);

        List<EdgeAction> restore = at(node1, replyTo(reinvite, owner, 200, "OK", SDP_W));
        assertThat(kinds(restore)).containsExactly("INVITE");
        at(node1, replyTo(sent(restore, "INVITE"), owner, 200, "OK", SDP_W));
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.pending).isEmpty();
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).containsExactly(call.music));
    }

    /** Nobody waits any more: the crossing re-INVITE is not tried again. */
    @Test
    void aCancelledRetrieveIsNotTriedAgain() throws Exception {
        String owner = parkedAlone();
        EdgeEvent invite = invite("102", "*88101", "retrieve-1", "", SDP_R);
        Send reinvite = sent(at(node1, invite), "INVITE");
        at(node1, event(EdgeEvent.Kind.REQUEST, "102", owner, "udp:127.0.0.1:41002",
                invite.message().replace("INVITE", "CANCEL")));
        assertThat(at(node1, replyTo(reinvite, owner, 491, "Pending", ""))).isEmpty();
        assertThat(load(owner).pending).isEmpty();
        assertThat(load(owner).timers).containsOnlyKeys(Call.PROBE);
    }

    @Test
    void aCancelThatComesTooLateChangesNothing() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        EdgeEvent cancel = event(EdgeEvent.Kind.REQUEST, "102", retrieved.owner, "udp:127.0.0.1:41002",
                invite("102", "*88101", "retrieve-1", "", SDP_R).message().replace("INVITE", "CANCEL"));
        assertThat(at(node1, cancel)).isEmpty();
        assertThat(load(retrieved.owner).state).isEqualTo(CallState.RETRIEVED);
    }

    /** The CANCEL crossed the 200, and the node that has it is slower than those that have the ACK and the BYE. */
    @Test
    void aCancelThatItsAckOvertookTakesThePartyBackToTheMusic() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        virtual(() -> {
            store.noteCancel("retrieve-1", 1);
            return null;
        });
        at(node1, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        assertThat(kinds(at(node2, inRetrieve("BYE", 2, retrieved.owner, retrieved.answer, ""))))
                .contains("200", "INVITE")
                .doesNotContain("BYE");
        assertThat(load(retrieved.owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(retrieved.owner).place).isEqualTo("ext:101");
    }

    @Test
    void aRequestAfterAnAckThatWasLostIsOneTurnWithIt() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        long epoch = load(owner).epoch;
        EdgeEvent info = inRetrieve("INFO", 2, owner, retrieved.answer, "");
        List<EdgeAction> actions = at(node1, info);
        assertThat(kinds(actions)).containsExactly("INFO");
        assertThat(at(node2, info)).as("at another node").isEqualTo(actions);
        assertAcknowledged(load(owner));
        assertThat(load(owner).epoch).isEqualTo(epoch + 1);
    }

    @Test
    void aRequestThatIsRefusedStandsForALostAckAllTheSame() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        rtpengine.refused.add("offer");
        EdgeEvent hold = inRetrieve("INVITE", 2, owner, retrieved.answer, SDP_R.replace("1 1 IN", "1 2 IN"));
        List<EdgeAction> actions = at(node1, hold);
        assertThat(kinds(actions)).containsExactly("503");
        assertThat(at(node2, hold)).as("at another node").isEqualTo(actions);
        Call call = load(owner);
        assertAcknowledged(call);
        assertThat(call.timers).isEmpty();
        assertThat(call.legOf("retrieve-1", "r").orElseThrow().inviteInProgress).as("of the refused one").isFalse();
        rtpengine.refused.clear();
        assertThat(kinds(at(node1, inRetrieve("INVITE", 3, owner, retrieved.answer,
                SDP_R.replace("1 1 IN", "1 3 IN"))))).containsExactly("INVITE");
    }

    private static void assertAcknowledged(Call call) {
        assertThat(call.unacknowledged).isEmpty();
        assertThat(call.place).isEmpty();
        assertThat(keys()).noneMatch(key -> key.contains(":place:" + TENANT + ":ext:101"));
    }

    /** It gives up the place that it retrieved from and takes another one, in one write. */
    @Test
    void aRetrieverWhoseAckWasLostParksAgain() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        List<EdgeAction> actions = at(node1, parkAgain(retrieved));
        assertThat(kinds(actions)).containsExactly("202", "NOTIFY", "INVITE");
        assertThat(load(retrieved.owner).place).isEqualTo("ext:102");
        assertThat(keys()).filteredOn(key -> key.contains(":place:")).singleElement().asString().endsWith("ext:102");
    }

    @Test
    void aRetrieverWhoseAckWasLostFindsAnotherCallWhereItParks() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node2, event(EdgeEvent.Kind.REQUEST, "103", "", "udp:127.0.0.1:41003",
                message("REFER sip:x@127.0.0.2:5071 SIP/2.0", "<sip:103@acme.example>;tag=a", "<sip:x@y>;tag=b",
                        "dialog-2", "5 REFER",
                        "Contact: <sip:103@127.0.0.1:41003>\r\nRefer-To: <sip:*68102@acme.example>\r\n", "")));
        assertThat(kinds(at(node1, parkAgain(retrieved)))).containsExactly("486");
        assertAcknowledged(load(retrieved.owner));
        assertThat(load(retrieved.owner).state).isEqualTo(CallState.RETRIEVED);
    }

    private EdgeEvent parkAgain(Retrieved retrieved) {
        return transfer(retrieved, "*68");
    }

    private EdgeEvent transfer(Retrieved retrieved, String target) {
        return event(EdgeEvent.Kind.REQUEST, "102", retrieved.owner, "udp:127.0.0.1:41002",
                inRetrieve("REFER", 2, retrieved.owner, retrieved.answer, "").message()
                        .replace("Contact:", "Refer-To: <sip:" + target + "@acme.example>\r\nContact:"));
    }

    /** As in a call that no node knows yet. */
    @ParameterizedTest
    @CsvSource({"*599, UNKNOWN_CODE", "*68x, UNKNOWN_CODE", "*88101, NOT_A_PARK_CODE", "+4930123, NOT_ALLOWED",
        "199, NOT_ALLOWED"})
    void aTransferOfARetrievedCallToNowhereIsRefusedWithItsReason(String target, Refusal refusal) throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        assertRefused(at(node1, transfer(retrieved, target)), refusal);
        assertThat(load(retrieved.owner).state).isEqualTo(CallState.RETRIEVED);
    }

    @Test
    void aRetrieverWithoutOfferGetsOneAndAnswersInItsAck() throws Exception {
        String owner = parkedAlone();
        List<EdgeAction> actions = at(node1, invite("102", "*88101", "retrieve-1", "", ""));
        assertThat(kinds(actions)).containsExactly("own", "200");
        assertThat(reply(actions).body()).contains("s=offer mooring-");
        assertThat(load(owner).state).isEqualTo(CallState.CONNECTING);
        List<EdgeAction> moved = at(node2, inRetrieve("ACK", 1, owner, reply(actions), SDP_R));
        assertThat(kinds(moved)).containsExactly("INVITE");
        assertThat(at(node1, inRetrieve("ACK", 1, owner, reply(actions), SDP_R))).as("the ACK again").isEmpty();
        at(node1, replyTo(sent(moved, "INVITE"), owner, 200, "OK", SDP_W));
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        assertThat(call.place).isEmpty();
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).containsExactly(call.media));
    }

    /** It would be answered out of the session that plays music to the parked party. */
    @Test
    void aRetrieverThatIsNotConnectedYetHasToWaitWithItsReinvite() throws Exception {
        String owner = parkedAlone();
        List<EdgeAction> actions = at(node1, invite("102", "*88101", "retrieve-1", "", ""));
        at(node1, inRetrieve("ACK", 1, owner, reply(actions), SDP_R));
        String music = load(owner).music;
        List<String> before = rtpengine.commandsFor(music);
        assertThat(kinds(at(node1, inRetrieve("INVITE", 2, owner, reply(actions), SDP_R.replace("1 1 IN", "1 2 IN")))))
                .containsExactly("491");
        assertThat(rtpengine.commandsFor(music)).isEqualTo(before);
    }

    @Test
    void aRetrieverWhoNeverAcknowledgesLosesTheCallToThePlace() throws Exception {
        String owner = retrieved(parkedAlone()).owner;
        AHEAD_MILLIS.addAndGet(40_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> assertThat(load(owner).state).isEqualTo(CallState.PARKED));
        assertThat(load(owner).place).isEqualTo("ext:101");
        Awaitility.await()
                .untilAsserted(() -> assertThat(POSTED).extracting(a -> a.getString("method"))
                        .contains("BYE", "INVITE"));
    }

    /** Long after the retrieve: there is no place to go back to. */
    @Test
    void aReinviteOfTheRetrieverThatIsNeverAcknowledgedEndsTheCall() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        String owner = retrieved.owner;
        at(node1, inRetrieve("ACK", 1, owner, retrieved.answer, ""));
        assertThat(kinds(at(node1, inRetrieve("INVITE", 2, owner, retrieved.answer, SDP_R)))).containsExactly("200");
        AHEAD_MILLIS.addAndGet(40_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(load(owner).state.isOver()).isTrue());
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(POSTED.stream().filter(a -> "BYE".equals(a.getString("method")))).hasSize(2));
        assertOver();
    }

    // --- retrieve without asking the parked party -------------------------------------------------------------------

    private EdgeEvent retrieving() {
        return invite("102", "*88101", "retrieve-1", "", SDP_KNOWN);
    }

    /** RFC 3261 8.1.3.5: whoever is told to come later sends the request again, with the same Call-ID and the next CSeq. It got 482. */
    @Test
    void aRetrieveThatWasRefusedAndComesAgainIsConnected() throws Exception {
        String owner = parkedAlone();
        rtpengine.refused.add("offer");
        EdgeEvent first = retrieving();
        assertThat(kinds(at(node1, first))).containsExactly("own", "503", "disown");
        rtpengine.refused.clear();
        var again = new EdgeEvent(first.edge(), first.control(), first.kind(), "c-again", "99:99", first.tenant(),
                first.user(), first.trunk(), first.owner(), first.source(), first.socket(),
                first.message().replace("1 INVITE", "2 INVITE"));
        assertThat(again.message()).isNotEqualTo(first.message());
        assertThat(kinds(at(node2, again))).containsExactly("own", "200");
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    @Test
    void aRetrieverIsConnectedAtOnceWhenTheAnswerIsKnown() throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        EdgeEvent invite = retrieving();
        List<EdgeAction> actions = at(node1, invite);
        assertThat(kinds(actions)).containsExactly("own", "200");
        assertThat(at(node2, invite)).as("at another node").isEqualTo(actions);
        assertThat(reply(actions).body()).contains("s=answer " + music);
        assertThat(reply(actions).headers()).contains("P-Asserted-Identity: <sip:+4930@trunk.example>\r\n");
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        assertThat(call.media).isEqualTo(music);
        assertThat(call.music).isEmpty();
        assertThat(call.timers.keySet()).allMatch(timer -> timer.startsWith("ack:"));
        Awaitility.await()
                .untilAsserted(() -> assertThat(rtpengine.commandsFor(music))
                        .endsWith("offer", "answer", "stop media"));

        at(node2, inRetrieve("ACK", 1, owner, reply(actions), ""));
        assertThat(load(owner).place).isEmpty();
        assertThat(kinds(at(node1, inRetrieve("BYE", 2, owner, reply(actions), "")))).contains("200", "BYE");
        assertOver();
    }

    @ParameterizedTest
    @CsvSource({"200, true", "405, true", "481, false"})
    void thePartyIsToldWhoTookItWhenItTakesSuchNews(int status, boolean stays) throws Exception {
        Parking parking = parking();
        at(node1, replyTo(parking.reinvite, parking.owner, 200, "OK", "Allow: INVITE, ACK, BYE, UPDATE\r\n", SDP_W));
        at(node1, fromP("BYE", 3, parking.owner, "", ""));
        List<EdgeAction> actions = at(node1, retrieving());
        assertThat(kinds(actions)).containsExactly("own", "200", "UPDATE");
        SipMessage update = sip(sent(actions, "UPDATE"));
        assertThat(update.required("p-asserted-identity")).contains("sip:102@acme.example");
        assertThat(update.body()).isEmpty();
        at(node2, inRetrieve("ACK", 1, parking.owner, reply(actions), ""));

        List<EdgeAction> end = at(node2, replyTo(sent(actions, "UPDATE"), parking.owner, status, "Any", ""));
        assertThat(load(parking.owner).pending).isEmpty();
        if (stays) {
            assertThat(end).isEmpty();
            assertThat(load(parking.owner).state).isEqualTo(CallState.RETRIEVED);
        } else {
            assertThat(kinds(end)).contains("BYE");
            assertOver();
        }
    }

    @Test
    void ofTwoRetrieversOneMovesTheMedia() throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        at(node1, retrieving());
        assertThat(kinds(at(node2, invite("103", "*88101", "retrieve-2", "", SDP_KNOWN)))).containsExactly("404");
        assertThat(rtpengine.commandsFor(music)).filteredOn("offer"::equals).as("music and one retriever").hasSize(2);
    }

    @Test
    void aPartyWhoseSessionWasLostIsAsked() throws Exception {
        String owner = parkedAlone();
        rtpengine.sessions.clear();
        List<EdgeAction> actions = at(node1, retrieving());
        assertThat(kinds(actions)).containsExactly("own", "INVITE");
        assertThat(kinds(at(node1, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W)))).containsExactly("200");
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    /** Of a session description in which it finds nothing, rtpengine says that all is well: a null was taken for the answer. */
    @Test
    void aRetrieverWhoseMediaRtpengineDoesNotFindIsRefused() throws Exception {
        String owner = parkedAlone();
        rtpengine.undescribed.add("offer");
        assertThat(kinds(at(node1, retrieving()))).containsExactly("own", "503", "disown");
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        rtpengine.reset();
    }

    @Test
    void aRetrieverWithoutMediaIsRefusedAndThePartyGoesBackToItsMusic() throws Exception {
        String owner = parkedAlone();
        rtpengine.refused.add("offer");
        assertThat(kinds(at(node1, retrieving()))).containsExactly("own", "503", "disown");
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(owner).place).isEqualTo("ext:101");
        assertThat(load(owner).timers.keySet()).filteredOn(timer -> !timer.equals(Call.PROBE))
                .singleElement()
                .asString()
                .startsWith("restore:");
        rtpengine.refused.clear();
        AHEAD_MILLIS.addAndGet(5_000);
        Awaitility.await()
                .untilAsserted(() -> assertThat(POSTED).anyMatch(a -> "INVITE".equals(a.getString("method"))));
    }

    @Test
    void aPartyThatHangsUpBetweenClaimAndAnswerIsGone() throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        var bye = new AtomicReference<List<EdgeAction>>(List.of());
        rtpengine.beforeJoin.set(() -> {
            bye.set(at(node2, fromW("BYE", 1, owner, "", "")));
            return null;
        });
        assertThat(kinds(at(node1, retrieving()))).containsExactly("404");
        assertThat(kinds(bye.get())).contains("200").doesNotContain("BYE");
        // Not deleted before the last offer within it: that would have made it anew.
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(rtpengine.commandsFor(music)).endsWith("delete"));
        assertOver();
    }

    /** It would have put the parked party back to the music that the claim has just stopped. */
    @Test
    void aHoldBetweenClaimAndAnswerIsAskedToComeAgain() throws Exception {
        String owner = parkedAlone();
        var hold = new AtomicReference<List<EdgeAction>>(List.of());
        rtpengine.beforeJoin.set(() -> {
            hold.set(at(node2, fromW("INVITE", 1, owner, "", SDP_W.replace("1 1 IN", "1 2 IN") + "a=sendonly\r\n")));
            return null;
        });
        assertThat(kinds(at(node1, retrieving()))).containsExactly("own", "200");
        assertThat(kinds(hold.get())).containsExactly("491");
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    /** The hold was read before the claim and is written after it: what it did to the music is taken back. */
    @Test
    void aHoldThatAClaimOvertakesStopsItsMusic() throws Exception {
        String owner = parkedAlone();
        String music = load(owner).music;
        EdgeEvent invite = retrieving();
        rtpengine.beforeAnswer.set(() -> virtual(() -> {
            Call call = store.load(owner).orElseThrow();
            Leg retriever = Legs.called(invite, SipMessage.parse(invite.message()), Role.RETRIEVER);
            retriever.inviteInProgress = false;
            call.legs.put(retriever.id, retriever);
            call.become(CallState.CONNECTING);
            call.become(CallState.RETRIEVED);
            call.media = call.music;
            call.music = "";
            return store.save(call, PlaceOrder.NONE);
        }));
        List<EdgeAction> hold = at(node1, fromW("INVITE", 1, owner, "", SDP_W.replace("1 1 IN", "1 2 IN")));
        assertThat(kinds(hold)).as("passed on to the retriever").containsExactly("INVITE");
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
        Awaitility.await().untilAsserted(() -> {
            List<String> commands = rtpengine.commandsFor(music);
            assertThat(commands.lastIndexOf("stop media")).isGreaterThan(commands.lastIndexOf("play media"));
        });
    }

    @Test
    void aCancelBetweenClaimAndAnswerTakesThePartyBackToItsMusic() throws Exception {
        String owner = parkedAlone();
        EdgeEvent invite = retrieving();
        EdgeEvent cancel = event(EdgeEvent.Kind.REQUEST, "102", owner, "udp:127.0.0.1:41002",
                invite.message().replace("INVITE", "CANCEL"));
        rtpengine.beforeJoin.set(() -> {
            assertThat(at(node2, cancel)).isEmpty();
            return null;
        });
        List<EdgeAction> actions = at(node1, invite);
        assertThat(kinds(actions)).containsExactly("487", "disown", "INVITE");
        at(node1, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W));
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.place).isEqualTo("ext:101");
        assertThat(call.pending).isEmpty();
        Awaitility.await().untilAsserted(() -> assertThat(rtpengine.sessions).containsExactly(call.music));
    }

    /** Its node stands still between claim and answer, and the edge asks the other. */
    @Test
    void aClaimIsCarriedOnByAnotherNode() throws Exception {
        String owner = parkedAlone();
        EdgeEvent invite = retrieving();
        virtual(() -> {
            Call call = store.load(owner).orElseThrow();
            Turn turn = new Turn(call, nowMillis(), 2_000);
            Leg retriever = Legs.called(invite, SipMessage.parse(invite.message()), Role.RETRIEVER);
            call.legs.put(retriever.id, retriever);
            call.become(CallState.CONNECTING);
            turn.claim(retriever);
            store.claimDialog("retrieve-1", owner);
            return store.save(call, PlaceOrder.NONE);
        });
        assertThat(kinds(at(node2, invite))).containsExactly("own", "200");
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    /** Its node died between claim and answer. */
    @Test
    void aClaimThatComesToNothingIsVoid() throws Exception {
        String owner = parkedAlone();
        virtual(() -> {
            Call call = store.load(owner).orElseThrow();
            Turn turn = new Turn(call, nowMillis(), 2_000);
            var retriever = new Leg();
            retriever.id = "leg-dead";
            retriever.role = Role.RETRIEVER;
            retriever.callId = "retrieve-1";
            retriever.control = control;
            call.legs.put(retriever.id, retriever);
            call.become(CallState.CONNECTING);
            turn.claim(retriever);
            return store.save(call, PlaceOrder.NONE);
        });
        AHEAD_MILLIS.addAndGet(10_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(load(owner).state).isEqualTo(CallState.PARKED));
        assertThat(load(owner).legs).hasSize(1);
        assertThat(load(owner).place).isEqualTo("ext:101");
        Awaitility.await()
                .untilAsserted(() -> assertThat(POSTED).anyMatch(a -> "INVITE".equals(a.getString("method"))));
        assertThat(POSTED).noneMatch(a -> "BYE".equals(a.getString("method")));
    }

    // --- attended ---------------------------------------------------------------------------------------------------

    @Test
    void aConsultationHandsItsPlaceOver() throws Exception {
        List<EdgeAction> announced = at(node1, invite("101", "*68", "retrieve-1", "", SDP_P));
        assertThat(kinds(announced)).containsExactly("own", "200");
        String reservation = ((EdgeAction.Own) announced.getFirst()).owner();
        at(node1, inRetrieve("ACK", 1, reservation, reply(announced), ""));
        List<EdgeAction> actions = at(node1, fromP("REFER", 2, "", "Refer-To: <sip:*68@acme.example?Replaces="
                + "retrieve-1%3Bto-tag%3D" + reply(announced).toTag() + "%3Bfrom-tag%3Dr>\r\n", ""));
        assertThat(kinds(actions)).containsExactly("own", "202", "NOTIFY", "INVITE");
        String owner = ((EdgeAction.Own) actions.getFirst()).owner();
        at(node2, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W));
        assertThat(load(reservation).state.isOver()).isTrue();
        assertThat(store.at(TENANT, List.of("ext:101"))).get().extracting(Call::owner).isEqualTo(owner);
        Awaitility.await()
                .untilAsserted(() -> assertThat(POSTED)
                        .anyMatch(a -> "BYE".equals(a.getString("method"))
                                && a.getString("headers").contains("retrieve-1")));
    }

    @Test
    void aConsultationThatIsHungUpFreesThePlace() throws Exception {
        List<EdgeAction> announced = at(node1, invite("101", "*68", "retrieve-1", "", SDP_P));
        String owner = ((EdgeAction.Own) announced.getFirst()).owner();
        at(node1, inRetrieve("BYE", 2, owner, reply(announced), ""));
        assertOver();
    }

    /** The same tags with a line end behind them: it would have been a header in an INVITE of ours. */
    @Test
    void aReplacesWithALineEndIsMalformed() throws Exception {
        List<EdgeAction> actions = at(node1,
                fromP("REFER", 2, "", "Refer-To: <sip:102@acme.example?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2"
                        + "%0D%0AX-Evil%3A%201>\r\n", ""));
        assertThat(kinds(actions)).containsExactly("400");
    }

    // --- places and policies ----------------------------------------------------------------------------------------

    private static String reason(List<EdgeAction> actions) {
        return reply(actions).headers().lines().filter(line -> line.startsWith("Reason:")).findFirst().orElse("");
    }

    private static void assertRefused(List<EdgeAction> actions, Refusal refusal) {
        assertThat(kinds(actions)).containsExactly(Integer.toString(refusal.status()));
        assertThat(reason(actions)).contains("X-Mooring;cause=" + refusal.status(), "\"" + refusal.text() + "\"");
    }

    private void assertReferRefused(String target, Refusal refusal) throws Exception {
        assertRefused(at(node1, refer(target, "")), refusal);
        assertThat(keys()).as("the call was never touched").isEmpty();
        assertMediaClosed();
    }

    /** 101 parks W by this code, and hangs up. */
    private Send parkedBy(String code) throws Exception {
        List<EdgeAction> actions = at(node1, refer(code, ""));
        assertThat(kinds(actions)).containsExactly("own", "202", "NOTIFY", "INVITE");
        String owner = ((EdgeAction.Own) actions.getFirst()).owner();
        Send last = sent(at(node2, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W)), "NOTIFY");
        at(node1, fromP("BYE", 3, owner, "", ""));
        return last;
    }

    private List<EdgeAction> retrieve(String user, String code) throws Exception {
        return at(node2, invite(user, code, "retrieve-" + user, "", SDP_R));
    }

    private static void assertClaimed(List<EdgeAction> actions) {
        assertThat(kinds(actions)).containsExactly("own", "INVITE");
    }

    @Test
    void parkingIsOffUntilItIsGranted() throws Exception {
        DIRECTORY.parkingAllowed = false;
        for (String code : List.of("*68", "*68102", "*58", "*59", "*5910")) {
            assertReferRefused(code, Refusal.PARKING_OFF);
        }
        assertRefused(at(node1, invite("101", "*68", "announce-1", "", SDP_P)), Refusal.PARKING_OFF);
    }

    @Test
    void whoIsNotOfTheTenantParksNothing() throws Exception {
        assertRefused(at(node1, event(EdgeEvent.Kind.REQUEST, "", "", "udp:127.0.0.2:5070",
                message("REFER sip:101@127.0.0.1:41001 SIP/2.0", W, P, "dialog-1", "2 REFER",
                        "Contact: <sip:+4930@127.0.0.2:5070>\r\nRefer-To: <sip:*68102@acme.example>\r\n", ""))),
                Refusal.NOT_ALLOWED);
    }

    @ParameterizedTest
    @CsvSource({"*68, OWN_EXTENSION", "*68102, EXTENSION", "*58, PARK_GROUP", "*59, NEXT_ORBIT", "*5910, CHOSEN_ORBIT"})
    void aModeThatIsNotAllowedIsRefused(String code, ParkMode mode) throws Exception {
        DIRECTORY.modes = EnumSet.complementOf(EnumSet.of(mode));
        assertReferRefused(code, Refusal.MODE_NOT_ALLOWED);
        DIRECTORY.modes = EnumSet.of(mode);
        parkedBy(code);
    }

    @ParameterizedTest
    @CsvSource({"*68, ext:101, *88101", "*68102, ext:102, *88", "*58, grp:sales, *88", "*59, orbit:10, *8810",
        "*5912, orbit:12, *8812"})
    void theParkerIsToldThePlaceAndTheCallIsRetrievedFromIt(String code, String place, String retrieve)
            throws Exception {
        Send last = parkedBy(code);
        assertThat(last.headers()).contains("X-Mooring-Place: " + place + "\r\n");
        assertThat(last.body()).startsWith("SIP/2.0 200 OK\r\n");
        assertClaimed(retrieve("102", retrieve));
    }

    @Test
    void aFullRangeIsRefusedAndTheCallUntouched() throws Exception {
        DIRECTORY.callsPerPlace = 1;
        for (int orbit = 10; orbit <= 12; orbit++) {
            Call call = new Call();
            call.tenant = TENANT;
            call.id = "other" + orbit;
            String at = "orbit:" + orbit;
            virtual(() -> store.save(call, PlaceOrder.hold(at)));
        }
        Set<String> before = keys();
        assertRefused(at(node1, refer("*59", "")), Refusal.RANGE_FULL);
        assertRefused(at(node1, refer("*5911", "")), Refusal.PLACE_TAKEN);
        assertRefused(at(node1, refer("*5913", "")), Refusal.ORBIT_OUT_OF_RANGE);
        assertThat(keys()).filteredOn(key -> !key.contains(":orbits-last:"))
                .containsExactlyInAnyOrderElementsOf(before);
        assertMediaClosed();
    }

    @Test
    void aTenantThatHasItsQuotaParksNoMore() throws Exception {
        DIRECTORY.parkedCalls = 0;
        assertReferRefused("*68", Refusal.TOO_MANY_PARKED);
        assertReferRefused("*59", Refusal.TOO_MANY_PARKED);
    }

    @Test
    void whoIsInNoParkGroupParksToNone() throws Exception {
        DIRECTORY.standings.put("101", new Standing("p", ""));
        assertReferRefused("*58", Refusal.NO_PARK_GROUP);
    }

    @Test
    void aGroupThatHuntsPassesOverMembersWithoutAPhone() throws Exception {
        DIRECTORY.groupHunts = true;
        REGISTERED.set("");
        try {
            assertReferRefused("*58", Refusal.NOBODY_AVAILABLE);
            DOWN.set(true);
            assertThat(parkedBy("*58").headers()).as("an edge that does not say takes nobody away")
                    .contains("X-Mooring-Place: ext:102\r\n");
        } finally {
            DOWN.set(false);
            REGISTERED.set("101 102 103 ");
        }
    }

    @Test
    void aGroupThatHuntsParksAtTheFirstMemberWithoutACall() throws Exception {
        DIRECTORY.groupHunts = true;
        assertThat(parkedBy("*58").headers()).contains("X-Mooring-Place: ext:102\r\n");
        Set<String> before = keys();
        assertRefused(at(node1, event(EdgeEvent.Kind.REQUEST, "101", "", "udp:127.0.0.1:41001",
                message("REFER sip:dora@127.0.0.2:5070 SIP/2.0", P, "<sip:dora@trunk.example>;tag=d", "dialog-2",
                        "2 REFER",
                        "Contact: <sip:101@127.0.0.1:41001>\r\nRefer-To: <sip:*58@acme.example>\r\n", ""))),
                Refusal.NOBODY_AVAILABLE);
        assertThat(keys()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"TENANT, 102, true", "TENANT, 103, true", "SAME_POLICY, 102, true", "SAME_POLICY, 103, false",
        "SAME_PARK_GROUP, 102, true", "SAME_PARK_GROUP, 103, false", "PARKER, 102, false", "PARKER, 101, true"})
    void onlyWhoIsEntitledRetrieves(RetrievalRule rule, String user, boolean entitled) throws Exception {
        DIRECTORY.retrieval = rule;
        parkedBy("*59");
        if (entitled) {
            assertClaimed(retrieve(user, "*8810"));
        } else {
            assertRefused(retrieve(user, "*8810"), Refusal.RETRIEVAL_NOT_ALLOWED);
            assertThat(store.at(TENANT, List.of("orbit:10"))).get()
                    .extracting(c -> c.state)
                    .isEqualTo(CallState.PARKED);
        }
    }

    /** What was decided when the call was parked holds, whatever becomes of the policy. */
    @Test
    void aChangedPolicyDoesNotTouchAParkedCall() throws Exception {
        DIRECTORY.retrieval = RetrievalRule.SAME_POLICY;
        parkedBy("*59");
        DIRECTORY.parkingAllowed = false;
        DIRECTORY.modes = Set.of();
        DIRECTORY.retrieval = RetrievalRule.PARKER;
        DIRECTORY.parkedCalls = 0;
        DIRECTORY.standings.put("101", new Standing("", ""));
        assertRefused(retrieve("103", "*8810"), Refusal.RETRIEVAL_NOT_ALLOWED);
        assertClaimed(retrieve("102", "*8810"));
    }

    @Test
    void anOrbitIsDialledByItselfWhereItMay() throws Exception {
        DIRECTORY.orbitDialled = true;
        parkedBy("*59");
        assertRefused(retrieve("102", "11"), Refusal.NOTHING_PARKED);
        assertRefused(retrieve("102", "199999"), Refusal.UNKNOWN_CODE);
        assertClaimed(retrieve("102", "10"));
    }

    @Test
    void anOrbitIsNotDialledByItselfWhereItMayNot() throws Exception {
        parkedBy("*59");
        assertRefused(retrieve("102", "10"), Refusal.ORBIT_NOT_DIALLED);
        assertClaimed(retrieve("102", "*8810"));
    }

    /** Under every rule but the parker's alone; and the other's own extension comes before its group. */
    @Test
    void aCallForTheGroupIsTakenByAMemberWithTheCodeAlone() throws Exception {
        DIRECTORY.retrieval = RetrievalRule.SAME_POLICY;
        parkedBy("*58");
        DIRECTORY.standings.put("102", new Standing("q", "sales"));
        assertRefused(retrieve("103", "*88"), Refusal.NOTHING_PARKED);
        assertClaimed(retrieve("102", "*88"));
    }

    @Test
    void placesThatTakeSeveralCallsGiveTheFirstFirst() throws Exception {
        DIRECTORY.callsPerPlace = 2;
        parkedBy("*68");
        List<EdgeAction> actions = at(node1, event(EdgeEvent.Kind.REQUEST, "101", "", "udp:127.0.0.1:41001",
                message("REFER sip:dora@127.0.0.2:5070 SIP/2.0", P, "<sip:dora@trunk.example>;tag=d", "dialog-2",
                        "2 REFER",
                        "Contact: <sip:101@127.0.0.1:41001>\r\nRefer-To: <sip:*68@acme.example>\r\n", "")));
        String second = ((EdgeAction.Own) actions.getFirst()).owner();
        at(node1, replyTo(sent(actions, "INVITE"), second, 200, "OK", SDP_W));
        List<EdgeAction> first = retrieve("102", "*88101");
        assertThat(((EdgeAction.Own) first.getFirst()).owner()).isNotEqualTo(second);
        assertThat(((EdgeAction.Own) retrieve("103", "*88101").getFirst()).owner()).isEqualTo(second);
    }

    private static List<String> messagesTo() {
        return POSTED.stream()
                .filter(a -> "MESSAGE".equals(a.getString("method")))
                .map(a -> a.getString("uri") + " " + a.getString("body"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"*59, 101, *8810", "*68102, 102, *88102", "*58, 102, *88"})
    void whoCannotKnowIsToldByMessage(String code, String who, String dial) throws Exception {
        DIRECTORY.messages = true;
        parkedBy(code);
        Awaitility.await()
                .untilAsserted(() -> assertThat(messagesTo()).containsExactly(
                        "sip:" + who + "@acme.example Call parked by 101. Dial " + dial + " to retrieve it."));
        assertThat(POSTED).filteredOn(a -> "MESSAGE".equals(a.getString("method")))
                .allSatisfy(a -> assertThat(a.getString("headers"))
                        .contains("From: \"Call park\" <sip:" + dial + "@acme.example>;tag=", "X-Mooring-Key: t\r\n")
                        .doesNotContain("Contact:"));
    }

    @Test
    void nobodyIsToldOfAParkThatFailed() throws Exception {
        DIRECTORY.messages = true;
        List<EdgeAction> actions = at(node1, refer("*59", ""));
        String owner = ((EdgeAction.Own) actions.getFirst()).owner();
        List<EdgeAction> failed = at(node1, replyTo(sent(actions, "INVITE"), owner, 488, "Not Acceptable Here", ""));
        assertThat(sent(failed, "NOTIFY").headers()).doesNotContain("X-Mooring-Place");
        assertThat(messagesTo()).isEmpty();
        assertThat(store.at(TENANT, List.of("orbit:10"))).isEmpty();
    }

    /** The transferee comes by itself, and the place is known only when that is written. */
    @Test
    void theParkerIsToldOfAReferredInvite() throws Exception {
        DIRECTORY.messages = true;
        assertThat(kinds(at(node1, event(EdgeEvent.Kind.REQUEST, "", "", "udp:127.0.0.2:5070",
                message("INVITE sip:*59@acme.example SIP/2.0", W, "<sip:*59@acme.example>", "referred-1", "1 INVITE",
                        "Contact: <sip:+4930@127.0.0.2:5070>\r\nReferred-By: <sip:101@acme.example>\r\n", SDP_W)))))
                .containsExactly("own", "200");
        Awaitility.await()
                .untilAsserted(() -> assertThat(messagesTo())
                        .containsExactly("sip:101@acme.example Call parked by 101. Dial *8810 to retrieve it."));
    }

    /** A consultation keeps its orbit, and what was decided for it, when the transfer is completed. */
    @Test
    void aConsultationHandsItsOrbitOver() throws Exception {
        DIRECTORY.retrieval = RetrievalRule.PARKER;
        List<EdgeAction> announced = at(node1, invite("101", "*59", "retrieve-1", "", SDP_P));
        String reservation = ((EdgeAction.Own) announced.getFirst()).owner();
        at(node1, inRetrieve("ACK", 1, reservation, reply(announced), ""));
        DIRECTORY.parkingAllowed = false;
        List<EdgeAction> actions = at(node1, fromP("REFER", 2, "", "Refer-To: <sip:*59@acme.example?Replaces="
                + "retrieve-1%3Bto-tag%3D" + reply(announced).toTag() + "%3Bfrom-tag%3Dr>\r\n", ""));
        String owner = ((EdgeAction.Own) actions.getFirst()).owner();
        List<EdgeAction> parked = at(node2, replyTo(sent(actions, "INVITE"), owner, 200, "OK", SDP_W));
        assertThat(sent(parked, "NOTIFY").headers()).contains("X-Mooring-Place: orbit:10\r\n");
        assertRefused(retrieve("102", "*8810"), Refusal.RETRIEVAL_NOT_ALLOWED);
        assertClaimed(retrieve("101", "*8810"));
    }

    // --- over the API ---------------------------------------------------------------------------------------------

    private static String id(String owner) {
        return owner.substring(owner.indexOf('/') + 1);
    }

    private Recalled offered(String owner, String extension) throws Exception {
        POSTED.clear();
        virtual(() -> {
            node2.control().ring("acme.example", id(owner), new RetrieveOrder(extension, true, ""));
            return null;
        });
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "INVITE".equals(a.getString("method"))));
        JsonObject sent = POSTED.stream().filter(a -> "INVITE".equals(a.getString("method"))).findFirst().orElseThrow();
        return new Recalled(owner, new Send("INVITE", sent.getString("uri"), sent.getString("next"),
                sent.getString("socket"), sent.getString("headers"), sent.getString("body")));
    }

    @Test
    void anOfferThatComesToNothingLeavesThePlanAsItWas() throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 600_000, "");
        String owner = parkedAlone();
        long planned = load(owner).timers.get(Call.RECALL);
        Recalled offered = offered(owner, "102");
        assertThat(load(owner).state).isEqualTo(CallState.RECALLING);
        at(node1, refusalOf(offered, 486));
        Call call = load(owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.recallStage).isZero();
        assertThat(call.timers.get(Call.RECALL)).isEqualTo(planned);
        assertThat(call.offeredTo).isEmpty();
        assertThat(history()).containsExactly("PARKED ext:101 101", "OFFERED ext:101", "OFFER_MISSED ext:101");
    }

    @Test
    void anOfferStopsTheRecallThatRingsAndItRingsAgainAfterwards() throws Exception {
        Recalled recalled = recalled(ring("101"));
        Recalled offered = offered(recalled.owner, "102");
        assertThat(POSTED).anyMatch(action -> "cancel".equals(action.getString("do")));
        assertThat(load(recalled.owner).offeredTo).isEqualTo("102");
        POSTED.clear();
        at(node1, refusalOf(offered, 486));
        assertThat(load(recalled.owner).recallStage).as("the stage is not used up").isZero();
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "INVITE".equals(a.getString("method"))));
        assertThat(history()).startsWith("PARKED ext:101 101", "RECALLING ext:101", "OFFERED ext:101",
                "OFFER_MISSED ext:101");
    }

    @Test
    void anOfferThatIsAnsweredJoinsTheTwo() throws Exception {
        String owner = parkedAlone();
        Recalled offered = offered(owner, "102");
        Send reinvite = sent(at(node2, answerOf(offered)), "INVITE");
        at(node1, replyTo(reinvite, owner, 200, "OK", SDP_W));
        assertThat(load(owner).state).isEqualTo(CallState.RECALLED);
        assertThat(load(owner).place).isEmpty();
        assertThat(history()).containsExactly("PARKED ext:101 101", "OFFERED ext:101", "RETRIEVED ext:101 102");
    }

    @Test
    void aRetrieveStopsAnOfferAndThePlanIsNotHurried() throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 600_000, "");
        String owner = parkedAlone();
        long planned = load(owner).timers.get(Call.RECALL);
        offered(owner, "103");
        rtpengine.refused.add("answer");
        assertThat(kinds(at(node1, retrieving()))).contains("503");
        rtpengine.refused.clear();
        Call call = load(owner);
        assertThat(call.state).isIn(CallState.PARKED, CallState.RECALLING);
        assertThat(Math.max(call.plannedRecallMillis, call.timers.getOrDefault(Call.RECALL, 0L))).isEqualTo(planned);
    }

    @Test
    void whoMayNotRetrieveIsNotRung() throws Exception {
        DIRECTORY.retrieval = RetrievalRule.PARKER;
        String owner = parkedAlone();
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> offered(owner, "102"))
                .extracting(RefusedException::refusal)
                .isEqualTo(Refusal.RETRIEVAL_NOT_ALLOWED);
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> offered(owner, "999"))
                .extracting(RefusedException::refusal)
                .isEqualTo(Refusal.UNKNOWN_EXTENSION);
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> offered("acme.example/none", "102"))
                .extracting(RefusedException::refusal)
                .isEqualTo(Refusal.NOTHING_PARKED);
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
    }

    @Test
    void anAdministratorEndsACall() throws Exception {
        String owner = parkedAlone();
        POSTED.clear();
        virtual(() -> {
            node1.control().hangUp("acme.example", id(owner));
            return null;
        });
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "BYE".equals(a.getString("method"))));
        assertOver();
        assertThat(history()).containsExactly("PARKED ext:101 101", "ENDED ext:101  hung-up");
    }

    // --- history ----------------------------------------------------------------------------------------------------

    @Test
    void theHistoryTellsOfAParkAndARetrieve() throws Exception {
        Retrieved retrieved = retrieved(parkedAlone());
        at(node2, inRetrieve("ACK", 1, retrieved.owner, retrieved.answer, ""));
        at(node1, fromW("BYE", 1, retrieved.owner, "", ""));
        assertOver();
        assertThat(history()).containsExactly("PARKED ext:101 101", "RETRIEVED ext:101 102", "ENDED");
    }

    @Test
    void theHistoryTellsOfTheOrbitThatTheStoreChose() throws Exception {
        parkedBy("*59");
        assertThat(history()).containsExactly("PARKED orbit:10 101");
    }

    @Test
    void theHistoryTellsOfACallerWhoGaveUp() throws Exception {
        String owner = parkedAlone();
        at(node2, fromW("BYE", 1, owner, "", ""));
        assertThat(history()).containsExactly("PARKED ext:101 101", "ABANDONED ext:101  caller-gone");
    }

    @Test
    void theHistoryTellsOfARecall() throws Exception {
        Recalled recalled = recalled(ring("101"), ring("102"));
        assertThat(kinds(at(node1, refusalOf(recalled, 486)))).containsExactly("disown");
        assertThat(history()).containsExactly("PARKED ext:101 101", "RECALLING ext:101", "RECALL_MISSED ext:101");
        POSTED.clear();
        AHEAD_MILLIS.addAndGet(31_000);
        Awaitility.await().until(() -> history().size() == 4);
        assertThat(history().getLast()).isEqualTo("RECALLING ext:101");
    }

    @Test
    void theHistoryTellsOfRefusalsButNotOfAFlood() throws Exception {
        // What other tests were refused in this second counts too.
        AHEAD_MILLIS.addAndGet(2_000);
        for (int i = 0; i < 50; i++) {
            assertRefused(retrieve("102", "*88" + (i % 2 == 0 ? "101" : "")), Refusal.NOTHING_PARKED);
        }
        assertThat(history()).allMatch("REFUSED  102 nothing-parked"::equals).hasSizeBetween(5, 40);
    }

    // --- recall -------------------------------------------------------------------------------------------------------

    private static RecallPlan.Stage ring(String extension) {
        return new RecallPlan.Stage(30_000, List.of(extension), 20_000, "");
    }

    private record Recalled(String owner, Send invite) {}

    /** Parked, and the phone of 101 rings because nobody has picked the call up. */
    private Recalled recalled(RecallPlan.Stage... stages) throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(stages), 600_000, "");
        String owner = parkedAlone();
        AHEAD_MILLIS.addAndGet(31_000);
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> POSTED.stream().anyMatch(a -> "INVITE".equals(a.getString("method"))));
        assertThat(load(owner).state).isEqualTo(CallState.RECALLING);
        JsonObject sent = POSTED.stream().filter(a -> "INVITE".equals(a.getString("method"))).findFirst().orElseThrow();
        return new Recalled(owner, new Send("INVITE", sent.getString("uri"), sent.getString("next"),
                sent.getString("socket"), sent.getString("headers"), sent.getString("body")));
    }

    private EdgeEvent answerOf(Recalled recalled) {
        SipMessage invite = sip(recalled.invite);
        return event(EdgeEvent.Kind.REPLY, "", recalled.owner, "udp:127.0.0.1:41001",
                message("SIP/2.0 200 OK", invite.required("from"), invite.required("to") + ";tag=again",
                        invite.callId(), invite.required("cseq"), "Contact: <sip:101@127.0.0.1:41001>\r\n", SDP_P));
    }

    private EdgeEvent refusalOf(Recalled recalled, int status) {
        SipMessage invite = sip(recalled.invite);
        return event(EdgeEvent.Kind.REPLY, "", recalled.owner, "udp:127.0.0.1:41001",
                message("SIP/2.0 " + status + " No", invite.required("from"), invite.required("to") + ";tag=again",
                        invite.callId(), invite.required("cseq"), "", ""));
    }

    private EdgeEvent byeOf(Recalled recalled) {
        SipMessage invite = sip(recalled.invite);
        return event(EdgeEvent.Kind.REQUEST, "101", recalled.owner, "udp:127.0.0.1:41001",
                message("BYE sip:x@127.0.0.1:5060 SIP/2.0", invite.required("to") + ";tag=again",
                        invite.required("from"), invite.callId(), "1 BYE", "", ""));
    }

    /** Media and who talks are seen to a tenth of a second before; nobody's phone rings for that. */
    @Test
    void aRecallThatIsMadeReadyEarlyIsNotOrderedBeforeItIsDue() throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 600_000, "");
        String owner = parkedAlone();
        long due = load(owner).timers.get(Call.RECALL);
        rtpengine.commands.clear();
        AHEAD_MILLIS.addAndGet(due - nowMillis() - 1_000);
        Awaitility.await()
                .until(() -> rtpengine.commands.stream()
                        .anyMatch(command -> "offer".equals(command.getString("command"))));
        Awaitility.await()
                .until(() -> POSTED.stream().anyMatch(action -> "INVITE".equals(action.getString("method"))));

        assertThat(POSTED).filteredOn(action -> "INVITE".equals(action.getString("method")))
                .allSatisfy(action -> assertThat(action.getLong(POSTED_AT)).isGreaterThanOrEqualTo(due));
    }

    /** Who retrieves in that moment has the call, and what was made ready is taken back. */
    @Test
    void aRetrieveThatComesWhileARecallIsMadeReadyGetsTheCall() throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 600_000, "");
        String owner = parkedAlone();
        long due = load(owner).timers.get(Call.RECALL);
        rtpengine.commands.clear();
        AHEAD_MILLIS.addAndGet(due - nowMillis() - 1_000);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .until(() -> rtpengine.commands.stream()
                        .anyMatch(command -> "offer".equals(command.getString("command"))));
        String prepared = rtpengine.commands.stream()
                .filter(command -> "offer".equals(command.getString("command")))
                .findFirst()
                .orElseThrow()
                .getString("call-id");
        Retrieved retrieved = retrieved(owner);

        assertThat(retrieved.answer.status()).isEqualTo(200);
        Awaitility.await()
                .until(() -> rtpengine.commands.stream()
                        .anyMatch(command -> "delete".equals(command.getString("command"))
                                && prepared.equals(command.getString("call-id"))));
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    @Test
    void aRecallThatFailsForOurTroubleIsTriedAgainAndDoesNotEndTheCall() throws Exception {
        Recalled recalled = recalled(ring("101"));
        rtpengine.refused.add("answer");
        assertThat(kinds(at(node2, answerOf(recalled)))).contains("BYE");
        rtpengine.refused.clear();
        Call call = load(recalled.owner);
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.recallStage).isZero();
        assertThat(call.timers).containsKey(Call.RECALL);
    }

    /** As when the node had died between the write and the post. */
    @Test
    void aStageWhoseInvitesReachedNoEdgeIsRungAgain() throws Exception {
        AWAY.set(true);
        Recalled recalled = recalled(ring("101"));
        assertThat(load(recalled.owner).recallStage).isZero();
        JsonObject first = POSTED.stream().filter(a -> "cancel".equals(a.getString("do"))).findFirst().orElseThrow();
        assertThat(first.getString("dialog")).as("who may ring all the same")
                .isNotEqualTo(sip(recalled.invite).callId());
        Send reinvite = sent(at(node2, answerOf(recalled)), "INVITE");
        at(node1, replyTo(reinvite, recalled.owner, 200, "OK", SDP_W));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RECALLED);
        at(node2, byeOf(recalled));
    }

    /** What may be unsent was read ahead by who sees to it, a moment before the edge had it: the phones ring once, and go on ringing. */
    @Test
    void aStageThatTheEdgeHasIsNotRungAgain() throws Exception {
        Recalled recalled = recalled(ring("101"));
        long epoch = load(recalled.owner).epoch;
        try (var jedis = REDIS.jedis()) {
            Awaitility.await()
                    .until(() -> jedis.keys("*:due")
                            .stream()
                            .allMatch(due -> jedis.zscore(due, recalled.owner + "|" + epoch) == null));
        }
        POSTED.clear();
        virtual(() -> {
            node1.schedule().now(new DueTimes.Due(recalled.owner, epoch, Long.MAX_VALUE));
            return null;
        });
        assertThat(POSTED).isEmpty();
        assertThat(load(recalled.owner).epoch).isEqualTo(epoch);
        at(node2, byeOf(recalled));
    }

    /** A stage without a fallback comes back from Redis without one: that was a null, and the reply a defect. */
    @ParameterizedTest
    @ValueSource(ints = {404, 410, 480})
    void aPhoneThatIsNotThereEndsItsPartOfTheStageAtOnce(int status) throws Exception {
        Recalled recalled = recalled(ring("101"), ring("102"));
        assertThat(kinds(at(node1, refusalOf(recalled, status)))).containsExactly("disown");
        assertThat(load(recalled.owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(recalled.owner).recallStage).isEqualTo(1);
    }

    @Test
    void theMembersOfARoundRobinGroupTakeTurns() throws Exception {
        for (String first : List.of("101", "102", "101")) {
            POSTED.clear();
            DIRECTORY.recall = new RecallPlan(List.of(ring("101"), ring("102")), 600_000, "",
                    new RecallPlan.Rotation("desk", 0), 0);
            String owner = parkedAlone();
            AHEAD_MILLIS.addAndGet(31_000);
            Awaitility.await().until(() -> !invites().isEmpty());
            assertThat(invites().getFirst().getString("uri")).isEqualTo("sip:" + first + "@acme.example");
            at(node1, refusalOf(rungAgain(owner, 0), 486));
            AHEAD_MILLIS.addAndGet(31_000);
            Awaitility.await().until(() -> invites().size() == 2);
            assertThat(invites().getLast().getString("uri")).isNotEqualTo("sip:" + first + "@acme.example");
            at(node2, fromW("BYE", 1, owner, "", ""));
            REDIS.flush();
        }
    }

    private static List<JsonObject> invites() {
        return POSTED.stream().filter(a -> "INVITE".equals(a.getString("method"))).toList();
    }

    /** The INVITE that came after those. */
    private static Recalled rungAgain(String owner, int after) {
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> invites().size() > after);
        JsonObject sent = invites().getLast();
        return new Recalled(owner, new Send("INVITE", sent.getString("uri"), sent.getString("next"),
                sent.getString("socket"), sent.getString("headers"), sent.getString("body")));
    }

    /** The watch has the INVITEs of a call in its book. */
    private static void awaitEntered() {
        try (var jedis = REDIS.jedis()) {
            Awaitility.await().until(() -> !jedis.keys("*:ringing").isEmpty());
        }
    }

    /** It had said that it has the INVITE; when it is asked when it was started, it has been already. */
    @Test
    void aStageWhoseEdgeDiesWithItsInvitesIsRungAgain() throws Exception {
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 600_000, "");
        String owner = parkedAlone();
        DYING.set(true);
        AHEAD_MILLIS.addAndGet(31_000);
        Recalled again = rungAgain(owner, 1);
        assertThat(load(owner).recallStage).isZero();
        at(node1, refusalOf(again, 486));
    }

    @Test
    void aStageWhoseEdgeHasStartedAnewIsRungAgainAndNotUsedUp() throws Exception {
        Recalled recalled = recalled(ring("101"));
        awaitEntered();
        BOOT.incrementAndGet();
        Recalled again = rungAgain(recalled.owner, 1);
        assertThat(sip(again.invite).callId()).isNotEqualTo(sip(recalled.invite).callId());
        assertThat(load(recalled.owner).recallStage).isZero();
        Send reinvite = sent(at(node2, answerOf(again)), "INVITE");
        at(node1, replyTo(reinvite, recalled.owner, 200, "OK", SDP_W));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RECALLED);
        assertThat(history()).containsExactly("PARKED ext:101 101", "RECALLING ext:101", "RECALLED ext:101 101");
        at(node2, byeOf(again));
        assertOver();
    }

    /** Nobody could tell that phone to stop. */
    @Test
    void aPhoneThatRingsSinceBeforeItsEdgeStartedAnewGetsTheCallWhenItAnswers() throws Exception {
        Recalled recalled = recalled(ring("101"));
        awaitEntered();
        BOOT.incrementAndGet();
        Recalled again = rungAgain(recalled.owner, 1);
        List<EdgeAction> actions = at(node2, unmatched(answerOf(recalled)));
        assertThat(sent(actions, "ACK").headers()).contains("Call-ID: " + sip(recalled.invite).callId() + "\r\n",
                "CSeq: " + sip(recalled.invite).cseq().number() + " ACK\r\n", ";tag=again");
        assertThat(actions).contains(new EdgeAction.Cancel(sip(again.invite).callId(), 1));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.CONNECTING);
        assertThat(sent(at(node1, unmatched(answerOf(recalled))), "ACK")).as("again, when the first was lost")
                .isNotNull();
        at(node1, replyTo(sent(actions, "INVITE"), recalled.owner, 200, "OK", SDP_W));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RECALLED);
        at(node2, byeOf(recalled));
        assertOver();
    }

    /** As the edge tells of a 2xx when it knows nothing of the INVITE. */
    private static EdgeEvent unmatched(EdgeEvent reply) {
        return new EdgeEvent(reply.edge(), reply.control(), reply.kind(), reply.correlation(), "none", reply.tenant(),
                reply.user(), reply.trunk(), reply.owner(), reply.source(), reply.socket(), reply.message());
    }

    @Test
    void aPhoneThatIsNotRegisteredYetAfterTheStartOfItsEdgeDoesNotUseTheStageUp() throws Exception {
        Recalled recalled = recalled(ring("101"));
        awaitEntered();
        BOOT.incrementAndGet();
        Recalled again = rungAgain(recalled.owner, 1);
        at(node1, notRegisteredYet(again));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(recalled.owner).recallStage).isZero();
        AHEAD_MILLIS.addAndGet(5_000);
        at(node2, answerOf(rungAgain(recalled.owner, 2)));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.CONNECTING);
    }

    private EdgeEvent notRegisteredYet(Recalled recalled) {
        SipMessage invite = sip(recalled.invite);
        return event(EdgeEvent.Kind.REPLY, "", recalled.owner, "udp:127.0.0.1:5060",
                message("SIP/2.0 480 Not Registered", invite.required("from"), invite.required("to") + ";tag=edge",
                        invite.callId(), invite.required("cseq"), "Retry-After: 5\r\n"
                                + "Reason: X-Mooring;cause=480;text=\"the edge has started a moment ago\"\r\n",
                        ""));
    }

    @Test
    void aRetrieveStopsAllThatRingsAfterTheEdgeHasStartedAnew() throws Exception {
        Recalled recalled = recalled(ring("101"));
        awaitEntered();
        BOOT.incrementAndGet();
        Recalled again = rungAgain(recalled.owner, 1);
        List<EdgeAction> actions = at(node1, retrieving());
        assertThat(actions).contains(new EdgeAction.Cancel(sip(recalled.invite).callId(), 1),
                new EdgeAction.Cancel(sip(again.invite).callId(), 1));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RETRIEVED);
        assertThat(kinds(at(node2, unmatched(answerOf(recalled))))).containsExactly("ACK", "BYE");
        assertThat(load(recalled.owner).pending.values()).noneMatch(Pending::isRecall);
    }

    @Test
    void whatIsDueWaitsForAnEdgeThatIsAway() throws Exception {
        Recalled recalled = recalled(ring("101"));
        DOWN.set(true);
        // The edge was asked less than a second ago; then its time to ring is over, and the plan's last stage with it.
        Awaitility.await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
        AHEAD_MILLIS.addAndGet(25_000);
        Awaitility.await()
                .during(Duration.ofSeconds(2))
                .until(() -> load(recalled.owner).state == CallState.RECALLING);
        DOWN.set(false);
        AHEAD_MILLIS.addAndGet(2_000);
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "BYE".equals(a.getString("method"))));
        assertOver();
    }

    /** Nobody waits for ever: should the edge never come back, the call still has its end. */
    @Test
    void anEdgeThatStaysAwayDoesNotKeepACallForEver() throws Exception {
        Recalled recalled = recalled(ring("101"));
        DOWN.set(true);
        Awaitility.await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
        AHEAD_MILLIS.addAndGet(25_000 + 300_000);
        Awaitility.await().until(() -> store.load(recalled.owner).filter(call -> !call.state.isOver()).isEmpty());
    }

    @Test
    void anEdgeThatStartedAnewConcernsItsOwnCallsOnly() throws Exception {
        HttpServer other = get(vertx.createHttpServer()
                .requestHandler(r -> r.body()
                        .onSuccess(b -> r.response().end("{\"status\": \"UP\", \"done\": 1, \"boot\": \"7\"}")))
                .listen(0, "127.0.0.1"));
        Recalled recalled = recalled(ring("101"));
        awaitEntered();
        try (var jedis = REDIS.jedis()) {
            String key = jedis.keys("*:ringing").iterator().next();
            jedis.hgetAll(key)
                    .forEach((field, value) -> jedis.hset(key, field,
                            value.replace("|" + BOOT + "|" + control,
                                    "|7|http://127.0.0.1:" + other.actualPort())));
        }
        BOOT.incrementAndGet();
        Awaitility.await().during(Duration.ofSeconds(3)).until(() -> invites().size() == 1);
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RECALLING);
        get(other.close());
    }

    @Test
    void aStageThatTheEdgeHasTakenIsRungOnce() throws Exception {
        Recalled recalled = recalled(ring("101"));
        try (var jedis = REDIS.jedis()) {
            Awaitility.await()
                    .until(() -> jedis.keys("*:due")
                            .stream()
                            .allMatch(
                                    key -> jedis.zrange(key, 0, -1)
                                            .stream()
                                            .noneMatch(member -> member.contains("|"))));
        }
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RECALLING);
        at(node2, answerOf(recalled));
        at(node2, byeOf(recalled));
    }

    /** A call whose plan is used up, and whose party listens to three seconds of words. */
    private Recalled leaving(Path directory) throws Exception {
        SOUND.set(Files.write(directory.resolve("words.wav"), new byte[3 * 8_000]));
        Recalled recalled = recalled(ring("101"));
        rtpengine.commands.clear();
        POSTED.clear();
        at(node2, refusalOf(recalled, 603));
        Awaitility.await()
                .until(() -> rtpengine.commands.stream()
                        .anyMatch(command -> "play media".equals(command.getString("command"))
                                && command.getString("file").endsWith("words.wav")
                                && command.getInteger("repeat-times") == 1));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.PARKED);
        return recalled;
    }

    /** The node that begins it is not the one that ends it. */
    @Test
    void aPartyWhomNobodyTakesIsToldSoAndThenHungUp(@TempDir Path directory) throws Exception {
        Recalled recalled = leaving(directory);
        assertThat(load(recalled.owner).nextDueAtMillis().orElseThrow() - System.currentTimeMillis()
                - AHEAD_MILLIS.get()).isBetween(1_500L, 3_500L);
        assertThat(POSTED).noneMatch(action -> "BYE".equals(action.getString("method")));
        AHEAD_MILLIS.addAndGet(3_500);
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "BYE".equals(a.getString("method"))));
        assertThat(POSTED.stream()
                .filter(a -> "BYE".equals(a.getString("method")))
                .findFirst()
                .orElseThrow()
                .getString("headers")).contains("Reason: X-Mooring;cause=480;text=\"nobody picked the call up\"");
        assertOver();
        assertThat(history()).containsExactly("PARKED ext:101 101", "RECALLING ext:101", "RECALL_MISSED ext:101",
                "EXPIRED ext:101  not-picked-up");
    }

    @Test
    void aPartyThatIsToldThatNobodyTakesItCanBeRetrievedYet(@TempDir Path directory) throws Exception {
        Recalled recalled = leaving(directory);
        Send reinvite = sent(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R)), "INVITE");
        AHEAD_MILLIS.addAndGet(3_500);
        Reply answer = reply(at(node1, replyTo(reinvite, recalled.owner, 200, "OK", SDP_W)));
        at(node2, inRetrieve("ACK", 1, recalled.owner, answer, ""));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RETRIEVED);
        assertThat(load(recalled.owner).timers).doesNotContainKeys(Call.FAREWELL, Call.END, Call.RECALL);
        assertThat(load(recalled.owner).leaving).isFalse();
    }

    @Test
    void aCallAtItsHardEndStopsRingingAndIsToldSo(@TempDir Path directory) throws Exception {
        SOUND.set(Files.write(directory.resolve("words.wav"), new byte[3 * 8_000]));
        DIRECTORY.recall = new RecallPlan(List.of(ring("101")), 40_000, "");
        String owner = parkedAlone();
        AHEAD_MILLIS.addAndGet(31_000);
        Awaitility.await().until(() -> !invites().isEmpty());
        AHEAD_MILLIS.addAndGet(9_500);
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "cancel".equals(a.getString("do"))));
        assertThat(load(owner).leaving).isTrue();
        AHEAD_MILLIS.addAndGet(3_500);
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "BYE".equals(a.getString("method"))));
        assertOver();
    }

    /** Who has seen the Call-ID and the tag of somebody's INVITE gets nothing by repeating it as itself. */
    @ParameterizedTest
    @CsvSource({"acme.example, 103", "other.example, 102"})
    void anInviteThatSomebodyElseRepeatsIsNotAnswered(String tenant, String user) throws Exception {
        String owner = parkedAlone();
        Reply answer = reply(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_KNOWN)));
        EdgeEvent copied = invite("102", "*88101", "retrieve-1", "", SDP_KNOWN);
        assertThat(reply(at(node2, new EdgeEvent(copied.edge(), control, copied.kind(), copied.correlation(),
                copied.transaction(), tenant, user, "", "", "udp:127.0.0.1:41999", SOCKET,
                copied.message().replace("CSeq: 1 INVITE", "CSeq: 2 INVITE")))).status()).isEqualTo(482);
        at(node1, inRetrieve("ACK", 1, owner, answer, ""));
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
    }

    /** The edge was killed with our 200, and challenges what the phone repeats: it comes again with another CSeq number. */
    @Test
    void aRetrieverWhoseAnswerWasLostWithTheEdgeIsAnsweredAgain() throws Exception {
        String owner = parkedAlone();
        Reply lost = reply(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_KNOWN)));
        EdgeEvent challenged = invite("102", "*88101", "retrieve-1", "", SDP_KNOWN);
        Reply answer = reply(at(node2, new EdgeEvent(challenged.edge(), control, challenged.kind(),
                challenged.correlation(), challenged.transaction(), TENANT, "102", "", "", challenged.source(), SOCKET,
                challenged.message().replace("CSeq: 1 INVITE", "CSeq: 2 INVITE"))));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.transaction()).isEqualTo(challenged.transaction());
        assertThat(answer.toTag()).isEqualTo(lost.toTag());
        assertThat(answer.body()).isEqualTo(lost.body());
        at(node1, inRetrieve("ACK", 2, owner, answer, ""));
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
        assertThat(load(owner).unacknowledged).isEmpty();
        assertThat(load(owner).place).isEmpty();
    }

    /** As the edge refuses to ring somebody who talks. */
    private EdgeEvent talks(Recalled recalled) {
        return replyTo(recalled.invite, recalled.owner, 486, "Busy Here",
                "Reason: X-Mooring;cause=486;text=\"talks\"\r\n", "");
    }

    private static RecallPlan.Stage idleOnly(String extension) {
        return new RecallPlan.Stage(30_000, List.of(extension), 25_000, "", true);
    }

    @Test
    void aParkerWhoTalksIsWaitedFor() throws Exception {
        Recalled recalled = recalled(idleOnly("101"), idleOnly("101"));
        assertThat(recalled.invite.headers()).contains("X-Mooring-Idle-Only: yes\r\n");
        at(node1, talks(recalled));
        assertThat(load(recalled.owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(recalled.owner).recallStage).as("not used up").isZero();
        AHEAD_MILLIS.addAndGet(15_500);
        Recalled again = rungAgain(recalled.owner, 1);
        at(node2, talks(again));
        AHEAD_MILLIS.addAndGet(15_500);
        Recalled whatever = rungAgain(recalled.owner, 2);
        assertThat(whatever.invite.headers()).as("waited for as long as the call waits first")
                .doesNotContain("X-Mooring-Idle-Only");
        at(node1, refusalOf(whatever, 486));
        assertThat(load(recalled.owner).recallStage).as("the phone itself is busy").isEqualTo(1);
    }

    @Test
    void whoComesNextIsRungAtOnceWhenTheParkerTalks() throws Exception {
        Recalled recalled = recalled(idleOnly("101"), new RecallPlan.Stage(0, List.of("102"), 25_000, "", true));
        at(node1, talks(recalled));
        Recalled next = rungAgain(recalled.owner, 1);
        assertThat(next.invite.uri()).isEqualTo("sip:102@acme.example");
        at(node1, refusalOf(next, 486));
    }

    /** 102 talks with another caller, in a call that we have joined: that is known before anything is sent. */
    @Test
    void aMemberWhoTalksInACallOfOursIsPassedOver() throws Exception {
        Retrieved other = retrieved(parkedAlone());
        at(node1, inRetrieve("ACK", 1, other.owner, other.answer, ""));
        Call talking = load(other.owner);
        assertThat(talking.state).isEqualTo(CallState.RETRIEVED);
        var call = new Call();
        call.tenant = TENANT;
        call.id = "waiting";
        call.state = CallState.PARKED;
        call.parker = "101";
        EdgeEvent invite = fromW("INVITE", 9, "", "", SDP_W);
        Leg parked = Legs.called(invite, SipMessage.parse(invite.message()), Role.PARKED);
        parked.callId = "waiting-1";
        parked.inviteInProgress = false;
        call.legs.put(parked.id, parked);
        call.terms = new ParkTerms(RetrievalRule.TENANT, "p", "", false, false, 1,
                new RecallPlan(List.of(new RecallPlan.Stage(0, List.of("102", "103"), 25_000, "", true)), 0, ""),
                SoundVersion.NONE);
        call.timers.put(Call.RECALL, System.currentTimeMillis() + AHEAD_MILLIS.get());
        POSTED.clear();
        store.save(call, PlaceOrder.NONE);
        Recalled rung = rungAgain(call.owner(), 0);
        assertThat(invites()).extracting(a -> a.getString("uri")).containsExactly("sip:103@acme.example");
        at(node1, refusalOf(rung, 486));
    }

    private static RecallPlan reminding(long afterMillis) {
        return new RecallPlan(List.of(ring("101")), 600_000, "", RecallPlan.Rotation.NONE, afterMillis);
    }

    @Test
    void theParkerIsRemindedOnceAndNothingRings() throws Exception {
        DIRECTORY.recall = reminding(10_000);
        String owner = parkedAlone();
        AHEAD_MILLIS.addAndGet(10_500);
        Awaitility.await()
                .untilAsserted(() -> assertThat(messagesTo()).containsExactly(
                        "sip:101@acme.example The call parked by 101 is still waiting. Dial *88101 to retrieve it."));
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(owner).timers).doesNotContainKey(Call.REMINDER).containsKey(Call.RECALL);
        AHEAD_MILLIS.addAndGet(20_500);
        Awaitility.await().until(() -> !invites().isEmpty());
        assertThat(messagesTo()).hasSize(1);
        assertThat(history()).containsExactly("PARKED ext:101 101", "REMINDED ext:101", "RECALLING ext:101");
    }

    @Test
    void whoHasTheCallIsNotRemindedOfIt() throws Exception {
        DIRECTORY.recall = reminding(3_000);
        String owner = parkedAlone();
        Send reinvite = sent(at(node1, invite("102", "*88101", "retrieve-1", "", SDP_R)), "INVITE");
        AHEAD_MILLIS.addAndGet(3_500);
        Awaitility.await()
                .until(() -> load(owner).timers.get(Call.REMINDER) > System.currentTimeMillis()
                        + AHEAD_MILLIS.get());
        Reply answer = reply(at(node1, replyTo(reinvite, owner, 200, "OK", SDP_W)));
        at(node2, inRetrieve("ACK", 1, owner, answer, ""));
        assertThat(load(owner).timers).doesNotContainKey(Call.REMINDER);
        assertThat(messagesTo()).isEmpty();
    }

    /** Two minutes later, when the parked party is asked whether it is there: the OPTIONS. */
    private static Send probed(String owner) {
        POSTED.clear();
        AHEAD_MILLIS.addAndGet(load(owner).timers.get(Call.PROBE) - System.currentTimeMillis() - AHEAD_MILLIS.get());
        Awaitility.await().until(() -> POSTED.stream().anyMatch(a -> "OPTIONS".equals(a.getString("method"))));
        JsonObject sent = POSTED.stream()
                .filter(a -> "OPTIONS".equals(a.getString("method")))
                .findFirst()
                .orElseThrow();
        return new Send("OPTIONS", sent.getString("uri"), sent.getString("next"), sent.getString("socket"),
                sent.getString("headers"), sent.getString("body"));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 405, 501, 486, 491, 500})
    void aPartyThatAnswersAnythingIsThere(int status) throws Exception {
        String owner = parkedAlone();
        assertThat(load(owner).timers.get(Call.PROBE) - System.currentTimeMillis() - AHEAD_MILLIS.get())
                .isBetween(85_000L, 151_000L);
        Send probe = probed(owner);
        assertThat(sip(probe).callId()).isEqualTo("dialog-1");
        at(node2, replyTo(probe, owner, status, "Whatever", ""));
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(owner).timers).containsKey(Call.PROBE);
        assertThat(load(owner).pending).isEmpty();
    }

    @Test
    void aPartyThatKnowsNothingOfItsCallHasVanished() throws Exception {
        String owner = parkedAlone();
        at(node2, replyTo(probed(owner), owner, 481, "Call/Transaction Does Not Exist", ""));
        assertOver();
        assertThat(history()).containsExactly("PARKED ext:101 101", "ABANDONED ext:101  caller-gone");
    }

    @Test
    void aPartyThatIsSilentTwiceHasVanished() throws Exception {
        String owner = parkedAlone();
        probed(owner);
        AHEAD_MILLIS.addAndGet(10_000);
        Awaitility.await().until(() -> load(owner).unansweredProbes == 1);
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
        at(node2, replyTo(probed(owner), owner, 408, "Request Timeout", ""));
        assertOver();
    }

    @Test
    void aPartyThatWasSilentOnceAndAnswersThenIsThere() throws Exception {
        String owner = parkedAlone();
        at(node2, replyTo(probed(owner), owner, 408, "Request Timeout", ""));
        at(node2, replyTo(probed(owner), owner, 200, "OK", ""));
        assertThat(load(owner).unansweredProbes).isZero();
        at(node1, replyTo(probed(owner), owner, 408, "Request Timeout", ""));
        assertThat(load(owner).state).isEqualTo(CallState.PARKED);
    }

    /** Who asks at the same time as another who takes the call asks in vain. */
    @Test
    void aPartyThatIsRetrievedMeanwhileIsNotAskedAgain() throws Exception {
        String owner = parkedAlone();
        Send probe = probed(owner);
        Retrieved retrieved = retrieved(owner);
        at(node2, replyTo(probe, owner, 408, "Request Timeout", ""));
        at(node2, inRetrieve("ACK", 1, owner, retrieved.answer, ""));
        assertThat(load(owner).state).isEqualTo(CallState.RETRIEVED);
        assertThat(load(owner).timers).doesNotContainKey(Call.PROBE);
        assertThat(load(owner).unansweredProbes).isZero();
    }

    private String notParked() throws Exception {
        Parking parking = parking();
        at(node1, replyTo(parking.reinvite, parking.owner, 408, "Request Timeout", ""));
        assertThat(load(parking.owner).state).isEqualTo(CallState.FAILED);
        return parking.owner;
    }

    /** The edge had refused the park and let the two hang up among themselves: nobody tells a node. */
    @Test
    void aCallThatWasNotParkedAndIsOverIsFound() throws Exception {
        String owner = notParked();
        assertThat(load(owner).timers.get(Call.PROBE) - System.currentTimeMillis() - AHEAD_MILLIS.get())
                .isBetween(5_000L, 10_000L);
        Send probe = probed(owner);
        assertThat(probe.uri()).isEqualTo("sip:+4930@127.0.0.2:5070");
        assertThat(kinds(at(node2, replyTo(probe, owner, 481, "Call/Transaction Does Not Exist", "")))).contains("BYE");
        assertOver();
    }

    /** It did not answer our re-INVITE either, and talks all the same. */
    @Test
    void aCallThatWasNotParkedIsNotEndedBecauseItsPartyIsSilent() throws Exception {
        String owner = notParked();
        for (int i = 0; i < 4; i++) {
            at(node2, replyTo(probed(owner), owner, 408, "Request Timeout", ""));
            assertThat(load(owner).state).isEqualTo(CallState.FAILED);
            assertThat(load(owner).timers.get(Call.PROBE) - System.currentTimeMillis() - AHEAD_MILLIS.get())
                    .isBetween(85_000L, 151_000L);
        }
        at(node2, replyTo(probed(owner), owner, 200, "OK", ""));
        assertThat(kinds(at(node1, fromP("REFER", 3, owner, "Refer-To: <sip:*68@acme.example>\r\n", ""))))
                .contains("202");
        assertThat(load(owner).timers).doesNotContainKey(Call.PROBE);
    }

    @Test
    void aVanishedPartyStopsTheRinging() throws Exception {
        Recalled recalled = recalled(new RecallPlan.Stage(30_000, List.of("101"), 200_000, ""));
        assertThat(kinds(at(node2, replyTo(probed(recalled.owner), recalled.owner, 481, "Gone", ""))))
                .contains("cancel");
        assertOver();
    }

    @Test
    void aRecallJoinsTheTwoAndFreesThePlace() throws Exception {
        Recalled recalled = recalled(ring("101"));
        Send reinvite = sent(at(node2, answerOf(recalled)), "INVITE");
        assertThat(load(recalled.owner).state).isEqualTo(CallState.CONNECTING);
        at(node1, replyTo(reinvite, recalled.owner, 200, "OK", SDP_W));
        Call call = load(recalled.owner);
        assertThat(call.state).isEqualTo(CallState.RECALLED);
        assertThat(call.place).isEmpty();
        assertThat(call.timers).doesNotContainKeys(Call.RECALL, Call.END);
        assertThat(kinds(at(node2, byeOf(recalled)))).contains("200", "BYE");
        assertOver();
        assertMediaClosed();
    }

    @Test
    void aPhoneThatHangsUpBeforeThePartyIsMovedLeavesItWithItsMusic() throws Exception {
        Recalled recalled = recalled(ring("101"), ring("102"));
        Send reinvite = sent(at(node2, answerOf(recalled)), "INVITE");
        assertThat(kinds(at(node1, byeOf(recalled)))).contains("200");
        assertThat(load(recalled.owner).state).isEqualTo(CallState.PARKED);
        assertThat(load(recalled.owner).recallStage).isEqualTo(1);
        assertThat(kinds(at(node2, replyTo(reinvite, recalled.owner, 200, "OK", SDP_W)))).containsExactly("INVITE");
        assertThat(load(recalled.owner).pendingFor(Pending.Purpose.RESTORE)).isPresent();
    }

    @Test
    void aRetrieveStopsTheRingingAndAnAnswerThatCrossesItIsHungUp() throws Exception {
        Recalled recalled = recalled(ring("101"));
        assertThat(kinds(at(node1, retrieving()))).contains("cancel", "200");
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RETRIEVED);
        assertThat(kinds(at(node2, answerOf(recalled)))).containsExactly("BYE");
        assertThat(load(recalled.owner).state).isEqualTo(CallState.RETRIEVED);
    }

    @Test
    void theCallerWhoHangsUpStopsTheRinging() throws Exception {
        Recalled recalled = recalled(ring("101"));
        assertThat(kinds(at(node2, fromW("BYE", 1, recalled.owner, "", "")))).contains("200", "cancel");
        assertOver();
        assertMediaClosed();
    }
}
