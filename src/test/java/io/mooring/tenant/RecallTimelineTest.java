package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.RecallPlan;
import io.mooring.call.RecallPlan.Stage;
import io.mooring.tenant.RecallTimeline.Action;
import io.mooring.tenant.RecallTimeline.Step;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecallTimelineTest {

    private static Step ring(long at, long seconds, String... extensions) {
        return new Step(at, Action.RING, List.of(extensions), Optional.of(seconds), Optional.empty());
    }

    private static Step hangUp(long at) {
        return new Step(at, Action.HANG_UP, List.of(), Optional.empty(), Optional.empty());
    }

    @Test
    void eachStageWaitsForTheOneBefore() {
        var plan = new RecallPlan(List.of(new Stage(300_000, List.of("101"), 30_000, ""),
                new Stage(0, List.of("102", "103"), 20_000, "")), 7_200_000, "");
        assertThat(RecallTimeline.of(plan, "101")).containsExactly(ring(300, 30, "101"), ring(330, 20, "102", "103"),
                hangUp(350));
    }

    @Test
    void theHardEndCutsAStageShortAndLeavesOutWhatComesAfter() {
        var stage = new Stage(40_000, List.of("101"), 30_000, "");
        assertThat(RecallTimeline.of(new RecallPlan(List.of(stage, stage, stage), 120_000, ""), "101"))
                .containsExactly(ring(40, 30, "101"), ring(110, 10, "101"), hangUp(120));
    }

    @Test
    void whoIsRungInsteadIsTold() {
        var plan = new RecallPlan(List.of(new Stage(30_000, List.of("101"), 5_000, "109")), 0, "");
        assertThat(RecallTimeline.of(plan, "101").getFirst().fallbackExtension()).contains("109");
    }

    @Test
    void aCallWithoutRecallWaitsUntilItsEndOrForEver() {
        assertThat(RecallTimeline.of(new RecallPlan(List.of(), 60_000, ""), "101")).containsExactly(hangUp(60));
        assertThat(RecallTimeline.of(RecallPlan.NONE, "101")).isEmpty();
    }

    @Test
    void theReminderStandsWhereItComes() {
        var plan = new RecallPlan(List.of(new Stage(60_000, List.of("102"), 20_000, "")), 7_200_000, "",
                RecallPlan.Rotation.NONE, 30_000);
        var remind = new Step(30, Action.REMIND, List.of("101"), Optional.empty(), Optional.empty());
        assertThat(RecallTimeline.of(plan, "101")).containsExactly(remind, ring(60, 20, "102"), hangUp(80));
        var late = new RecallPlan(plan.stages(), 7_200_000, "", RecallPlan.Rotation.NONE, 80_000);
        assertThat(RecallTimeline.of(late, "101")).as("the call is over")
                .containsExactly(ring(60, 20, "102"), hangUp(80));
    }
}
