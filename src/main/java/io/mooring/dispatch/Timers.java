package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Role;
import io.mooring.dialog.Turn;
import io.mooring.edge.UnavailableException;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.park.ParkFlow;
import io.mooring.recall.Farewell;
import io.mooring.recall.RecallFlow;
import io.mooring.recall.Reminder;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.StoreUnavailableException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is due in a call: found in Redis when its time has come, here or at another node; the compare-and-set decides. */
final class Timers {
    private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

    private static final int ATTEMPTS = 5;
    /** An edge that did not answer is asked again. */
    private static final long AWAY_MILLIS = 2_000;
    /** Should it never come back, the plans of its calls go on. */
    private static final long PATIENCE_MILLIS = 300_000;

    private final CallStore store;
    private final DueTimes times;
    private final Turns turns;
    private final Edges edges;
    private final Replies replies;
    private final ParkFlow park;
    private final RetrieveFlow retrieve;
    private final RecallFlow recall;
    private final Reminder reminder;
    private final Farewell farewell;
    private final HangUp hangUp;
    private final Probes probes;
    private final PinEntries pins;
    private final Metrics metrics;
    private final Consumer<Call> written;

    /** @param written told of each call that was written, to see to what is due next */
    Timers(
            CallStore store,
            DueTimes times,
            Turns turns,
            Edges edges,
            Replies replies,
            ParkFlow park,
            RetrieveFlow retrieve,
            RecallFlow recall,
            Reminder reminder,
            Farewell farewell,
            HangUp hangUp,
            Probes probes,
            PinEntries pins,
            Metrics metrics,
            Consumer<Call> written) {
        this.store = store;
        this.times = times;
        this.turns = turns;
        this.edges = edges;
        this.replies = replies;
        this.park = park;
        this.retrieve = retrieve;
        this.recall = recall;
        this.reminder = reminder;
        this.farewell = farewell;
        this.hangUp = hangUp;
        this.probes = probes;
        this.pins = pins;
        this.metrics = metrics;
        this.written = written;
    }

