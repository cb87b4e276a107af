package io.mooring.store;

import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one way to Redis: a bounded pool, a time limit on every command, one exception. The driver itself has no command
 * time-out, and a frozen server would hang its caller for ever.
 */
public final class RedisAccess implements AutoCloseable {
    private static final int POOL_SIZE = 16;
    private static final int POOL_WAITING = 2_048;
    private static final int CONNECT_TIMEOUT_MILLIS = 500;

    private final Redis redis;
    private final long limitMillis;
    private final Metrics metrics;
    /** Names of commands for the meters: the driver makes a new text each time. */
    private final Map<Command, String> names = new ConcurrentHashMap<>();

    private RedisAccess(Redis redis, Duration limit, Metrics metrics) {
        this.redis = redis;
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
    }

    /**
     * @param url {@code redis://[:password@]host:port[/database]}
     * @param limit longest time for one command, connecting included
     * @param metrics told how long each command took
     */
    public static RedisAccess connect(Vertx vertx, String url, Duration limit, Metrics metrics) {
        var options = new RedisOptions()
                .setConnectionString(url)
                .setMaxPoolSize(POOL_SIZE)
                .setMaxPoolWaiting(POOL_WAITING)
                .setMaxWaitingHandlers(POOL_WAITING)
                .setNetClientOptions(new NetClientOptions()
                        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                        .setTcpNoDelay(true)
                        .setTcpKeepAlive(true));
        return new RedisAccess(Redis.createClient(vertx, options), limit, metrics);
    }

    /** Sends a command; the future fails with {@link StoreUnavailableException}. A nil reply is {@code null}. */
    public Future<@Nullable Response> submit(Request request) {
        long started = System.nanoTime();
        return redis.send(request)
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .onComplete(done -> metrics.redis(name(request.command()), done.succeeded() ? "ok" : "failed",
                        System.nanoTime() - started))
                .recover(failure -> Future.failedFuture(unavailable(failure)));
    }

    /**
     * Sends a command and waits for it; on a Vert.x virtual thread only. A nil reply is {@code null}.
     *
     * @throws StoreUnavailableException when there is no answer in time
     */
    public @Nullable Response send(Request request) {
        return submit(request).await();
    }

    private String name(Command command) {
        return names.computeIfAbsent(command, known -> known.toString().toLowerCase(Locale.ROOT));
    }

    /** The message of a script error may carry the arguments of the command: it stays out of ours. */
    private static Throwable unavailable(Throwable failure) {
        return failure instanceof StoreUnavailableException
                ? failure
                : new StoreUnavailableException("Redis: " + failure.getClass().getSimpleName(), failure);
    }

    @Override
    public void close() {
        redis.close();
    }
}
