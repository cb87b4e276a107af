package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.RecallPlan;
import io.mooring.call.RecallPlan.Stage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecallPlannerTest {
    private static final RingGroup ALL = new RingGroup("Desk", RingStrategy.ALL, List.of("102", "101", "103"));
    private static final RingGroup IN_ORDER = new RingGroup("Desk", RingStrategy.IN_ORDER, ALL.members());

    private static RecallSettings settings(RecallMode mode, int attempts, Optional<String> fallback) {
        return new RecallSettings(Optional.of(45), Optional.of(mode), Optional.of("desk"), Optional.of(20),
                Optional.of(7),
                Optional.of(attempts), Optional.of(600), Optional.empty(), Optional.of("<http://x/dr2>"), fallback,
                Optional.empty());
    }

    private static RecallPlan plan(RecallMode mode, Optional<RingGroup> group) {
        return RecallPlanner.plan(settings(mode, 2, Optional.empty()), "101", group);
    }

    @Test
    void ringsTheParkerThreeTimesWhenNobodyHasSaidAnything() {
        var stage = new Stage(300_000, List.of("101"), 30_000, "", true);
        assertThat(RecallPlanner.plan(RecallSettings.NONE, "101", Optional.empty()))
                .isEqualTo(new RecallPlan(List.of(stage, stage, stage), 7_200_000, ""));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10})
    void ringsTheParkerAsOftenAsIsSaid(int attempts) {
        var plan = RecallPlanner.plan(settings(RecallMode.PARKER, attempts, Optional.of("109")), "101",
                Optional.of(ALL));
        assertThat(plan.stages()).hasSize(attempts)
                .containsOnly(new Stage(45_000, List.of("101"), 20_000, "109", true));
        assertThat(plan.endMillis()).isEqualTo(600_000);
        assertThat(plan.alertInfo()).isEqualTo("<http://x/dr2>");
    }

    @Test
    void asksTheRingGroupWithoutAnotherWaitAfterTheParkerHasHadItsTime() {
        assertThat(plan(RecallMode.PARKER_THEN_RING_GROUP, Optional.of(ALL)).stages()).containsExactly(
                new Stage(45_000, List.of("101"), 7_000, "", true),
                new Stage(0, List.of("102", "103"), 20_000, "", true));
        assertThat(plan(RecallMode.PARKER_THEN_RING_GROUP, Optional.of(IN_ORDER)).stages()).containsExactly(
                new Stage(45_000, List.of("101"), 7_000, "", true),
                new Stage(0, List.of("102"), 20_000, "", true),
                new Stage(0, List.of("103"), 20_000, "", true));
    }

    @Test
    void membersTakeTurns() {
        var robin = new RingGroup("Desk", RingStrategy.ROUND_ROBIN, List.of("102", "101", "103"), Optional.of(9));
        var alone = plan(RecallMode.RING_GROUP, Optional.of(robin));
        assertThat(alone.rotatesAt(0)).isTrue();
        assertThat(alone.stages()).extracting(Stage::ringMillis).containsOnly(9_000L);
        assertThat(whom(alone.rotated(0))).containsExactly("102", "101", "103");
        assertThat(whom(alone.rotated(1))).containsExactly("101", "103", "102");
        assertThat(whom(alone.rotated(3))).containsExactly("102", "101", "103");
        assertThat(alone.rotated(2).stages()).extracting(Stage::waitMillis).containsExactly(45_000L, 0L, 0L);
        assertThat(alone.rotated(1).rotatesAt(0)).as("decided").isFalse();
        var after = plan(RecallMode.PARKER_THEN_RING_GROUP, Optional.of(robin));
        assertThat(after.rotatesAt(0)).isFalse();
        assertThat(after.rotatesAt(1)).isTrue();
        assertThat(whom(after.rotated(1))).containsExactly("101", "103", "102");
        assertThat(plan(RecallMode.RING_GROUP, Optional.of(IN_ORDER)).rotatesAt(0)).isFalse();
    }

    private static List<String> whom(RecallPlan plan) {
        return plan.stages().stream().flatMap(stage -> stage.extensions().stream()).toList();
    }

    @Test
    void theGroupSaysHowLongItsMembersRing() {
        var group = new RingGroup("Desk", RingStrategy.IN_ORDER, List.of("102", "103"), Optional.of(12));
        assertThat(plan(RecallMode.PARKER_THEN_RING_GROUP, Optional.of(group)).stages()).containsExactly(
                new Stage(45_000, List.of("101"), 7_000, "", true),
                new Stage(0, List.of("102"), 12_000, "", true),
                new Stage(0, List.of("103"), 12_000, "", true));
    }

    @Test
    void ringsTheParkerAsAMemberWhenTheGroupAloneIsAsked() {
        assertThat(plan(RecallMode.RING_GROUP, Optional.of(ALL)).stages()).containsExactly(
                new Stage(45_000, List.of("102", "101", "103"), 20_000, "", true));
        assertThat(plan(RecallMode.RING_GROUP, Optional.of(IN_ORDER)).stages()).containsExactly(
                new Stage(45_000, List.of("102"), 20_000, "", true),
                new Stage(0, List.of("101"), 20_000, "", true),
                new Stage(0, List.of("103"), 20_000, "", true));
    }

    @ParameterizedTest
    @EnumSource(RecallMode.class)
    void ringsTheParkerWhenThereIsNobodyElse(RecallMode mode) {
        var parkers = new Stage(45_000, List.of("101"), 20_000, "", true);
        assertThat(plan(mode, Optional.empty()).stages()).containsExactly(parkers, parkers);
        var empty = new RingGroup("Desk", RingStrategy.ALL, List.of());
        assertThat(plan(mode, Optional.of(empty)).stages()).containsExactly(parkers, parkers);
        if (mode == RecallMode.PARKER_THEN_RING_GROUP) {
            var himself = new RingGroup("Desk", RingStrategy.IN_ORDER, List.of("101"));
            assertThat(plan(mode, Optional.of(himself)).stages()).containsExactly(parkers, parkers);
        }
    }

    @Test
    void doesNotFallBackOnTheParker() {
        var plan = RecallPlanner.plan(settings(RecallMode.PARKER, 1, Optional.of("101")), "101", Optional.empty());
        assertThat(plan.stages()).containsExactly(new Stage(45_000, List.of("101"), 20_000, "", true));
    }

    @ParameterizedTest
    @EnumSource(RecallMode.class)
    void everyPlanRingsSomebodyAndEnds(RecallMode mode) {
        for (var group : List.of(Optional.<RingGroup>empty(), Optional.of(ALL), Optional.of(IN_ORDER))) {
            var plan = plan(mode, group);
            assertThat(plan.stages()).isNotEmpty()
                    .allSatisfy(stage -> {
                        assertThat(stage.extensions()).isNotEmpty();
                        assertThat(stage.ringMillis()).isPositive();
                    });
            assertThat(plan.stages().getFirst().waitMillis()).isEqualTo(45_000);
            assertThat(plan.endMillis()).isPositive();
        }
    }

    @Test
    void aParkerWhoTalksIsRungOnlyWhenTheTenantSaysSo() {
        var said = new RecallSettings(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(true), Optional.empty(),
                Optional.empty(), Optional.empty());
        assertThat(RecallPlanner.plan(said, "101", Optional.empty()).stages()).noneMatch(Stage::idleOnly);
        assertThat(RecallPlanner.plan(RecallSettings.NONE, "101", Optional.empty()).stages()).allMatch(Stage::idleOnly);
    }
}
