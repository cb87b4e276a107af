package io.mooring.webhook;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before something that has failed is tried again: twice as long each time, up to a longest time, of which a random
 * half is left out, so that those who failed together do not come again together.
 *
 * @param first after the first failure
 * @param longest after many
 * @param attempts that are made at one event before it is given up
 */
public record Backoff(Duration first, Duration longest, int attempts) {
    private static final int MOST_DOUBLINGS = 30;

    /**
     * How long to wait, in milliseconds.
     *
     * @param failures so far, at least 1
     * @param random 0 to 1
     */
    long millis(int failures, DoubleSupplier random) {
        long whole = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, MOST_DOUBLINGS));
        return Math.max(1, Math.round(whole * (1 - random.getAsDouble() / 2)));
    }
}
