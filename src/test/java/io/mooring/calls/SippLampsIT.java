package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.calls.SippLamps.Dialect;
import io.mooring.lab.LossyRelay;
import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lamps of SIPp while calls are parked, retrieved, parked again and hang up at random, NOTIFYs are lost, late and refused, and each component is
 * killed and started again in the middle of it. Whenever the phones stand still each lamp shows what the phones and the API know to be true.
 *
 * <p>{@code -Dmooring.sipp.lamps.events=10000} does it for long.
 */
class SippLampsIT {
    private static final int EVENTS = Integer.getInteger("mooring.sipp.lamps.events", 160);
    /** Events, at the most, until something is killed; when it is up again the phones come to a standstill. */
    private static final int SECTION = Math.clamp(EVENTS / 4, 1, 500);
    private static final int LAMPS_A_KEY = 4;
    private static final int PAUSE_MILLIS = 120;
    private static final Duration RIGHT_WITHIN = Duration.ofSeconds(5);
    private static final Duration GIVEN_UP_AFTER = Duration.ofSeconds(40);
    private static final long POLL_MILLIS = 20;
    /** What took longer is told in full. */
    private static final long SLOW_MILLIS = 4_000;

    /** One lamp: a key, and the Call-ID of its subscription. */
    private record Watcher(SippLamps key, String dialog) {
        String history() {
            return key + ", " + dialog + ":\n" + key.relay().history(dialog);
        }
    }

    /** A call that waits, as the API lists it. */
    private record Parked(String place, String caller, String id) {}

    private final long seed = Long.getLong("mooring.sipp.lamps.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final KnownParks known = new KnownParks();
    private final LossyRelay.Tally tally = new LossyRelay.Tally();
    private final List<SippLamps> keys = new ArrayList<>();
    private final Map<String, List<Long>> rightAfter = new LinkedHashMap<>();

    private final long begun = System.nanoTime();
    private Stack stack;
    private Scene scene;

    @BeforeEach
    void start(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path folder) throws Exception {
        stack = Stack.start(3);
        scene = new Scene(stack, "udp");
        var api = stack.api();
        api.patchTenant(scene.tenant(),
                "{\"callsPerPlace\": 3, \"quotas\": {\"requestsPerSecond\": 1000, \"sipRequestsPerSecond\": 10000}}");
        api.putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\", \"orbits\": {\"start\": 70, \"end\": 79}, "
                + "\"recall\": {\"recallTimeoutSeconds\": 1800}}");
        api.putParkGroup(scene.tenant(), "sales", "{\"name\": \"Sales\", \"members\": [\"102\", \"104\", \"106\"]}");
        var group = List.of("grp:sales");
        var orbits = IntStream.rangeClosed(70, 79).mapToObj(orbit -> "orbit:" + orbit).toList();
        key(folder, "106", "*88101", Dialect.DIALOG, List.of("ext:101"));
        key(folder, "106", "101", Dialect.CALL_INFO, List.of("ext:101"));
        key(folder, "106", "park+71", Dialect.DIALOG, List.of("orbit:71"));
        key(folder, "106", "*8871", Dialect.CALL_INFO, List.of("orbit:71"));
        key(folder, "106", "park+70-79", Dialect.DIALOG, orbits);
        key(folder, "106", "*59", Dialect.CALL_INFO, orbits);
        key(folder, "106", "*58", Dialect.DIALOG, group);
        key(folder, "106", "*58", Dialect.CALL_INFO, group);
        key(folder, "102", "*88", Dialect.DIALOG, List.of("ext:102", "grp:sales"));
        key(folder, "102", "102", Dialect.CALL_INFO, List.of("ext:102", "grp:sales"));
        Awaitility.await().atMost(GIVEN_UP_AFTER).until(() -> wrong(Map.of()).isEmpty());
    }

    private void key(Path folder, String user, String resource, Dialect dialect, List<String> places)
            throws IOException {
        keys.add(new SippLamps(scene, folder.resolve("key" + keys.size()), tally, seed + keys.size(), LAMPS_A_KEY, user,
                resource, dialect, places));
    }

    @AfterEach
    void stop() {
        keys.forEach(SippLamps::close);
        scene.close();
        stack.close();
    }

    private List<ParkingPhone> phones(int section) {
        var name = "carol" + section;
        return List.of(
                new ParkingPhone(scene, known, random.nextLong(), "101", name + "a",
                        List.of(at("ext:101", "*68", "*88101", 3))),
                new ParkingPhone(scene, known, random.nextLong(), "102", name + "b",
                        List.of(at("ext:102", "*68", "*88102", 2), orbit(70), orbit(71))),
                new ParkingPhone(scene, known, random.nextLong(), "103", name + "c",
                        List.of(orbit(72), orbit(73), orbit(74), orbit(75))),
                new ParkingPhone(scene, known, random.nextLong(), "104", name + "d",
                        List.of(at("grp:sales", "*58", "*88", 3), orbit(79))));
    }

