package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.PlaceWish;
import io.mooring.call.PlaceWish.NextOrbit;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Places of parked calls on a real Redis: who gets which, who waits first, and that none is lost. */
class PlacesIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final Keys KEYS = new Keys(4);
    private static final int MANY = 1_000_000;

    private static Vertx vertx;
    private static final List<RedisAccess> CONNECTIONS = new ArrayList<>();
    /** Those of three nodes. */
    private static final List<CallStore> STORES = new ArrayList<>();

    private static CallStore store;

    @BeforeAll
    static void connect() {
        vertx = Vertx.vertx();
        for (int i = 0; i < 3; i++) {
            CONNECTIONS.add(REDIS.connect(vertx, Duration.ofSeconds(30)));
            STORES.add(new CallStore(CONNECTIONS.getLast(), KEYS));
        }
        store = STORES.getFirst();
    }

    @AfterAll
    static void close() throws Exception {
        CONNECTIONS.forEach(RedisAccess::close);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Call call(String id) {
        var call = new Call();
        call.tenant = TENANT;
        call.id = id;
        call.state = CallState.PARKED;
        call.parkedAtMillis = 1_000;
        return call;
    }

    private static SaveOutcome take(Call call, PlaceWish wish) {
        return store.save(call, PlaceOrder.take(wish, 1, MANY));
    }

    private static Call parked(String id, PlaceWish wish) {
        Call call = call(id);
        assertThat(take(call, wish)).isEqualTo(new SaveOutcome.Saved(List.of()));
        return call;
    }

    private static void end(CallStore at, Call call) {
        call.state = CallState.ENDED;
        assertThat(at.save(call, PlaceOrder.free(call.place))).isEqualTo(new SaveOutcome.Saved(List.of()));
    }

    private static long takenOrbits() {
        try (var jedis = REDIS.jedis()) {
            return jedis.bitcount(KEYS.orbits(TENANT));
        }
    }

    private static void assertNoneLeaked() {
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.bitcount(KEYS.orbits(TENANT))).isZero();
            assertThat(jedis.keys("*:place:*")).isEmpty();
            assertThat(jedis.keys("*:held:*")).isEmpty();
        }
    }

    // --- orbits -----------------------------------------------------------------------------------------------------

    @Test
    void orbitsAreGivenInTurnAndRoundAgain() {
        var range = new NextOrbit(10, 12);
        Call first = parked("a", range);
        assertThat(first.place).isEqualTo("orbit:10");
        end(store, first);
        assertThat(parked("b", range).place).as("not the one that has just been freed").isEqualTo("orbit:11");
        Call third = parked("c", range);
        assertThat(third.place).isEqualTo("orbit:12");
        assertThat(parked("d", range).place).isEqualTo("orbit:10");
        Call late = call("e");
        assertThat(take(late, range)).isEqualTo(new SaveOutcome.RangeFull());
        assertThat(late.epoch).isZero();
        end(store, third);
        assertThat(parked("f", range).place).isEqualTo("orbit:12");
        assertThat(takenOrbits()).isEqualTo(3);
    }

    @Test
    void whatTheCallSaysOfItsPlaceIsWhatRedisSays() {
        Call call = parked("a", new NextOrbit(42, 42));
        assertThat(store.load(call.owner())).get().extracting(c -> c.place).isEqualTo("orbit:42");
        assertThat(store.at(TENANT, List.of("orbit:42"))).get().extracting(c -> c.place).isEqualTo("orbit:42");
        assertThat(store.save(call, PlaceOrder.NONE)).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(store.load(call.owner())).get().extracting(c -> c.place).isEqualTo("orbit:42");
    }

    /** Retrieved, and parked there once more before the place is free: the REFER may overtake the ACK. It waits behind those who were there. */
    @Test
    void whoIsParkedAgainAtItsOwnPlaceIsBehindTheOthers() {
        var place = new PlaceWish.At("ext:101");
        for (var id : List.of("a", "b")) {
            assertThat(store.save(call(id), PlaceOrder.take(place, 2, MANY)))
                    .isEqualTo(new SaveOutcome.Saved(List.of()));
        }
        Call again = store.at(TENANT, List.of("ext:101")).orElseThrow();
        assertThat(again.id).isEqualTo("a");
        assertThat(store.save(again, PlaceOrder.take(place, 2, MANY).insteadOf("ext:101")))
                .isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(store.at(TENANT, List.of("ext:101"))).get().extracting(call -> call.id).isEqualTo("b");
        assertThat(store.save(again, PlaceOrder.hold("ext:101"))).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(store.at(TENANT, List.of("ext:101"))).get().extracting(call -> call.id).isEqualTo("b");
    }

    @Test
    void overlappingRangesShareTheirNumbers() {
        assertThat(parked("a", new NextOrbit(10, 12)).place).isEqualTo("orbit:10");
        assertThat(parked("b", new NextOrbit(9 + 1, 99)).place).isEqualTo("orbit:11");
        assertThat(parked("c", new NextOrbit(11, 13)).place).isEqualTo("orbit:12");
        assertThat(take(call("d"), new NextOrbit(10, 12))).isEqualTo(new SaveOutcome.RangeFull());
        assertThat(parked("e", new NextOrbit(12, 13)).place).isEqualTo("orbit:13");
    }

    @Test
    void aChosenOrbitIsTakenOnceAndNotGivenOut() {
        Call chosen = parked("a", new PlaceWish.At("orbit:10"));
        assertThat(take(call("b"), new PlaceWish.At("orbit:10")))
                .isEqualTo(new SaveOutcome.PlaceTaken(chosen.owner()));
        assertThat(parked("c", new NextOrbit(10, 11)).place).isEqualTo("orbit:11");
        end(store, chosen);
        assertThat(parked("d", new NextOrbit(10, 11)).place).isEqualTo("orbit:10");
    }

    @Test
    void anOrbitIsFreeWhenItsCallIsRetrieved() {
        Call call = parked("a", new NextOrbit(10, 10));
        String place = call.place;
        call.state = CallState.RETRIEVED;
        call.place = "";
        assertThat(store.save(call, PlaceOrder.free(place))).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(parked("b", new NextOrbit(10, 10)).place).isEqualTo("orbit:10");
    }

    @Test
    void aReservationHandsItsOrbitOver() {
        Call announcement = parked("a", new NextOrbit(10, 10));
        Call call = call("b");
        call.reservation = announcement.owner();
        assertThat(take(call, new PlaceWish.At("orbit:10"))).isEqualTo(new SaveOutcome.Saved(List.of()));
        end(store, announcement);
        assertThat(takenOrbits()).isOne();
        assertThat(take(call("c"), new NextOrbit(10, 10))).isEqualTo(new SaveOutcome.RangeFull());
        end(store, call);
        assertNoneLeaked();
    }

    @Test
    void aCallThatGoesToAnotherOrbitFreesItsOwn() {
        Call call = parked("a", new NextOrbit(10, 10));
        assertThat(store.save(call, PlaceOrder.take(new NextOrbit(20, 20), 1, MANY).insteadOf("orbit:10")))
                .isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(call.place).isEqualTo("orbit:20");
        assertThat(parked("b", new NextOrbit(10, 10)).place).isEqualTo("orbit:10");
    }

    @Test
    void anOrbitWhoseCallWasForgottenIsFoundWhenTheRangeIsFull() {
        Call lost = parked("lost", new NextOrbit(10, 11));
        parked("b", new NextOrbit(10, 11));
        try (var jedis = REDIS.jedis()) {
            jedis.del(KEYS.call(TENANT, lost.id), KEYS.places(TENANT) + lost.place);
            assertThat(parked("c", new NextOrbit(10, 11)).place).isEqualTo("orbit:10");

            Call other = store.load(TENANT + "/c").orElseThrow();
            jedis.del(KEYS.call(TENANT, other.id), KEYS.places(TENANT) + other.place);
            assertThat(take(call("d"), new NextOrbit(10, 11))).as("within the same minute")
                    .isEqualTo(new SaveOutcome.RangeFull());
            jedis.hincrBy(KEYS.lastOrbits(TENANT), "swept:10-11", -60);
            assertThat(parked("e", new NextOrbit(10, 11)).place).isEqualTo("orbit:10");
        }
    }

    @Test
    void anOrbitWhoseCallWasForgottenIsFreeToWhoeverLooksThere() {
        Call lost = parked("lost", new NextOrbit(10, 10));
        try (var jedis = REDIS.jedis()) {
            jedis.del(KEYS.call(TENANT, lost.id));
        }
        assertThat(store.at(TENANT, List.of("orbit:10"))).isEmpty();
        assertNoneLeaked();
    }

    @Test
    void aBitThatWasLostGivesNoOrbitTwice() {
        parked("a", new NextOrbit(10, 12));
        parked("b", new PlaceWish.At("orbit:11"));
        try (var jedis = REDIS.jedis()) {
            jedis.del(KEYS.orbits(TENANT), KEYS.lastOrbits(TENANT));
        }
        assertThat(parked("c", new NextOrbit(10, 12)).place).isEqualTo("orbit:12");
    }

    /** What the scripts do, done once more in Java: every outcome of thousands of parks, choices and ends is the same. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void allocationFollowsItsModel(long seed) {
        var random = new Random(seed);
        var ranges = List.of(new NextOrbit(10, 12), new NextOrbit(11, 19), new NextOrbit(10, 30),
                new NextOrbit(63, 65));
        Map<NextOrbit, Integer> last = new HashMap<>();
        Map<Integer, Call> taken = new HashMap<>();
        for (int i = 0; i < 2_000; i++) {
            if (random.nextInt(100) < 45 && !taken.isEmpty()) {
                int orbit = List.copyOf(taken.keySet()).get(random.nextInt(taken.size()));
                end(store, taken.remove(orbit));
                continue;
            }
            Call call = call("c" + i);
            if (random.nextInt(10) == 0) {
                int orbit = 10 + random.nextInt(21);
                boolean free = !taken.containsKey(orbit);
                assertThat(take(call, new PlaceWish.At("orbit:" + orbit)) instanceof SaveOutcome.Saved).isEqualTo(free);
                if (free) {
                    taken.put(orbit, call);
                }
                continue;
            }
            NextOrbit range = ranges.get(random.nextInt(ranges.size()));
            int size = range.last() - range.first() + 1;
            int after = last.getOrDefault(range, range.first() - 1) - range.first() + 1;
            var expected = IntStream.range(0, size)
                    .map(step -> range.first() + (after + step) % size)
                    .filter(orbit -> !taken.containsKey(orbit))
                    .findFirst();
            SaveOutcome outcome = take(call, range);
            if (expected.isEmpty()) {
                assertThat(outcome).isEqualTo(new SaveOutcome.RangeFull());
            } else {
                assertThat(call.place).as("call %s of %s", i, range).isEqualTo("orbit:" + expected.getAsInt());
                taken.put(expected.getAsInt(), call);
                last.put(range, expected.getAsInt());
            }
            assertThat(takenOrbits()).isEqualTo(taken.size());
        }
        taken.values().forEach(call -> end(store, call));
        assertNoneLeaked();
    }

    /** 10,000 parks from three nodes at once, each of which ends after some others. */
    @ParameterizedTest
    @CsvSource({"10, 19", "10, 99", "10, 9999"})
    void noOrbitIsGivenTwiceAndNoneLeaks(int first, int last) throws Exception {
        int size = last - first + 1;
        var range = new NextOrbit(first, last);
        var holders = new AtomicIntegerArray(10_000);
        var given = new AtomicIntegerArray(10_000);
        var parks = new AtomicInteger();
        int atOnce = Math.max(1, Math.min(size, 3_000) / 12);
        try (var threads = Executors.newFixedThreadPool(12)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int worker = 0; worker < 12; worker++) {
                CallStore mine = STORES.get(worker % 3);
                workers.add(threads.submit(() -> {
                    Queue<Call> held = new ArrayDeque<>();
                    for (int number = parks.incrementAndGet(); number <= 10_000; number = parks.incrementAndGet()) {
                        Call call = call("c" + number);
                        while (mine.save(call, PlaceOrder.take(range, 1, MANY)) instanceof SaveOutcome.RangeFull) {
                            assertThat(size).as("room for all").isLessThan(12 * atOnce + 12);
                            if (!held.isEmpty()) {
                                free(mine, held.remove(), holders);
                            }
                        }
                        int orbit = Integer.parseInt(call.place.substring("orbit:".length()));
                        assertThat(orbit).isBetween(first, last);
                        assertThat(holders.incrementAndGet(orbit)).as("calls at orbit %s", orbit).isOne();
                        given.incrementAndGet(orbit);
                        held.add(call);
                        if (held.size() >= atOnce) {
                            free(mine, held.remove(), holders);
                        }
                    }
                    held.forEach(call -> free(mine, call, holders));
                }));
            }
            for (Future<?> worker : workers) {
                worker.get(120, TimeUnit.SECONDS);
            }
        }
        assertThat(IntStream.range(0, 10_000).map(given::get).sum()).isEqualTo(10_000);
        int rounds = 10_000 / size;
        assertThat(IntStream.rangeClosed(first, last).map(given::get)).as("each in its turn")
                .allMatch(times -> times >= Math.min(rounds / 2, 1));
        assertNoneLeaked();
    }

    private static void free(CallStore at, Call call, AtomicIntegerArray holders) {
        holders.decrementAndGet(Integer.parseInt(call.place.substring("orbit:".length())));
        end(at, call);
    }

    /** What the server spends on the write of a park, by the size of the range; docs/benchmarks.md has a measurement. */
    @Test
    void aLargeRangeCostsNoMoreThanASmallOne() {
        Map<String, Double> micros = new HashMap<>();
        micros.put("extension", cost(new PlaceWish.At("ext:101")));
        for (var range : List.of(new NextOrbit(10, 19), new NextOrbit(10, 99), new NextOrbit(10, 9_999))) {
            micros.put("empty " + range.last(), cost(range));
        }
        for (var range : List.of(new NextOrbit(10, 19), new NextOrbit(10, 99), new NextOrbit(10, 9_999))) {
            REDIS.flush();
            try (var jedis = REDIS.jedis(); var pipeline = jedis.pipelined()) {
                // One orbit is free, and the last one that was given is the one after it: the whole range has to be looked through.
                for (int orbit = range.first(); orbit <= range.last(); orbit++) {
                    pipeline.setbit(KEYS.orbits(TENANT), orbit, orbit != range.first() + 1);
                }
                pipeline.hset(KEYS.lastOrbits(TENANT), range.first() + "-" + range.last(),
                        Integer.toString(range.first() + 1));
                pipeline.sync();
            }
            micros.put("one free " + range.last(), cost(range));
        }
        System.out.println("save_call and end_call, µs of the server a park: " + new java.util.TreeMap<>(micros));
        assertThat(micros.get("one free 9999")).isLessThan(3 * micros.get("one free 19") + 20);
        assertThat(micros.get("empty 9999")).isLessThan(3 * micros.get("empty 19") + 20);
    }

    private static double cost(PlaceWish wish) {
        for (int i = 0; i < 1_000; i++) {
            end(store, parked("warm" + i, wish));
        }
        return REDIS.statsOf(() -> {
            for (int i = 0; i < 2_000; i++) {
                end(store, parked("c" + i, wish));
            }
        })
                .stream()
                .filter(it -> it.startsWith("cmdstat_evalsha:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll(".*,usec=([0-9]+).*", "$1")))
                .sum() / 2_000;
    }

    // --- more than one call at a place ------------------------------------------------------------------------------

    private static SaveOutcome take(Call call, String place, int capacity) {
        return store.save(call, PlaceOrder.take(new PlaceWish.At(place), capacity, MANY));
    }

    @Test
    void theFirstThatCameIsTheFirstThatIsRetrieved() {
        for (String id : List.of("c", "a", "b")) {
            assertThat(take(call(id), "grp:sales", 3)).isEqualTo(new SaveOutcome.Saved(List.of()));
        }
        assertThat(take(call("d"), "grp:sales", 3)).isEqualTo(new SaveOutcome.PlaceTaken(TENANT + "/c"));
        for (String id : List.of("c", "a", "b")) {
            Call next = store.at(TENANT, List.of("grp:sales")).orElseThrow();
            assertThat(next.id).isEqualTo(id);
            end(store, next);
        }
        assertThat(store.at(TENANT, List.of("grp:sales"))).isEmpty();
        assertNoneLeaked();
    }

    /** Two who retrieve at once each get a call, when there are two. */
    @Test
    void aCallThatIsBeingRetrievedIsPassedOver() {
        take(call("a"), "ext:101", 2);
        take(call("b"), "ext:101", 2);
        Call first = store.at(TENANT, List.of("ext:101")).orElseThrow();
        first.state = CallState.CONNECTING;
        store.save(first, PlaceOrder.hold("ext:101"));
        Call second = store.at(TENANT, List.of("ext:101")).orElseThrow();
        assertThat(second.id).isEqualTo("b");
        second.state = CallState.CONNECTING;
        store.save(second, PlaceOrder.hold("ext:101"));
        assertThat(store.at(TENANT, List.of("ext:101"))).as("whom to name to a third")
                .get()
                .extracting(c -> c.id)
                .isEqualTo("a");
        first.state = CallState.PARKED;
        store.save(first, PlaceOrder.hold("ext:101"));
        assertThat(store.at(TENANT, List.of("ext:101"))).as("its turn has not changed")
                .get()
                .extracting(c -> c.id)
                .isEqualTo("a");
    }

    @Test
    void aForgottenCallTakesNoRoom() {
        take(call("a"), "ext:101", 2);
        take(call("b"), "ext:101", 2);
        try (var jedis = REDIS.jedis()) {
            jedis.del(KEYS.call(TENANT, "a"));
        }
        assertThat(take(call("c"), "ext:101", 2)).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(take(call("d"), "ext:101", 2)).isEqualTo(new SaveOutcome.PlaceTaken(TENANT + "/b"));
    }

    @Test
    void ofSeveralPlacesTheFirstWithRoomIsTaken() {
        var members = new PlaceWish.FirstOf(List.of("ext:101", "ext:102", "ext:103"));
        parked("x", new PlaceWish.At("ext:102"));
        assertThat(parked("a", members).place).isEqualTo("ext:101");
        assertThat(parked("b", members).place).isEqualTo("ext:103");
        assertThat(take(call("c"), members)).isEqualTo(new SaveOutcome.PlaceTaken(TENANT + "/a"));
    }

    @Test
    void ofSeveralPlacesTheFirstWithAWaitingCallIsFound() {
        Call connecting = parked("a", new PlaceWish.At("ext:42"));
        connecting.state = CallState.CONNECTING;
        store.save(connecting, PlaceOrder.NONE);
        parked("b", new PlaceWish.At("orbit:42"));
        assertThat(store.at(TENANT, List.of("ext:42", "orbit:42"))).get().extracting(c -> c.id).isEqualTo("b");
        assertThat(store.at(TENANT, List.of("ext:42", "orbit:43"))).get().extracting(c -> c.id).isEqualTo("a");
        assertThat(store.at(TENANT, List.of("ext:41", "orbit:41"))).isEmpty();
    }

    // --- the quota --------------------------------------------------------------------------------------------------

    private static SaveOutcome park(CallStore at, String id, int quota) {
        Call call = call(id);
        call.state = CallState.RESERVED;
        return at.save(call, PlaceOrder.take(new PlaceWish.At("ext:" + id), 1, quota));
    }

    @Test
    void aTenantParksAsManyCallsAsItMay() {
        assertThat(park(store, "1", 0)).isEqualTo(new SaveOutcome.QuotaReached());
        assertThat(park(store, "1", 2)).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(park(store, "2", 2)).isEqualTo(new SaveOutcome.Saved(List.of()));
        assertThat(park(store, "3", 2)).isEqualTo(new SaveOutcome.QuotaReached());
        Call first = store.load(TENANT + "/1").orElseThrow();
        assertThat(store.save(first, PlaceOrder.take(new PlaceWish.At("ext:9"), 1, 2).insteadOf("ext:1")))
                .as("it holds a place already")
                .isEqualTo(new SaveOutcome.Saved(List.of()));
        Call transferred = call("t");
        transferred.reservation = first.owner();
        assertThat(store.save(transferred, PlaceOrder.take(new PlaceWish.At("ext:9"), 1, 2)))
                .as("it takes the place of another")
                .isEqualTo(new SaveOutcome.Saved(List.of()));
        end(store, store.load(TENANT + "/2").orElseThrow());
        assertThat(park(store, "3", 2)).isEqualTo(new SaveOutcome.Saved(List.of()));
    }

    @Test
    void aForgottenCallCountsNoMore() {
        park(store, "1", 1);
        try (var jedis = REDIS.jedis()) {
            jedis.zadd(KEYS.held(TENANT), System.currentTimeMillis() - 1_000.0, TENANT + "/1");
        }
        assertThat(park(store, "2", 1)).isEqualTo(new SaveOutcome.Saved(List.of()));
    }

    @Test
    void threeNodesTogetherParkNoMoreThanTheQuota() throws Exception {
        var saved = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(6)) {
            List<Future<?>> parks = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                int number = i;
                parks.add(threads.submit(() -> {
                    if (park(STORES.get(number % 3), "" + number, 100) instanceof SaveOutcome.Saved) {
                        saved.incrementAndGet();
                    }
                }));
            }
            for (Future<?> park : parks) {
                park.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(saved).hasValue(100);
    }
}
