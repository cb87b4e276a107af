package io.mooring.api;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Holds refusals back for a moment. A client that asks again at once, whatever {@code Retry-After} says, thereby asks about once a
 * second for each of its connections, and costs next to nothing: its connection is not read meanwhile. Used on one context.
 */
final class LateRefusals {

    /** Refusals of one tenant or address a second, however many connections it has, until they would wait too long. */
    private static final int A_SECOND = 100;
    private static final long LONGEST_MILLIS = 5_000;
    /** For each that a body is long, the refusal waits a second: who sends it shall not fill our line with what nobody reads. */
    private static final int BYTES_A_SECOND = 256 * 1_024;
    /** Of one tenant or address. */
    private static final int MOST_OF_ONE = 512;
    private static final int MOST = 4_096;

    private final Vertx vertx;
    private final long leastMillis;
    private final Map<String, Integer> held = new HashMap<>();
    private int total;

    /** @param least a refusal is held back for this long, or up to twice as long, so that those of a moment do not come back at once */
    LateRefusals(Vertx vertx, Duration least) {
        this.vertx = vertx;
        this.leastMillis = least.toMillis();
    }

    /**
     * Waits before a refusal goes out.
     *
     * @param who the tenant, or the address of who is none
     * @param bytes of the body that will have to be read away
     * @return false when too many wait already: it goes out at once, and the connection shall end
     */
    boolean hold(String who, int bytes) {
        if (leastMillis == 0) {
            return true;
        }
        int there = held.getOrDefault(who, 0);
        if (there >= MOST_OF_ONE || total >= MOST) {
            return false;
        }
        held.put(who, there + 1);
        total++;
        try {
            vertx.timer(millis(there, bytes)).await();
        } finally {
            held.computeIfPresent(who, (key, count) -> count == 1 ? null : count - 1);
            total--;
        }
        return true;
    }

    private long millis(int there, int bytes) {
        long usual = leastMillis + ThreadLocalRandom.current().nextLong(leastMillis);
        return Math.min(LONGEST_MILLIS, Math.max(usual, there * 1_000L / A_SECOND) + bytes * 1_000L / BYTES_A_SECOND);
    }
}
