package io.mooring.tenant;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * All that refers to something else in a tenant, to be checked as a whole. The order of a map is the order in which
 * entries are told about collisions: the later one is to blame.
 *
 * @param tenant the tenant
 * @param extensions numbers of its extensions
 * @param ringGroups by id
 * @param parkGroups by id
 * @param parkPolicies by id
 * @param grants ids of park policies by extension
 * @param sounds ids of its music and prompts
 */
public record TenantConfig(Tenant tenant, Set<String> extensions, Map<String, RingGroup> ringGroups,
        Map<String, ParkGroup> parkGroups, Map<String, ParkPolicy> parkPolicies, Map<String, String> grants,
        Set<String> sounds) {

    /** Takes its own copies. */
    public TenantConfig {
        extensions = Collections.unmodifiableSet(new LinkedHashSet<>(extensions));
        ringGroups = copy(ringGroups);
        parkGroups = copy(parkGroups);
        parkPolicies = copy(parkPolicies);
        grants = copy(grants);
        sounds = Set.copyOf(sounds);
    }

    /** A tenant without anything. */
    public static TenantConfig empty(Tenant tenant) {
        return new TenantConfig(tenant, Set.of(), Map.of(), Map.of(), Map.of(), Map.of(), Set.of());
    }

    /** With another tenant object. */
    public TenantConfig with(Tenant changed) {
        return new TenantConfig(changed, extensions, ringGroups, parkGroups, parkPolicies, grants, sounds);
    }

    /** With a ring group that is new or replaces one. */
    public TenantConfig with(String id, RingGroup group) {
        return new TenantConfig(tenant, extensions, last(ringGroups, id, group), parkGroups, parkPolicies, grants,
                sounds);
    }

    /** With a park group that is new or replaces one. */
    public TenantConfig with(String id, ParkGroup group) {
        return new TenantConfig(tenant, extensions, ringGroups, last(parkGroups, id, group), parkPolicies, grants,
                sounds);
    }

    /** With a park policy that is new or replaces one. */
    public TenantConfig with(String id, ParkPolicy policy) {
        return new TenantConfig(tenant, extensions, ringGroups, parkGroups, last(parkPolicies, id, policy), grants,
                sounds);
    }

    /** With a grant that is new or replaces one. */
    public TenantConfig withGrant(String extension, String policy) {
        return new TenantConfig(tenant, extensions, ringGroups, parkGroups, parkPolicies,
                last(grants, extension, policy), sounds);
    }

    private static <T> Map<String, T> last(Map<String, T> entries, String id, T value) {
        var changed = new LinkedHashMap<>(entries);
        changed.remove(id);
        changed.put(id, value);
        return changed;
    }

    private static <T> Map<String, T> copy(Map<String, T> entries) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
}
