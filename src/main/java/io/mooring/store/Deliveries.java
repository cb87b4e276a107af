package io.mooring.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.CallEvents.Kept;
import io.mooring.tenant.TenantJson;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far the webhooks of tenants are, and what could not be delivered; {@code redis/README.md} has the keys. A webhook is named by its
 * birth here, so that one that is created under the id of an earlier one begins anew.
 *
 * <p>Methods that return no future wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class Deliveries {
    /** Dead letters of a webhook that are kept. */
    public static final int DEAD_LETTERS = 1_000;

    /** Longer than the events themselves, after the last of which it is written once more. */
    private static final String LIFETIME_MILLIS = Long.toString(Duration.ofDays(31).toMillis());
    private static final int ATTEMPTS = 20;

    private final RedisAccess redis;
    private final Keys keys;
    private final LuaScript save = LuaScript.load("save_delivery");

    public Deliveries(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /**
     * How far a webhook is.
     *
     * @param rev of this state; empty: it was never written
     * @param cursor id of an event: this one and all before it are done
     * @param ahead ids of events after it that are done
     * @param health how it went
     */
    public record Progress(String rev, String cursor, List<String> ahead, Health health) {}

    /**
     * How deliveries went. Times are milliseconds since 1970, 0: never.
     *
     * @param lastSuccessAtMillis when something was delivered last
     * @param lastFailureAtMillis when something was not
     * @param lastError why
     * @param failures attempts that have failed since the last success
     * @param missedAtMillis when it was found that events had been cut off before they could be delivered
     */
    public record Health(long lastSuccessAtMillis, long lastFailureAtMillis, String lastError, int failures,
            long missedAtMillis) {
        /** Of a webhook that has delivered nothing yet. */
        public static final Health NEW = new Health(0, 0, "", 0, 0);
    }

    /**
     * An event that was given up.
     *
     * @param event as it was
     * @param attempts that were made
     * @param error of the last one
     * @param atMillis when it was given up, milliseconds since 1970
     * @param again whether it is to be delivered once more
     */
    public record DeadLetter(Kept event, int attempts, String error, long atMillis, boolean again) {

        /** The same, to be delivered once more or not. */
        public DeadLetter with(boolean wanted) {
            return new DeadLetter(event, attempts, error, atMillis, wanted);
        }
    }

    /** Tenants that have or had webhooks, by the version of the last change to one; does not wait. */
    public Future<Map<String, String>> tenants() {
        return redis.submit(Request.cmd(Command.HGETALL).arg(Draft.WEBHOOK_TENANTS)).map(Deliveries::map);
    }

    /** How far a webhook is; does not wait. Empty when it has not begun. */
    public Future<Optional<Progress>> progress(String tenant, String birth) {
        return redis.submit(Request.cmd(Command.HMGET).arg(keys.webhook(tenant, birth)).arg("rev").arg("data"))
                .map(found -> found == null || found.get(0) == null
                        ? Optional.empty()
                        : Optional.of(progress(found.get(0).toString(), TenantJson.parse(found.get(1).toString()))));
    }

    private static Progress progress(String rev, ObjectNode json) {
        List<String> ahead = new ArrayList<>();
        json.path("ahead").forEach(id -> ahead.add(id.asText()));
        return new Progress(rev, json.path("cursor").asText(), ahead,
                TenantJson.read(json.path("health"), Health.class));
    }

    /**
     * Writes how far a webhook is; does not wait.
     *
     * @param read what was there
     * @param dead what is given up with it
     * @return what is there now; empty when another one has written meanwhile
     */
    public Future<Optional<Progress>> save(String tenant, String birth, Progress read, Progress wanted,
            List<DeadLetter> dead) {
        String rev = ConfigStore.newId();
        ObjectNode json = TenantJson.object().put("cursor", wanted.cursor);
        ArrayNode ahead = json.putArray("ahead");
        wanted.ahead.forEach(ahead::add);
        json.set("health", TenantJson.node(wanted.health));
        List<String> arguments = new ArrayList<>(List.of(read.rev, rev, json.toString(), LIFETIME_MILLIS,
                Integer.toString(DEAD_LETTERS)));
        dead.forEach(letter -> {
            arguments.add(letter.event.id());
            arguments.add(json(letter));
        });
        return save.run(redis, List.of(keys.webhook(tenant, birth), keys.deadLetters(tenant, birth)), arguments)
                .map(done -> Objects.requireNonNull(done, "a script without a result").toString().equals("1")
                        ? Optional.of(new Progress(rev, wanted.cursor, wanted.ahead, wanted.health))
                        : Optional.empty());
    }

    /** Has a webhook go on after another event. */
    public void replay(String tenant, String birth, String after) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Progress read = progress(tenant, birth).await()
                    .orElse(new Progress("", after, List.of(), Health.NEW));
            if (save(tenant, birth, read, new Progress("", after, List.of(), read.health), List.of()).await()
                    .isPresent()) {
                return;
            }
        }
        throw new StoreUnavailableException("too many deliveries at once", new IllegalStateException("overtaken"));
    }

    /** What was given up, the oldest event first. */
    public List<DeadLetter> deadLetters(String tenant, String birth) {
        Response all = redis.send(Request.cmd(Command.HGETALL).arg(keys.deadLetters(tenant, birth)));
        List<DeadLetter> letters = new ArrayList<>();
        map(all).forEach((id, json) -> letters.add(letter(id, TenantJson.parse(json))));
        letters.sort(Comparator.comparing(letter -> letter.event.id(), CallEvents::compare));
        return letters;
    }

    /** How many there are. */
    public int countDeadLetters(String tenant, String birth) {
        return Integer.parseInt(String.valueOf(redis.send(Request.cmd(Command.HLEN)
                .arg(keys.deadLetters(tenant, birth)))));
    }

    /** Writes one, in the place of what there was of the same event; does not wait. */
    public Future<Void> put(String tenant, String birth, DeadLetter letter) {
        return redis.submit(Request.cmd(Command.HSET)
                .arg(keys.deadLetters(tenant, birth))
                .arg(letter.event.id())
                .arg(json(letter))).mapEmpty();
    }

    /** It was delivered after all; does not wait. */
    public Future<Void> forget(String tenant, String birth, String event) {
        return redis.submit(Request.cmd(Command.HDEL).arg(keys.deadLetters(tenant, birth)).arg(event)).mapEmpty();
    }

    /** Forgets all of a webhook that is deleted; does not wait. */
    public Future<Void> forget(String tenant, String birth) {
        return redis.submit(Request.cmd(Command.DEL)
                .arg(keys.webhook(tenant, birth))
                .arg(keys.deadLetters(tenant, birth))).mapEmpty();
    }

    private static String json(DeadLetter letter) {
        ObjectNode json = TenantJson.object().put("place", letter.event.place());
        json.set("event", letter.event.json());
        return json.put("attempts", letter.attempts)
                .put("error", letter.error)
                .put("atMillis", letter.atMillis)
                .put("again", letter.again)
                .toString();
    }

    private static DeadLetter letter(String id, JsonNode json) {
        return new DeadLetter(new Kept(id, json.path("place").asText(), json.path("event")),
                json.path("attempts").asInt(), json.path("error").asText(), json.path("atMillis").asLong(),
                json.path("again").asBoolean());
    }

    /** A reply of names and values, as either version of the protocol has it. */
    private static Map<String, String> map(@Nullable Response reply) {
        Map<String, String> map = new HashMap<>();
        if (reply != null && !reply.getKeys().isEmpty()) {
            reply.getKeys().forEach(key -> map.put(key, String.valueOf(reply.get(key))));
        } else if (reply != null) {
            for (int i = 0; i + 1 < reply.size(); i += 2) {
                map.put(reply.get(i).toString(), reply.get(i + 1).toString());
            }
        }
        return map;
    }
}