    private static ParkingPhone.Spot orbit(int number) {
        return at("orbit:" + number, "*59" + number, "*88" + number, 1);
    }

    private static ParkingPhone.Spot at(String place, String parkCode, String retrieveCode, int most) {
        return new ParkingPhone.Spot(place, parkCode, retrieveCode, most);
    }

    @Test
    void whateverHappensTheLastThatALampHeardIsTrue() throws Exception {
        System.out.println("lamps of SIPp: seed " + seed);
        var parts = new ArrayList<>(List.of("kamailio", "node", "redis", "rtpengine"));
        for (int section = 0; section < parts.size() || known.events() < EVENTS; section++) {
            if (section % parts.size() == 0) {
                java.util.Collections.shuffle(parts, random);
            }
            var part = parts.get(section % parts.size());
            var phones = phones(section);
            try {
                play(section, phones, part);
            } finally {
                phones.forEach(ParkingPhone::close);
            }
        }
        report();
        assertThat(tally.wrong).as("numbers and bodies of NOTIFYs").isEmpty();
        assertThat(known.lost).as("parked calls that were lost").isEmpty();
        assertThat(rightAfter.values().stream().flatMap(List::stream))
                .as("milliseconds to right lamps after a restart")
                .allMatch(millis -> millis <= RIGHT_WITHIN.toMillis());
    }

