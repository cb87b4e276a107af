package io.mooring.store;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one way to Redis, be it one server, a primary among Sentinels or a cluster: a time limit on every command, and one exception. The
 * commands of a node to one server follow one another without waiting for replies.
 */
public final class RedisAccess implements AutoCloseable {
    private final ClientLoop loop;
    private final Metrics metrics;
    /** Used on the loop only. */
    private final RedisServers servers;
    /** Names of commands for the meters: the driver makes a new text each time. */
    private final Map<Command, String> names = new ConcurrentHashMap<>();
    /** Used on the loop only. */
    private boolean closed;

    private RedisAccess(Vertx vertx, RedisServers servers, Metrics metrics) {
        this.loop = new ClientLoop(vertx);
        this.servers = servers;
        this.metrics = metrics;
    }

    /**
     * @param limit longest time for one command at one server, connecting included, which may take half of it
     * @param metrics told how long each command took
     */
    public static RedisAccess connect(Vertx vertx, RedisSetup setup, Duration limit, Metrics metrics) {
        RedisServers servers = setup.kind() == RedisSetup.Kind.CLUSTER
                ? new RedisCluster(vertx, setup, limit)
                : new RedisPrimary(vertx, setup.options(limit), setup.kind() == RedisSetup.Kind.SENTINELS, limit);
        return new RedisAccess(vertx, servers, metrics);
    }

    /** Sends a command; the future fails with {@link StoreUnavailableException}. A nil reply is {@code null}. */
    public Future<@Nullable Response> submit(Request request) {
        return measured(request, () -> servers.send(request));
    }

    /**
     * Sends a command that writes what somebody is told of. Where there are replicas, one of them has it when the future succeeds; when it
     * fails, it may have been written all the same.
     */
    public Future<@Nullable Response> submitReplicated(Request request) {
        return measured(request, () -> servers.sendReplicated(request));
    }

    /**
     * Sends a write without which a later, replicated one is worth nothing. With a single primary a replica has this one too when it has that
     * one; in a cluster the two may be at different primaries, and each is replicated by itself.
     */
    public Future<@Nullable Response> submitBefore(Request request) {
        return servers.isOneStream() ? submit(request) : submitReplicated(request);
    }

    /**
     * Succeeds when whoever we talk to about some keys was their primary at a time, or later: a write that began since then is at a replica, or
     * there is none. One that has lost its replicas may have been replaced, and what it says of calls may be old.
     *
     * @param sinceNanos {@link System#nanoTime()}
     */
    public Future<Void> awaitReplicasSince(long sinceNanos, List<String> keys) {
        return loop.run(() -> (closed ? RedisAccess.<Void>refused() : servers.awaitReplicasSince(sinceNanos, keys))
                .recover(failure -> Future.failedFuture(unavailable(failure))));
    }

    private Future<@Nullable Response> measured(Request request, Supplier<Future<@Nullable Response>> sending) {
        long started = System.nanoTime();
        return loop.<@Nullable Response>run(() -> (closed ? RedisAccess.<@Nullable Response>refused() : sending.get())
                .onComplete(done -> metrics.redis(name(request.command()), done.succeeded() ? "ok" : "failed",
                        System.nanoTime() - started))
                .recover(failure -> Future.failedFuture(unavailable(failure))));
    }

    private static <T extends @Nullable Object> Future<T> refused() {
        return Future.failedFuture(new StoreUnavailableException("this node has closed its connection to Redis"));
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
            servers.close();
            return Future.succeededFuture();
        });
    }
}
