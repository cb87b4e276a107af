package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Role;
import io.mooring.dialog.Turn;
import io.mooring.metrics.Metrics;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds parked parties that have vanished without a BYE: each is asked by OPTIONS within its dialog [RFC 3261 11, 12.2], again and again.
 * Whatever it answers, it is there; only 481 says that it is not, and so does silence, the second time in a row.
 *
 * <p>After a park that failed the party is asked as well: when the edge knew nothing of the park, it let the BYE of the two pass by us. There silence
 * says nothing, because who does not answer us may talk all the same.
 */
final class Probes {
    /**
     * Between two questions, spread by a quarter of it so that calls that were parked together are not asked together. Ten thousand parked
     * calls are some eighty questions a second.
     */
    private static final long EVERY_MILLIS = 120_000;
    /** After one that was not answered, or a park that failed. */
    private static final long SOON_MILLIS = 10_000;
    /** Questions without an answer, in a row. */
    private static final int PATIENCE = 2;

    private final HangUp hangUp;
    private final Metrics metrics;

    Probes(HangUp hangUp, Metrics metrics) {
        this.hangUp = hangUp;
        this.metrics = metrics;
    }

    /** Keeps the question due as long as the call waits or is one that could not be parked, and only then. */
    static void plan(Call call, long nowMillis) {
        if (!isAsked(call.state)) {
            call.timers.remove(Call.PROBE);
            call.unansweredProbes = 0;
        } else if (!call.timers.containsKey(Call.PROBE)) {
            call.timers.put(Call.PROBE, nowMillis + (call.state == CallState.FAILED ? SOON_MILLIS : inAWhile()));
        }
    }

    private static long inAWhile() {
        return EVERY_MILLIS + ThreadLocalRandom.current().nextLong(-EVERY_MILLIS / 4, EVERY_MILLIS / 4);
    }

    private static boolean isAsked(CallState state) {
        return state.isWaiting() || state == CallState.FAILED;
    }

    void due(Turn turn) {
        Call call = turn.call();
        call.timers.remove(Call.PROBE);
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (parked == null || !isAsked(call.state) || call.isInviting(parked)
                || call.pendingFor(Pending.Purpose.PROBE).isPresent()) {
            return;
        }
        turn.request(parked, "OPTIONS", "Accept: application/sdp\r\n", "", Pending.Purpose.PROBE);
    }

    /** @param status of the reply; 408: none has come in time */
    void answered(Turn turn, Pending pending, Leg parked, int status) {
        Call call = turn.call();
        turn.settle(pending);
        boolean silent = status == 408 && call.state.isWaiting();
        call.unansweredProbes = silent ? call.unansweredProbes + 1 : 0;
        if (status == 481 || call.unansweredProbes >= PATIENCE) {
            metrics.probe("gone");
            hangUp.gone(turn, parked);
        } else if (status == 408) {
            metrics.probe("silent");
            call.timers.put(Call.PROBE, turn.nowMillis() + (silent ? SOON_MILLIS : inAWhile()));
        } else {
            metrics.probe("there");
            call.timers.put(Call.PROBE, turn.nowMillis() + inAWhile());
        }
    }
}
