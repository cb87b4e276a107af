package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.HandledEvent;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.UnavailableException;
import io.mooring.media.MediaSessions;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.RingingInvites;
import io.mooring.store.RingingInvites.Ringing;
import io.mooring.store.SaveOutcome;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Begins turns and writes them: first Redis, then everything that others see. */
final class Turns {
    /** Edge, when it was started, process, message. */
    private static final Pattern CORRELATION = Pattern.compile(".+-(\\d+)-\\d+-\\d+");

    /** A post that has not been answered by then will not be. */
    private static final long UNSENT_MILLIS = 1_500;

    private final CallStore store;
    private final DueTimes times;
    private final RingingInvites ringing;
    private final MediaSessions media;
    private final EdgeClient edges;
    private final Edges beside;
    private final Clock clock;
    private final BiConsumer<String, List<String>> lamps;
    private final Notices notices;
    private final long reinviteTimeoutMillis;

    /** @param lamps told of places of a tenant that are watched, when a call begins or ceases to wait there */
    Turns(CallStore store, DueTimes times, RingingInvites ringing, MediaSessions media, EdgeClient edges, Edges beside,
            Clock clock,
            BiConsumer<String, List<String>> lamps,
            Notices notices,
            long reinviteTimeoutMillis) {
        this.store = store;
        this.times = times;
        this.ringing = ringing;
        this.media = media;
        this.edges = edges;
        this.beside = beside;
        this.clock = clock;
        this.lamps = lamps;
        this.notices = notices;
        this.reinviteTimeoutMillis = reinviteTimeoutMillis;
    }

    /** The time that turns go by, milliseconds since 1970. */
    long nowMillis() {
        return clock.millis();
    }

    /** @throws StoreUnavailableException when nobody knows yet what time it is */
    void requireTime() {
        long unused = clock.millis();
    }

    Turn begin(Call call) {
        return begin(call, clock.millis());
    }

    /** @param nowMillis the time that the turn goes by; one that is to come is waited for before the turn is written */
    Turn begin(Call call, long nowMillis) {
        beside.settle(call);
        return new Turn(call, nowMillis, reinviteTimeoutMillis);
    }

    /** Runs a flow in a turn, and takes back what it has opened when it throws. */
    void work(Turn turn, Runnable flow) {
        try {
            flow.run();
        } catch (RuntimeException e) {
            undo(turn);
            throw e;
        }
    }

    /**
     * Runs a flow that begins something, as {@link #work} does.
     *
     * @throws UnavailableException when it took so long, or this node stood still, that the edge may have given the request up: its phone was
     *     refused, or another node has done it
     */
    void workInTime(Turn turn, EdgeEvent event, Runnable flow) {
        work(turn, () -> {
            flow.run();
            if (event.isLate()) {
                throw new UnavailableException("too late: the edge may have given it up");
            }
        });
    }

