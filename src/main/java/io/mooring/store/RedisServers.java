package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** One Redis, or many that are one. All methods are called on the loop of {@link RedisAccess}, and complete there in bounded time. */
interface RedisServers {

    /** Sends a command; the future fails with whatever went wrong. */
    Future<@Nullable Response> send(Request request);

    /** Sends a command that writes. Where there are replicas, one of them has it when the future succeeds. */
    Future<@Nullable Response> sendReplicated(Request request);

    /**
     * Succeeds when whoever has some keys was their primary at a time, or later: a write that began since then is at a replica.
     *
     * @param sinceNanos {@link System#nanoTime()}
     */
    Future<Void> awaitReplicasSince(long sinceNanos, Collection<String> keys);

    /** True when a replicated write covers what was written before under any key. */
    boolean isOneStream();

    void close();
}
