package io.mooring.migration;

import io.mooring.call.RetrievalRule;
import io.mooring.migration.MalformedSourceException.Mistake;
import io.mooring.migration.Migration.Group;
import io.mooring.migration.Migration.Member;
import io.mooring.migration.Migration.Policy;
import io.mooring.migration.Migration.Recall;
import io.mooring.tenant.GroupStrategy;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.ParkPolicy.Orbits;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a tenant becomes by a migration. Things are known by their names: what has the name of one that is there replaces it and keeps its
 * id, so that the same source may come again. What the source does not say stays as it is; nothing is deleted.
 */
public final class Carried {

    private static final int ID_LENGTH = 32;

    private final Notes notes = new Notes();
    private final Map<String, ParkPolicy> policies = new LinkedHashMap<>();
    private final Map<String, ParkGroup> groups = new LinkedHashMap<>();
    private final List<Mistake> mistakes = new ArrayList<>();
    /** Park groups by member, as they will be. */
    private final Map<String, String> groupOf = new HashMap<>();
    private TenantConfig config;

    private Carried(TenantConfig before) {
        this.config = before;
    }

    /**
     * Puts a migration into a tenant.
     *
     * @throws MalformedSourceException for names that are not allowed here
     */
    public static Carried into(TenantConfig before, Migration migration) {
        var carried = new Carried(before);
        carried.notes.addAll(migration.notes());
        migration.policies().forEach(carried::put);
        before.parkGroups().forEach((id, group) -> group.members().forEach(it -> carried.groupOf.put(it, id)));
        migration.groups().forEach(carried::put);
        if (!carried.mistakes.isEmpty()) {
            throw new MalformedSourceException(carried.mistakes);
        }
        return carried;
    }

    /** The tenant as it becomes. */
    public TenantConfig config() {
        return config;
    }

    /** Park policies that are new or replaced, by id. */
    public Map<String, ParkPolicy> policies() {
        return policies;
    }

    /** Park groups that are new or replaced, by id. */
    public Map<String, ParkGroup> groups() {
        return groups;
    }

    /** On what is not as it was in the source. */
    public List<Note> notes() {
        return notes.list();
    }

    private void put(Policy wanted) {
        Optional<String> there = named(config.parkPolicies(), ParkPolicy::name, wanted.name());
        Optional<ParkPolicy> before = there.map(config.parkPolicies()::get);
        RecallSettings recall = settings(wanted.recall(), before.map(ParkPolicy::recall), RecallSettings.BUILT_IN);
        attempt(wanted.at(), () -> new ParkPolicy(wanted.name(), wanted.parkingAllowed(),
                before.map(ParkPolicy::modes).orElse(ParkPolicy.EVERY_MODE),
                wanted.orbits().or(() -> before.map(ParkPolicy::orbits)).orElse(Orbits.DEFAULT),
                before.map(ParkPolicy::retrieval).orElse(RetrievalRule.TENANT), wanted.orbitDialled(),
                before.map(ParkPolicy::messages).orElse(true),
                before.map(ParkPolicy::announcements).orElse(false), recall)).ifPresent(policy -> {
                    String id = there.orElseGet(() -> newId(config.parkPolicies().keySet(), wanted.name()));
                    policies.put(id, policy);
                    config = config.with(id, policy);
                    if (wanted.everybody()) {
                        makeDefault(wanted, id);
                    }
                });
    }

    private void makeDefault(Policy wanted, String id) {
        Tenant tenant = config.tenant();
        Optional<String> present = tenant.defaultParkPolicy();
        if (present.isEmpty()) {
            config = config.with(tenant.withDefaultParkPolicy(id));
        } else if (!present.equals(Optional.of(id))) {
            notes.lost(wanted.at(),
                    "holds for everybody who has no other one, but the default of the tenant is the park"
                            + " policy " + present.get() + " already");
        }
    }

    private void put(Group wanted) {
        Optional<String> there = named(config.parkGroups(), ParkGroup::name, wanted.name());
        Optional<ParkGroup> before = there.map(config.parkGroups()::get);
        String id = there.orElseGet(() -> newId(config.parkGroups().keySet(), wanted.name()));
        RecallSettings recall = settings(wanted.recall(), before.map(ParkGroup::recall), RecallSettings.NONE);
        before.ifPresent(group -> group.members().forEach(groupOf::remove));
        List<String> members = new ArrayList<>();
        wanted.members().forEach(member -> join(id, member, members));
        attempt(wanted.at(), () -> new ParkGroup(wanted.name(),
                before.map(ParkGroup::strategy).orElse(GroupStrategy.ALL), members, recall)).ifPresent(group -> {
                    groups.put(id, group);
                    config = config.with(id, group);
                });
    }

