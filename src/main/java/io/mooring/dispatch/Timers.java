package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Role;
import io.mooring.dialog.Turn;
import io.mooring.edge.UnavailableException;
import io.mooring.loop.LoopThreads;
import io.mooring.media.MediaUnavailableException;
import io.mooring.park.ParkFlow;
import io.mooring.recall.RecallFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.store.CallStore;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is due in a call. The truth is in Redis, written with the state it belongs to; the node that wrote it keeps a
 * timer of its own, and every node looks for what is overdue because another one has died. Both may find the same: the
 * compare-and-set decides.
 */
final class Timers {
    private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

    private static final long SWEEP_MILLIS = 1_000;
    /** Left to the node that wrote it, before the others try. */
    private static final long GRACE_MILLIS = 1_500;

    private static final int SWEEP_MOST = 100;
    private static final int ATTEMPTS = 5;

    private final Vertx vertx;
    private final CallStore store;
    private final Turns turns;
    private final Replies replies;
    private final ParkFlow park;
    private final RetrieveFlow retrieve;
    private final RecallFlow recall;
    private final HangUp hangUp;
    private final Clock clock;

    private record Scheduled(long timer, long dueAtMillis) {}

    private final Map<String, Scheduled> scheduled = new ConcurrentHashMap<>();

    Timers(
            Vertx vertx,
            CallStore store,
            Turns turns,
            Replies replies,
            ParkFlow park,
            RetrieveFlow retrieve,
            RecallFlow recall,
            HangUp hangUp,
            Clock clock) {
        this.vertx = vertx;
        this.store = store;
        this.turns = turns;
        this.replies = replies;
        this.park = park;
        this.retrieve = retrieve;
        this.recall = recall;
        this.hangUp = hangUp;
        this.clock = clock;
    }

    /** Starts to look for what others left; on a context with virtual threads. */
    void start() {
        vertx.setPeriodic(SWEEP_MILLIS, _ -> sweep());
    }

    private void sweep() {
        try {
            for (String owner : store.dueBefore(clock.millis() - GRACE_MILLIS, SWEEP_MOST)) {
                due(owner);
            }
        } catch (StoreUnavailableException e) {
            LOG.debug("No sweep: {}", e.getMessage());
        }
    }

    /** A call was written: see to its next due time. */
    void follow(Call call) {
        String owner = call.owner();
        if (call.state.isOver() || call.nextDueAtMillis().isEmpty()) {
            Scheduled old = scheduled.remove(owner);
            if (old != null) {
                vertx.cancelTimer(old.timer);
            }
            return;
        }
        long due = call.nextDueAtMillis().getAsLong();
        scheduled.compute(owner, (_, old) -> {
            if (old != null && old.dueAtMillis == due) {
                return old;
            }
            if (old != null) {
                vertx.cancelTimer(old.timer);
            }
            long timer = vertx.setTimer(Math.max(1, due - clock.millis()), id -> {
                scheduled.computeIfPresent(owner, (_, now) -> now.timer == id ? null : now);
                LoopThreads.start(vertx, () -> due(owner));
            });
            return new Scheduled(timer, due);
        });
    }

    private void due(String owner) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                once(owner);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            } catch (StoreUnavailableException | MediaUnavailableException | UnavailableException e) {
                // It stays due: the sweep finds it again.
                LOG.atWarn().addKeyValue("call", owner).log("Not done in time: {}", e.getMessage());
                return;
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("call", owner).log("A timer failed", e);
                return;
            }
        }
    }

    private void once(String owner) {
        Optional<Call> found = store.load(owner);
        if (found.isEmpty() || found.get().state.isOver()) {
            store.forgetDue(owner);
            return;
        }
        Call call = found.get();
        if (call.state == CallState.RESERVED && !isKnown(call)) {
            // Written by a node that died before it could tell anybody: the phones know nothing of it.
            store.discard(call);
            return;
        }
        Turn turn = turns.begin(call);
        List<String> dueNow = call.timers.entrySet()
                .stream()
                .filter(t -> t.getValue() <= turn.nowMillis())
                .map(Map.Entry::getKey)
                .toList();
        if (dueNow.isEmpty()) {
            follow(call);
            return;
        }
        try {
            for (String name : dueNow) {
                if (call.timers.containsKey(name)) {
                    fire(turn, name);
                }
            }
        } catch (RuntimeException e) {
            turns.undo(turn);
            throw e;
        }
        turns.commit(turn, "", "timer-" + call.id, "", this::follow);
    }

    private boolean isKnown(Call call) {
        return call.legs.values()
                .stream()
                .allMatch(leg -> store.dialogOwner(leg.callId).filter(call.owner()::equals).isPresent());
    }

    private void fire(Turn turn, String name) {
        Call call = turn.call();
        int colon = name.indexOf(':');
        String what = name.substring(0, colon);
        String ref = name.substring(colon + 1);
        switch (what) {
            case "pending", "retry" -> {
                Pending pending = call.pending.get(ref);
                Leg leg = pending == null ? null : call.legById(pending.leg());
                if (pending == null || leg == null) {
                    call.timers.remove(name);
                    call.pending.remove(ref);
                } else if (what.equals("retry")) {
                    turn.retry(leg, pending);
                } else {
                    replies.missing(turn, pending, leg);
                }
            }
            case "bye" -> {
                Leg leg = call.legById(ref);
                call.timers.remove(name);
                if (leg != null) {
                    turn.hangUp(leg, "");
                }
            }
            case "claim" -> {
                Leg leg = call.legById(ref);
                call.timers.remove(name);
                if (leg != null && leg.claiming) {
                    retrieve.claimExpired(turn, leg);
                }
            }
            case "recall" -> recall.due(turn);
            case "end" -> recall.endDue(turn);
            case "restore" -> {
                Leg leg = call.legById(ref);
                call.timers.remove(name);
                if (leg != null && call.state.isWaiting()) {
                    park.restore(turn, leg);
                }
            }
            case "ack" -> {
                Leg leg = call.legById(ref);
                if (leg == null) {
                    call.timers.remove(name);
                } else if (!turn.repeat2xx(leg)) {
                    if (leg.role == Role.RETRIEVER && !call.place.isEmpty()) {
                        retrieve.neverAcknowledged(turn, leg);
                    } else {
                        turn.request(leg, "BYE", "", "");
                        hangUp.gone(turn, leg);
                    }
                }
            }
            default -> call.timers.remove(name);
        }
    }
}
