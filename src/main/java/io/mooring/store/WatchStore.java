package io.mooring.store;

import io.mooring.call.Call;
import io.mooring.call.Watch;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions of devices to what is parked, and the marks of places whose watchers have to be told. {@code redis/README.md} has the
 * keys.
 *
 * <p>All methods that return no future wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class WatchStore {
    /** Calls that one NOTIFY tells of: more would not fit into a datagram, nor onto a screen. */
    static final int CALLS_A_NOTIFY = 100;

    private static final int MICROS = 1_000;

    private final RedisAccess redis;
    private final Keys keys;
    private final LuaScript save = LuaScript.load("save_watch");
    private final LuaScript take = LuaScript.load("take_notifies");
    private final LuaScript told = LuaScript.load("told");
    private final LuaScript notTold = LuaScript.load("not_told");
    private final LuaScript end = LuaScript.load("end_watch");
    private final LuaScript settle = LuaScript.load("settle_lamp");

    public WatchStore(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /** What came of writing a subscription. */
    public enum Saved {
        /** Written. */
        OK,
        /** A later SUBSCRIBE of the dialog was there before. */
        OLD,
        /** The tenant has as many as it may have. */
        QUOTA
    }

    /** What a subscription is told now. */
    public sealed interface Taken {
        /** Nothing that it does not know. */
        record Nothing() implements Taken {}

        /** Something, but it was told of another thing just now. */
        record Later(long millis) implements Taken {}

        /**
         * A NOTIFY.
         *
         * @param number its CSeq number, one higher each time, 1 for the first
         * @param lasts the rest of the subscription's time
         * @param calls that wait where it watches, in the order in which they would be retrieved
         */
        record Notify(Watch watch, long number, Duration lasts, List<Call> calls) implements Taken {}
    }

    /**
     * Something that watchers have to be told.
     *
     * @param what name of a place; or # and the id of a subscription
     * @param micros when, microseconds since 1970
     */
    public record Mark(String tenant, String what, long micros) {
        private String member() {
            return tenant + "|" + what;
        }
    }

    /** The shard of a tenant. */
    public int shard(String tenant) {
        return keys.shard(tenant);
    }

    /** All shards, from 0. */
    public int shards() {
        return keys.shards();
    }

    /**
     * Writes a subscription, or a refresh of it.
     *
     * @param cseq CSeq number of the SUBSCRIBE
     * @param most that the tenant may have
     * @param boot when its edge was started, as it says; empty: unknown
     */
    public Saved save(Watch watch, long cseq, Duration lasts, int most, String boot) {
        int shard = shard(watch.tenant);
        Response saved = save.runReplicated(redis,
                List.of(keys.watchPrefix(watch.tenant) + watch.id, keys.watches(watch.tenant), keys.watchEnds(shard),
                        keys.watchEdges(shard)),
                List.of(watch.tenant, watch.id, Records.write(watch), Long.toString(cseq),
                        Long.toString(lasts.toSeconds()), Integer.toString(most), keys.watchersPrefix(watch.tenant),
                        String.join(" ", watch.places), Integer.toString(watch.firstOrbit),
                        Integer.toString(watch.lastOrbit), watch.leg.control, boot))
                .await();
        return Saved.valueOf(String.valueOf(saved));
    }

    /** A subscription, if it has not ended. */
    public Optional<Watch> load(String tenant, String id) {
        Response data = redis.send(Request.cmd(Command.HGET).arg(keys.watchPrefix(tenant) + id).arg("data"));
        return Optional.ofNullable(data).map(json -> Records.read(json, Watch.class));
    }

    /**
     * What some subscriptions are told now, by id.
     *
     * @param apartMillis between two NOTIFYs of one, at least
     * @param always also what they know
     */
    public Map<String, Taken> take(String tenant, List<String> ids, long apartMillis, boolean always) {
        var arguments = new ArrayList<>(List.of(keys.watchPrefix(tenant), keys.places(tenant), keys.calls(tenant),
                Long.toString(apartMillis), Integer.toString(CALLS_A_NOTIFY), always ? "1" : "0"));
        arguments.addAll(ids);
        Response answers = Objects.requireNonNull(take.run(redis, List.of(keys.orbits(tenant)), arguments).await());
        var taken = new HashMap<String, Taken>();
        var known = new HashMap<String, Optional<Call>>();
        answers.forEach(answer -> taken.put(answer.get(0).toString(), taken(answer, known)));
        return taken;
    }

    /** @param known calls that were read in this answer, by their text: many watch the same */
    private static Taken taken(Response answer, Map<String, Optional<Call>> known) {
        return switch (answer.get(1).toString()) {
            case "LATER" -> new Taken.Later(number(answer.get(2)));
            case "NOTIFY" -> {
                var calls = new ArrayList<Call>();
                answer.get(5)
                        .forEach(call -> known
                                .computeIfAbsent(call.get(1).toString(),
                                        data -> CallStore.call(call.get(0), call.get(1), call.get(2)))
                                .ifPresent(calls::add));
                yield new Taken.Notify(Records.read(answer.get(2), Watch.class), number(answer.get(3)),
                        Duration.ofMillis(number(answer.get(4))), calls);
            }
            default -> new Taken.Nothing();
        };
    }

    private static long number(Response value) {
        return Long.parseLong(value.toString());
    }

    /** NOTIFYs are with their edge; does not wait. */
    public Future<Void> told(String tenant, List<Taken.Notify> notifies) {
        var arguments = new ArrayList<>(List.of(keys.watchPrefix(tenant)));
        notifies.forEach(notify -> {
            arguments.add(notify.watch.id);
            arguments.add(Long.toString(notify.number));
        });
        return told.run(redis, List.of(keys.orbits(tenant)), arguments).mapEmpty();
    }

    /**
     * A NOTIFY did not arrive.
     *
     * @return how many in a row have not; 0: a later one was sent, or the subscription has ended
     */
    public long notTold(String tenant, String id, long number) {
        return failures(tenant, id, Long.toString(number), "");
    }

    /** An edge has forgotten what it was to send. True when the subscription is reached through it. */
    public boolean forgotten(String tenant, String id, String control) {
        return failures(tenant, id, "", control) > 0;
    }

    private long failures(String tenant, String id, String number, String control) {
        return number(Objects.requireNonNull(
                notTold.run(redis, List.of(keys.watchPrefix(tenant) + id), List.of(number, control)).await()));
    }

    /**
     * Ends a subscription.
     *
     * @param onlyWhenOver leaves one whose time is not over
     * @return what it has to be told last, about nothing; empty when it is gone, or lasts
     */
    public Optional<Taken.Notify> end(String tenant, String id, boolean onlyWhenOver) {
        Response ended = end.runReplicated(redis,
                List.of(keys.watchPrefix(tenant) + id, keys.watches(tenant), keys.watchEnds(shard(tenant))),
                List.of(tenant, id, keys.watchersPrefix(tenant), onlyWhenOver ? "1" : "0"))
                .await();
        return ended == null || ended.size() < 2
                ? Optional.empty()
                : Optional.of(new Taken.Notify(Records.read(ended.get(0), Watch.class), number(ended.get(1)),
                        Duration.ZERO, List.of()));
    }

    /** Ids of the subscriptions that watch a place. */
    public List<String> watchers(String tenant, String place) {
        var ids = new LinkedHashSet<>(members(keys.watchersPrefix(tenant) + place));
        if (place.startsWith("orbit:")) {
            ids.addAll(members(keys.watchersPrefix(tenant) + Watch.RANGE));
        }
        return List.copyOf(ids);
    }

    private List<String> members(String key) {
        return texts(redis.send(Request.cmd(Command.ZRANGE).arg(key).arg(0).arg(-1)));
    }

    private static List<String> texts(@Nullable Response list) {
        return list == null ? List.of() : list.stream().map(Response::toString).toList();
    }

    /** When a mark was set last, microseconds since 1970; empty: it is not. */
    public OptionalLong marked(String tenant, String what) {
        Response score = redis.send(
                Request.cmd(Command.ZSCORE).arg(keys.lamps(shard(tenant))).arg(tenant + "|" + what));
        return score == null ? OptionalLong.empty() : OptionalLong.of(Objects.requireNonNull(score.toLong()));
    }

    /** Sets a mark; does not wait. */
    public Future<Void> mark(String tenant, String what, long atMillis) {
        return redis.submit(Request.cmd(Command.ZADD)
                .arg(keys.lamps(shard(tenant)))
                .arg(atMillis * MICROS)
                .arg(tenant + "|" + what)).mapEmpty();
    }

    /** All have been told; does not wait. */
    public Future<Void> settle(Mark mark) {
        return settle
                .run(redis, List.of(keys.lamps(shard(mark.tenant))), List.of(mark.member(), Long.toString(mark.micros)))
                .mapEmpty();
    }

    /** The marks of a shard that were set before a time, the oldest first; does not wait. */
    public Future<List<Mark>> marks(int shard, long beforeMillis, int most) {
        return redis.submit(Request.cmd(Command.ZRANGEBYSCORE)
                .arg(keys.lamps(shard))
                .arg("-inf")
                .arg(beforeMillis * MICROS)
                .arg("WITHSCORES")
                .arg("LIMIT")
                .arg(0)
                .arg(most)).map(found -> {
                    var marks = new ArrayList<Mark>();
                    if (found != null) {
                        found.forEach(entry -> {
                            String member = entry.get(0).toString();
                            int bar = member.indexOf('|');
                            marks.add(new Mark(member.substring(0, bar), member.substring(bar + 1),
                                    Objects.requireNonNull(entry.get(1).toLong())));
                        });
                    }
                    return marks;
                });
    }

    /** Subscriptions of a shard whose time was over by then, as marks; does not wait. */
    public Future<List<Mark>> over(int shard, long byMillis, int most) {
        return redis.submit(Request.cmd(Command.ZRANGEBYSCORE)
                .arg(keys.watchEnds(shard))
                .arg("-inf")
                .arg(byMillis)
                .arg("LIMIT")
                .arg(0)
                .arg(most)).map(found -> texts(found).stream().map(WatchStore::subscription).toList());
    }

    /** All subscriptions of a shard, as marks. */
    public List<Mark> all(int shard) {
        return members(keys.watchEnds(shard)).stream().map(WatchStore::subscription).toList();
    }

    private static Mark subscription(String member) {
        int bar = member.indexOf('|');
        return new Mark(member.substring(0, bar), "#" + member.substring(bar + 1), 0);
    }

    /** The edges that subscriptions of a shard are reached through, by control URL, and when they were started; does not wait. */
    public Future<Map<String, String>> edges(int shard) {
        return redis.submit(Request.cmd(Command.HGETALL).arg(keys.watchEdges(shard))).map(hash -> {
            var edges = new HashMap<String, String>();
            if (hash != null) {
                Set<String> controls = hash.getKeys();
                controls.forEach(control -> edges.put(control, Objects.requireNonNull(hash.get(control)).toString()));
            }
            return edges;
        });
    }

    /** Notes when an edge was started that has been told all that it had forgotten; does not wait. */
    public Future<Void> knows(int shard, String control, String boot) {
        return redis.submit(Request.cmd(Command.HSET).arg(keys.watchEdges(shard)).arg(control).arg(boot)).mapEmpty();
    }
}