    private void join(String id, Member member, List<String> members) {
        String number = Notes.shown(member.extension());
        if (!config.extensions().contains(member.extension())) {
            notes.lost(member.at(), "the tenant has no extension " + number);
            return;
        }
        String other = groupOf.putIfAbsent(member.extension(), id);
        if (other == null) {
            members.add(member.extension());
        } else if (!other.equals(id)) {
            notes.lost(member.at(), "extension " + number + " is in the park group " + other + " already");
        }
    }

    /** A mode that needs a ring group which is not there rings the parker: nobody would be rung else. */
    private RecallSettings settings(Recall said, Optional<RecallSettings> before, RecallSettings below) {
        RecallSettings settings = said.settings();
        Optional<String> ringGroup = said.ringGroup()
                .flatMap(name -> named(config.ringGroups(), it -> it.name(), name));
        if (settings.mode().map(RecallMode::needsRingGroup).orElse(false) && ringGroup.isEmpty()) {
            notes.adjusted(said.at(), said.ringGroup()
                    .map(name -> "the tenant has no ring group that is called " + Notes.shown(name)
                            + ": the parker is rung; make it and import again")
                    .orElse("names no group: the parker is rung"));
            settings = with(settings, Optional.of(RecallMode.PARKER), Optional.empty());
        } else {
            settings = with(settings, settings.mode(), ringGroup);
        }
        return lastingLongEnough(said.at(), settings.orElse(before.orElse(RecallSettings.NONE)), below);
    }

    /** The end that stays from before may come too soon for a recall as it is now. */
    private RecallSettings lastingLongEnough(String at, RecallSettings said, RecallSettings below) {
        RecallSettings known = said.orElse(below);
        int needed = known.recallTimeoutSeconds().orElse(0) + known.ringSeconds().orElse(0);
        if (known.maxParkSeconds().orElse(Integer.MAX_VALUE) >= needed) {
            return said;
        }
        notes.adjusted(at, "maxParkSeconds must leave time for one recall: it became " + needed);
        return new RecallSettings(said.recallTimeoutSeconds(), said.mode(), said.ringGroup(), said.ringSeconds(),
                said.alternateWaitSeconds(), said.maxAttempts(), Optional.of(needed), said.ringBusyParker(),
                said.alertInfo(), said.fallbackExtension(), said.reminderSeconds());
    }

    private static RecallSettings with(RecallSettings said, Optional<RecallMode> mode, Optional<String> ringGroup) {
        return new RecallSettings(said.recallTimeoutSeconds(), mode, ringGroup, said.ringSeconds(),
                said.alternateWaitSeconds(), said.maxAttempts(), said.maxParkSeconds(), said.ringBusyParker(),
                said.alertInfo(), said.fallbackExtension(), said.reminderSeconds());
    }

    private <T> Optional<T> attempt(String at, Supplier<T> maker) {
        try {
            return Optional.of(maker.get());
        } catch (InvalidValueException e) {
            boolean line = at.startsWith("line");
            e.violations()
                    .forEach(it -> mistakes.add(new Mistake(line ? "" : at,
                            (line ? at + ": " : "") + it.field() + " " + it.detail())));
            return Optional.empty();
        }
    }

    private static <T> Optional<String> named(Map<String, T> things, Function<T, String> name,
            String wanted) {
        return things.entrySet()
                .stream()
                .filter(it -> name.apply(it.getValue()).equals(wanted))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Made of the name, so that people know it again. */
    private static String newId(Set<String> taken, String name) {
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        String stem = plain.isEmpty() ? "imported" : plain.substring(0, Math.min(plain.length(), ID_LENGTH));
        String id = stem;
        for (int i = 2; taken.contains(id); i++) {
            String suffix = "-" + i;
            id = stem.substring(0, Math.min(stem.length(), ID_LENGTH - suffix.length())) + suffix;
        }
        return id;
    }
}
