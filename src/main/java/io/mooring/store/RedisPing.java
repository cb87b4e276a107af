package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.function.Supplier;

/** Asks Redis whether it answers. */
public final class RedisPing implements Supplier<Future<Void>> {

    private final RedisAccess redis;

    /** @param redis whom to ask */
    public RedisPing(RedisAccess redis) {
        this.redis = redis;
    }

    /** Fails with {@link StoreUnavailableException} within the time limit of a command. */
    @Override
    public Future<Void> get() {
        return redis.submit(Request.cmd(Command.PING)).mapEmpty();
    }
}
