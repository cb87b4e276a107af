package io.mooring.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.DialledOrbits;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Sound;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantDomain;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.mooring.tenant.Webhook;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The writes of one change, collected until they are carried out together. */
public final class Draft {

    /** Tenants that have or had webhooks: version of the last change to one. */
    static final String WEBHOOK_TENANTS = Keys.CONFIG + "webhook-tenants";

    private static final int AUDIT_OF_DELETED_TENANT_DAYS = 90;

    private final String version;
    private final Writes writes = new Writes();
    /** Done first: who leaves a park group may join another one in the same change. */
    private final Writes departures = new Writes();
    private final Map<Scope, AuditTrail> audits = new LinkedHashMap<>();

    Draft(String version) {
        this.version = version;
    }

    /** What is written gets this version. */
    public String version() {
        return version;
    }

    List<List<String>> commands() {
        List<List<String>> all = new ArrayList<>(departures.commands());
        all.addAll(writes.commands());
        audits.forEach((scope, trail) -> all.addAll(trail.commands(scope.audit())));
        return all;
    }

    /** Writes a value, and what else is read of it. */
    public void put(Scope scope, Kind kind, String id, Object value) {
        put(scope, kind, id, value, Optional.empty());
    }

    /**
     * Writes a value, and what else is read of it.
     *
     * @param before what was there; fields of it that only a later build knows are kept
     */
    public void put(Scope scope, Kind kind, String id, Object value, Optional<ObjectNode> before) {
        ObjectNode envelope = TenantJson.object().put("version", version);
        envelope.set("value", TenantJson.writeOver(value, before));
        add("HSET", scope.key(kind), id, envelope.toString());
        add("ZADD", scope.ids(kind), "0", id);
        switch (value) {
            case Tenant tenant -> add("HSET", edgeTenant(id), "codes", tenant.featureCodes().toRegex(), "rate",
                    Integer.toString(tenant.quotas().sipRequestsPerSecond()));
            case Trunk trunk -> {
                before.ifPresent(old -> closeOutbound(TenantJson.read(old, Trunk.class)));
                add("HSET", edgeTrunk(trunk.address()), "name", trunk.name(), "tenant", trunk.tenant());
                if (trunk.outbound()) {
                    add("HSET", edgeOutbound(trunk.tenant()), "trunk", trunk.address().toString());
                }
            }
            case ParkGroup group -> {
                leave(scope, before);
                group.members().forEach(member -> add("HSET", scope.parkGroupsByMember(), member, id));
            }
            case Webhook webhook -> noteWebhooks(scope);
            default -> {}
        }
    }

    /** Has the senders look at the webhooks of a tenant. */
    public void noteWebhooks(Scope scope) {
        add("HSET", WEBHOOK_TENANTS, scope.domain(), version);
    }

    /** Deletes a webhook. */
    public void deleteWebhook(Scope scope, String id) {
        delete(scope, Kind.WEBHOOK, id);
        noteWebhooks(scope);
    }

    private void leave(Scope scope, Optional<ObjectNode> before) {
        before.ifPresent(group -> TenantJson.read(group, ParkGroup.class)
                .members()
                .forEach(member -> departures.add("HDEL", scope.parkGroupsByMember(), member)));
    }

    /**
     * Tells the edge which orbits are dialled without a code.
     *
     * @param policies all that the tenant will have
     */
    public void putDialledOrbits(String domain, Collection<ParkPolicy> policies) {
        String regex = DialledOrbits.toRegex(policies);
        if (regex.isEmpty()) {
            add("HDEL", edgeTenant(domain), "orbits");
        } else {
            add("HSET", edgeTenant(domain), "orbits", regex);
        }
    }

    /** Writes the credentials of an extension, for the edge. */
    public void putCredentials(String domain, String number, Ha1 ha1) {
        add("HSET", edgeSubscriber(domain, number), "ha1", ha1.hex());
    }

    /**
     * Writes a sound, whose audio was staged.
     *
     * @param before what was there
     */
    public void putSound(Scope scope, String id, Sound sound, Optional<Item> before) {
        before.ifPresent(item -> add("DEL", scope.audio(id, item.version())));
        put(scope, Kind.SOUND, id, sound);
        add("PERSIST", scope.audio(id, version));
    }

    /** Deletes a sound with its audio. */
    public void deleteSound(Scope scope, Item sound) {
        delete(scope, Kind.SOUND, sound.id());
        add("DEL", scope.audio(sound.id(), sound.version()));
    }

    /** Writes a further domain of a tenant, for the edge too. */
    public void putDomain(TenantDomain domain) {
        put(Scope.GLOBAL, Kind.DOMAIN, domain.domain(), domain);
        put(Scope.of(domain.tenant()), Kind.DOMAIN, domain.domain(), domain);
        add("HSET", edgeAlias(domain.domain()), "tenant", domain.tenant());
    }

