package io.mooring.store;

import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;

/**
 * How often the PIN of the calls at a place may be wrong, whoever tries, at whatever node. Counted by place and not by call: a place that
 * gets another call soon, under the same policy, has the same PIN.
 *
 * <p>All methods wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class PinTries {
    /** With {@link #WINDOW}: less than a tenth of all PINs of four digits in a day. */
    public static final int TRIES = 6;
    /** From the first wrong one on. */
    public static final Duration WINDOW = Duration.ofMinutes(10);

    private final RedisAccess redis;
    private final Keys keys;
    private final LuaScript take = LuaScript.load("take_pin_try");

    public PinTries(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /** Takes a try; false when there is none. */
    public boolean take(String tenant, String place) {
        return run(tenant, place, "0");
    }

    /** Gives a try back: its PIN was right. */
    public void giveBack(String tenant, String place) {
        run(tenant, place, "1");
    }

    private boolean run(String tenant, String place, String back) {
        Response taken = take.run(redis, List.of(keys.pins(tenant, place)),
                List.of(Integer.toString(TRIES), Long.toString(WINDOW.toMillis()), back)).await();
        return taken != null && taken.toString().equals("1");
    }
}
