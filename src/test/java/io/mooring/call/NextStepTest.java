package io.mooring.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NextStepTest {
    private static final RecallPlan PLAN = new RecallPlan(
            List.of(new RecallPlan.Stage(60_000, List.of("101"), 30_000, ""),
                    new RecallPlan.Stage(30_000, List.of("105", "106"), 30_000, "")),
            7_200_000, "", RecallPlan.Rotation.NONE, 0);

    private static Call parked(RecallPlan plan) {
        var call = new Call();
        call.state = CallState.PARKED;
        call.parker = "101";
        call.terms = ParkTerms.NONE.with(plan);
        call.timers.put(Call.END, 7_200_000L);
        return call;
    }

    private static void rings(Call call, String extension, long untilMillis) {
        var leg = new Leg();
        leg.id = "leg-" + extension;
        leg.user = extension;
        leg.role = Role.RECALL;
        call.legs.put(leg.id, leg);
        var invite = new Pending(leg.id, 1, "INVITE", Pending.Purpose.RECALL, "", "", 1, null, "");
        call.pending.put(invite.key(), invite);
        call.timers.put("pending:" + invite.key(), untilMillis);
    }

    @Test
    void whatIsDueFirstIsNext() {
        var call = parked(PLAN);
        assertThat(NextStep.of(call)).contains(new NextStep(NextStep.Action.HANG_UP, 7_200_000, List.of()));
        call.timers.put(Call.RECALL, 60_000L);
        assertThat(NextStep.of(call)).contains(new NextStep(NextStep.Action.RING, 60_000, List.of("101")));
        call.timers.put(Call.REMINDER, 30_000L);
        assertThat(NextStep.of(call)).contains(new NextStep(NextStep.Action.REMIND, 30_000, List.of("101")));
    }

    @Test
    void theStageThatComesSaysWhoRings() {
        var call = parked(PLAN);
        call.timers.put(Call.RECALL, 90_000L);
        call.recallStage = 1;
        assertThat(NextStep.of(call).orElseThrow().extensions()).containsExactly("105", "106");
    }

    @Test
    void whoseTurnItIsIsNotToldBeforeItIsDecided() {
        var call = parked(new RecallPlan(PLAN.stages(), 0, "", new RecallPlan.Rotation("front", 1), 0));
        call.timers.put(Call.RECALL, 90_000L);
        call.recallStage = 1;
        assertThat(NextStep.of(call)).contains(new NextStep(NextStep.Action.RING, 90_000, List.of()));
    }

    @Test
    void whileItRingsItIsToldWhoseAndUntilWhen() {
        var call = parked(PLAN);
        call.state = CallState.RECALLING;
        rings(call, "105", 95_000);
        rings(call, "106", 96_000);
        assertThat(NextStep.ringing(call)).containsExactly("105", "106");
        assertThat(NextStep.of(call))
                .contains(new NextStep(NextStep.Action.STOP_RINGING, 96_000, List.of("105", "106")));
    }

    @Test
    void nothingIsNextWhileSomebodyIsConnected() {
        var call = parked(PLAN);
        call.state = CallState.CONNECTING;
        assertThat(NextStep.of(call)).isEmpty();
        assertThat(NextStep.ringing(call)).isEmpty();
    }

    @Test
    void aCallThatIsToldThatNobodyComesEndsAfterThat() {
        var call = parked(PLAN);
        call.timers.clear();
        call.recallStage = 2;
        call.timers.put(Call.FAREWELL, 5_000L);
        assertThat(NextStep.of(call)).contains(new NextStep(NextStep.Action.HANG_UP, 5_000, List.of()));
    }
}
