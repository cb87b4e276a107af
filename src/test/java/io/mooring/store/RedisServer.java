package io.mooring.store;

import io.mooring.metrics.Metrics;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;

/**
 * A real Redis for one test class. As a static field with {@code @RegisterExtension} it is emptied before each test, and ended after the
 * last. {@code -Dmooring.redis} says which: {@code standalone} (the default), {@code sentinel} or {@code cluster}; the last two are started
 * once for all test classes.
 */
public final class RedisServer implements AutoCloseable, BeforeEachCallback, AfterAllCallback {
    private static final Predicate<String> COUNTED = Pattern
            .compile(
                    "^cmdstat_(?!config|ping|info|replconf|publish|cluster|client|role|subscribe|psync|hello|auth|select)")
            .asPredicate();

    private final RedisLab lab;

    /** Starts it, and waits until it takes connections. */
    public RedisServer() {
        this(RedisLab.shared());
    }

    private RedisServer(RedisLab lab) {
        this.lab = lab;
        flush();
    }

    /** One server, whatever was asked for: for what is about one server. */
    public static RedisServer standalone() {
        return new RedisServer(new SingleRedis());
    }

    /** How to get to it. */
    public RedisSetup setup() {
        return lab.setup();
    }

    /** Connection string of a single server. */
    public String url() {
        return setup().uri().toString();
    }

    /** A connection of the product; to be closed. */
    public RedisAccess connect(Vertx vertx, Duration limit) {
        return connect(vertx, limit, new Metrics());
    }

    /** The same, with meters. */
    public RedisAccess connect(Vertx vertx, Duration limit, Metrics metrics) {
        return RedisAccess.connect(vertx, setup(), limit, metrics);
    }

    /** Ends the servers at once; what they held is gone. */
    public void kill() {
        lab.kill();
    }

    /** Starts them again after {@link #kill}, empty. */
    public void restart() {
        lab.restart();
        lab.flush();
    }

    @Override
    public void close() {
        lab.release();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        flush();
    }

    /** Empties it. */
    public void flush() {
        lab.flush();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    /** A client that has nothing in common with the one under test; to be closed. */
    public UnifiedJedis jedis() {
        return lab.client();
    }

    /** Clients of all servers that take writes, for what is about servers; to be closed. */
    public List<Jedis> primaries() {
        return lab.primaries();
    }

    /**
     * What commands have cost the servers while something was done: the lines of {@code INFO commandstats}, without those of what the servers do
     * among themselves.
     */
    public List<String> statsOf(Runnable work) {
        primaries().forEach(server -> {
            try (server) {
                server.configResetStat();
            }
        });
        work.run();
        return primaries().stream().flatMap(server -> {
            try (server) {
                return server.info("commandstats").lines().filter(COUNTED).toList().stream();
            }
        }).toList();
    }

    /** Stops all servers in their tracks: connections stay open, and nobody answers. */
    public void freeze() {
        lab.freeze();
    }

    /** Lets them go on after {@link #freeze}. */
    public void thaw() {
        lab.thaw();
    }
}
