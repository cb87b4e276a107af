package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.RetrievalRule;
import io.mooring.tenant.EffectivePolicy.Named;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TenantRulesTest {

    private static final Tenant ACME = new Tenant("acme.example", "Acme", FeatureCodes.DEFAULT);
    private static final TenantConfig EMPTY = new TenantConfig(ACME, Set.of("101", "102", "103"), Map.of(), Map.of(),
            Map.of(), Map.of(), Set.of("jazz"));

    private static RingGroup ring(String name, String... members) {
        return new RingGroup(name, RingStrategy.ALL, List.of(members));
    }

    private static ParkGroup park(String name, String... members) {
        return new ParkGroup(name, GroupStrategy.ALL, List.of(members), RecallSettings.NONE);
    }

    private static ParkPolicy policy(String name, RecallSettings recall) {
        return new ParkPolicy(name, true, ParkPolicy.EVERY_MODE, ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT, false,
                true, false, recall);
    }

    private static RecallSettings recall(String json) {
        return TenantJson.read(TenantJson.parse(json.replace('\'', '"')), RecallSettings.class);
    }

    private static Tenant withDefault(String policy) {
        return new Tenant("acme.example", "", FeatureCodes.DEFAULT, Quotas.DEFAULT, 1, Optional.of(policy),
                Optional.empty());
    }

    private static List<String> wrong(TenantConfig config) {
        return TenantRules.check(config).stream().map(it -> it.field() + (it.conflict() ? " !" : "")).toList();
    }

    @Test
    void aTenantInOrderHasNothingToComplainAbout() {
        TenantConfig config = EMPTY.with("hunt", ring("Hunt", "101", "102"))
                .with("sales", park("Sales", "101"))
                .with("support", park("Support", "102", "103"))
                .with("all", policy("All", recall("{'mode': 'ring-group', 'ringGroup': 'hunt'}")))
                .withGrant("101", "all")
                .with(withDefault("all"));

        assertThat(TenantRules.check(config)).isEmpty();
        assertThat(TenantRules.check(EMPTY)).isEmpty();
    }

    @Test
    void aNameIsTakenOnceInItsKind() {
        assertThat(wrong(EMPTY.with("a", park("Sales")).with("b", park("Sales"))))
                .containsExactly("parkGroups.b.name !");
        assertThat(wrong(EMPTY.with("a", ring("Sales")).with("b", ring("Sales"))))
                .containsExactly("ringGroups.b.name !");
        assertThat(wrong(EMPTY.with("a", policy("Sales", RecallSettings.NONE))
                .with("b", policy("Sales", RecallSettings.NONE)))).containsExactly("parkPolicies.b.name !");
        assertThat(wrong(EMPTY.with("a", park("Sales")).with("a", ring("Sales")).with("b", park("sales")))).isEmpty();
    }

    @Test
    void whoeverIsChangedIsToBlameForACollision() {
        TenantConfig config = EMPTY.with("a", park("Sales", "101")).with("b", park("Support", "102"));

        assertThat(wrong(config.with("a", park("Support", "101")))).containsExactly("parkGroups.a.name !");
        assertThat(wrong(config.with("b", park("Sales", "102")))).containsExactly("parkGroups.b.name !");
        assertThat(wrong(config.with("a", park("Sales", "103", "102")))).containsExactly("parkGroups.a.members.1 !");
    }

    @Test
    void aGroupMayTakeAnotherNameAndKeepItsId() {
        assertThat(wrong(EMPTY.with("a", park("Sales")).with("a", park("Support")).with("b", park("Sales")))).isEmpty();
    }

    @Test
    void membersAreExtensionsOfTheTenant() {
        assertThat(wrong(EMPTY.with("a", park("Sales", "101", "201")))).containsExactly("parkGroups.a.members.1");
        assertThat(wrong(EMPTY.with("a", ring("Sales", "201", "101")))).containsExactly("ringGroups.a.members.0");
    }

    @Test
    void aUserIsInOneParkGroupAtMostAndInManyRingGroups() {
        assertThat(wrong(EMPTY.with("a", park("A", "101")).with("b", park("B", "102", "101"))))
                .containsExactly("parkGroups.b.members.1 !");
        assertThat(wrong(EMPTY.with("a", ring("A", "101")).with("b", ring("B", "101")))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(RecallMode.class)
    void aModeWithRingGroupNeedsOne(RecallMode mode) {
        RecallSettings without = recall("{'mode': '" + mode + "'}");
        RecallSettings with = recall("{'mode': '" + mode + "', 'ringGroup': 'hunt'}");
        TenantConfig config = EMPTY.with("hunt", ring("Hunt", "101"));
        boolean needs = mode != RecallMode.PARKER;

        assertThat(wrong(config.with("p", policy("P", without))))
                .isEqualTo(needs ? List.of("parkPolicies.p.recall.ringGroup") : List.of());
        assertThat(wrong(config.with("g", new ParkGroup("G", GroupStrategy.ALL, List.of(), without))))
                .isEqualTo(needs ? List.of("parkGroups.g.recall.ringGroup") : List.of());
        assertThat(wrong(config.with("p", policy("P", with)))).isEmpty();
        assertThat(wrong(EMPTY.with("p", policy("P", with)))).containsExactly("parkPolicies.p.recall.ringGroup");
    }

    @Test
    void aParkedCallLivesLongEnoughForOneRecall() {
        assertThat(wrong(EMPTY.with("p", policy("P", recall("{'maxParkSeconds': 329}")))))
                .containsExactly("parkPolicies.p.recall.maxParkSeconds");
        assertThat(wrong(EMPTY.with("p", policy("P", recall("{'maxParkSeconds': 330}"))))).isEmpty();
        assertThat(wrong(EMPTY.with("g", new ParkGroup("G", GroupStrategy.ALL, List.of(),
                recall("{'maxParkSeconds': 60, 'recallTimeoutSeconds': 61}")))))
                .containsExactly("parkGroups.g.recall.maxParkSeconds");
    }

    @Test
    void aFallbackIsAnExtensionOfTheTenant() {
        assertThat(wrong(EMPTY.with("p", policy("P", recall("{'fallbackExtension': '201'}")))))
                .containsExactly("parkPolicies.p.recall.fallbackExtension");
    }

    @Test
    void grantsAreOfPoliciesToExtensions() {
        TenantConfig config = EMPTY.with("p", policy("P", RecallSettings.NONE));

        assertThat(wrong(config.withGrant("201", "p"))).containsExactly("grants.201");
        assertThat(wrong(config.withGrant("101", "q"))).containsExactly("grants.101.parkPolicy");
        assertThat(wrong(config.with(withDefault("q")))).containsExactly("defaultParkPolicy");
        assertThat(wrong(config.withGrant("101", "p").with(withDefault("p")))).isEmpty();
    }

    @Test
    void extensionsHaveAQuota() {
        var quotas = new Quotas(1, 1, 2, 1, 1, 1, 1);
        var tenant = new Tenant("acme.example", "", FeatureCodes.DEFAULT, quotas, 1, Optional.empty(),
                Optional.empty());

        assertThat(wrong(EMPTY.with(tenant))).containsExactly("extensions !");
    }

    @Test
    void nothingIsDeletedThatSomethingRefersTo() {
        TenantConfig config = EMPTY.with("hunt", ring("Hunt", "101"))
                .with("sales",
                        new ParkGroup("Sales", GroupStrategy.ALL, List.of("101"), recall("{'ringGroup': 'hunt'}")))
                .with("p", policy("P", recall("{'ringGroup': 'hunt', 'fallbackExtension': '102'}")))
                .with("q", policy("Q", RecallSettings.NONE))
                .withGrant("101", "p")
                .with(withDefault("p"));

        assertThat(TenantRules.usesOfExtension(config, "101"))
                .containsExactly("ring-groups/hunt", "park-groups/sales", "grants/101");
        assertThat(TenantRules.usesOfExtension(config, "102")).containsExactly("park-policies/p");
        assertThat(TenantRules.usesOfExtension(config, "103")).isEmpty();
        assertThat(TenantRules.usesOfRingGroup(config, "hunt")).containsExactly("park-groups/sales", "park-policies/p");
        assertThat(TenantRules.usesOfRingGroup(config, "other")).isEmpty();
        assertThat(TenantRules.usesOfParkPolicy(config, "p")).containsExactly(".", "grants/101");
        assertThat(TenantRules.usesOfParkPolicy(config, "q")).isEmpty();
    }

    @Test
    void aPolicyIsExplained() {
        var sales = new ParkGroup("Sales", GroupStrategy.ALL, List.of("101"), recall("{'maxAttempts': 5}"));
        var policy = policy("P", recall("{'maxAttempts': 4, 'ringSeconds': 20}"));

        EffectivePolicy inGroup = EffectivePolicy.of(Optional.empty(), Optional.of(new Named<>("p", policy)),
                Optional.of(new Named<>("sales", sales)));
        assertThat(inGroup.policy()).contains("p");
        assertThat(inGroup.parkGroup()).contains("sales");
        assertThat(inGroup.values()).containsAllEntriesOf(values(
                "parkingAllowed", true, "park-policies/p",
                "orbits.start", 10, "park-policies/p",
                "retrieval", RetrievalRule.TENANT, "park-policies/p",
                "recall.maxAttempts", 5, "park-groups/sales",
                "recall.ringSeconds", 20, "park-policies/p",
                "recall.recallTimeoutSeconds", 300, "built-in"));
        assertThat(EffectivePolicy.of(Optional.empty(), Optional.of(new Named<>("p", policy)), Optional.empty())
                .values()
                .get("recall.maxAttempts")).isEqualTo(new EffectivePolicy.Value(4, "park-policies/p"));
    }

    @Test
    void parkingIsOffUntilAPolicyAllowsIt() {
        EffectivePolicy none = EffectivePolicy.of(Optional.empty(), Optional.empty(), Optional.empty());

        assertThat(none.policy()).isEmpty();
        assertThat(none.values().get("parkingAllowed")).isEqualTo(new EffectivePolicy.Value(false, "built-in"));
    }

    private static Map<String, EffectivePolicy.Value> values(Object... triples) {
        Map<String, EffectivePolicy.Value> values = new LinkedHashMap<>();
        for (int i = 0; i < triples.length; i += 3) {
            List<Object> triple = Arrays.asList(triples).subList(i, i + 3);
            values.put((String) triple.get(0), new EffectivePolicy.Value(triple.get(1), (String) triple.get(2)));
        }
        return values;
    }
}
