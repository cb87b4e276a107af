package io.mooring.recall;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.dialog.ParkNotice;
import io.mooring.dialog.Turn;
import java.util.List;

/** The parker's phone shows once that its call still waits. Nothing rings, and the call stays where it is. */
public final class Reminder {
    /** It has waited so long. While somebody takes it, that is awaited; while phones ring, no reminder is needed. */
    public void due(Turn turn) {
        Call call = turn.call();
        call.timers.remove(Call.REMINDER);
        if (call.state == CallState.CONNECTING) {
            call.timers.put(Call.REMINDER, turn.nowMillis() + RecallFlow.AGAIN_MILLIS);
        } else if (call.state == CallState.PARKED && !call.leaving) {
            call.reminded = true;
            turn.place().tell(ParkNotice.What.STILL_WAITING, List.of(call.parker));
        }
    }
}
