package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.loop.LoopThreads;
import io.mooring.store.DueTimes;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.RedisClock;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When which call is looked at. The truth is in Redis; here is what falls due within the next seconds and this node has to see to: in the
 * shards that it holds all of it, in the others what it has written itself and the holder might not read in time, and what the holder
 * has left undone.
 *
 * <p>The numbers hang together: {@link #OWN_MILLIS} is more than {@link #LOOK_MILLIS}, so that a due time is either read by the holder
 * before it comes or known to its writer; {@link #AHEAD_MILLIS} is several looks, so that a slow one makes nothing late.
 */
final class Schedule {
    private static final Logger LOG = LoggerFactory.getLogger(Schedule.class);

    private static final long LOOK_MILLIS = 500;
    /** What the holder of a shard reads ahead. */
    private static final long AHEAD_MILLIS = 2_000;
    /** How long before it is due the work on a call begins: what can be done by then need not be done in time. */
    static final long PREPARE_MILLIS = 100;
    /** What the writer sees to in a shard that it does not hold. */
    private static final long OWN_MILLIS = 750;
    /** Left to the holder, before the others try. */
    private static final long GRACE_MILLIS = 1_000;
    /** Of each shard in one look. */
    private static final int MOST = 1_000;
    /** Turns at once, so that a heap of what is overdue does not bury what is due now. */
    private static final int AT_ONCE = 64;

    private final Vertx vertx;
    private final DueTimes times;
    private final Clock clock;
    private final Consumer<Due> work;
    private final Map<String, Scheduled> scheduled = new ConcurrentHashMap<>();
    private final OneAtATime turns;
    private final Semaphore atOnce = new Semaphore(AT_ONCE);
    private final Rounds rounds;
    private volatile IntPredicate holds = shard -> false;

    private record Scheduled(long timer, long atMillis) {}

    /** @param work done for what is due within {@link #PREPARE_MILLIS}, on a virtual thread */
    Schedule(Vertx vertx, DueTimes times, Clock clock, Consumer<Due> work) {
        this.vertx = vertx;
        this.turns = new OneAtATime(vertx);
        this.rounds = new Rounds(vertx, LOOK_MILLIS);
        this.times = times;
        this.clock = clock;
        this.work = work;
    }

    /** @param shards that this node holds now */
    void start(IntPredicate shards) {
        holds = shards;
        rounds.start(this::look);
    }

    /** Sets no timers any more, and makes no turn that is not begun. */
    void stop() {
        rounds.stop();
        scheduled.keySet().forEach(this::cancel);
    }

    /** Waits until all turns that were begun are made; no other is made afterwards. */
    boolean awaitIdle(long limitMillis) {
        try {
            return atOnce.tryAcquire(AT_ONCE, limitMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** A shard was taken: what is due there may be overdue. */
    void look(int shard) {
        LoopThreads.start(vertx, () -> {
            try {
                take(times.until(shard, clock.millis() + AHEAD_MILLIS, MOST));
            } catch (StoreUnavailableException e) {
                LOG.debug("Shard {} was not read: {}", shard, e.getMessage());
            }
        });
    }

    private void look() {
        try {
            if (clock instanceof RedisClock shared) {
                shared.read().await();
            }
            long now = clock.millis();
            take(times.until(shard -> holds.test(shard) ? now + AHEAD_MILLIS : now - GRACE_MILLIS, MOST));
        } catch (StoreUnavailableException e) {
            LOG.debug("Nothing was read: {}", e.getMessage());
        }
    }

    private void take(List<Due> found) {
        found.stream().filter(due -> !turns.isRunning(due.member())).forEach(this::at);
    }

    /** A call was written: see to its next due time, when nobody else would in time. */
    void follow(Call call) {
        long due = call.state.isOver() ? Long.MAX_VALUE : call.nextDueAtMillis().orElse(Long.MAX_VALUE);
        long ahead = holds.test(times.shard(call)) ? AHEAD_MILLIS : OWN_MILLIS;
        if (due - clock.millis() <= ahead) {
            at(new Due(call.owner(), 0, due));
        } else {
            cancel(call.owner());
        }
    }

    private void cancel(String member) {
        Scheduled old = scheduled.remove(member);
        if (old != null) {
            vertx.cancelTimer(old.timer);
        }
    }

    private void at(Due due) {
        if (rounds.isStopped()) {
            return;
        }
        String member = due.member();
        long now = clock.millis();
        scheduled.compute(member, (same, old) -> {
            if (old != null && old.atMillis == due.atMillis() && due.atMillis() > now) {
                return old;
            }
            if (old != null) {
                vertx.cancelTimer(old.timer);
            }
            long timer = vertx.setTimer(Math.max(1, due.atMillis() - PREPARE_MILLIS - now), id -> {
                scheduled.computeIfPresent(member, (again, set) -> set.timer == id ? null : set);
                turns.run(due.member(), () -> work(due));
            });
            return new Scheduled(timer, due.atMillis());
        });
    }

    /** Does at once what may be due, on the thread of the caller: for tests that choose the order of what happens. */
    void now(Due due) {
        work.accept(due);
    }

    private void work(Due due) {
        atOnce.acquireUninterruptibly();
        try {
            if (!rounds.isStopped()) {
                work.accept(due);
            }
        } finally {
            atOnce.release();
        }
    }
}
