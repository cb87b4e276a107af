package io.mooring.recall;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.Role;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.metrics.Metrics;

/** The end of a call that nobody takes: when its plan is used up, or it has waited as long as any call may. */
public final class Farewell {
    /** Between the last word and the end. */
    private static final long PAUSE_MILLIS = 500;

    private static final long LONGEST_FAREWELL_MILLIS = 60_000;

    private final MediaSessions media;
    private final Metrics metrics;

    public Farewell(MediaSessions media, Metrics metrics) {
        this.media = media;
        this.metrics = metrics;
    }

    /** The hard end of the call. */
    public void endDue(Turn turn) {
        Call call = turn.call();
        call.timers.remove(Call.END);
        if (call.state.isWaiting()) {
            begin(turn);
        } else if (!call.state.isOver()) {
            call.timers.put(Call.END, turn.nowMillis() + RecallFlow.AGAIN_MILLIS);
        }
    }

    /**
     * Nobody takes the call: its party is told so, and hung up when that was said. Until then it waits at its place, and whoever is
     * entitled may retrieve it. What cannot be said is left out.
     */
    void begin(Turn turn) {
        Call call = turn.call();
        Leg parked = call.leg(Role.PARKED).orElse(null);
        long millis = parked == null || call.music.isEmpty() || call.leaving
                ? 0
                : media.lengthOf(new Hearing.Farewell(call.tenant));
        if (parked == null || millis == 0) {
            hangUp(turn);
            return;
        }
        if (call.state == CallState.RECALLING) {
            turn.stopRinging();
            call.become(CallState.PARKED);
        }
        call.timers.remove(Call.RECALL);
        call.timers.remove(Call.END);
        call.leaving = true;
        call.timers.put(Call.FAREWELL, turn.nowMillis() + Math.min(millis, LONGEST_FAREWELL_MILLIS) + PAUSE_MILLIS);
        turn.media().playOnceWritten(call.music, parked);
    }

    /** It was said. Somebody may be taking the call after all. */
    public void due(Turn turn) {
        Call call = turn.call();
        call.timers.remove(Call.FAREWELL);
        if (call.state == CallState.PARKED) {
            hangUp(turn);
        } else if (!call.state.isOver()) {
            call.timers.put(Call.FAREWELL, turn.nowMillis() + RecallFlow.AGAIN_MILLIS);
        }
    }

    private void hangUp(Turn turn) {
        turn.count(() -> metrics.recall("expired"));
        turn.end(CallState.EXPIRED, Refusal.NOT_PICKED_UP, Sip.refusalHeaders(Refusal.NOT_PICKED_UP));
    }
}
