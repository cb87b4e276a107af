package io.mooring.tenant;

import io.mooring.call.RetrievalRule;
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

    private static final String BUILT_IN = "built-in";
    private static final String TENANT = "tenant";
    /** The policy of a user to whom none was granted. */
    public static final ParkPolicy OFF = new ParkPolicy("off", false, ParkPolicy.EVERY_MODE, ParkPolicy.Orbits.DEFAULT,
            RetrievalRule.TENANT, false, true, false, RecallSettings.NONE);

    /**
     * A value.
     *
     * @param value of the field
     * @param from {@code built-in}, {@code tenant}, or the path below the tenant of what says it, such as {@code park-groups/sales}
     */
    public record Value(Object value, String from) {}

    /**
     * A policy or a park group, and its id.
     *
     * @param <T> which of the two
     */
    public record Named<T>(String id, T value) {}

    /**
     * What holds for a user. The recall settings are those of a call that the user parks to the own park group, when there
     * is one: what the group says comes before what the policy says.
     *
     * @param tenantMusic id of the sound that is the music of the tenant
     * @param policy the one that is granted, else the tenant's default
     * @param parkGroup the one that the user is in
     */
    public static EffectivePolicy of(Optional<String> tenantMusic, Optional<Named<ParkPolicy>> policy,
            Optional<Named<ParkGroup>> parkGroup) {
        ParkPolicy found = policy.map(Named::value).orElse(OFF);
        String from = policy.map(it -> "park-policies/" + it.id()).orElse(BUILT_IN);
        Map<String, Value> values = new LinkedHashMap<>();
        values.put("parkingAllowed", new Value(found.parkingAllowed(), from));
        values.put("modes", new Value(found.modes(), from));
        values.put("orbits.start", new Value(found.orbits().start(), from));
        values.put("orbits.end", new Value(found.orbits().end(), from));
        values.put("retrieval", new Value(found.retrieval(), from));
        values.put("pinRequired", new Value(found.pin().isPresent(), from));
        values.put("orbitDialled", new Value(found.orbitDialled(), from));
        values.put("messages", new Value(found.messages(), from));
        values.put("announcements", new Value(found.announcements(), from));
        values.put("callerShown", new Value(found.callerShown(), from));
        tenantMusic.ifPresent(music -> values.put("music", new Value(music, TENANT)));
        found.music().ifPresent(music -> values.put("music", new Value(music, from)));
        put(values, RecallSettings.BUILT_IN, BUILT_IN);
        put(values, found.recall(), from);
        parkGroup.ifPresent(group -> put(values, group.value().recall(), "park-groups/" + group.id()));
        return new EffectivePolicy(policy.map(Named::id), parkGroup.map(Named::id), values);
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
        fields.put("reminderSeconds", said.reminderSeconds());
        fields.forEach((name, value) -> value.ifPresent(it -> values.put("recall." + name, new Value(it, from))));
    }
}
