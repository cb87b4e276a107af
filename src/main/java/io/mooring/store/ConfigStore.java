package io.mooring.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.SoundVersion;
import io.mooring.tenant.Ha1;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is provisioned, in Redis; {@code redis/README.md} has the keys. A change reads, decides and writes as if it were
 * alone: its writes are one script, which does nothing when the revision of a scope differs from the one that was read
 * first; then the decision is made again. Ids and domains are checked values: their syntax keeps one tenant's keys apart
 * from another's.
 *
 * <p>All methods wait, unless they say otherwise, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class ConfigStore {

    private static final int ATTEMPTS = 50;
    private static final int STAGED_SECONDS = 60;
    private static final int QUEUE_SECONDS = 5;
    private static final int ID_LENGTH = 16;
    private static final String ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final RedisAccess redis;
    private final Consumer<Scope> changed;
    private final LuaScript commit = LuaScript.load("commit");
    /** The last change of each scope that waits at this node: they would only disturb one another. */
    private final Map<Scope, Future<Void>> queues = new ConcurrentHashMap<>();

    /**
     * @param redis the store
     * @param changed told of each scope that was changed here
     */
    ConfigStore(RedisAccess redis, Consumer<Scope> changed) {
        this.redis = redis;
        this.changed = changed;
    }

    /** A new random id, of 82 bits: nobody guesses it, and none is made twice. */
    public static String newId() {
        var id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_ALPHABET.charAt(RANDOM.nextInt(ID_ALPHABET.length())));
        }
        return id.toString();
    }

    /** One value. */
    public Optional<Item> find(Scope scope, Kind kind, String id) {
        return Optional.ofNullable(redis.send(Request.cmd(Command.HGET).arg(scope.key(kind)).arg(id)))
                .map(stored -> Item.parse(id, stored.toString()));
    }

    /**
     * Values in the order of their ids.
     *
     * @param after id that the first one comes after; empty: from the beginning
     * @param limit most values
     */
    public List<Item> list(Scope scope, Kind kind, String after, int limit) {
        Response ids = send(Request.cmd(Command.ZRANGEBYLEX)
                .arg(scope.ids(kind))
                .arg(after.isEmpty() ? "-" : "(" + after)
                .arg("+")
                .arg("LIMIT")
                .arg(0)
                .arg(limit));
        return find(scope, kind, texts(ids));
    }

    /** All values, in the order of their ids. */
    public List<Item> all(Scope scope, Kind kind) {
        return list(scope, kind, "", -1);
    }

    /** Those of some values that exist. */
    public List<Item> find(Scope scope, Kind kind, Collection<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        Request request = Request.cmd(Command.HMGET).arg(scope.key(kind));
        ids.forEach(request::arg);
        Response values = send(request);
        List<Item> items = new ArrayList<>();
        int i = 0;
        for (String id : ids) {
            @Nullable
            Response value = values.get(i++);
            if (value != null) {
                items.add(Item.parse(id, value.toString()));
            }
        }
        return items;
    }

    /** All values as one type, by id, in the order of the ids. */
    public <T> Map<String, T> all(Scope scope, Kind kind, Class<T> type) {
        Map<String, T> values = new LinkedHashMap<>();
        all(scope, kind).forEach(item -> values.put(item.id(), item.as(type)));
        return values;
    }

    /** All ids, in their order. */
    public List<String> ids(Scope scope, Kind kind) {
        return texts(send(Request.cmd(Command.ZRANGE).arg(scope.ids(kind)).arg(0).arg(-1)));
    }

    /** How many there are. */
    public int count(Scope scope, Kind kind) {
        return Integer.parseInt(send(Request.cmd(Command.HLEN).arg(scope.key(kind))).toString());
    }

    /** True when it exists. */
    public boolean exists(Scope scope, Kind kind, String id) {
        return send(Request.cmd(Command.HEXISTS).arg(scope.key(kind)).arg(id)).toString().equals("1");
    }

    /** True when an extension has credentials. */
    public boolean hasCredentials(String domain, String number) {
        return send(Request.cmd(Command.EXISTS).arg(Draft.edgeSubscriber(domain, number))).toString().equals("1");
    }

    /**
     * What stands for the credentials of some extensions, by number; those without are left out. It changes with them and tells
     * nothing of them.
     */
    public Map<String, String> credentials(String domain, Collection<String> numbers) {
        var asked = new LinkedHashMap<String, Future<@Nullable Response>>();
        Set.copyOf(numbers)
                .forEach(number -> asked.put(number,
                        redis.submit(
                                Request.cmd(Command.HGET).arg(Draft.edgeSubscriber(domain, number)).arg("ha1"))));
        var found = new HashMap<String, String>();
        asked.forEach((number, answer) -> {
            Response ha1 = answer.await();
            if (ha1 != null) {
                found.put(number, new Ha1(ha1.toString()).fingerprint());
            }
        });
        return found;
    }

    /** Id of the park group that an extension is a member of. */
    public Optional<String> parkGroupOf(String domain, String number) {
        return Optional.ofNullable(redis.send(Request.cmd(Command.HGET)
                .arg(Scope.of(domain).parkGroupsByMember())
                .arg(number))).map(Response::toString);
    }

    /** The answer that a change has left under a key. */
    public Optional<String> remembered(String key) {
        return Optional.ofNullable(redis.send(Request.cmd(Command.GET).arg(Draft.answer(key)))).map(Response::toString);
    }

    /**
     * Puts the audio of a sound where a change can take it over; otherwise it is gone after a minute. It is too large to
     * be an argument of the change.
     *
     * @param version of the change
     */
    public void stageAudio(Scope scope, String id, String version, Buffer audio) {
        send(Request.cmd(Command.SET).arg(scope.audio(id, version)).arg(audio).arg("EX").arg(STAGED_SECONDS));
    }

    /** The audio of a sound; empty when it was changed meanwhile. */
    public Optional<Buffer> audio(Scope scope, Item sound) {
        return Optional.ofNullable(redis.send(Request.cmd(Command.GET).arg(scope.audio(sound.id(), sound.version()))))
                .map(Response::toBuffer);
    }

    /** The audio of a sound of a tenant, without waiting; empty when it was replaced or deleted. */
    public Future<Optional<Buffer>> audio(String domain, SoundVersion sound) {
        return redis.submit(Request.cmd(Command.GET).arg(Scope.of(domain).audio(sound.id(), sound.version())))
                .map(found -> Optional.ofNullable(found).map(Response::toBuffer));
    }

    /** Which of some sounds a tenant has, by id, without waiting. */
    public Future<Map<String, SoundVersion>> sounds(String domain, Collection<String> ids) {
        var request = Request.cmd(Command.HMGET).arg(Scope.of(domain).key(Kind.SOUND));
        ids.forEach(request::arg);
        return redis.submit(request).map(found -> {
            Map<String, SoundVersion> sounds = new LinkedHashMap<>();
            int at = 0;
            for (String id : ids) {
                Response json = found == null ? null : found.get(at++);
                if (json != null) {
                    sounds.put(id, soundVersion(id, json.toString()));
                }
            }
            return sounds;
        });
    }

    /** @param json of the sound as it is stored; empty: there is none */
    static SoundVersion soundVersion(String id, String json) {
        if (json.isEmpty()) {
            return SoundVersion.NONE;
        }
        Item item = Item.parse(id, json);
        return new SoundVersion(id, item.version(), item.json().path("sha256").asText());
    }

    /**
     * Changes in an audit, the latest first; empty when there are no more.
     *
     * @param before id of the change that the first one comes before; empty: from the latest
     * @param entries of the stream to look at, each of which may have many changes
     */
    public Map<String, ObjectNode> audit(Scope scope, String before, int entries) {
        Response found = send(Request.cmd(Command.XREVRANGE)
                .arg(scope.audit())
                .arg(AuditTrail.end(before))
                .arg("-")
                .arg("COUNT")
                .arg(entries));
        return AuditTrail.read(found, before);
    }

    /**
     * Makes a change.
     *
     * @param scopes all that the decision reads and writes; the last one is where changes queue
     * @param decision reads, checks, and puts its writes into the draft; called again when it was overtaken. Without a
     *     write nothing changes
     */
    public <T> T change(List<Scope> scopes, Function<Draft, T> decision) {
        return queued(scopes.getLast(), () -> attempt(scopes, decision));
    }

    private <T> T attempt(List<Scope> scopes, Function<Draft, T> decision) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<String> revisions = revisions(scopes);
            var draft = new Draft(newId());
            T result = decision.apply(draft);
            if (draft.commands().isEmpty() || commit(scopes, revisions, draft)) {
                scopes.forEach(changed);
                return result;
            }
        }
        throw new StoreUnavailableException("too many changes at once", new IllegalStateException("overtaken"));
    }

    private List<String> revisions(List<Scope> scopes) {
        Request request = Request.cmd(Command.MGET);
        scopes.forEach(scope -> request.arg(scope.revision()));
        return texts(send(request));
    }

    private boolean commit(List<Scope> scopes, List<String> revisions, Draft draft) {
        List<String> arguments = new ArrayList<>();
        arguments.add(draft.version());
        arguments.addAll(revisions);
        draft.commands().forEach(command -> {
            arguments.add(Integer.toString(command.size()));
            arguments.addAll(command);
        });
        Response done = commit.run(redis, scopes.stream().map(Scope::revision).toList(), arguments).await();
        return Objects.requireNonNull(done, "a script without a result").toString().equals("1");
    }

    private <T> T queued(Scope scope, Supplier<T> change) {
        Promise<Void> mine = Promise.promise();
        Future<Void> previous = queues.put(scope, mine.future());
        try {
            if (previous != null) {
                previous.timeout(QUEUE_SECONDS, TimeUnit.SECONDS)
                        .recover(late -> Future.failedFuture(
                                new StoreUnavailableException("too many changes wait", late)))
                        .await();
            }
            return change.get();
        } finally {
            queues.remove(scope, mine.future());
            mine.complete();
        }
    }

    private Response send(Request request) {
        return Objects.requireNonNull(redis.send(request), "a command without a result");
    }

    private static List<String> texts(Response response) {
        List<String> texts = new ArrayList<>();
        for (@Nullable
        Response text : response) {
            texts.add(text == null ? "" : text.toString());
        }
        return texts;
    }
}
