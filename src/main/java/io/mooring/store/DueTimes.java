package io.mooring.store;

import io.mooring.call.Call;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * When something is due in which call: one sorted set for each shard, kept in step by the write of each call. Methods that return no
 * future wait, on a virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class DueTimes {
    private final RedisAccess redis;
    private final Keys keys;

    /**
     * An entry.
     *
     * @param owner of the call
     * @param epoch 0: something is due in the call; else the write that ordered the INVITEs of a recall, which no edge is known to have
     * @param atMillis when, milliseconds since 1970
     */
    public record Due(String owner, long epoch, long atMillis) {

        static Due of(String member, long atMillis) {
            int bar = member.indexOf('|');
            return bar < 0
                    ? new Due(member, 0, atMillis)
                    : new Due(member.substring(0, bar), Long.parseLong(member.substring(bar + 1)), atMillis);
        }

        /** As it stands in Redis. */
        public String member() {
            return epoch == 0 ? owner : owner + "|" + epoch;
        }
    }

    public DueTimes(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    public int shards() {
        return keys.shards();
    }

    /** The shard of a call. */
    public int shard(Call call) {
        return keys.shard(call.tenant);
    }

    /**
     * What is due in all shards.
     *
     * @param untilMillis by shard: later ones are left out
     * @param most of each shard, the earliest
     */
    public List<Due> until(IntToLongFunction untilMillis, int most) {
        return IntStream.range(0, keys.shards())
                .mapToObj(shard -> ask(shard, untilMillis.applyAsLong(shard), most))
                .toList()
                .stream()
                .flatMap(asked -> read(asked.await()).stream())
                .toList();
    }

    /** The same of one shard. */
    public List<Due> until(int shard, long untilMillis, int most) {
        return read(ask(shard, untilMillis, most).await());
    }

    private Future<@Nullable Response> ask(int shard, long untilMillis, int most) {
        return redis.submit(Request.cmd(Command.ZRANGEBYSCORE)
                .arg(keys.due(shard))
                .arg("-inf")
                .arg(untilMillis)
                .arg("WITHSCORES")
                .arg("LIMIT")
                .arg(0)
                .arg(most));
    }

    private static List<Due> read(@Nullable Response found) {
        var due = new ArrayList<Due>();
        if (found != null) {
            found.forEach(
                    entry -> due.add(Due.of(entry.get(0).toString(), Objects.requireNonNull(entry.get(1).toLong()))));
        }
        return due;
    }

    /** Takes out what is not due any more: its call has gone, or an edge has the INVITEs. Does not wait. */
    public Future<Void> forget(Due due) {
        return redis.submit(Request.cmd(Command.ZREM).arg(key(due)).arg(due.member())).mapEmpty();
    }

    /** True when this is still to be done; who has read it ahead may have been overtaken. Waits, on a virtual thread. */
    public boolean isStillDue(Due due) {
        Response now = redis.send(Request.cmd(Command.ZSCORE).arg(key(due)).arg(due.member()));
        return now != null && Objects.requireNonNull(now.toLong()) <= due.atMillis;
    }

    /** Notes what the next write of a call orders. Does not wait: the commands of a node are done in their order. */
    public Future<Void> note(Due due) {
        return redis.submit(Request.cmd(Command.ZADD).arg(key(due)).arg(due.atMillis).arg(due.member())).mapEmpty();
    }

    /** Lets something be due later, if it is due at all; the call itself is not written. Does not wait. */
    public Future<Void> postpone(Due due, long untilMillis) {
        return redis.submit(Request.cmd(Command.ZADD).arg(key(due)).arg("XX").arg(untilMillis).arg(due.member()))
                .mapEmpty();
    }

    private String key(Due due) {
        return keys.due(due.owner.substring(0, due.owner.indexOf('/')));
    }
}
