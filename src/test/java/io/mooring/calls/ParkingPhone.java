package io.mooring.calls;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A phone that parks, retrieves and parks again at random at places that no other uses, and callers who hang up meanwhile. What it cannot know,
 * because something died under it, it makes sure of: the caller hangs up.
 */
final class ParkingPhone implements AutoCloseable {
    private static final Duration QUICK = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration AGAIN = Duration.ofMillis(250);
    private static final int MOST_CALLS = 4;

    /** Where it parks, by name of the place. */
    record Spot(String place, String parkCode, String retrieveCode, int most) {}

    /** A caller in the line, and the leg of this phone that talks to her. */
    private record Talk(TestPhone caller, Call callerSide, Call ownSide) {}

    private final Scene scene;
    private final KnownParks known;
    private final Random random;
    private final List<Spot> spots;
    private final TestPhone phone;
    private final Deque<TestPhone> idle = new ArrayDeque<>();
    private final List<Talk> talks = new ArrayList<>();
    private final Map<Spot, Deque<Talk>> parked = new LinkedHashMap<>();

    /** @param callers a prefix for their names: no two of a run have the same */
    ParkingPhone(Scene scene, KnownParks known, long seed, String extension, String callers, List<Spot> spots) {
        this.scene = scene;
        this.known = known;
        this.random = new Random(seed);
        this.spots = spots;
        phone = scene.extension(extension).oneSocketForAllCalls().open().register();
        for (int i = 0; i < MOST_CALLS; i++) {
            idle.add(scene.outside(callers + i).oneSocketForAllCalls().open());
        }
        spots.forEach(spot -> parked.put(spot, new ArrayDeque<>()));
    }

    /** Does one thing after the other. */
    void run(BooleanSupplier goesOn, int pauseMillis) throws InterruptedException {
        while (goesOn.getAsBoolean()) {
            step();
            TimeUnit.MILLISECONDS.sleep(random.nextInt(pauseMillis));
        }
    }

    private void step() {
        int waiting = parked.values().stream().mapToInt(Deque::size).sum();
        if (talks.size() + waiting == 0 || talks.isEmpty() && !idle.isEmpty() && random.nextInt(4) == 0) {
            begin();
        } else if (!talks.isEmpty() && (waiting == 0 || random.nextInt(3) > 0)) {
            park(talks.remove(random.nextInt(talks.size())), true);
        } else {
            var spot = some(spots.stream().filter(one -> !parked.get(one).isEmpty()).toList());
            if (random.nextInt(3) > 0) {
                retrieve(spot);
            } else {
                var whoever = List.copyOf(parked.get(spot));
                leaves(spot, whoever.get(random.nextInt(whoever.size())));
            }
        }
    }

    private <T> T some(List<T> several) {
        return several.get(random.nextInt(several.size()));
    }

    /** A caller is answered, and parked. */
    private void begin() {
        var caller = idle.remove();
        drain();
        var call = caller.call(phone.user());
        try {
            var own = phone.awaitCall(QUICK).answer();
            call.await(Call.State.ANSWERED, QUICK);
            own.await(Match.requestOf("ACK"), QUICK);
            park(new Talk(caller, call, own), false);
        } catch (AssertionError e) {
            giveUp(caller, call);
            register();
        }
    }

    private void park(Talk talk, boolean again) {
        var free = spots.stream().filter(spot -> parked.get(spot).size() < spot.most).toList();
        if (free.isEmpty()) {
            hangUp(talk.callerSide);
            idle.add(talk.caller);
            return;
        }
        var spot = some(free);
        try {
            int mark = talk.ownSide.journal().mark();
            int status = talk.ownSide.refer(spot.parkCode).status();
            if (status == 202 && talk.ownSide.journal()
                    .awaitSince(mark, Match.requestOf("NOTIFY").withHeader("Subscription-State", "terminated"), QUICK)
                    .body()
                    .startsWith("SIP/2.0 200 ")) {
                parked.get(spot).add(talk);
                known.parked(spot.place, talk.caller.user());
                (again ? known.again : known.parks).incrementAndGet();
                hangUp(talk.ownSide);
                return;
            }
        } catch (AssertionError e) {
            // It may be parked or not: below she hangs up, and is not.
        }
        giveUp(talk.caller, talk.callerSide);
    }

