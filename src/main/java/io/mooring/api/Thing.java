package io.mooring.api;

import io.mooring.http.ProblemType;
import io.mooring.store.Kind;
import io.mooring.store.TenantStore.Grant;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantRules;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What there is to know of a kind of thing that refers to others of its tenant.
 *
 * @param kind where it is stored
 * @param unknown the problem when there is none
 * @param parameter its id in the path
 * @param field its list in a document, and in the names of {@link TenantRules}
 * @param reader of a body
 * @param with the tenant with this one
 * @param uses what refers to it
 */
record Thing<T>(Kind kind, ProblemType unknown, String parameter, String field, Function<Fields, T> reader,
        With<T> with, BiFunction<TenantConfig, String, List<String>> uses) {

    static final Thing<RingGroup> RING_GROUP = new Thing<>(Kind.RING_GROUP, ProblemType.UNKNOWN_RING_GROUP, "id",
            "ringGroups", Readers::ringGroup, TenantConfig::with, TenantRules::usesOfRingGroup);
    static final Thing<ParkGroup> PARK_GROUP = new Thing<>(Kind.PARK_GROUP, ProblemType.UNKNOWN_PARK_GROUP, "id",
            "parkGroups", Readers::parkGroup, TenantConfig::with, (config, id) -> List.of());
    static final Thing<ParkPolicy> PARK_POLICY = new Thing<>(Kind.PARK_POLICY, ProblemType.UNKNOWN_PARK_POLICY, "id",
            "parkPolicies", Readers::parkPolicy, TenantConfig::with, TenantRules::usesOfParkPolicy);
    static final Thing<Grant> GRANT = new Thing<>(Kind.GRANT, ProblemType.UNKNOWN_GRANT, "extension", "grants",
            Readers::grant, (config, id, grant) -> config.withGrant(id, grant.parkPolicy()), (config, id) -> List.of());

    /** A change of a tenant. */
    @FunctionalInterface
    interface With<T> {
        TenantConfig apply(TenantConfig config, String id, T value);
    }

    /** What the thing is, for a person. */
    String noun() {
        return kind.key().replace('-', ' ').replaceFirst("ies$", "y").replaceFirst("s$", "");
    }
}
