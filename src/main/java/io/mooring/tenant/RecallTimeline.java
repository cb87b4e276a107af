package io.mooring.tenant;

import io.mooring.call.RecallPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What becomes of a call that nobody picks up, in the order in which it happens. Pure. */
public final class RecallTimeline {
    private RecallTimeline() {}

    /** What happens at a step. */
    public enum Action {
        /** The parker's phone shows that the call waits; nothing rings. */
        REMIND,
        /** Phones ring. */
        RING,
        /** The parked party is hung up. */
        HANG_UP;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * A step.
     *
     * @param atSeconds since the call was parked, when every phone before has rung as long as it may
     * @param action what happens
     * @param extensions whose phones ring, all at once, or show it; empty with {@link Action#HANG_UP}
     * @param forSeconds how long they ring at the most; only with {@link Action#RING}
     * @param fallbackExtension who is rung instead of one without a phone
     */
    public record Step(long atSeconds, Action action, List<String> extensions, Optional<Long> forSeconds,
            Optional<String> fallbackExtension) {}

    /**
     * The steps of a plan when nobody answers; the last one is the end of the call, unless the plan has none.
     *
     * @param parker whom the plan is made for
     */
    public static List<Step> of(RecallPlan plan, String parker) {
        var steps = new ArrayList<Step>();
        long end = plan.endMillis() > 0 ? plan.endMillis() : Long.MAX_VALUE;
        long at = 0;
        for (RecallPlan.Stage stage : plan.stages()) {
            at += stage.waitMillis();
            if (at < end) {
                steps.add(new Step(at / 1_000, Action.RING, stage.extensions(),
                        Optional.of(Math.min(stage.ringMillis(), end - at) / 1_000),
                        Optional.of(stage.fallback()).filter(it -> !it.isEmpty())));
            }
            at += stage.ringMillis();
        }
        long over = plan.stages().isEmpty() ? end : Math.min(at, end);
        if (over < Long.MAX_VALUE) {
            steps.add(new Step(over / 1_000, Action.HANG_UP, List.of(), Optional.empty(), Optional.empty()));
        }
        if (plan.reminderMillis() > 0 && plan.reminderMillis() < over) {
            steps.add(new Step(plan.reminderMillis() / 1_000, Action.REMIND, List.of(parker), Optional.empty(),
                    Optional.empty()));
            steps.sort(Comparator.comparingLong(Step::atSeconds));
        }
        return List.copyOf(steps);
    }
}