    /**
     * Writes a turn and lets its orders go.
     *
     * @param control the edge that waits for the answer; its actions are returned, the others' are posted
     * @param key of the event, under which the actions are remembered; empty: they are not
     * @param written what to do with the call once it is in Redis
     * @return the actions for that edge
     * @throws ConflictException when the call was written meanwhile; nothing has changed
     * @throws RefusedException when the place is taken; nothing has changed
     */
    List<EdgeAction> commit(Turn turn, String control, String correlation, String key, Consumer<Call> written) {
        Call call = turn.call();
        Probes.plan(call, turn.nowMillis());
        List<EdgeAction> here = turn.actions().getOrDefault(control, new ArrayList<>());
        var event = new HandledEvent(key, correlation, key.isEmpty() ? "" : ActionsJson.write(here));
        Optional<Due> unsent = control.isEmpty() && turn.isRinging()
                ? Optional.of(new Due(call.owner(), call.epoch + 1, turn.nowMillis() + UNSENT_MILLIS))
                : Optional.empty();
        unsent.ifPresent(times::note);
        SaveOutcome outcome;
        try {
            outcome = store.save(call, turn.place().order(), event, turn.told());
        } catch (StoreUnavailableException e) {
            // Perhaps it was written: media that a call may need are not taken away.
            throw e;
        } catch (RuntimeException e) {
            undo(turn);
            throw e;
        }
        if (!(outcome instanceof SaveOutcome.Saved)) {
            undo(turn);
            unsent.ifPresent(times::forget);
        }
        switch (outcome) {
            case SaveOutcome.Saved(List<String> watched) -> {
                turn.counts().forEach(Runnable::run);
                if (!watched.isEmpty()) {
                    lamps.accept(call.tenant, watched);
                }
            }
            case SaveOutcome.Conflict _ -> throw new ConflictException();
            case SaveOutcome.PlaceTaken _ -> throw new RefusedException(turn.place().noRoom());
            case SaveOutcome.RangeFull _ -> throw new RefusedException(Refusal.RANGE_FULL);
            case SaveOutcome.QuotaReached _ -> throw new RefusedException(Refusal.TOO_MANY_PARKED);
        }
        turn.claimedDialogs().forEach(callId -> claim(turn, callId));
        turn.media().played().forEach((session, leg) -> media.playSoon(session, leg.id, Hearing.of(call, leg)));
        turn.media().closed().forEach(session -> media.deleteAfter(turn.media().closeAfterMillis(), session));
        turn.releasedDialogs().forEach(callId -> store.releaseDialog(callId, call.owner()));
        ringing.forget(call, turn.silenced());
        Map<String, Future<String>> boots = new HashMap<>();
        turn.actions().forEach((edge, ordered) -> {
            if (!edge.equals(control)) {
                boots.put(edge, edges.post(edge, correlation, ordered));
            }
        });
        List<Future<String>> posts = List.copyOf(boots.values());
        if (!control.isEmpty()) {
            boots.put(control, bootOf(correlation).map(Future::succeededFuture).orElseGet(() -> edges.boot(control)));
        }
        unsent.ifPresent(due -> Future.all(posts).onSuccess(sent -> times.forget(due)));
        turn.rung()
                .forEach(leg -> Optional.ofNullable(boots.get(leg.control))
                        .ifPresent(boot -> boot.onSuccess(at -> enter(call, leg, at))));
        turn.place().notices().forEach(notice -> notices.send(notice, call, correlation));
        written.accept(call);
        if (control.isEmpty()) {
            // Nobody waits for an answer: the turn is over when the edges have what it ordered, or do not answer.
            Future.join(posts).otherwiseEmpty().await();
        }
        return here;
    }

    /** When the edge was started that an event came from, if its correlation is one of Kamailio's. */
    static Optional<String> bootOf(String correlation) {
        Matcher parts = CORRELATION.matcher(correlation);
        return parts.matches() ? Optional.of(parts.group(1)) : Optional.empty();
    }

    /**
     * The INVITE to this leg is with its edge: should that start anew, it is gone.
     *
     * @param boot when the very edge that has it was started; one that is asked later may be another already
     */
    private void enter(Call call, Leg leg, String boot) {
        long until = call.timers.entrySet()
                .stream()
                .filter(timer -> timer.getKey().startsWith("pending:" + leg.id + ":"))
                .mapToLong(Map.Entry::getValue)
                .findFirst()
                .orElse(0);
        if (until > 0) {
            ringing.enter(call, new Ringing(call.owner(), leg.id, leg.control, boot, until));
        }
    }

    /**
     * Enters a dialog of a written call in the index. Two halves of one dialog may be transferred at once, at two nodes:
     * the one who comes second finds the other's call there, and takes its own back before anybody has heard of it.
     */
    private void claim(Turn turn, String callId) {
        Call call = turn.call();
        Optional<String> other = store.claimDialog(callId, call.owner());
        if (other.isEmpty()) {
            return;
        }
        boolean lives = store.load(other.get()).filter(o -> !o.state.isOver()).isPresent();
        if (lives && call.epoch == 1) {
            undo(turn);
            store.discard(call);
            throw new ConflictException();
        }
        store.takeDialog(callId, call.owner());
    }

    /** Takes back what a turn has opened that came to nothing. */
    void undo(Turn turn) {
        turn.media().opened().forEach(media::delete);
        turn.media().replayed().forEach(media::stopMusic);
    }
}