    /** Does what is due; on a virtual thread. */
    void due(Due due) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                if (due.epoch() == 0) {
                    once(due);
                } else {
                    awaitTime(due.atMillis());
                    unsent(due);
                }
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            } catch (StoreUnavailableException | MediaUnavailableException | UnavailableException e) {
                // It stays due, and is found again.
                LOG.atWarn().addKeyValue("call", due.owner()).log("Not done in time: {}", e.getMessage());
                return;
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("call", due.owner()).log("A timer failed", e);
                return;
            }
        }
    }

    /** The INVITEs that a write ordered did not reach the edge, as far as anybody knows: its node has died, or the edge was away. */
    private void unsent(Due due) {
        if (!times.isStillDue(due)) {
            // Read ahead, just before the edge had them.
            return;
        }
        Call call = store.load(due.owner()).filter(found -> found.epoch == due.epoch()).orElse(null);
        if (call != null) {
            if (isEdgeAway(call)) {
                times.postpone(due, turns.nowMillis() + AWAY_MILLIS);
                return;
            }
            Turn turn = turns.begin(call);
            turns.work(turn, () -> recall.unsent(turn));
            commit(turn);
        }
        times.forget(due);
    }

    /** The edge has started anew, and knows nothing of the INVITEs to these legs. */
    void orphaned(String owner, Set<String> legs) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Call call = store.load(owner).filter(found -> !found.state.isOver()).orElse(null);
            if (call == null) {
                return;
            }
            Turn turn = turns.begin(call);
            var rung = new AtomicBoolean();
            turns.work(turn, () -> rung.set(recall.orphaned(turn, legs)));
            if (!rung.get()) {
                return;
            }
            try {
                commit(turn);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
        throw new UnavailableException("too many turns on one call");
    }

    /** What is ordered of an edge that is not there comes to nothing: no stage of a plan shall be used up by that, and no call ended. */
    private boolean isEdgeAway(Call call) {
        String control = call.leg(Role.PARKED).map(leg -> leg.control).orElse("");
        return call.state.isWaiting() && !control.isEmpty() && edges.isAway(control) && !edges.isReplaced(control);
    }

    private static boolean isOfThePlan(Call call, String timer) {
        if (timer.equals(Call.REMINDER) || timer.equals(Call.RECALL) || timer.equals(Call.END)
                || timer.equals(Call.FAREWELL)
                || timer.equals(Call.PROBE)) {
            return true;
        }
        Pending pending = timer.startsWith("pending:") ? call.pending.get(timer.substring("pending:".length())) : null;
        return pending != null && (pending.isRecall() || pending.purpose() == Pending.Purpose.PROBE);
    }

    private static boolean waitsForItsEdge(Turn turn, String timer) {
        return isOfThePlan(turn.call(), timer)
                && turn.nowMillis() - turn.call().timers.getOrDefault(timer, 0L) < PATIENCE_MILLIS;
    }

    private void commit(Turn turn) {
        turns.commit(turn, "", "timer-" + turn.call().id, "", written);
    }

    private void once(Due due) {
        Optional<Call> found = store.load(due.owner());
        // A recall is made ready before it is due: media, and who talks. It is written, and so ordered, when it is.
        boolean early = isSoon(due.atMillis()) && found.filter(call -> isRecalledAt(call, due.atMillis())).isPresent();
        if (!early && isSoon(due.atMillis())) {
            awaitTime(due.atMillis());
            found = store.load(due.owner());
        }
        if (found.isEmpty() || found.get().state.isOver()) {
            times.forget(due);
            return;
        }
        Call call = found.get();
        if (call.state == CallState.RESERVED && !isKnown(call)) {
            // Written by a node that died before it could tell anybody: the phones know nothing of it.
            store.discard(call);
            return;
        }
        Turn turn = turns.begin(call, early ? due.atMillis() : turns.nowMillis());
        List<String> dueNow = call.timers.entrySet()
                .stream()
                .filter(t -> t.getValue() <= turn.nowMillis())
                .map(Map.Entry::getKey)
                .toList();
        if (dueNow.isEmpty()) {
            written.accept(call);
            return;
        }
        List<String> held = dueNow.stream().filter(name -> waitsForItsEdge(turn, name)).toList();
        if (!held.isEmpty() && isEdgeAway(call)) {
            dueNow = dueNow.stream().filter(name -> !held.contains(name)).toList();
            if (dueNow.isEmpty()) {
                times.postpone(due, turn.nowMillis() + AWAY_MILLIS);
                return;
            }
        }
        List<String> names = dueNow;
        long recallDue = call.timers.getOrDefault(Call.RECALL, Long.MAX_VALUE);
        turns.work(turn, () -> names.stream().filter(call.timers::containsKey).forEach(name -> fire(turn, name)));
        awaitTime(turn.nowMillis());
        long begunMillis = turns.nowMillis();
        commit(turn);
        pins.goOn(call);
        if (recallDue <= turn.nowMillis() && call.state == CallState.RECALLING) {
            metrics.recallLate(begunMillis - recallDue);
        }
    }

    private static boolean isRecalledAt(Call call, long atMillis) {
        return call.state == CallState.PARKED && call.timers.getOrDefault(Call.RECALL, 0L) == atMillis;
    }

    private boolean isSoon(long atMillis) {
        long ahead = atMillis - turns.nowMillis();
        return ahead > 0 && ahead <= Schedule.PREPARE_MILLIS;
    }

    /** Waits for a time that comes in a moment; for no other. */
    private void awaitTime(long atMillis) {
        while (isSoon(atMillis)) {
            try {
                TimeUnit.MILLISECONDS.sleep(atMillis - turns.nowMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
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
            case "reminder" -> reminder.due(turn);
            case "recall" -> recall.due(turn);
            case "end" -> farewell.endDue(turn);
            case "probe" -> probes.due(turn);
            case "farewell" -> farewell.due(turn);
            case "pin" -> {
                Leg leg = call.legById(ref);
                call.timers.remove(name);
                if (leg != null && leg.role == Role.ASKED) {
                    pins.due(turn, leg);
                }
            }
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
