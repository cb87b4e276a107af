package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What time it is at a node, by a real Redis. */
class RedisClockIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static Vertx vertx;
    private static RedisAccess redis;

    /** The monotonic clock, and how much it goes on each time that it is read. */
    private final AtomicLong nanos = new AtomicLong(-4_711_000_000L);
    private long stepNanos;
    private RedisClock clock;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        redis = REDIS.connect(vertx, Duration.ofSeconds(5));
    }

    @AfterAll
    static void close() throws Exception {
        redis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @BeforeEach
    void make() {
        clock = new RedisClock(redis, () -> nanos.addAndGet(stepNanos));
    }

    private void read() throws Exception {
        clock.read().await(10, TimeUnit.SECONDS);
    }

    /** What the clock is ahead of the server, which is on this machine. */
    private long aheadMillis() {
        return clock.millis() - System.currentTimeMillis();
    }

    @Test
    void nobodyKnowsTheTimeUntilItWasRead() throws Exception {
        assertThatThrownBy(clock::millis).isInstanceOf(StoreUnavailableException.class);
        read();
        assertThat(aheadMillis()).isBetween(-100L, 100L);
        assertThat(clock.instant().toEpochMilli() - System.currentTimeMillis()).isBetween(-100L, 100L);
    }

    /** A node that starts on a busy machine waits long for its first answer. */
    @Test
    void aFirstReadingThatTookLongIsUsed() throws Exception {
        stepNanos = TimeUnit.MILLISECONDS.toNanos(400);
        read();
        stepNanos = 0;
        assertThat(aheadMillis()).isBetween(-300L, 300L);
        read();
        assertThat(aheadMillis()).as("after a quick one").isBetween(-100L, 100L);
    }

    @Test
    void aReadingThatTookLongChangesAClockThatIsWrongForCertainAndNoOther() throws Exception {
        read();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(300));
        stepNanos = TimeUnit.MILLISECONDS.toNanos(400);
        read();
        stepNanos = 0;
        assertThat(aheadMillis()).as("wrong by 300 s before").isBetween(-300L, 700L);
        read();
        long right = clock.millis();
        // Right by the middle of what the reading takes, but for 100 ms.
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(100 - 600));
        stepNanos = TimeUnit.MILLISECONDS.toNanos(400);
        read();
        stepNanos = 0;
        assertThat(clock.millis() - right).isEqualTo(100 - 600 + 2 * 400);
    }
}
