package io.mooring.store;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one way to Redis: one connection for all commands, in which they follow one another without waiting for replies; a time limit
 * on every command; one exception. The driver itself has no command time-out, and a frozen server would hang its caller
 * for ever. A connection on which a command met its limit is closed: the server behind it may be gone without a word.
 */
public final class RedisAccess implements AutoCloseable {
    private static final int WAITING = 8_192;

    private final Vertx vertx;
    private final RedisOptions options;
    private final ClientLoop loop;
    private final long limitMillis;
    private final Metrics metrics;
    /** Names of commands for the meters: the driver makes a new text each time. */
    private final Map<Command, String> names = new ConcurrentHashMap<>();
    /** Used on the loop only. */
    private @Nullable Link link;
    /** Used on the loop only. */
    private boolean closed;

    private record Link(Redis client, Future<RedisConnection> connection) {}

    private RedisAccess(Vertx vertx, RedisOptions options, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.options = options;
        this.loop = new ClientLoop(vertx);
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
    }

    /**
     * @param url {@code redis://[:password@]host:port[/database]}
     * @param limit longest time for one command, connecting included, which may take half of it
     * @param metrics told how long each command took
     */
    public static RedisAccess connect(Vertx vertx, String url, Duration limit, Metrics metrics) {
        var options = new RedisOptions()
                .setConnectionString(url)
                .setMaxWaitingHandlers(WAITING)
                .setNetClientOptions(new NetClientOptions()
                        .setConnectTimeout((int) limit.toMillis() / 2)
                        .setTcpNoDelay(true)
                        .setTcpKeepAlive(true));
        return new RedisAccess(vertx, options, limit, metrics);
    }

    /** Sends a command; the future fails with {@link StoreUnavailableException}. A nil reply is {@code null}. */
    public Future<@Nullable Response> submit(Request request) {
        long started = System.nanoTime();
        return loop.<@Nullable Response>run(() -> (closed ? refused() : send(link(), request))
                .onComplete(done -> metrics.redis(name(request.command()), done.succeeded() ? "ok" : "failed",
                        System.nanoTime() - started))
                .recover(failure -> Future.failedFuture(unavailable(failure))));
    }

    private static Future<@Nullable Response> refused() {
        return Future.failedFuture(new StoreUnavailableException("this node has closed its connection to Redis"));
    }

    private Future<@Nullable Response> send(Link used, Request request) {
        return used.connection.compose(open -> open.send(request))
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .onFailure(failure -> {
                    if (failure instanceof TimeoutException) {
                        drop(used);
                    }
                });
    }

    private Link link() {
        Link open = link;
        if (open == null) {
            Redis client = Redis.createClient(vertx, options);
            Link made = new Link(client, client.connect());
            made.connection
                    .onSuccess(it -> it.exceptionHandler(failure -> drop(made)).endHandler(ended -> drop(made)))
                    .onFailure(failure -> drop(made));
            link = made;
            open = made;
        }
        return open;
    }

    private void drop(Link lost) {
        if (link == lost) {
            link = null;
            // The pool of a driver that lends one connection: closing the connection would only give it back.
            lost.client.close();
        }
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

    /** Commands that come later fail with {@link StoreUnavailableException}; none opens a connection again. */
    @Override
    public void close() {
        loop.run(() -> {
            closed = true;
            Link open = link;
            if (open != null) {
                drop(open);
            }
            return Future.succeededFuture();
        });
    }
}
