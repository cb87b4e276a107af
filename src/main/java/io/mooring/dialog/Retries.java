package io.mooring.dialog;

import io.mooring.call.Leg;
import io.mooring.call.Pending;
import java.util.concurrent.ThreadLocalRandom;

/** When to send a re-INVITE again that crossed another one [RFC 3261 14.1]. */
public final class Retries {
    private static final int ATTEMPTS = 4;
    private static final long SLOT_MILLIS = 10;

    private Retries() {}

    /**
     * Puts a re-INVITE off: by 2.1 to 4 s when the Call-ID is ours, by 0 to 2 s when it is the device's.
     *
     * @return false when it has been tried often enough
     */
    public static boolean later(Turn turn, Pending pending, Leg leg) {
        if (pending.attempt() >= ATTEMPTS) {
            return false;
        }
        var random = ThreadLocalRandom.current();
        long slots = leg.callIdIsOurs ? random.nextLong(210, 401) : random.nextLong(1, 201);
        turn.retryLater(pending, slots * SLOT_MILLIS);
        return true;
    }
}
