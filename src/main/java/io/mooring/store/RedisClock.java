package io.mooring.store;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * The time of the Redis server: one clock for all nodes, whatever their own ones say. Between two readings it goes on with the node's own.
 */
public final class RedisClock extends Clock {
    /** What a reading may be wrong by on a busy machine; a smaller difference is none. */
    private static final long TOLERANCE_MILLIS = 20;

    private final RedisAccess redis;
    private final Clock own;
    private volatile long aheadMillis;

    /** @param own the node's clock */
    public RedisClock(RedisAccess redis, Clock own) {
        this.redis = redis;
        this.own = own;
    }

    /** Reads the server's time; waits, on a virtual thread. A reading that took long is not used. */
    public void read() {
        long sent = own.millis();
        Response time = redis.send(Request.cmd(Command.TIME));
        long took = own.millis() - sent;
        if (time == null || took < 0 || took > 2 * TOLERANCE_MILLIS) {
            return;
        }
        long ahead = Long.parseLong(time.get(0).toString()) * 1_000 + Long.parseLong(time.get(1).toString()) / 1_000
                - (sent + took / 2);
        if (Math.abs(ahead - aheadMillis) > TOLERANCE_MILLIS) {
            aheadMillis = ahead;
        }
    }

    @Override
    public long millis() {
        return own.millis() + aheadMillis;
    }

    @Override
    public Instant instant() {
        return own.instant().plusMillis(aheadMillis);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("this clock has no zone");
    }
}
