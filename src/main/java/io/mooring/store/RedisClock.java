package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time of the Redis server: one clock for all nodes. Between two readings it goes on with the node's monotonic clock; the node's time of
 * day, which may be wrong and may be set, is not used. Until it was read for the first time nobody knows what time it is, and whoever asks
 * gets a {@link StoreUnavailableException}.
 */
public final class RedisClock extends Clock {
    /** What a reading may be wrong by on a busy machine, besides half of what it took; a smaller difference is none. */
    private static final long TOLERANCE_MILLIS = 20;

    private final RedisAccess redis;
    private final LongSupplier nanoClock;
    /** Time of the server when the monotonic clock was 0. */
    private volatile @Nullable Long originMillis;

    /** @param nanoClock the monotonic clock of the node, as {@link System#nanoTime} */
    public RedisClock(RedisAccess redis, LongSupplier nanoClock) {
        this.redis = redis;
        this.nanoClock = nanoClock;
    }

    /** Reads the server's time; does not wait. A reading that took long is used only when the clock is wrong for certain. */
    public Future<Void> read() {
        long sent = monotonicMillis();
        return redis.submit(Request.cmd(Command.TIME)).map(time -> {
            if (time != null) {
                take(millis(time), sent, monotonicMillis());
            }
            return null;
        });
    }

    private static long millis(Response time) {
        return Long.parseLong(time.get(0).toString()) * 1_000 + Long.parseLong(time.get(1).toString()) / 1_000;
    }

    private void take(long serverMillis, long sent, long received) {
        long half = (received - sent) / 2;
        long origin = serverMillis - (sent + half);
        Long known = originMillis;
        if (known == null || Math.abs(origin - known) > TOLERANCE_MILLIS + half) {
            originMillis = origin;
        }
    }

    private long monotonicMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong());
    }

    /** @throws StoreUnavailableException when Redis has not been asked yet */
    @Override
    public long millis() {
        Long origin = originMillis;
        if (origin == null) {
            throw new StoreUnavailableException("the time of Redis is not known yet");
        }
        return origin + monotonicMillis();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
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
