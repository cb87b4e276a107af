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
    private final RedisAccess redis;
    private final Keys keys;
    private final ConfigStore config;

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
        Map<Integer, List<Future<@Nullable Response>>> asked = new HashMap<>();
        shards.forEach(shard -> asked.put(shard, new ArrayList<>(List.of(members(keys.due(shard))))));
        for (Item tenant : config.all(Scope.GLOBAL, Kind.TENANT)) {
            var ofShard = asked.get(keys.shard(tenant.id()));
            if (ofShard != null) {
                ofShard.add(members(keys.held(tenant.id())));
                ofShard.add(members(keys.joined(tenant.id())));
            }
        }
        Map<Integer, Set<String>> owners = new HashMap<>();
        asked.forEach((shard, sets) -> {
            Set<String> found = owners.computeIfAbsent(shard, it -> new LinkedHashSet<>());
            for (Future<@Nullable Response> one : sets) {
                Response members = one.await();
                if (members != null) {
                    members.forEach(member -> found.add(DueTimes.Due.of(member.toString(), 0).owner()));
                }
            }
        });
        return owners;
    }

    private Future<@Nullable Response> members(String set) {
        return redis.submit(Request.cmd(Command.ZRANGE).arg(set).arg(0).arg(-1));
    }
}
