package io.mooring.store;

import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tenants, extensions and trunks in Redis, together with what the edge reads of them; {@code redis/README.md} has the keys.
 * Arguments are checked values: their syntax keeps one tenant's keys apart from another's.
 *
 * <p>All methods wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class TenantStore implements Directory {

    private static final String TENANTS = "tenants";
    private static final String TRUNKS = "trunks";
    private static final long CACHE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int CACHE_SIZE = 10_000;

    private final RedisAccess redis;
    private final LongSupplier nanoClock;
    private final Map<String, Cached> cache = new ConcurrentHashMap<>();
    private final LuaScript putTenant = LuaScript.load("put_tenant");
    private final LuaScript deleteTenant = LuaScript.load("delete_tenant");
    private final LuaScript putExtension = LuaScript.load("put_extension");
    private final LuaScript deleteExtension = LuaScript.load("delete_extension");
    private final LuaScript putTrunk = LuaScript.load("put_trunk");
    private final LuaScript deleteTrunk = LuaScript.load("delete_trunk");

    private record Cached(Optional<Tenant> tenant, long readAtNanos) {}

    /**
     * How a write of an extension ended.
     *
     * @param outcome created, replaced, or no such tenant
     * @param usedNewHa1 true when the credentials for a new extension were stored
     */
    public record ExtensionPut(PutOutcome outcome, boolean usedNewHa1) {}

    /** @param redis the store */
    public TenantStore(RedisAccess redis) {
        this(redis, System::nanoTime);
    }

    TenantStore(RedisAccess redis, LongSupplier nanoClock) {
        this.redis = redis;
        this.nanoClock = nanoClock;
    }

    @Override
    public Feature feature(String tenant, String dialled) {
        return tenant(tenant).map(found -> found.featureCodes().match(dialled)).orElseGet(Feature.None::new);
    }

    @Override
    public boolean hasExtension(String tenant, String extension) {
        Response member = send(Request.cmd(Command.SISMEMBER).arg(extensions(tenant)).arg(extension));
        return number(member) == 1;
    }

    /** A tenant as it was at most a second ago: for the events of calls, which shall not ask Redis each time. */
    public Optional<Tenant> tenant(String domain) {
        long now = nanoClock.getAsLong();
        Cached cached = cache.get(domain);
        if (cached != null && now - cached.readAtNanos < CACHE_NANOS) {
            return cached.tenant;
        }
        Optional<Tenant> read = freshTenant(domain);
        if (cache.size() >= CACHE_SIZE) {
            cache.clear();
        }
        cache.put(domain, new Cached(read, now));
        return read;
    }

    /** A tenant as it is now. */
    public Optional<Tenant> freshTenant(String domain) {
        return json(redis.send(Request.cmd(Command.HGET).arg(key(domain)).arg("json")))
                .map(json -> tenant(domain, json));
    }

    /** Tenants by domain. */
    public Page<Tenant> tenants(int offset, int limit) {
        return page(TENANTS, "tenant:*->json", offset, limit, found -> tenant(found.name, found.json));
    }

    /** Writes a tenant. */
    public PutOutcome put(Tenant tenant) {
        var json = new JsonObject()
                .put("displayName", tenant.displayName())
                .put("park", tenant.featureCodes().park())
                .put("retrieve", tenant.featureCodes().retrieve());
        String domain = tenant.domain();
        Response created = run(putTenant, List.of(TENANTS, key(domain), "edge:tenant:" + domain),
                List.of(domain, json.encode(), tenant.featureCodes().toRegex()));
        cache.remove(domain);
        return PutOutcome.of(number(created));
    }

    /**
     * Deletes a tenant, with its extensions and the trunks that may call into it alone. Calls go on.
     *
     * @return whether there was such a tenant
     */
    public boolean deleteTenant(String domain) {
        Response existed = run(deleteTenant,
                List.of(TENANTS, key(domain), "edge:tenant:" + domain, extensions(domain), TRUNKS), List.of(domain));
        cache.remove(domain);
        return number(existed) == 1;
    }

    /** An extension of a tenant. */
    public Optional<Extension> extension(String domain, String number) {
        return json(redis.send(Request.cmd(Command.HGET).arg(extensionKey(domain, number)).arg("json")))
                .map(json -> extension(number, json));
    }

    /** Extensions of a tenant, in the order of their digits as text. */
    public Page<Extension> extensions(String domain, int offset, int limit) {
        return page(extensions(domain), key(domain) + ":ext:*->json", offset, limit,
                found -> extension(found.name, found.json));
    }

    /**
     * Writes an extension.
     *
     * @param ha1 its credentials; empty keeps those it has
     * @param newHa1 its credentials when {@code ha1} is empty and it has none
     */
    public ExtensionPut put(String domain, Extension extension, Optional<Ha1> ha1, Ha1 newHa1) {
        String number = extension.number();
        Response result = run(putExtension,
                List.of(key(domain), extensions(domain), extensionKey(domain, number), subscriber(domain, number)),
                List.of(number, new JsonObject().put("displayName", extension.displayName()).encode(),
                        ha1.map(Ha1::hex).orElse(""), newHa1.hex()));
        return new ExtensionPut(PutOutcome.of(number(result.get(0))), number(result.get(1)) == 1);
    }

    /**
     * Deletes an extension and its credentials.
     *
     * @return whether there was such an extension
     */
    public boolean deleteExtension(String domain, String number) {
        return number(run(deleteExtension,
                List.of(extensions(domain), extensionKey(domain, number), subscriber(domain, number)),
                List.of(number))) == 1;
    }

    /** A trunk. */
    public Optional<Trunk> trunk(TrunkAddress address) {
        return json(redis.send(Request.cmd(Command.HGET).arg(trunkKey(address)).arg("json")))
                .map(json -> trunk(address.toString(), json));
    }

    /** Trunks by address. */
    public Page<Trunk> trunks(int offset, int limit) {
        return page(TRUNKS, "trunk:*->json", offset, limit, found -> trunk(found.name, found.json));
    }

    /** Writes a trunk. */
    public PutOutcome put(Trunk trunk) {
        var keys = new ArrayList<>(List.of(TRUNKS, trunkKey(trunk.address()), edgeTrunk(trunk.address())));
        if (!trunk.tenant().equals(Trunk.EVERY_TENANT)) {
            keys.add(key(trunk.tenant()));
        }
        var json = new JsonObject().put("name", trunk.name()).put("tenant", trunk.tenant());
        Response created = run(putTrunk, keys,
                List.of(trunk.address().toString(), json.encode(), trunk.name(), trunk.tenant()));
        return PutOutcome.of(number(created));
    }

    /**
     * Deletes a trunk.
     *
     * @return whether there was such a trunk
     */
    public boolean deleteTrunk(TrunkAddress address) {
        return number(run(deleteTrunk, List.of(TRUNKS, trunkKey(address), edgeTrunk(address)),
                List.of(address.toString()))) == 1;
    }

    private record Found(String name, JsonObject json) {}

    /** Sorting and reading in one command; a member whose hash is gone meanwhile is passed over. */
    private <T> Page<T> page(String set, String pattern, int offset, int limit, Function<Found, T> reader) {
        Response total = send(Request.cmd(Command.SCARD).arg(set));
        Response found = send(Request.cmd(Command.SORT)
                .arg(set)
                .arg("ALPHA")
                .arg("LIMIT")
                .arg(offset)
                .arg(limit)
                .arg("GET")
                .arg("#")
                .arg("GET")
                .arg(pattern));
        var items = new ArrayList<T>();
        for (int i = 0; i + 1 < found.size(); i += 2) {
            String name = found.get(i).toString();
            json(found.get(i + 1)).ifPresent(json -> items.add(reader.apply(new Found(name, json))));
        }
        return new Page<>(items, number(total));
    }

    private Response run(LuaScript script, List<String> keys, List<String> args) {
        return Objects.requireNonNull(script.run(redis, keys, args).await(), "a script without a result");
    }

    private Response send(Request request) {
        return Objects.requireNonNull(redis.send(request), "a command without a result");
    }

    /** The driver gives integers as nullable boxes; a script and these commands always return one. */
    private static long number(Response response) {
        return Long.parseLong(response.toString());
    }

    private static Optional<JsonObject> json(@Nullable Response response) {
        return Optional.ofNullable(response).map(found -> new JsonObject(found.toBuffer()));
    }

    private static Tenant tenant(String domain, JsonObject json) {
        return new Tenant(domain, json.getString("displayName"),
                new FeatureCodes(json.getString("park"), json.getString("retrieve")));
    }

    private static Extension extension(String number, JsonObject json) {
        return new Extension(number, json.getString("displayName"));
    }

    private static Trunk trunk(String address, JsonObject json) {
        return new Trunk(TrunkAddress.parse(address), json.getString("name"), json.getString("tenant"));
    }

    private static String key(String domain) {
        return "tenant:" + domain;
    }

    private static String extensions(String domain) {
        return key(domain) + ":exts";
    }

    private static String extensionKey(String domain, String number) {
        return key(domain) + ":ext:" + number;
    }

    private static String subscriber(String domain, String number) {
        return "edge:sub:" + domain + ":" + number;
    }

    private static String trunkKey(TrunkAddress address) {
        return "trunk:" + address;
    }

    private static String edgeTrunk(TrunkAddress address) {
        return "edge:trunk:" + address.toEdgeKey();
    }
}
