package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.HandledEvent;
import io.mooring.call.Leg;
import io.mooring.call.ParkTerms;
import io.mooring.call.Pending;
import io.mooring.call.PinEntry;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RetrievalPin;
import io.mooring.call.RetrievalRule;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.call.SoundVersion;
import io.vertx.core.Vertx;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallStoreIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    /** For commands that have to succeed: a busy machine may need longer than the product allows. */
    private static final Duration AMPLE = Duration.ofSeconds(30);
    /** For commands that meet a frozen server; that of the product. */
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final String TENANT = "acme.example";
    private static final String PLACE = "ext:101";
    private static final Keys KEYS = new Keys(4);
    private static final String SHARD = "{s" + KEYS.shard(TENANT) + "}";

    private static Vertx vertx;
    private static RedisAccess access;
    private static CallStore store;

    @BeforeAll
    static void connect() {
        vertx = Vertx.vertx();
        access = REDIS.connect(vertx, AMPLE);
        store = new CallStore(access, KEYS);
    }

    @AfterAll
    static void close() throws Exception {
        access.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** Connected already, so that what it meets is not a connection that cannot be made. */
    private static CallStore strict() {
        var strict = new CallStore(REDIS.connect(vertx, LIMIT), KEYS);
        Awaitility.await().atMost(AMPLE).ignoreExceptions().until(() -> strict.dialogOwner("none").isEmpty());
        return strict;
    }

    private static Call call(String id, CallState state) {
        var call = new Call();
        call.tenant = TENANT;
        call.id = id;
        call.state = state;
        call.parkedAtMillis = 1_000;
        return call;
    }

    private static void hold(Call call) {
        call.place = PLACE;
        assertThat(store.save(call, PlaceOrder.hold(PLACE))).isInstanceOf(SaveOutcome.Saved.class);
    }

    private static Set<String> keys() {
        try (var jedis = REDIS.jedis()) {
            return new TreeSet<>(jedis.keys("*"));
        }
    }

    @Test
    void writesAndReads() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        assertThat(call.epoch).isEqualTo(1);
        assertThat(store.load(call.owner())).get()
                .extracting(c -> c.epoch, c -> c.state, c -> c.place)
                .containsExactly(1L, CallState.PARKED, PLACE);
        assertThat(store.at(TENANT, List.of(PLACE))).get().extracting(Call::owner).isEqualTo(call.owner());
        assertThat(store.at("other.example", List.of(PLACE))).isEmpty();
        assertThat(store.at(TENANT, List.of("ext:102"))).isEmpty();
        assertThat(store.load("nonsense")).isEmpty();
        assertThat(store.load("/x")).isEmpty();
        assertThat(store.load(TENANT + "/unknown")).isEmpty();
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.pttl(SHARD + ":call:" + TENANT + ":a")).isBetween(86_000_000L, 86_400_000L);
            assertThat(jedis.pttl(SHARD + ":place:" + TENANT + ":" + PLACE)).isBetween(86_000_000L, 86_400_000L);
        }
    }

    @Test
    void oneOfTwoWritersOfAnEpochLoses() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        Call stale = store.load(call.owner()).orElseThrow();
        call.state = CallState.CONNECTING;
        hold(call);
        stale.state = CallState.RECALLING;
        assertThat(store.save(stale, PlaceOrder.NONE)).isInstanceOf(SaveOutcome.Conflict.class);
        assertThat(stale.epoch).isEqualTo(1);
        assertThat(store.load(call.owner())).get().extracting(c -> c.state).isEqualTo(CallState.CONNECTING);
    }

    @Test
    void aCallThatIsNewMustNotExist() {
        hold(call("a", CallState.PARKED));
        assertThat(store.save(call("a", CallState.RESERVED), PlaceOrder.NONE))
                .isInstanceOf(SaveOutcome.Conflict.class);
    }

    @Test
    void aCallThatHasEndedIsNotWrittenAgain() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        Call late = store.load(call.owner()).orElseThrow();
        call.state = CallState.ABANDONED;
        store.save(call, PlaceOrder.free(PLACE));
        assertThat(store.save(late, PlaceOrder.hold(PLACE))).isInstanceOf(SaveOutcome.Conflict.class);
        assertThat(keys()).containsExactly(SHARD + ":ended:" + TENANT + ":a");
    }

    @Test
    void aPlaceIsTakenOnce() {
        hold(call("a", CallState.PARKED));
        Set<String> before = keys();
        Call other = call("b", CallState.RESERVED);
        other.timers.put("x:y", 5L);
        assertThat(store.save(other, PlaceOrder.hold(PLACE)))
                .isEqualTo(new SaveOutcome.PlaceTaken(TENANT + "/a"));
        assertThat(other.epoch).isZero();
        assertThat(keys()).isEqualTo(before);
        Call elsewhere = call("c", CallState.RESERVED);
        assertThat(store.save(elsewhere, PlaceOrder.hold("ext:102"))).isInstanceOf(SaveOutcome.Saved.class);
    }

    @Test
    void aReservationHandsItsPlaceOver() {
        Call announcement = call("a", CallState.RESERVED);
        hold(announcement);
        Call parked = call("b", CallState.RESERVED);
        parked.reservation = announcement.owner();
        hold(parked);
        assertThat(store.at(TENANT, List.of(PLACE))).get().extracting(Call::owner).isEqualTo(parked.owner());
        announcement.state = CallState.ENDED;
        assertThat(store.save(announcement, PlaceOrder.free(PLACE))).isInstanceOf(SaveOutcome.Saved.class);
        assertThat(store.at(TENANT, List.of(PLACE))).as("a place that belongs to another call now").isPresent();
    }

    @Test
    void aPlaceIsFreedByItsHolderOnly() {
        Call holder = call("a", CallState.PARKED);
        hold(holder);
        store.save(call("b", CallState.RESERVED), PlaceOrder.free(PLACE));
        assertThat(store.at(TENANT, List.of(PLACE))).isPresent();
        store.save(holder, PlaceOrder.free(PLACE));
        assertThat(store.at(TENANT, List.of(PLACE))).isEmpty();
    }

    @Test
    void aPlaceWhoseCallIsGoneIsFree() {
        hold(call("a", CallState.PARKED));
        try (var jedis = REDIS.jedis()) {
            jedis.del(SHARD + ":call:" + TENANT + ":a");
        }
        assertThat(store.at(TENANT, List.of(PLACE))).isEmpty();
        hold(call("b", CallState.RESERVED));
    }

    /** Nothing but the record, for the events that cross the end. */
    @ParameterizedTest
    @EnumSource(value = CallState.class, names = {"ABANDONED", "EXPIRED", "ENDED"})
    void theEndLeavesNothingForLong(CallState end) {
        Call call = call("a", CallState.PARKED);
        call.timers.put("bye:x", 5L);
        hold(call);
        assertThat(keys()).hasSize(5);
        call.state = end;
        call.timers.clear();
        assertThat(store.save(call, PlaceOrder.free(PLACE))).isInstanceOf(SaveOutcome.Saved.class);
        assertThat(keys()).containsExactly(SHARD + ":ended:" + TENANT + ":a");
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.ttl(SHARD + ":ended:" + TENANT + ":a")).isBetween(1L, 32L);
        }
        assertThat(store.at(TENANT, List.of(PLACE))).isEmpty();
    }

    @Test
    void aCallThatIsDiscardedWasNeverThere() {
        Call call = call("a", CallState.RESERVED);
        call.timers.put("bye:x", 5L);
        hold(call);
        store.discard(call);
        assertThat(keys()).containsExactly(SHARD + ":ended:" + TENANT + ":a");
        hold(call("b", CallState.RESERVED));
    }

    @Test
    void remembersCancels() {
        assertThat(store.isCancelled("c", 1)).isFalse();
        store.noteCancel("c", 1);
        assertThat(store.isCancelled("c", 1)).isTrue();
        assertThat(store.isCancelled("c", 2)).isFalse();
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.ttl("cancelled:c|1")).isBetween(1L, 32L);
        }
    }

    @Test
    void theEndIsACompareAndSetToo() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        Call stale = store.load(call.owner()).orElseThrow();
        hold(call);
        stale.state = CallState.ABANDONED;
        assertThat(store.save(stale, PlaceOrder.NONE)).isInstanceOf(SaveOutcome.Conflict.class);
        assertThat(store.at(TENANT, List.of(PLACE))).isPresent();
    }

    @Test
    void keepsTheIndexOfDialogs() {
        assertThat(store.claimDialog("d", "t/a")).isEmpty();
        assertThat(store.claimDialog("d", "t/a")).as("our own claim again").isEmpty();
        assertThat(store.claimDialog("d", "t/b")).contains("t/a");
        assertThat(store.dialogOwner("d")).contains("t/a");
        store.takeDialog("d", "t/b");
        assertThat(store.dialogOwner("d")).contains("t/b");
        store.takeDialog("e", "t/a");
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.ttl("own:e")).isBetween(86_300L, 86_400L);
            store.releaseDialog("e", "t/b").await();
            assertThat(jedis.ttl("own:e")).as("released by another owner").isGreaterThan(32);
            store.releaseDialog("e", "t/a").await();
            assertThat(jedis.ttl("own:e")).isBetween(1L, 32L);
        }
    }

    @Test
    void listsParkedCallsOldestFirst() {
        for (int i = 3; i >= 1; i--) {
            Call call = call("c" + i, CallState.PARKED);
            call.parkedAtMillis = 1_000L * i;
            store.save(call, PlaceOrder.NONE);
        }
        store.save(call("r", CallState.RESERVED), PlaceOrder.NONE);
        assertThat(store.parked(TENANT, 10)).extracting(c -> c.id).containsExactly("c1", "c2", "c3");
        assertThat(store.parked(TENANT, 2)).extracting(c -> c.id).containsExactly("c1", "c2");
        Call taken = store.load(TENANT + "/c1").orElseThrow();
        taken.state = CallState.RETRIEVED;
        store.save(taken, PlaceOrder.NONE);
        assertThat(store.parked(TENANT, 10)).extracting(c -> c.id).containsExactly("c2", "c3");
        assertThat(store.parked("other.example", 10)).isEmpty();
    }

    @Test
    void sendsItsScriptsAgainToAServerThatForgotThem() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        for (int i = 0; i < 3; i++) {
            try (var jedis = REDIS.jedis()) {
                jedis.scriptFlush();
            }
            assertThat(store.at(TENANT, List.of(PLACE))).isPresent();
            try (var jedis = REDIS.jedis()) {
                jedis.scriptFlush();
            }
            hold(call);
        }
        try (var jedis = REDIS.jedis()) {
            jedis.scriptFlush();
        }
        call.state = CallState.ENDED;
        assertThat(store.save(call, PlaceOrder.NONE)).isInstanceOf(SaveOutcome.Saved.class);
    }

    @Test
    void aCallThatGoesToAnotherPlaceGivesItsOwnUpOnlyWhenItGetsTheOther() {
        Call call = call("a", CallState.RETRIEVED);
        hold(call);
        Call other = call("b", CallState.PARKED);
        store.save(other, PlaceOrder.hold("ext:102"));
        assertThat(store.save(call, PlaceOrder.hold("ext:102").insteadOf(PLACE)))
                .isInstanceOf(SaveOutcome.PlaceTaken.class);
        assertThat(store.at(TENANT, List.of(PLACE))).map(found -> found.id).contains("a");
        assertThat(store.save(call, PlaceOrder.hold("ext:103").insteadOf(PLACE))).isInstanceOf(SaveOutcome.Saved.class);
        assertThat(store.at(TENANT, List.of(PLACE))).isEmpty();
        assertThat(store.at(TENANT, List.of("ext:103"))).map(found -> found.id).contains("a");

        call.place = "ext:103";
        assertThat(store.save(call, PlaceOrder.hold("ext:104").insteadOf("ext:102")))
                .isInstanceOf(SaveOutcome.Saved.class);
        assertThat(store.at(TENANT, List.of("ext:102"))).as("of another call").map(found -> found.id).contains("b");
    }

    @Test
    void aFrozenServerIsUnavailableInTimeAndWorksAgainLater() {
        Call call = call("a", CallState.PARKED);
        hold(call);
        var strict = strict();
        REDIS.freeze();
        try {
            for (int i = 0; i < 2; i++) {
                long started = System.nanoTime();
                assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> strict.load(call.owner()));
                assertThatExceptionOfType(StoreUnavailableException.class)
                        .isThrownBy(() -> strict.at(TENANT, List.of(PLACE)));
                assertThat(Duration.ofNanos(System.nanoTime() - started))
                        .isLessThan(LIMIT.multipliedBy(6));
            }
        } finally {
            REDIS.thaw();
        }
        Awaitility.await()
                .atMost(AMPLE)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(strict.load(call.owner())).isPresent());
        hold(call);
    }

    /** More commands than the pool has connections: all of them waited on the frozen server. */
    @Test
    void manyWaitersOfAFrozenServerLeaveNoConnectionBroken() throws Exception {
        Call call = call("a", CallState.PARKED);
        hold(call);
        var strict = strict();
        REDIS.freeze();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = IntStream.range(0, 60)
                    .mapToObj(i -> threads.submit(() -> strict.load(call.owner())))
                    .toList();
            for (var one : waiting) {
                assertThatExceptionOfType(java.util.concurrent.ExecutionException.class)
                        .isThrownBy(() -> one.get(AMPLE.toSeconds(), TimeUnit.SECONDS))
                        .withCauseInstanceOf(StoreUnavailableException.class);
            }
        } finally {
            REDIS.thaw();
        }
        Awaitility.await()
                .atMost(AMPLE)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(strict.load(call.owner())).isPresent());
        for (int i = 0; i < 200; i++) {
            assertThat(strict.load(call.owner())).as("command %s after the thaw", i).isPresent();
        }
    }

    @Test
    void exactlyOneOfTwoConcurrentClaimsWins() throws Exception {
        Call call = call("a", CallState.PARKED);
        hold(call);
        var barrier = new CyclicBarrier(2);
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 1_000; round++) {
                long epoch = store.load(call.owner()).orElseThrow().epoch;
                var claims = new ArrayList<java.util.concurrent.Future<SaveOutcome>>();
                for (String who : List.of("201", "202")) {
                    claims.add(threads.submit(() -> {
                        Call copy = store.load(call.owner()).orElseThrow();
                        copy.state = CallState.CONNECTING;
                        copy.retriever = who;
                        barrier.await();
                        return store.save(copy, PlaceOrder.hold(PLACE));
                    }));
                }
                var outcomes = new ArrayList<SaveOutcome>();
                for (var claim : claims) {
                    outcomes.add(claim.get(10, TimeUnit.SECONDS));
                }
                assertThat(outcomes).as("round %s", round)
                        .containsExactlyInAnyOrder(new SaveOutcome.Saved(List.of()), new SaveOutcome.Conflict());
                Call now = store.load(call.owner()).orElseThrow();
                assertThat(now.epoch).isEqualTo(epoch + 1);
                assertThat(now.retriever)
                        .isEqualTo(outcomes.getFirst() instanceof SaveOutcome.Saved ? "201" : "202");
            }
        }
    }

    @Test
    void readsEveryFieldAsItWasWritten() throws Exception {
        var call = new Call();
        fill(call);
        call.version = Call.VERSION;
        call.id = "a";
        call.tenant = TENANT;
        call.epoch = 0;
        call.state = CallState.CONNECTING;
        var leg = new Leg();
        fill(leg);
        leg.role = Role.RETRIEVER;
        leg.routeSet = List.of("<sip:p1;lr>", "<sip:p2;lr>");
        call.legs.put(leg.id, leg);
        var plain = new Leg();
        plain.id = "plain";
        call.legs.put(plain.id, plain);
        var transaction = new ServerTransaction("INVITE", 7, "1:2", "http://c", List.of("v1", "v2"), List.of("r1"),
                "<sip:a>;tag=1", "<sip:b>", "udp:1.2.3.4:5");
        for (Pending.Purpose purpose : Pending.Purpose.values()) {
            var pending = new Pending(leg.id, purpose.ordinal(), "INVITE", purpose, "m", "sdp\r\n\"é", 2,
                    purpose.ordinal() % 2 == 0 ? transaction : null, purpose.ordinal() % 2 == 0 ? leg.id : "");
            call.pending.put(pending.key(), pending);
        }
        var empty = new Pending("", 0, "", Pending.Purpose.PARK, "", "", 0,
                new ServerTransaction("", 0, "", "", List.of(), List.of(), "", "", ""), "");
        call.pending.put("empty", empty);
        call.unacknowledged.put(leg.id, new Call.Unacknowledged("SIP/2.0 200 OK\r\n", "sip:x", 9, 7));
        call.unacknowledged.put("tcp", new Call.Unacknowledged("", "", 0, 0));
        call.timers.put("bye:x", 1L << 50);
        call.timers.put("zero", 0L);
        call.told.add("102");
        assertThat(store.save(call, PlaceOrder.NONE)).isInstanceOf(SaveOutcome.Saved.class);

        Call read = store.load(call.owner()).orElseThrow();
        assertThat(read).usingRecursiveComparison().isEqualTo(call);
        assertThat(List.copyOf(read.legs.keySet())).isEqualTo(List.copyOf(call.legs.keySet()));
    }

    /** Gives every field of a simple type a value that is not its default. */
    private static void fill(Object target) throws IllegalAccessException {
        for (Field field : target.getClass().getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            if (field.getType() == String.class) {
                field.set(target, "value of " + field.getName() + " \"\\\r\né");
            } else if (field.getType() == long.class) {
                field.setLong(target, 1_234_567_890_123L);
            } else if (field.getType() == int.class) {
                field.setInt(target, 7);
            } else if (field.getType() == boolean.class) {
                field.setBoolean(target, !field.getBoolean(target));
            } else if (field.getType() == ParkTerms.class) {
                field.set(target, new ParkTerms(RetrievalRule.SAME_POLICY, "p", "g", true, true, 7,
                        new RecallPlan(List.of(new RecallPlan.Stage(1, List.of("101"), 2, "102")), 3, "x"),
                        new SoundVersion("jazz", "v1", "a".repeat(64)), new RetrievalPin("c2FsdA==:a2V5", 4), false));
            } else if (field.getType() == PinEntry.class) {
                field.set(target, new PinEntry("a", "a.1", "ext:101", "12", PinEntry.Means.INFO, 1, true,
                        Refusal.WRONG_PIN));
            } else {
                assertThat(Map.class.isAssignableFrom(field.getType()) || List.class.isAssignableFrom(field.getType())
                        || field.getType().isEnum())
                        .as("the test knows the type of " + field.getName())
                        .isTrue();
            }
        }
    }

    @Test
    void tellsWhatAnEventGotInsteadOfTheCall() {
        Call call = call("a", CallState.PARKED);
        var event = new HandledEvent("c1@h|tag|7|BYE", "edge-1-5", "[{\"do\":\"reply\"}]\nand more");
        store.save(call, PlaceOrder.NONE, event, Optional.empty());
        assertThat(store.load(call.owner(), event.key())).isEqualTo(new CallStore.Found.Before(event));
        assertThat(store.load(call.owner(), "another")).isInstanceOf(CallStore.Found.Now.class);
        assertThat(store.load(TENANT + "/b", event.key())).isEqualTo(new CallStore.Found.Nothing());
        assertThat(store.load("nobody", event.key())).isEqualTo(new CallStore.Found.Nothing());
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.ttl(SHARD + ":event:" + TENANT + ":a:" + event.key())).isBetween(30L, 32L);
        }
    }

    @Test
    void keepsNoEventOfAWriteThatLost() {
        Call call = call("a", CallState.PARKED);
        store.save(call, PlaceOrder.NONE);
        Call stale = store.load(call.owner()).orElseThrow();
        store.save(call, PlaceOrder.NONE);
        var event = new HandledEvent("key", "c", "[]");
        assertThat(store.save(stale, PlaceOrder.NONE, event, Optional.empty()))
                .isInstanceOf(SaveOutcome.Conflict.class);
        stale.state = CallState.ENDED;
        assertThat(store.save(stale, PlaceOrder.NONE, event, Optional.empty()))
                .isInstanceOf(SaveOutcome.Conflict.class);
        assertThat(store.load(call.owner(), "key")).isInstanceOf(CallStore.Found.Now.class);
    }

    @Test
    void knowsTheEventThatEndedACall() {
        Call call = call("a", CallState.PARKED);
        store.save(call, PlaceOrder.NONE);
        call.state = CallState.ENDED;
        var event = new HandledEvent("key", "c", "[]");
        store.save(call, PlaceOrder.NONE, event, Optional.empty());
        assertThat(store.load(call.owner(), "key")).isEqualTo(new CallStore.Found.Before(event));
    }

    @Test
    void entersTheDialogOfAnInviteAndSeesTheCancelThatWasQuicker() {
        assertThat(store.enterDialog("c1", 7, TENANT + "/a").await()).isFalse();
        assertThat(store.dialogOwner("c1")).contains(TENANT + "/a");
        store.noteCancel("c2", 7);
        assertThat(store.enterDialog("c2", 8, TENANT + "/a").await()).isFalse();
        assertThat(store.enterDialog("c2", 7, TENANT + "/b").await()).isTrue();
        assertThat(store.dialogOwner("c2")).contains(TENANT + "/b");
    }

    @Test
    void readsRecordsOfOtherVersions() {
        String key = SHARD + ":call:" + TENANT + ":old";
        try (var jedis = REDIS.jedis()) {
            jedis.hset(key, Map.of("epoch", "7", "state", "PARKED", "data", """
                    {"id": "old", "tenant": "acme.example", "state": "PARKED", "colour": {"of": ["tomorrow"]},
                     "legs": {"w": {"id": "w", "callId": "c", "future": true}},
                     "pending": {"w:1": {"leg": "w", "cseq": 1, "method": "INVITE", "purpose": "PARK", "new": 1}}}"""));
        }
        Call call = store.load(TENANT + "/old").orElseThrow();
        assertThat(call.epoch).isEqualTo(7);
        assertThat(call.timers).isEmpty();
        Leg leg = call.legs.get("w");
        assertThat(leg.role).isEqualTo(Role.PARKED);
        assertThat(leg.remoteCseq).isEqualTo(-1);
        assertThat(leg.routeSet).isEmpty();
        assertThat(call.pending.get("w:1").cseq()).isEqualTo(1);
        call.state = CallState.CONNECTING;
        assertThat(store.save(call, PlaceOrder.NONE)).isInstanceOf(SaveOutcome.Saved.class);
        assertThat(data("old")).as("what this version does not know is kept")
                .contains("\"colour\":{\"of\":[\"tomorrow\"]}", "\"future\":true", "\"version\":1");
    }

    private static String data(String id) {
        try (var jedis = REDIS.jedis()) {
            return jedis.hget(SHARD + ":call:" + TENANT + ":" + id, "data");
        }
    }

    /** Its state may be one that this version has never heard of. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{\"version\": 2, \"id\": \"next\", \"tenant\": \"acme.example\", \"state\": \"PARKED\"}",
        "{\"id\": \"next\", \"tenant\": \"acme.example\", \"state\": \"LEVITATING\", \"version\": 2}",
        "{\"version\": 3, \"legs\": [\"a list now\"]}"
    })
    void leavesARecordOfALaterVersionAlone(String json) {
        String key = SHARD + ":call:" + TENANT + ":next";
        try (var jedis = REDIS.jedis()) {
            jedis.hset(key, Map.of("epoch", "7", "state", "PARKED", "data", json));
            jedis.zadd(SHARD + ":place:" + TENANT + ":ext:909", 1, TENANT + "/next");
            jedis.zadd(SHARD + ":parked:" + TENANT, 1, TENANT + "/next");
        }
        assertThatExceptionOfType(UnknownVersionException.class).isThrownBy(() -> store.load(TENANT + "/next"));
        assertThatExceptionOfType(UnknownVersionException.class)
                .isThrownBy(() -> store.load(TENANT + "/next", "an event"));
        assertThatExceptionOfType(UnknownVersionException.class)
                .isThrownBy(() -> store.at(TENANT, List.of("ext:909")));
        assertThatExceptionOfType(UnknownVersionException.class).isThrownBy(() -> store.parked(TENANT, 10));
        assertThat(data("next")).isEqualTo(json);
    }

    @Test
    void doesNotSayWhatIsInARecordThatCannotBeRead() {
        try (var jedis = REDIS.jedis()) {
            jedis.hset(SHARD + ":call:" + TENANT + ":bad", Map.of("epoch", "1", "data", "{\"parker\": secret"));
        }
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> store.load(TENANT + "/bad"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void keepsTheKeysOfATenantInOneSlot() {
        assertThat(IntStream.range(0, 200).map(i -> KEYS.shard("tenant" + i + ".example"))).containsOnly(0, 1, 2, 3);
        assertThat(KEYS.call(TENANT, "x")).startsWith(SHARD + ":");
        assertThat(KEYS.places(TENANT)).startsWith(SHARD + ":");
        assertThat(KEYS.parked(TENANT)).startsWith(SHARD + ":");
        assertThat(KEYS.held(TENANT)).startsWith(SHARD + ":");
        assertThat(KEYS.orbits(TENANT)).startsWith(SHARD + ":");
        assertThat(KEYS.lastOrbits(TENANT)).startsWith(SHARD + ":");
        assertThat(KEYS.due(TENANT)).startsWith(SHARD + ":");
    }
}
