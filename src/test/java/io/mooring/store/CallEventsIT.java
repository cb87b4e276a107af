package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallEvent;
import io.mooring.call.CallState;
import io.mooring.call.HandledEvent;
import io.mooring.call.PlaceWish;
import io.mooring.call.Refusal;
import io.mooring.store.CallEvents.Kept;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

class CallEventsIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final Keys KEYS = new Keys(4);
    private static final Duration A_WHILE = Duration.ofSeconds(45);

    private static Vertx vertx;
    private static CallStore store;
    private static CallEvents events;

    @BeforeAll
    static void connect() {
        vertx = Vertx.vertx();
        var access = REDIS.connect(vertx, Duration.ofSeconds(30));
        store = new CallStore(access, KEYS);
        events = new CallEvents(access, KEYS);
    }

    @AfterAll
    static void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Call call(String id) {
        var call = new Call();
        call.tenant = TENANT;
        call.id = id;
        call.state = CallState.PARKED;
        call.parker = "101";
        return call;
    }

    private static Optional<CallEvent> told(CallEvent.Type type, Call call) {
        return Optional
                .of(new CallEvent(type, call.id, "", call.parker, "+4930", "", "101", List.of(), 0, "", false, false));
    }

    private static void write(Call call, CallEvent.Type type) {
        assertThat(store.save(call, PlaceOrder.NONE, HandledEvent.NONE, told(type, call)))
                .isInstanceOf(SaveOutcome.Saved.class);
    }

    private static List<String> types(List<Kept> kept) {
        return kept.stream().map(event -> event.text("call") + " " + event.text("type")).toList();
    }

    @Test
    void keepsWhatHappenedInItsOrder() {
        Call one = call("one");
        Call two = call("two");
        write(one, CallEvent.Type.PARKED);
        write(two, CallEvent.Type.PARKED);
        write(one, CallEvent.Type.RECALLING);
        one.state = CallState.ENDED;
        write(one, CallEvent.Type.ENDED);

        List<Kept> all = events.after(TENANT, "", 10).await();
        assertThat(types(all)).containsExactly("one PARKED", "two PARKED", "one RECALLING", "one ENDED");
        assertThat(types(events.of(TENANT, "one"))).containsExactly("one PARKED", "one RECALLING", "one ENDED");
        assertThat(types(events.after(TENANT, all.get(1).id(), 1).await())).containsExactly("one RECALLING");
        assertThat(types(events.before(TENANT, all.get(1).id(), 9).await())).containsExactly("one PARKED");
        assertThat(events.latest(TENANT)).isEqualTo(all.get(3).id());
        assertThat(events.of(TENANT, "three")).isEmpty();
        assertThat(events.after("other.example", "", 10).await()).isEmpty();
        assertThat(System.currentTimeMillis() - all.getFirst().atMillis()).isBetween(0L, 60_000L);
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.ttl(KEYS.events(TENANT))).isBetween(29 * 86_400L, 30 * 86_400L);
            assertThat(jedis.ttl(KEYS.timeline(TENANT, "one"))).isBetween(86_000L, 86_400L);
        }
    }

    @Test
    void keepsNothingOfAWriteThatLost() {
        Call call = call("one");
        write(call, CallEvent.Type.PARKED);
        Call stale = store.load(call.owner()).orElseThrow();
        write(call, CallEvent.Type.RECALLING);
        assertThat(store.save(stale, PlaceOrder.NONE, HandledEvent.NONE, told(CallEvent.Type.RETRIEVED, stale)))
                .isInstanceOf(SaveOutcome.Conflict.class);
        stale.state = CallState.ABANDONED;
        assertThat(store.save(stale, PlaceOrder.NONE, HandledEvent.NONE, told(CallEvent.Type.ABANDONED, stale)))
                .isInstanceOf(SaveOutcome.Conflict.class);
        assertThat(types(events.of(TENANT, "one"))).containsExactly("one PARKED", "one RECALLING");
    }

    @Test
    void keepsTheOrbitThatWasFound() {
        Call call = call("one");
        store.save(call, PlaceOrder.take(new PlaceWish.NextOrbit(17, 20), 1, 100), HandledEvent.NONE,
                told(CallEvent.Type.PARKED, call));
        assertThat(events.of(TENANT, "one")).singleElement().extracting(Kept::place).isEqualTo("orbit:17");
    }

    @Test
    void notesARefusalWithoutACall() throws Exception {
        events.note(TENANT, CallEvent.refused("102", "*88", Refusal.NOTHING_PARKED)).await(10, TimeUnit.SECONDS);
        assertThat(events.after(TENANT, "", 10).await()).singleElement()
                .extracting(it -> it.text("type"), it -> it.text("by"), it -> it.text("number"),
                        it -> it.text("reason"))
                .containsExactly("REFUSED", "102", "*88", "nothing-parked");
    }

    @Test
    void isBoundedAndKnowsWhatWasCutOff() {
        try (var jedis = REDIS.jedis()) {
            var more = jedis.pipelined();
            for (int i = 1; i <= 12_000; i++) {
                more.xadd(KEYS.events(TENANT), Map.of("place", "", "event", "{\"type\":\"ENDED\"}"),
                        XAddParams.xAddParams().id(new StreamEntryID(1_000 + i, 0)));
            }
            more.sync();
            assertThat(events.hasLost(TENANT, "1-0")).as("nothing was cut off").isFalse();
            write(call("one"), CallEvent.Type.PARKED);
            assertThat(jedis.xlen(KEYS.events(TENANT))).isBetween(10_000L, 10_200L);
        }
        assertThat(events.hasLost(TENANT, "1-0")).isTrue();
        assertThat(events.hasLost(TENANT, events.latest(TENANT))).isFalse();
        assertThat(events.hasLost("other.example", "1-0")).as("there is nothing that the reader can have read")
                .isTrue();
    }

    @Test
    void whatALaterVersionWroteKeepsItsPlaceInTheOrder() {
        try (var jedis = REDIS.jedis()) {
            jedis.xadd(KEYS.events(TENANT), StreamEntryID.NEW_ENTRY, Map.of("event", "{\"type\":\"SOLD\"}"));
            jedis.xadd(KEYS.events(TENANT), StreamEntryID.NEW_ENTRY, Map.of("event", "garbage", "more", "x"));
        }
        assertThat(events.after(TENANT, "", 10).await()).hasSize(2).allMatch(event -> event.type().isEmpty());
    }

    @Test
    void ordersIdsAsNumbers() {
        assertThat(CallEvents.compare("9-0", "10-0")).isNegative();
        assertThat(CallEvents.compare("10-9", "10-10")).isNegative();
        assertThat(CallEvents.compare("10-1", "10-1")).isZero();
    }

    @Test
    void countsThoseWhoFollow() {
        assertThat(events.follow(TENANT, "a", 1_000, A_WHILE, 2)).isTrue();
        assertThat(events.follow(TENANT, "b", 1_000, A_WHILE, 2)).isTrue();
        assertThat(events.follow(TENANT, "c", 1_000, A_WHILE, 2)).isFalse();
        assertThat(events.follow(TENANT, "a", 20_000, A_WHILE, 2)).as("who is counted already").isTrue();
        assertThat(events.follow("other.example", "c", 1_000, A_WHILE, 1)).isTrue();
        events.unfollow(TENANT, "a");
        assertThat(events.follow(TENANT, "c", 20_000, A_WHILE, 2)).isTrue();
        assertThat(events.follow(TENANT, "d", 46_001, A_WHILE, 2)).as("b was not heard of again").isTrue();
    }

    @Test
    void forgetsATenants() {
        write(call("one"), CallEvent.Type.PARKED);
        events.forget(TENANT);
        assertThat(events.after(TENANT, "", 10).await()).isEmpty();
        assertThat(events.of(TENANT, "one")).isEmpty();
    }
}
