package io.mooring.store;

import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.NoticeDialect;
import io.mooring.call.ParkRights;
import io.mooring.call.ParkTerms;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalPin;
import io.mooring.call.SoundVersion;
import io.mooring.call.Standing;
import io.mooring.tenant.EffectivePolicy;
import io.mooring.tenant.EffectivePolicy.Named;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.GroupStrategy;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallPlanner;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Tenants as calls ask for them.
 *
 * <p>All methods wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class TenantStore implements Directory {

    /** Half of what a change may take to be noticed; the edge keeps what it read as long. */
    private static final long CACHE_NANOS = Duration.ofMillis(500).toNanos();
    private static final int CACHE_SIZE = 10_000;

    private final RedisAccess redis;
    private final LuaScript parkRights = LuaScript.load("park_rights");
    private final LuaScript takeTurn = LuaScript.load("take_turn");
    private final ConfigStore config;
    private final LongSupplier nanoClock;
    private final Map<String, Cached> cache = new ConcurrentHashMap<>();

    private record Cached(Optional<Tenant> tenant, long readAtNanos) {}

    /** A grant, as it is stored. */
    public record Grant(String parkPolicy) {}

    /** @param redis the store */
    public TenantStore(RedisAccess redis) {
        this(redis, System::nanoTime);
    }

    TenantStore(RedisAccess redis, LongSupplier nanoClock) {
        this.redis = redis;
        this.config = new ConfigStore(redis, scope -> cache.remove(scope.domain()));
        this.nanoClock = nanoClock;
    }

    /** Where everything is read and written. */
    public ConfigStore config() {
        return config;
    }

    @Override
    public Feature feature(String tenant, String dialled) {
        return tenant(tenant).map(found -> found.featureCodes().match(dialled)).orElseGet(Feature.None::new);
    }

    @Override
    public String shown(String tenant, String dialled) {
        return tenant(tenant).map(Tenant::featureCodes).orElse(FeatureCodes.DEFAULT).shown(dialled);
    }

    @Override
    public boolean isDomain(String tenant, String domain) {
        String lower = domain.toLowerCase(Locale.ROOT);
        return lower.equals(tenant) || config.exists(Scope.of(tenant), Kind.DOMAIN, lower);
    }

    @Override
    public boolean isTrunk(String tenant, String host, int port) {
        try {
            TrunkAddress any = TrunkAddress
                    .parse(host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host);
            return List.of(any, new TrunkAddress(any.host(), port))
                    .stream()
                    .flatMap(address -> config.find(Scope.GLOBAL, Kind.TRUNK, address.toString()).stream())
                    .map(item -> item.as(Trunk.class).tenant())
                    .anyMatch(owner -> owner.equals(tenant) || owner.equals(Trunk.EVERY_TENANT));
        } catch (InvalidValueException e) {
            return false;
        }
    }

    @Override
    public boolean hasExtension(String tenant, String extension) {
        return config.exists(Scope.of(tenant), Kind.EXTENSION, extension);
    }

    @Override
    public long turn(String tenant, String ringGroup, String park) {
        Scope scope = Scope.of(tenant);
        Response turn = takeTurn
                .run(redis, List.of(scope.ringGroupTurns(), scope.ringGroupTurn(park)), List.of(ringGroup))
                .await();
        return Long.parseLong(String.valueOf(turn));
    }

    @Override
    public String retrieveCode(String tenant) {
        return tenant(tenant).map(Tenant::featureCodes).orElse(FeatureCodes.DEFAULT).retrieve();
    }

    @Override
    public Map<String, NoticeDialect> notices(String tenant, Collection<String> extensions) {
        return config.find(Scope.of(tenant), Kind.EXTENSION, extensions)
                .stream()
                .collect(Collectors.toMap(Item::id, item -> item.as(Extension.class).notices()));
    }

    @Override
    public Map<String, String> credentials(String tenant, Collection<String> extensions) {
        return config.credentials(tenant, extensions);
    }

    @Override
    public int subscriptions(String tenant) {
        return tenant(tenant).map(Tenant::quotas).orElse(Quotas.DEFAULT).subscriptions();
    }

    /** One round trip, but for the tenant twice a second. */
    @Override
    public ParkRights parkRights(String domain, String parker, Feature.Parking wanted) {
        Tenant tenant = tenant(domain).orElseThrow(() -> new RefusedException(Refusal.NOT_ALLOWED));
        String extension = wanted instanceof Feature.Park(String at) ? at.isEmpty() ? parker : at : "";
        boolean toGroup = wanted instanceof Feature.ParkToGroup;
        Found found = find(tenant, parker, extension, toGroup);
        ParkPolicy policy = found.policy.orElse(EffectivePolicy.OFF);
        var terms = new ParkTerms(policy.retrieval(), found.standing.policy(), found.standing.parkGroup(),
                policy.orbitDialled(), policy.messages(), tenant.callsPerPlace(),
                recall(domain, parker, policy, toGroup ? found.group : Optional.empty()), found.music,
                policy.pin().orElse(RetrievalPin.NONE), policy.callerShown());
        return new ParkRights(policy.parkingAllowed(), Set.copyOf(policy.modes()), policy.orbits().start(),
                policy.orbits().end(), terms, found.extensionExists,
                found.group.map(ParkGroup::members).orElse(List.of()),
                found.group.filter(it -> it.strategy() == GroupStrategy.FIRST_AVAILABLE).isPresent(),
                tenant.quotas().parkedCalls());
    }

    /** What the group says of calls that are parked to it comes before what the policy says. */
    private RecallPlan recall(String domain, String parker, ParkPolicy policy, Optional<ParkGroup> parkedTo) {
        RecallSettings said = parkedTo.map(ParkGroup::recall).orElse(RecallSettings.NONE).orElse(policy.recall());
        Optional<RingGroup> ringGroup = said.mode()
                .filter(RecallMode::needsRingGroup)
                .flatMap(mode -> said.ringGroup())
                .flatMap(id -> config.find(Scope.of(domain), Kind.RING_GROUP, id))
                .map(item -> item.as(RingGroup.class));
        return RecallPlanner.plan(said, parker, ringGroup);
    }

    @Override
    public Standing standing(String domain, String user) {
        return tenant(domain).map(tenant -> find(tenant, user, "", false).standing).orElse(new Standing("", ""));
    }

    @Override
    public boolean announces(String domain, String user) {
        return tenant(domain).flatMap(tenant -> find(tenant, user, "", false).policy)
                .filter(ParkPolicy::announcements)
                .isPresent();
    }

    private record Found(boolean extensionExists, Standing standing, Optional<ParkPolicy> policy,
            Optional<ParkGroup> group, SoundVersion music) {}

    private Found find(Tenant tenant, String user, String extension, boolean wholeGroup) {
        Scope scope = Scope.of(tenant.domain());
        Response found = Objects.requireNonNull(parkRights.run(redis,
                List.of(scope.key(Kind.EXTENSION), scope.key(Kind.GRANT), scope.key(Kind.PARK_POLICY),
                        scope.parkGroupsByMember(), scope.key(Kind.PARK_GROUP), scope.key(Kind.SOUND)),
                List.of(user, extension, tenant.defaultParkPolicy().orElse(""), wholeGroup ? "1" : "0",
                        tenant.music().orElse("")))
                .await(),
                "a script without a result");
        return new Found(found.get(0).toString().equals("1"),
                new Standing(found.get(1).toString(), found.get(3).toString()),
                value(found.get(1), found.get(2), ParkPolicy.class),
                value(found.get(3), found.get(4), ParkGroup.class),
                ConfigStore.soundVersion(found.get(5).toString(), found.get(6).toString()));
    }

    private static <T> Optional<T> value(Response id, Response json, Class<T> type) {
        return json.toString().isEmpty()
                ? Optional.empty()
                : Optional.of(Item.parse(id.toString(), json.toString()).as(type));
    }

    /** A tenant as it was at most half a second ago: for the events of calls, which shall not ask Redis each time. */
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
        return config.find(Scope.GLOBAL, Kind.TENANT, domain).map(item -> item.as(Tenant.class));
    }

    /** All that refers to something else in a tenant, as it is now; empty when there is no such tenant. */
    public Optional<TenantConfig> whole(String domain) {
        Scope scope = Scope.of(domain);
        return freshTenant(domain).map(tenant -> {
            Map<String, String> grants = new LinkedHashMap<>();
            config.all(scope, Kind.GRANT, Grant.class).forEach((id, grant) -> grants.put(id, grant.parkPolicy()));
            return new TenantConfig(tenant,
                    new LinkedHashSet<>(config.ids(scope, Kind.EXTENSION)),
                    config.all(scope, Kind.RING_GROUP, RingGroup.class),
                    config.all(scope, Kind.PARK_GROUP, ParkGroup.class),
                    config.all(scope, Kind.PARK_POLICY, ParkPolicy.class),
                    grants,
                    new LinkedHashSet<>(config.ids(scope, Kind.SOUND)));
        });
    }

    /** The park policy that holds for a user: the one that was granted, else the tenant's default. */
    public Optional<Named<ParkPolicy>> parkPolicy(String domain, String extension) {
        Scope scope = Scope.of(domain);
        return config.find(scope, Kind.GRANT, extension)
                .map(grant -> grant.as(Grant.class).parkPolicy())
                .or(() -> tenant(domain).flatMap(Tenant::defaultParkPolicy))
                .flatMap(id -> config.find(scope, Kind.PARK_POLICY, id))
                .map(item -> new Named<>(item.id(), item.as(ParkPolicy.class)));
    }

    /** The park group that a user is in. */
    public Optional<Named<ParkGroup>> parkGroup(String domain, String extension) {
        return config.parkGroupOf(domain, extension)
                .flatMap(id -> config.find(Scope.of(domain), Kind.PARK_GROUP, id))
                .map(item -> new Named<>(item.id(), item.as(ParkGroup.class)));
    }

    /** What holds for a user, and who says so; a change is seen by the next call, the tenant's default after half a second. */
    public EffectivePolicy effectivePolicy(String domain, String extension) {
        return EffectivePolicy.of(tenant(domain).flatMap(Tenant::music), parkPolicy(domain, extension),
                parkGroup(domain, extension));
    }

    /**
     * What becomes of a call that a user parks and nobody picks up, as it would be decided now.
     *
     * @param toGroup whether it is parked to the user's park group
     */
    public RecallPlan recallPlan(String domain, String extension, boolean toGroup) {
        ParkPolicy policy = parkPolicy(domain, extension).map(Named::value).orElse(EffectivePolicy.OFF);
        Optional<ParkGroup> group = toGroup ? parkGroup(domain, extension).map(Named::value) : Optional.empty();
        return recall(domain, extension, policy, group);
    }
}
