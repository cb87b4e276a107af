package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One server that takes writes: that of an address, or whichever the Sentinels say is the primary, whom every connection asks first. One
 * connection for all commands, in which they follow one another without waiting for replies; where there are replicas, what must not be
 * forgotten by a fail-over goes over a second connection, on which each command is followed by WAIT: Redis acknowledges it when a replica has
 * it. That holds up what comes behind on the same connection, which reading must not be.
 *
 * <p>A time limit is on every command: the driver itself has none, and a frozen server would hang its caller for ever. A connection on
 * which a command met its limit is closed: the server behind it may be gone without a word.
 */
final class RedisPrimary implements RedisServers {
    private static final int REPLICAS = 1;
    /** What comes second is Redis's own time limit, half of ours: the answer says whether it was reached. */
    private static final int REPLICATION_PART = 2;
    private static final String BARRIER = "barrier";
    private static final String RUN_ID = "run_id:";
    private static final String BARRIER_SECONDS = "60";

    private final Vertx vertx;
    private final RedisOptions options;
    private final boolean hasReplicas;
    private final long limitMillis;
    private final Lane plain = new Lane();
    private final Lane replicated = new Lane();
    /** When the last write began that a replica has, {@link System#nanoTime()}. */
    private long replicatedNanos = System.nanoTime();

    /** @param server of this run: what it calls itself */
    private record Link(Redis client, Future<RedisConnection> connection, Future<String> server) {}

    /** Holds a connection, or none. */
    private static final class Lane {
        private @Nullable Link link;
    }

    /** @param limit longest time for one command, connecting included, which may take half of it */
    RedisPrimary(Vertx vertx, RedisOptions options, boolean hasReplicas, Duration limit) {
        this.vertx = vertx;
        this.options = options;
        this.hasReplicas = hasReplicas;
        this.limitMillis = limit.toMillis();
    }

    @Override
    public boolean isOneStream() {
        return true;
    }

    @Override
    public Future<@Nullable Response> send(Request request) {
        return limited(plain, link -> link.send(request));
    }

    @Override
    public Future<@Nullable Response> sendReplicated(Request request) {
        if (!hasReplicas) {
            return send(request);
        }
        long began = System.nanoTime();
        return limited(replicated, link -> onTheServerWeRead(link, request))
                .onSuccess(reply -> replicatedNanos = began);
    }

    /** The same of a command whose key is on its way to this server from another one [Redis Cluster: ASK]. */
    Future<@Nullable Response> sendAsking(Request request, boolean toReplica) {
        Request asking = Request.cmd(Command.ASKING);
        return limited(toReplica ? replicated : plain, link -> {
            // What is sent together on one connection is carried out together.
            link.send(asking);
            return toReplica ? replicated(link, request) : link.send(request);
        });
    }

    @Override
    public Future<Void> awaitReplicasSince(long sinceNanos, Collection<String> keys) {
        return awaitReplicasSince(sinceNanos, BARRIER);
    }

    /** @param barrier key of no meaning that this server has */
    Future<Void> awaitReplicasSince(long sinceNanos, String barrier) {
        return !hasReplicas || replicatedNanos - sinceNanos > 0
                ? Future.succeededFuture()
                : sendReplicated(Request.cmd(Command.SET).arg(barrier).arg("").arg("EX").arg(BARRIER_SECONDS))
                        .mapEmpty();
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
            Link made = new Link(client, connection, hasReplicas
                    ? connection.compose(RedisPrimary::server)
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

    @Override
    public void close() {
        for (Lane lane : List.of(plain, replicated)) {
            Link open = lane.link;
            if (open != null) {
                drop(lane, open);
            }
        }
    }
}
