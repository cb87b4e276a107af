package io.mooring.store;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisRole;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one way to Redis: one connection for all commands, in which they follow one another without waiting for replies; a time limit
 * on every command; one exception. The driver itself has no command time-out, and a frozen server would hang its caller
 * for ever. A connection on which a command met its limit is closed: the server behind it may be gone without a word.
 *
 * <p>With Sentinels, every connection asks them first where the primary is, and what must not be forgotten by a fail-over goes over a
 * second connection, on which each command is followed by WAIT: Redis acknowledges it when a replica has it. That holds up what
 * comes behind on the same connection, which reading must not be.
 */
public final class RedisAccess implements AutoCloseable {
    private static final int WAITING = 8_192;
    private static final int REPLICAS = 1;
    /** What comes second is Redis's own time limit, half of ours: the answer says whether it was reached. */
    private static final int REPLICATION_PART = 2;
    private static final String BARRIER = "barrier";
    private static final String RUN_ID = "run_id:";
    private static final String BARRIER_SECONDS = "60";

    private final Vertx vertx;
    private final RedisOptions options;
    private final ClientLoop loop;
    private final long limitMillis;
    private final Metrics metrics;
    /** Names of commands for the meters: the driver makes a new text each time. */
    private final Map<Command, String> names = new ConcurrentHashMap<>();
    private final Lane plain = new Lane();
    private final Lane replicated = new Lane();
    /** Used on the loop only. */
    private boolean closed;
    /** When the last write began that a replica has, {@link System#nanoTime()}. */
    private volatile long replicatedNanos;

    /** @param server of this run: what it calls itself */
    private record Link(Redis client, Future<RedisConnection> connection, Future<String> server) {}

    /** Holds a connection, or none. */
    private static final class Lane {
        /** Used on the loop only. */
        private @Nullable Link link;
    }

    private RedisAccess(Vertx vertx, RedisOptions options, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.options = options;
        this.loop = new ClientLoop(vertx);
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
        this.replicatedNanos = System.nanoTime();
    }

    /**
     * @param url {@code redis://[:password@]host:port[/database]}
     * @param limit longest time for one command, connecting included, which may take half of it
     * @param metrics told how long each command took
     */
    public static RedisAccess connect(Vertx vertx, String url, Duration limit, Metrics metrics) {
        return new RedisAccess(vertx, options(limit).setConnectionString(url), limit, metrics);
    }

    /**
     * The same with Sentinels.
     *
     * @param uri {@code redis://[:password@]...[/database]}: what of it says where, is not used; the password is also that of the Sentinels
     * @param sentinels {@code host:port} of each
     * @param master name of the primary among them
     */
    public static RedisAccess connect(Vertx vertx, URI uri, List<String> sentinels, String master, Duration limit,
            Metrics metrics) {
        String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
        String database = uri.getRawPath() == null ? "" : uri.getRawPath();
        var options = options(limit)
                .setType(RedisClientType.SENTINEL)
                .setRole(RedisRole.MASTER)
                .setMasterName(master)
                .setEndpoints(sentinels.stream()
                        .map(address -> uri.getScheme() + "://" + user + address + database)
                        .toList());
        return new RedisAccess(vertx, options, limit, metrics);
    }

    private static RedisOptions options(Duration limit) {
        return new RedisOptions()
                .setMaxWaitingHandlers(WAITING)
                .setNetClientOptions(new NetClientOptions()
                        .setConnectTimeout((int) limit.toMillis() / 2)
                        .setTcpNoDelay(true)
                        .setTcpKeepAlive(true));
    }

    private boolean hasReplicas() {
        return options.getType() == RedisClientType.SENTINEL;
    }

    /** Sends a command; the future fails with {@link StoreUnavailableException}. A nil reply is {@code null}. */
    public Future<@Nullable Response> submit(Request request) {
        return measured(request, () -> limited(plain, link -> link.send(request)));
    }

    /**
     * Sends a command that writes what somebody is told of. Where there are replicas, one of them has it when the future succeeds; when it
     * fails, it may have been written all the same.
     */
    public Future<@Nullable Response> submitReplicated(Request request) {
        if (!hasReplicas()) {
            return submit(request);
        }
        long began = System.nanoTime();
        return measured(request, () -> limited(replicated, link -> onTheServerWeRead(link, request)))
                .onSuccess(reply -> replicatedNanos = began);
    }