    /** Deletes a further domain of a tenant. */
    public void deleteDomain(TenantDomain domain) {
        delete(Scope.GLOBAL, Kind.DOMAIN, domain.domain());
        delete(Scope.of(domain.tenant()), Kind.DOMAIN, domain.domain());
        add("DEL", edgeAlias(domain.domain()), Scope.of(domain.domain()).revision());
    }

    /** Deletes a value of which nothing else is read. */
    public void delete(Scope scope, Kind kind, String id) {
        add("HDEL", scope.key(kind), id);
        add("ZREM", scope.ids(kind), id);
    }

    /** Deletes a park group. */
    public void deleteParkGroup(Scope scope, String id, ObjectNode before) {
        leave(scope, Optional.of(before));
        delete(scope, Kind.PARK_GROUP, id);
    }

    /** Deletes an extension with its credentials. */
    public void deleteExtension(String domain, String number) {
        delete(Scope.of(domain), Kind.EXTENSION, number);
        add("DEL", edgeSubscriber(domain, number));
    }

    /** Deletes a trunk. */
    public void deleteTrunk(Trunk trunk) {
        delete(Scope.GLOBAL, Kind.TRUNK, trunk.address().toString());
        add("DEL", edgeTrunk(trunk.address()));
        closeOutbound(trunk);
    }

    private void closeOutbound(Trunk trunk) {
        if (trunk.outbound()) {
            add("DEL", edgeOutbound(trunk.tenant()));
        }
    }

    /**
     * Deletes a tenant and what is stored in its scope. Its audit stays for a while.
     *
     * @param extensions all that it has
     */
    public void deleteTenant(String domain, Iterable<String> extensions) {
        Scope scope = Scope.of(domain);
        extensions.forEach(number -> add("DEL", edgeSubscriber(domain, number)));
        delete(Scope.GLOBAL, Kind.TENANT, domain);
        Stream.of(Kind.TOKEN, Kind.EXTENSION, Kind.RING_GROUP, Kind.PARK_GROUP, Kind.PARK_POLICY, Kind.GRANT,
                Kind.DOMAIN, Kind.SOUND, Kind.WEBHOOK)
                .forEach(kind -> add("DEL", scope.key(kind), scope.ids(kind)));
        add("DEL", edgeTenant(domain), scope.parkGroupsByMember(), scope.ringGroupTurns(), scope.revision());
        add("HDEL", WEBHOOK_TENANTS, domain);
        add("EXPIRE", scope.audit(), Integer.toString(AUDIT_OF_DELETED_TENANT_DAYS * 86_400));
    }

    /** Forgets what happened to an earlier tenant of the same domain. */
    public void clearAudit(Scope scope) {
        add("DEL", scope.audit());
    }

    /** Appends to the audit of a scope. */
    public void audit(Scope scope, ObjectNode entry) {
        audits.computeIfAbsent(scope, it -> new AuditTrail()).add(entry.toString());
    }

    /**
     * Makes a token known.
     *
     * @param hash of its secret
     * @param principal what it allows
     * @param expiresAtMillis milliseconds since 1970
     */
    public void putToken(String hash, ObjectNode principal, long expiresAtMillis) {
        add("HSET", token(hash), "json", principal.toString());
        add("PEXPIREAT", token(hash), Long.toString(expiresAtMillis));
    }

    /** Revokes a token. */
    public void deleteToken(String hash) {
        add("DEL", token(hash));
    }

    /** Keeps the answer to a request that may come again. */
    public void remember(String key, String answer, long lifetimeSeconds) {
        add("SET", answer(key), answer, "EX", Long.toString(lifetimeSeconds));
    }

    /** Takes all writes back. */
    public void discard() {
        departures.clear();
        writes.clear();
        audits.clear();
    }

    private void add(String... command) {
        writes.add(command);
    }

    static String token(String hash) {
        return Keys.CONFIG + "auth:" + hash;
    }

    static String answer(String key) {
        return Keys.CONFIG + "answer:" + key;
    }

    private static String edgeTenant(String domain) {
        return Keys.CONFIG + "edge:tenant:" + domain;
    }

    private static String edgeAlias(String domain) {
        return Keys.CONFIG + "edge:alias:" + domain;
    }

    static String edgeSubscriber(String domain, String number) {
        return Keys.CONFIG + "edge:sub:" + domain + ":" + number;
    }

    private static String edgeOutbound(String tenant) {
        return Keys.CONFIG + "edge:out:" + tenant;
    }

    private static String edgeTrunk(TrunkAddress address) {
        return Keys.CONFIG + "edge:trunk:" + address.toEdgeKey();
    }
}
