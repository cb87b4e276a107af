package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which run of rtpengine plays to the calls of a shard, and which calls those are. Methods wait, on a virtual thread, and throw
 * {@link StoreUnavailableException}.
 */
public final class MediaRuns {
    /** Commands that may be on their way; there may be a hundred thousand tenants, and others want to be served. */
    private static final int AT_ONCE = 500;

    private final RedisAccess redis;
    private final Keys keys;
    private final ConfigStore config;

    private record Asked(int shard, Future<@Nullable Response> members) {}

    public MediaRuns(RedisAccess redis, Keys keys, ConfigStore config) {
        this.redis = redis;
        this.keys = keys;
        this.config = config;
    }

    public int shards() {
        return keys.shards();
    }

    /** By shard: the run that plays to its calls; a shard is left out when nobody has noted one yet. */
    public Map<Integer, String> noted() {
        Response noted = redis.send(Request.cmd(Command.HGETALL).arg(Keys.MEDIA_RUNS));
        var runs = new HashMap<Integer, String>();
        if (noted != null) {
            noted.getKeys()
                    .forEach(shard -> runs
                            .put(Integer.valueOf(shard), Objects.requireNonNull(noted.get(shard)).toString()));
        }
        return runs;
    }

    /** All calls of the shard hear what they shall from this run. */
    public void note(int shard, String run) {
        redis.send(Request.cmd(Command.HSET).arg(Keys.MEDIA_RUNS).arg(shard).arg(run));
    }

    /** By shard: owners of its calls with media of ours, about: some may be over. */
    public Map<Integer, Set<String>> owners(Set<Integer> shards) {
        Map<Integer, Set<String>> owners = new HashMap<>();
        var asked = new ArrayList<Asked>();
        for (int shard : shards) {
            owners.put(shard, new LinkedHashSet<>());
            ask(shard, keys.due(shard), asked, owners);
        }
        for (Item tenant : config.all(Scope.GLOBAL, Kind.TENANT)) {
            int shard = keys.shard(tenant.id());
            if (shards.contains(shard)) {
                ask(shard, keys.held(tenant.id()), asked, owners);
                ask(shard, keys.joined(tenant.id()), asked, owners);
            }
        }
        collect(asked, owners);
        return owners;
    }

    private void ask(int shard, String set, List<Asked> asked, Map<Integer, Set<String>> owners) {
        if (asked.size() == AT_ONCE) {
            collect(asked, owners);
        }
        asked.add(new Asked(shard, redis.submit(Request.cmd(Command.ZRANGE).arg(set).arg(0).arg(-1))));
    }

    private static void collect(List<Asked> asked, Map<Integer, Set<String>> owners) {
        for (Asked one : asked) {
            Response members = one.members.await();
            Set<String> found = owners.get(one.shard);
            if (members != null && found != null) {
                members.forEach(member -> found.add(DueTimes.Due.of(member.toString(), 0).owner()));
            }
        }
        asked.clear();
    }
}
