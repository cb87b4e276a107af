package io.mooring.store;

import io.mooring.call.Call;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * INVITEs of recalls that are with an edge: one hash for each shard. An edge that starts anew knows nothing of them, and no reply will ever
 * come; who rings is found here without reading calls. It is a help and no truth: an entry may be missing or left over, and then the time
 * that a phone may ring decides.
 */
public final class RingingInvites {
    /** The hash of a shard in which nothing has rung for so long is gone. */
    private static final String LIFETIME_SECONDS = "600";

    private final LuaScript enter = LuaScript.load("enter_ringing");
    private final RedisAccess redis;
    private final Keys keys;

    /**
     * An INVITE.
     *
     * @param owner of the call
     * @param leg id of the leg that is called
     * @param control URL of the edge that has it
     * @param boot when that edge was started, as it says
     * @param untilMillis how long it rings at the most, milliseconds since 1970
     */
    public record Ringing(String owner, String leg, String control, String boot, long untilMillis) {

        private static String field(String owner, String leg) {
            return owner + "|" + leg;
        }

        private String value() {
            return untilMillis + "|" + boot + "|" + control;
        }

        private static Ringing of(String field, String value) {
            int bar = field.lastIndexOf('|');
            String[] parts = value.split("\\|", 3);
            return new Ringing(field.substring(0, bar), field.substring(bar + 1), parts[2], parts[1],
                    Long.parseLong(parts[0]));
        }
    }

    public RingingInvites(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /**
     * Enters what an edge has taken; does not wait.
     *
     * @return whether it was entered: false when it rings no more by now
     */
    public Future<Boolean> enter(Call call, Ringing ringing) {
        List<String> at = List.of(keys.ringing(keys.shard(call.tenant)), keys.call(call.tenant, call.id));
        return enter.run(redis, at,
                List.of(Ringing.field(ringing.owner, ringing.leg), ringing.value(), ringing.leg, LIFETIME_SECONDS))
                .map(entered -> entered != null && entered.toString().equals("1"));
    }

    /** Takes out what rings no more; does not wait. */
    public void forget(Call call, Collection<String> legs) {
        forget(keys.shard(call.tenant), call.owner(), legs);
    }

    /** The same of a call that was not read. */
    public void forget(String owner, Collection<String> legs) {
        forget(keys.shard(owner.substring(0, owner.indexOf('/'))), owner, legs);
    }

    private void forget(int shard, String owner, Collection<String> legs) {
        if (!legs.isEmpty()) {
            Request command = Request.cmd(Command.HDEL).arg(keys.ringing(shard));
            legs.forEach(leg -> command.arg(Ringing.field(owner, leg)));
            redis.submit(command);
        }
    }

    /** What is entered in some shards; waits, on a virtual thread. */
    public List<Ringing> in(IntPredicate shards) {
        List<Future<@Nullable Response>> asked = IntStream.range(0, keys.shards())
                .filter(shards)
                .mapToObj(shard -> redis.submit(Request.cmd(Command.HGETALL).arg(keys.ringing(shard))))
                .toList();
        var found = new ArrayList<Ringing>();
        for (Future<@Nullable Response> one : asked) {
            Response hash = one.await();
            if (hash != null) {
                hash.getKeys()
                        .forEach(field -> found
                                .add(Ringing.of(field, Objects.requireNonNull(hash.get(field)).toString())));
            }
        }
        return found;
    }
}
