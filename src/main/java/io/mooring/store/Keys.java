package io.mooring.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Names of keys. All keys of a tenant's calls bear the hash tag of its shard, so that one script may touch them on Redis Cluster too;
 * what is provisioned bears one tag, because a tenant must be written together with what edges read of it, who know no shards. A key
 * that no script touches together with others bears none.
 *
 * @param shards number of shards, the same at every node for ever
 */
public record Keys(int shards) {
    /** Before the name of each key that is provisioned, of access, and of what edges know of themselves. */
    static final String CONFIG = "{cfg}:";

    /** Written by the edges. */
    static final String EDGES = CONFIG + "edge:controls";
    static final String EDGE_ADDRESSES = CONFIG + "edge:sockets";

    /** By shard: the run of rtpengine that plays to its calls. */
    static final String MEDIA_RUNS = CONFIG + "media-runs";

    /** The shard of a tenant. */
    public int shard(String tenant) {
        var crc = new CRC32();
        crc.update(tenant.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % shards);
    }

    private String tag(String tenant) {
        return "{s" + shard(tenant) + "}";
    }

    String calls(String tenant) {
        return tag(tenant) + ":call:" + tenant + ":";
    }

    String call(String tenant, String id) {
        return calls(tenant) + id;
    }

    /** The call that was retrieved from a place a moment ago. */
    String taken(String tenant, String place) {
        return tag(tenant) + ":taken:" + tenant + ":" + place;
    }

    /** What is left of a call that is over. */
    String ended(String tenant, String id) {
        return tag(tenant) + ":ended:" + tenant + ":" + id;
    }

    /** What an event of a call got. */
    String event(String tenant, String id, String event) {
        return tag(tenant) + ":event:" + tenant + ":" + id + ":" + event;
    }

    String places(String tenant) {
        return tag(tenant) + ":place:" + tenant + ":";
    }

    /** The calls that hold a place. */
    String held(String tenant) {
        return tag(tenant) + ":held:" + tenant;
    }

    /** Which orbits are taken. */
    String orbits(String tenant) {
        return tag(tenant) + ":orbits:" + tenant;
    }

    /** Which orbit of each range was given last. */
    String lastOrbits(String tenant) {
        return tag(tenant) + ":orbits-last:" + tenant;
    }

    /** Tries of PINs at a place. */
    String pins(String tenant, String place) {
        return tag(tenant) + ":pins:" + tenant + ":" + place;
    }

    /** What happened to calls. */
    String events(String tenant) {
        return tag(tenant) + ":events:" + tenant;
    }

    /** Which of those were one call's. */
    String timeline(String tenant, String id) {
        return tag(tenant) + ":timeline:" + tenant + ":" + id;
    }

    /** Who follows the events now. */
    String followers(String tenant) {
        return tag(tenant) + ":followers:" + tenant;
    }

    /** How far a webhook is. */
    String webhook(String tenant, String birth) {
        return tag(tenant) + ":webhook:" + tenant + ":" + birth;
    }

    /** What a webhook has given up. */
    String deadLetters(String tenant, String birth) {
        return tag(tenant) + ":dead-letters:" + tenant + ":" + birth;
    }

    String parked(String tenant) {
        return tag(tenant) + ":parked:" + tenant;
    }

    /** Calls in which two legs are joined. */
    String joined(String tenant) {
        return tag(tenant) + ":joined:" + tenant;
    }

    String due(int shard) {
        return "{s" + shard + "}:due";
    }

    String due(String tenant) {
        return due(shard(tenant));
    }

    /** What edges ring. */
    String ringing(int shard) {
        return "{s" + shard + "}:ringing";
    }

    /** Subscriptions, before their ids. */
    String watchPrefix(String tenant) {
        return tag(tenant) + ":watch:" + tenant + ":";
    }

    /** The subscriptions of a tenant. */
    String watches(String tenant) {
        return tag(tenant) + ":watches:" + tenant;
    }

    /** Who watches a place, before its name. */
    String watchersPrefix(String tenant) {
        return tag(tenant) + ":watchers:" + tenant + ":";
    }

    /** When the subscriptions of a shard end. */
    String watchEnds(int shard) {
        return "{s" + shard + "}:watch-ends";
    }

    /** The edges that subscriptions of a shard are reached through. */
    String watchEdges(int shard) {
        return "{s" + shard + "}:watch-edges";
    }

    /** What watchers have to be told. */
    String lamps(int shard) {
        return "{s" + shard + "}:lamps";
    }

    /** The edge reads this one too, and knows no shard. */
    static String dialog(String callId) {
        return "own:" + callId;
    }

    static String begun(String event) {
        return "begun:" + event;
    }

    static String cancelled(String callId, long cseq) {
        return "cancelled:" + callId + "|" + cseq;
    }
}