    /** Succeeds when a replica has all that was written before, or there is none. */
    public Future<Void> awaitReplicas() {
        return hasReplicas()
                ? submitReplicated(Request.cmd(Command.SET).arg(BARRIER).arg("").arg("EX").arg(BARRIER_SECONDS))
                        .mapEmpty()
                : Future.succeededFuture();
    }

    /**
     * Succeeds when what we talk to was the primary at a time, or later: a write that began since then is at a replica. One that has lost its replicas may have
     * been replaced, and what it says of calls may be old.
     *
     * @param sinceNanos {@link System#nanoTime()}
     */
    public Future<Void> awaitReplicasSince(long sinceNanos) {
        return replicatedNanos - sinceNanos > 0 ? Future.succeededFuture() : awaitReplicas();
    }

    /** After a partition one Sentinel may know better than another. What was read at one server is not written to another one. */
    private Future<@Nullable Response> onTheServerWeRead(RedisConnection connection, Request request) {
        Link writing = link(replicated);
        return Future.all(link(plain).server, writing.server).compose(servers -> {
            if (servers.resultAt(0).equals(servers.resultAt(1))) {
                return replicated(connection, request);
            }
            drop(replicated, writing);
            return Future.failedFuture(new StoreUnavailableException("two servers say that they are the primary"));
        });
    }

    private Future<@Nullable Response> replicated(RedisConnection link, Request request) {
        Future<@Nullable Response> written = link.send(request);
        Future<@Nullable Response> replicas = link
                .send(Request.cmd(Command.WAIT).arg(REPLICAS).arg(limitMillis / REPLICATION_PART));
        return written.compose(
                reply -> replicas.compose(count -> count != null && Integer.parseInt(count.toString()) >= REPLICAS
                        ? Future.succeededFuture(reply)
                        : Future.failedFuture(new StoreUnavailableException("no replica has it"))));
    }

    private Future<@Nullable Response> measured(Request request, Supplier<Future<@Nullable Response>> sending) {
        long started = System.nanoTime();
        return loop.<@Nullable Response>run(() -> (closed ? refused() : sending.get())
                .onComplete(done -> metrics.redis(name(request.command()), done.succeeded() ? "ok" : "failed",
                        System.nanoTime() - started))
                .recover(failure -> Future.failedFuture(unavailable(failure))));
    }

    private static Future<@Nullable Response> refused() {
        return Future.failedFuture(new StoreUnavailableException("this node has closed its connection to Redis"));
    }

    private Future<@Nullable Response> limited(Lane lane,
            Function<RedisConnection, Future<@Nullable Response>> sending) {
        Link used = link(lane);
        return used.connection.compose(sending::apply)
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .onFailure(failure -> {
                    if (failure instanceof TimeoutException || isNoPrimary(failure)) {
                        drop(lane, used);
                    }
                });
    }

    /** It was the primary once. */
    private static boolean isNoPrimary(Throwable failure) {
        return failure.getMessage() != null && failure.getMessage().startsWith("READONLY");
    }

    private Link link(Lane lane) {
        Link open = lane.link;
        if (open == null) {
            Redis client = Redis.createClient(vertx, options);
            Future<RedisConnection> connection = client.connect();
            Link made = new Link(client, connection, hasReplicas()
                    ? connection.compose(RedisAccess::server)
                    : Future.succeededFuture(""));
            made.connection
                    .onSuccess(it -> it.exceptionHandler(failure -> drop(lane, made))
                            .endHandler(ended -> drop(lane, made)))
                    .onFailure(failure -> drop(lane, made));
            lane.link = made;
            open = made;
        }
        return open;
    }

    private static Future<String> server(RedisConnection connection) {
        return connection.send(Request.cmd(Command.INFO).arg("server"))
                .map(info -> String.valueOf(info)
                        .lines()
                        .filter(line -> line.startsWith(RUN_ID))
                        .findFirst()
                        .orElse(""));
    }

    private static void drop(Lane lane, Link lost) {
        if (lane.link == lost) {
            lane.link = null;
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
            for (Lane lane : List.of(plain, replicated)) {
                Link open = lane.link;
                if (open != null) {
                    drop(lane, open);
                }
            }
            return Future.succeededFuture();
        });
    }
}