    /** The first who came is the one that it gets; another only when its first try has failed, and that one is still being taken. */
    private void retrieve(Spot spot) {
        var first = parked.get(spot).peek();
        Call own = null;
        long until = System.nanoTime() + PATIENCE.toNanos();
        var statuses = new ArrayList<Integer>();
        while (own == null && System.nanoTime() < until && first.callerSide.state() != Call.State.ENDED) {
            var attempt = phone.call(spot.retrieveCode);
            try {
                statuses.add(attempt.awaitFinalStatus(PATIENCE));
                own = statuses.getLast() == 200 ? attempt : null;
            } catch (AssertionError e) {
                statuses.add(0);
            }
            if (own == null) {
                pause();
            }
        }
        if (own == null) {
            parked.get(spot).remove(first);
            known.gone(spot.place, first.caller.user());
            if (!statuses.contains(0)) {
                known.lost.add(first.caller.user() + " at " + spot.place + ", " + first.callerSide.state()
                        + ", answers " + statuses + "\n" + first.callerSide.journal());
            }
            giveUp(first.caller, first.callerSide);
            return;
        }
        var talk = whoIs(own, spot);
        if (statuses.size() == 1 && !talk.equals(first)) {
            known.outOfTurn.add(talk.caller.user() + " was retrieved from " + spot.place + " before "
                    + first.caller.user());
        }
        parked.get(spot).remove(talk);
        known.gone(spot.place, talk.caller.user());
        known.retrieves.incrementAndGet();
        talks.add(new Talk(talk.caller, talk.callerSide, own));
    }

    /** Whom it talks to, as its display says. */
    private Talk whoIs(Call own, Spot spot) {
        var named = own.await(Match.replyTo("INVITE").withStatus(200), QUICK)
                .header("P-Asserted-Identity")
                .orElse("nobody");
        return parked.get(spot)
                .stream()
                .filter(talk -> named.contains("sip:" + talk.caller.user() + "@"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(named + " was retrieved, who is not parked at " + spot.place));
    }

    private void leaves(Spot spot, Talk talk) {
        hangUp(talk.callerSide);
        parked.get(spot).remove(talk);
        known.gone(spot.place, talk.caller.user());
        known.hangUps.incrementAndGet();
        idle.add(talk.caller);
    }

    /** All callers hang up. */
    void clear() {
        talks.forEach(talk -> {
            hangUp(talk.callerSide);
            idle.add(talk.caller);
        });
        talks.clear();
        for (var spot : spots) {
            List.copyOf(parked.get(spot)).forEach(talk -> leaves(spot, talk));
        }
    }

    private void giveUp(TestPhone caller, Call call) {
        known.givenUp.incrementAndGet();
        hangUp(call);
        idle.add(caller);
    }

    /** Until somebody has heard it. */
    private static void hangUp(Call call) {
        if (call.state() == Call.State.ENDED) {
            return;
        }
        try {
            Awaitility.await()
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(AGAIN)
                    .atMost(PATIENCE)
                    .until(() -> List.of(200, 481).contains(bye(call)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("a BYE that nobody takes; the journal:\n" + call.journal(), e);
        }
    }

    private static int bye(Call call) {
        if (call.state().compareTo(Call.State.ANSWERED) < 0) {
            call.cancel();
            return 200;
        }
        try {
            return call.bye().status();
        } catch (AssertionError e) {
            return 0;
        }
    }

    /** As long as a person takes to try again. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(AGAIN.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A call that came when nobody waited for it any more. */
    private void drain() {
        while (phone.hasCall()) {
            phone.awaitCall(QUICK).reject(486);
        }
    }

    /** An edge that was started anew knows no phone. */
    private void register() {
        try {
            phone.register(Duration.ofMinutes(10));
        } catch (AssertionError e) {
            pause();
        }
    }

    @Override
    public void close() {
        phone.close();
        idle.forEach(TestPhone::close);
    }
}
