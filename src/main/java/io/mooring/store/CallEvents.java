package io.mooring.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.call.CallEvent;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened to the calls of a tenant, in the order in which it became true: a stream, bounded, and written in the same step as
 * the call. {@code redis/README.md} has the keys.
 *
 * <p>All methods that return no future wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class CallEvents {
    /** Events of a tenant that are kept, about: Redis cuts whole blocks off. */
    static final String KEPT = "10000";

    /** How long after a tenant's last one. */
    static final String LIFETIME_MILLIS = Long.toString(Duration.ofDays(30).toMillis());

    /** The form of an id: milliseconds since 1970, and a number. */
    public static final Pattern ID = Pattern.compile("[0-9]{1,15}-[0-9]{1,10}");

    private static final Logger LOG = LoggerFactory.getLogger(CallEvents.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RedisAccess redis;
    private final Keys keys;

    public CallEvents(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /**
     * An event as it is kept.
     *
     * @param id tells its place in the order; rises
     * @param place where the call was then
     * @param json the fields of {@link CallEvent}; those that are empty or 0 are left out
     */
    public record Kept(String id, String place, JsonNode json) {

        /** When it happened, milliseconds since 1970 by the clock of Redis. */
        public long atMillis() {
            return Long.parseLong(id.substring(0, id.indexOf('-')));
        }

        /** Empty when this version does not know it. */
        public Optional<CallEvent.Type> type() {
            return CallEvent.Type.named(text("type"));
        }

        public String text(String field) {
            return json.path(field).asText();
        }
    }

    /** Notes what changes no call; does not wait. */
    public Future<Void> note(String tenant, CallEvent event) {
        redis.submit(Request.cmd(Command.XADD)
                .arg(keys.events(tenant))
                .arg("MAXLEN")
                .arg("~")
                .arg(KEPT)
                .arg("*")
                .arg("place")
                .arg("")
                .arg("event")
                .arg(Records.write(event)));
        return redis.submit(Request.cmd(Command.PEXPIRE).arg(keys.events(tenant)).arg(LIFETIME_MILLIS)).mapEmpty();
    }

    /** Those after an id, the oldest first; does not wait. */
    public Future<List<Kept>> after(String tenant, String id, int most) {
        return redis.submit(Request.cmd(Command.XRANGE)
                .arg(keys.events(tenant))
                .arg(id.isEmpty() ? "-" : "(" + id)
                .arg("+")
                .arg("COUNT")
                .arg(most)).map(CallEvents::kept);
    }

    /**
     * Which of some tenants have events after an id; does not wait. All of one shard.
     *
     * @param known ids by tenant
     */
    public Future<Set<String>> news(Map<String, String> known) {
        var request = Request.cmd(Command.XREAD).arg("COUNT").arg(1).arg("STREAMS");
        Map<String, String> tenants = new HashMap<>();
        known.keySet().forEach(tenant -> {
            request.arg(keys.events(tenant));
            tenants.put(keys.events(tenant), tenant);
        });
        known.values().forEach(request::arg);
        return redis.submit(request).map(found -> {
            Set<String> news = new HashSet<>();
            streams(found).forEach(stream -> Optional.ofNullable(tenants.get(stream)).ifPresent(news::add));
            return news;
        });
    }

    /** Names of the streams in a reply, as either version of the protocol has it. */
    private static Set<String> streams(@Nullable Response reply) {
        Set<String> names = new HashSet<>();
        if (reply != null && !reply.getKeys().isEmpty()) {
            names.addAll(reply.getKeys());
        } else if (reply != null) {
            reply.forEach(stream -> names.add(stream.get(0).toString()));
        }
        return names;
    }

    /** Those before an id, the latest first; does not wait. */
    public Future<List<Kept>> before(String tenant, String id, int most) {
        return redis.submit(Request.cmd(Command.XREVRANGE)
                .arg(keys.events(tenant))
                .arg(id.isEmpty() ? "+" : "(" + id)
                .arg("-")
                .arg("COUNT")
                .arg(most)).map(CallEvents::kept);
    }

    /** Those of one call, the oldest first, as far as the stream has them still. */
    public List<Kept> of(String tenant, String call) {
        Response ids = redis.send(Request.cmd(Command.LRANGE).arg(keys.timeline(tenant, call)).arg(0).arg(-1));
        List<Future<List<Kept>>> asked = new ArrayList<>();
        if (ids != null) {
            ids.forEach(id -> asked.add(redis.submit(Request.cmd(Command.XRANGE)
                    .arg(keys.events(tenant))
                    .arg(id.toString())
                    .arg(id.toString())).map(CallEvents::kept)));
        }
        return asked.stream().flatMap(one -> one.await().stream()).toList();
    }

    /** Id of the latest event that there ever was; {@code 0-0} when there was none. */
    public String latest(String tenant) {
        return before(tenant, "", 1).await().stream().findFirst().map(Kept::id).orElse("0-0");
    }

    /** True when events after this one are no longer kept: who knows that one last has missed some. */
    public boolean hasLost(String tenant, String id) {
        return compare(id, latest(tenant)) > 0 || isCutOff(tenant, id);
    }

    private boolean isCutOff(String tenant, String id) {
        List<Kept> oldest = after(tenant, "", 1).await();
        if (oldest.isEmpty() || compare(oldest.getFirst().id, id) <= 0) {
            return false;
        }
        Response info = redis.send(Request.cmd(Command.XINFO).arg("STREAM").arg(keys.events(tenant)));
        return info != null && number(info.get("entries-added")) > number(info.get("length"));
    }

    /** Orders ids. */
    public static int compare(String one, String other) {
        int byTime = Long.compare(part(one, 0), part(other, 0));
        return byTime != 0 ? byTime : Long.compare(part(one, 1), part(other, 1));
    }

    private static long part(String id, int part) {
        return Long.parseLong(id.split("-", 2)[part]);
    }

    /** Forgets a tenant's, before another tenant gets its name. */
    public void forget(String tenant) {
        redis.send(Request.cmd(Command.DEL).arg(keys.events(tenant)));
    }

    /**
     * Notes that somebody follows a tenant's events, for a while.
     *
     * @param most that may do so at once
     * @return false when there are that many others
     */
    public boolean follow(String tenant, String follower, long nowMillis, Duration lasts, int most) {
        String key = keys.followers(tenant);
        redis.submit(Request.cmd(Command.ZREMRANGEBYSCORE).arg(key).arg("-inf").arg(nowMillis));
        redis.submit(Request.cmd(Command.ZADD).arg(key).arg(nowMillis + lasts.toMillis()).arg(follower));
        redis.submit(Request.cmd(Command.PEXPIRE).arg(key).arg(lasts.toMillis()));
        Response now = redis.send(Request.cmd(Command.ZCARD).arg(key));
        if (number(now) <= most) {
            return true;
        }
        unfollow(tenant, follower);
        return false;
    }

    private static long number(@Nullable Response answer) {
        return answer == null ? 0 : Long.parseLong(answer.toString());
    }

    /** Takes that back; does not wait. */
    public void unfollow(String tenant, String follower) {
        redis.submit(Request.cmd(Command.ZREM).arg(keys.followers(tenant)).arg(follower));
    }

    private static List<Kept> kept(@Nullable Response entries) {
        var found = new ArrayList<Kept>();
        if (entries != null) {
            entries.forEach(entry -> found.add(event(entry)));
        }
        return found;
    }

    /** One that cannot be read, say because a later version wrote it, keeps its place in the order and has no fields. */
    private static Kept event(Response entry) {
        String place = "";
        JsonNode json = JSON.createObjectNode();
        Response fields = entry.get(1);
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            String value = fields.get(i + 1).toString();
            switch (fields.get(i).toString()) {
                case "place" -> place = value;
                case "event" -> json = read(value);
                default -> {}
            }
        }
        return new Kept(entry.get(0).toString(), place, json);
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            LOG.atWarn().setCause(e).log("an event in Redis that cannot be read");
            return JSON.createObjectNode();
        }
    }
}
