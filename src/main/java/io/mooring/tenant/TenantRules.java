package io.mooring.tenant;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What must be true between the things of a tenant. */
public final class TenantRules {

    private final TenantConfig config;
    private final List<Violation> violations = new ArrayList<>();

    private TenantRules(TenantConfig config) {
        this.config = config;
    }

    /**
     * All that is wrong between the things of a tenant. Fields are {@code parkGroups.<id>.members.3} and the like.
     *
     * @return empty when all is well
     */
    public static List<Violation> check(TenantConfig config) {
        var rules = new TenantRules(config);
        rules.tenant();
        rules.names("ringGroups", config.ringGroups(), RingGroup::name);
        rules.names("parkGroups", config.parkGroups(), ParkGroup::name);
        rules.names("parkPolicies", config.parkPolicies(), ParkPolicy::name);
        config.ringGroups().forEach((id, group) -> rules.members("ringGroups." + id, group.members()));
        config.parkGroups().forEach((id, group) -> rules.members("parkGroups." + id, group.members()));
        rules.oneParkGroupEach();
        config.parkGroups().forEach((id, group) -> rules.recall("parkGroups." + id + ".recall", group.recall(), false));
        config.parkPolicies()
                .forEach((id, policy) -> rules.recall("parkPolicies." + id + ".recall", policy.recall(), true));
        rules.grants();
        return rules.violations;
    }

    private void tenant() {
        config.tenant()
                .defaultParkPolicy()
                .filter(policy -> !config.parkPolicies().containsKey(policy))
                .ifPresent(policy -> wrong("defaultParkPolicy", "the tenant has no park policy " + policy));
        config.tenant()
                .music()
                .filter(sound -> !config.sounds().contains(sound))
                .ifPresent(sound -> wrong("music", "the tenant has no sound " + sound));
        config.parkPolicies()
                .forEach((id, policy) -> policy.music()
                        .filter(sound -> !config.sounds().contains(sound))
                        .ifPresent(sound -> wrong("parkPolicies." + id + ".music",
                                "the tenant has no sound " + sound)));
        if (config.extensions().size() > config.tenant().quotas().extensions()) {
            conflict("extensions", "the tenant may have " + config.tenant().quotas().extensions() + " extensions");
        }
    }

    private <T> void names(String kind, Map<String, T> entries, Function<T, String> name) {
        Map<String, String> taken = new HashMap<>();
        entries.forEach((id, entry) -> {
            String holder = taken.putIfAbsent(name.apply(entry), id);
            if (holder != null) {
                conflict(kind + "." + id + ".name", "is the name of " + holder + " already");
            }
        });
    }

    private void members(String owner, List<String> members) {
        for (int i = 0; i < members.size(); i++) {
            extension(owner + ".members." + i, members.get(i));
        }
    }

    private void extension(String field, String number) {
        if (!config.extensions().contains(number)) {
            wrong(field, "the tenant has no extension " + number);
        }
    }

    private void oneParkGroupEach() {
        Map<String, String> groups = new HashMap<>();
        config.parkGroups().forEach((id, group) -> {
            List<String> members = group.members();
            for (int i = 0; i < members.size(); i++) {
                String other = groups.putIfAbsent(members.get(i), id);
                if (other != null) {
                    conflict("parkGroups." + id + ".members." + i,
                            "extension " + members.get(i) + " is in the park group " + other + " already");
                }
            }
        });
    }

    /** A policy stands on the built-in settings alone; a park group stands on any policy, so only what it says is known. */
    private void recall(String field, RecallSettings said, boolean whole) {
        RecallSettings known = whole ? said.orElse(RecallSettings.BUILT_IN) : said;
        if (known.mode().map(RecallMode::needsRingGroup).orElse(false) && known.ringGroup().isEmpty()) {
            wrong(field + ".ringGroup", "the recall mode " + known.mode().map(RecallMode::toString).orElse("")
                    + " needs one");
        }
        known.ringGroup()
                .filter(group -> !config.ringGroups().containsKey(group))
                .ifPresent(group -> wrong(field + ".ringGroup", "the tenant has no ring group " + group));
        known.fallbackExtension().ifPresent(number -> extension(field + ".fallbackExtension", number));
        int end = known.maxParkSeconds().orElse(Integer.MAX_VALUE);
        if (end < known.recallTimeoutSeconds().orElse(0) + known.ringSeconds().orElse(0)) {
            wrong(field + ".maxParkSeconds", "must leave time for one recall: recallTimeoutSeconds and ringSeconds");
        }
    }

    private void grants() {
        config.grants().forEach((extension, policy) -> {
            extension("grants." + extension, extension);
            if (!config.parkPolicies().containsKey(policy)) {
                wrong("grants." + extension + ".parkPolicy", "the tenant has no park policy " + policy);
            }
        });
    }

    private void wrong(String field, String detail) {
        violations.add(Violation.of(field, detail));
    }

    private void conflict(String field, String detail) {
        violations.add(Violation.conflict(field, detail));
    }

    /** What refers to an extension, as paths below the tenant; empty when nothing does. */
    public static List<String> usesOfExtension(TenantConfig config, String number) {
        List<String> uses = new ArrayList<>();
        config.ringGroups().forEach((id, group) -> add(uses, group.members().contains(number), "ring-groups/" + id));
        config.parkGroups()
                .forEach((id, group) -> add(uses,
                        group.members().contains(number) || isFallback(group.recall(), number), "park-groups/" + id));
        config.parkPolicies()
                .forEach((id, policy) -> add(uses, isFallback(policy.recall(), number), "park-policies/" + id));
        add(uses, config.grants().containsKey(number), "grants/" + number);
        return uses;
    }

    /** What refers to a ring group, as paths below the tenant. */
    public static List<String> usesOfRingGroup(TenantConfig config, String ringGroup) {
        List<String> uses = new ArrayList<>();
        config.parkGroups().forEach((id, group) -> add(uses, rings(group.recall(), ringGroup), "park-groups/" + id));
        config.parkPolicies()
                .forEach((id, policy) -> add(uses, rings(policy.recall(), ringGroup), "park-policies/" + id));
        return uses;
    }

    /** What refers to a park policy, as paths below the tenant; {@code .} is the tenant itself. */
    public static List<String> usesOfParkPolicy(TenantConfig config, String policy) {
        List<String> uses = new ArrayList<>();
        add(uses, config.tenant().defaultParkPolicy().equals(Optional.of(policy)), ".");
        config.grants().forEach((extension, granted) -> add(uses, granted.equals(policy), "grants/" + extension));
        return uses;
    }

    /** What refers to a sound, as paths below the tenant; {@code .} is the tenant itself. */
    public static List<String> usesOfSound(TenantConfig config, String sound) {
        List<String> uses = new ArrayList<>();
        add(uses, config.tenant().music().equals(Optional.of(sound)), ".");
        config.parkPolicies()
                .forEach((id, policy) -> add(uses, policy.music().equals(Optional.of(sound)), "park-policies/" + id));
        return uses;
    }

    private static boolean isFallback(RecallSettings recall, String number) {
        return recall.fallbackExtension().equals(Optional.of(number));
    }

    private static boolean rings(RecallSettings recall, String ringGroup) {
        return recall.ringGroup().equals(Optional.of(ringGroup));
    }

    private static void add(List<String> uses, boolean isOne, String use) {
        if (isOne) {
            uses.add(use);
        }
    }
}
