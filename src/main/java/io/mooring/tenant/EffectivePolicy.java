package io.mooring.tenant;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What holds for one user, and who says so.
 *
 * @param policy id of the park policy; absent when none was granted and the tenant has no default: parking is off
 * @param parkGroup id of the park group that the user is in
 * @param values by name, in the order of the fields of a policy
 */
public record EffectivePolicy(Optional<String> policy, Optional<String> parkGroup, Map<String, Value> values) {

    private static final ParkPolicy OFF = new ParkPolicy("off", false, ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT,
            false, false, RecallSettings.NONE);

    /**
     * A value.
     *
     * @param value of the field
     * @param from {@code built-in}, or the path below the tenant of what says it, such as {@code park-groups/sales}
     */
    public record Value(Object value, String from) {}

    /**
     * What holds for an extension. A grant comes before the tenant's default. The recall settings are those of a call that
     * the user parks to the own park group, when there is one: what the group says comes before what the policy says.
     */
    public static EffectivePolicy of(TenantConfig config, String extension) {
        Optional<String> id = Optional.ofNullable(config.grants().get(extension))
                .or(config.tenant()::defaultParkPolicy);
        Optional<ParkPolicy> found = id.map(it -> config.parkPolicies().get(it));
        Optional<String> group = config.parkGroupOf(extension);
        ParkPolicy policy = found.orElse(OFF);
        String from = id.map(it -> "park-policies/" + it).orElse("built-in");
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("parkingAllowed", new Value(policy.parkingAllowed(), from));
        values.put("orbits.start", new Value(policy.orbits().start(), from));
        values.put("orbits.end", new Value(policy.orbits().end(), from));
        values.put("retrieval", new Value(policy.retrieval(), from));
        values.put("orbitDialled", new Value(policy.orbitDialled(), from));
        values.put("announcements", new Value(policy.announcements(), from));
        put(values, RecallSettings.BUILT_IN, "built-in");
        put(values, policy.recall(), from);
        group.flatMap(it -> Optional.ofNullable(config.parkGroups().get(it)))
                .ifPresent(it -> put(values, it.recall(), "park-groups/" + group.orElse("")));
        return new EffectivePolicy(found.isPresent() ? id : Optional.empty(), group, values);
    }

    private static void put(Map<String, Value> values, RecallSettings said, String from) {
        Map<String, Optional<?>> fields = new LinkedHashMap<>();
        fields.put("recallTimeoutSeconds", said.recallTimeoutSeconds());
        fields.put("mode", said.mode());
        fields.put("ringGroup", said.ringGroup());
        fields.put("ringSeconds", said.ringSeconds());
        fields.put("alternateWaitSeconds", said.alternateWaitSeconds());
        fields.put("maxAttempts", said.maxAttempts());
        fields.put("maxParkSeconds", said.maxParkSeconds());
        fields.put("ringBusyParker", said.ringBusyParker());
        fields.put("alertInfo", said.alertInfo());
        fields.put("fallbackExtension", said.fallbackExtension());
        fields.forEach((name, value) -> value.ifPresent(it -> values.put("recall." + name, new Value(it, from))));
    }
}