    private void play(int section, List<ParkingPhone> phones, String part) throws Exception {
        int moment = known.events() + 1 + random.nextInt(SECTION);
        var over = new AtomicBoolean();
        keys.forEach(key -> key.relay().kind(false));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (var phone : phones) {
                running.add(threads.submit(() -> {
                    phone.run(() -> !over.get(), PAUSE_MILLIS);
                    return null;
                }));
            }
            long up;
            try {
                Awaitility.await().atMost(Duration.ofMinutes(3)).until(() -> known.events() >= moment);
                up = strike(part);
            } finally {
                over.set(true);
                keys.forEach(key -> key.relay().kind(true));
            }
            awaitRight(running, up, part + ", section " + section, part);
            for (var phone : running) {
                phone.get();
            }
        }
        long cleared = System.nanoTime();
        phones.forEach(ParkingPhone::clear);
        awaitRight(List.of(), cleared, "all have hung up, section " + section, "");
        stack.awaitNothingLeft(scene.tenant(), GIVEN_UP_AFTER);
    }

    /** @return when it was up again, {@link System#nanoTime()} */
    private long strike(String part) {
        var victim = part.equals("node") ? "node-" + (1 + random.nextInt(3)) : part;
        stack.part("kill", victim);
        stack.part("start", victim);
        return System.nanoTime();
    }

    /**
     * Waits until the phones stand still, and they, the API and all lamps say the same; notes how long it took from the restart, or from
     * when the API last told something new of where a lamp looks, until the slowest lamp showed what the API says.
     */
    private void awaitRight(List<Future<?>> running, long since, String when, String part) throws Exception {
        var rightSince = new HashMap<Watcher, Long>();
        var toldSince = new HashMap<SippLamps, Long>();
        var told = new HashMap<SippLamps, List<Parked>>();
        Map<Watcher, String> wrong = Map.of();
        long until = 0;
        boolean agreed = false;
        while (!agreed) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            boolean still = running.stream().allMatch(Future::isDone);
            var listed = listed();
            long now = System.nanoTime();
            if (listed.isPresent()) {
                for (var key : keys) {
                    var there = at(key.places(), listed.get());
                    var before = told.put(key, there);
                    if (!there.equals(before)) {
                        toldSince.put(key, before == null ? since : now);
                    }
                }
                wrong = wrong(told);
                rightSince.keySet().removeAll(wrong.keySet());
                watchers().filter(Predicate.not(wrong::containsKey))
                        .forEach(watcher -> rightSince.putIfAbsent(watcher, now));
                agreed = still && wrong.isEmpty() && places().stream()
                        .allMatch(place -> callers(at(List.of(place), listed.get()))
                                .equals(known.at(List.of(place))));
            }
            until = still && until == 0 ? now + GIVEN_UP_AFTER.toNanos() : until;
            if (!agreed && until != 0 && now > until) {
                throw new AssertionError(when + ": " + wrong.values() + "\nthe phones know " + known.at(places())
                        + ", out of turn " + known.outOfTurn + "\nthe API " + listed + "\n"
                        + wrong.keySet().stream().map(Watcher::history).collect(Collectors.joining("\n")));
            }
        }
        long end = System.nanoTime();
        ToLongFunction<Watcher> late = watcher -> rightSince.get(watcher)
                - Math.max(since, Objects.requireNonNull(toldSince.get(watcher.key)));
        var slowest = watchers().max(Comparator.comparingLong(late)).orElseThrow();
        long millis = Math.max(0, TimeUnit.NANOSECONDS.toMillis(late.applyAsLong(slowest)));
        System.out.printf(
                "%d s, %s: %d events, %d wait, all lamps right after %d ms, all agree after %d ms; %d given up%n",
                TimeUnit.NANOSECONDS.toSeconds(end - begun), when, known.events(), known.at(places()).size(), millis,
                TimeUnit.NANOSECONDS.toMillis(end - since), known.givenUp.get());
        if (millis > SLOW_MILLIS) {
            System.out.println(slowest.history());
        }
        if (!part.isEmpty()) {
            rightAfter.computeIfAbsent(part, none -> new ArrayList<>()).add(millis);
        }
    }

    private Stream<Watcher> watchers() {
        return keys.stream().flatMap(key -> key.shown().keySet().stream().map(dialog -> new Watcher(key, dialog)));
    }

    /** What the API says is parked; nothing while a node or Redis is being started. */
    private Optional<List<Parked>> listed() {
        try {
            var found = new ArrayList<Parked>();
            stack.api()
                    .get("/tenants/" + scene.tenant() + "/parked-calls")
                    .path("items")
                    .forEach(call -> found.add(new Parked(call.path("place").asText(), call.path("number").asText(),
                            call.path("id").asText())));
            return Optional.of(found);
        } catch (AssertionError | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Those at some places, in this order, and at each the longest wait first. */
    private static List<Parked> at(List<String> places, List<Parked> listed) {
        return places.stream()
                .flatMap(place -> listed.stream().filter(call -> call.place.equals(place)))
                .toList();
    }

    private static List<String> callers(List<Parked> calls) {
        return calls.stream().map(Parked::caller).toList();
    }

    /** Lamps that are missing, or that show something else than what is told of their places. */
    private Map<Watcher, String> wrong(Map<SippLamps, List<Parked>> told) {
        var wrong = new LinkedHashMap<Watcher, String>();
        for (var key : keys) {
            var truth = told.getOrDefault(key, List.of());
            var shown = key.shown();
            if (shown.size() != key.lamps()) {
                wrong.put(new Watcher(key, ""), key + " has " + shown.size() + " lamps: " + key.complaints());
            }
            shown.forEach((dialog, now) -> {
                if (!tells(key, now, truth)) {
                    wrong.put(new Watcher(key, dialog), key + " shows " + now + " and not " + truth + " by "
                            + key.last(dialog));
                }
            });
        }
        return wrong;
    }

    /** One dialect shows all and under which ids, the other the first. */
    private static boolean tells(SippLamps key, SippLamps.Shown shown, List<Parked> truth) {
        return key.tellsAll()
                ? shown.callers().equals(callers(truth))
                        && shown.ids().equals(truth.stream().map(Parked::id).toList())
                : shown.callers().equals(callers(truth).stream().limit(1).toList());
    }

    private List<String> places() {
        return keys.stream().flatMap(key -> key.places().stream()).distinct().toList();
    }

    private void report() {
        System.out.printf(
                "lamps of SIPp: %d lamps of %d keys; events %d (parked %d, again %d, retrieved %d, hung up %d), "
                        + "given up %d, out of turn %d%n",
                keys.stream().mapToInt(SippLamps::lamps).sum(), keys.size(), known.events(),
                known.parks.get(), known.again.get(), known.retrieves.get(), known.hangUps.get(), known.givenUp.get(),
                known.outOfTurn.size());
        System.out.printf(
                "NOTIFYs %d, taken %d, subscriptions that ended by themselves %d; datagrams lost %d, answers lost %d, delayed %d; refused %d, with "
                        + "Retry-After %d, answered late %d; refreshed %d, left and come again %d%n",
                tally.notifies.get(),
                keys.stream().mapToLong(SippLamps::taken).sum(), keys.stream().mapToLong(SippLamps::ended).sum(),
                tally.lost.get(), tally.answersLost.get(),
                tally.delayed.get(), tally.refused.get(), tally.refusedForAWhile.get(), tally.late.get(),
                tally.refreshed.get(), tally.left.get());
        rightAfter
                .forEach((part, millis) -> System.out.printf("%s killed %d times, all lamps right after %s ms%n", part,
                        millis.size(), millis));
    }
}
