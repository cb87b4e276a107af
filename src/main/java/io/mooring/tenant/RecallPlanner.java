package io.mooring.tenant;

import io.mooring.call.RecallPlan;
import io.mooring.call.RecallPlan.Stage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Turns what a tenant has said of recalls into what is done with one call. Pure. */
public final class RecallPlanner {
    private RecallPlanner() {}

    /**
     * Plans the recall of a call.
     *
     * @param said as the tenant says it; what is left open is {@link RecallSettings#BUILT_IN}
     * @param parker extension of the parker
     * @param ringGroup the one that {@code said} names; empty when it names none, or there is none any more: then the parker is rung
     */
    public static RecallPlan plan(RecallSettings said, String parker, Optional<RingGroup> ringGroup) {
        RecallSettings whole = said.orElse(RecallSettings.BUILT_IN);
        RecallMode mode = whole.mode().orElseThrow();
        List<Stage> group = ringGroup
                .filter(found -> mode.needsRingGroup())
                .map(found -> ring(found, mode == RecallMode.RING_GROUP ? "" : parker, whole))
                .orElse(List.of());
        var stages = new ArrayList<Stage>();
        if (group.isEmpty()) {
            stages.addAll(Collections.nCopies(whole.maxAttempts().orElseThrow(),
                    ofParker(whole, parker, whole.ringSeconds().orElseThrow())));
        } else if (mode == RecallMode.PARKER_THEN_RING_GROUP) {
            stages.add(ofParker(whole, parker, whole.alternateWaitSeconds().orElseThrow()));
            stages.addAll(group);
        } else {
            stages.add(after(recallTimeout(whole), group.getFirst()));
            stages.addAll(group.subList(1, group.size()));
        }
        int first = mode == RecallMode.PARKER_THEN_RING_GROUP ? 1 : 0;
        boolean rotates = !group.isEmpty()
                && ringGroup.filter(found -> found.strategy() == RingStrategy.ROUND_ROBIN).isPresent();
        return new RecallPlan(stages, millis(whole.maxParkSeconds().orElseThrow()), whole.alertInfo().orElseThrow(),
                rotates ? new RecallPlan.Rotation(whole.ringGroup().orElse(""), first) : RecallPlan.Rotation.NONE,
                millis(whole.reminderSeconds().orElseThrow()));
    }

    private static Stage ofParker(RecallSettings whole, String parker, int ringSeconds) {
        return new Stage(recallTimeout(whole), List.of(parker), millis(ringSeconds),
                whole.fallbackExtension().filter(it -> !it.equals(parker)).orElse(""),
                !whole.ringBusyParker().orElseThrow());
    }

    /** Without a wait before: each begins when nobody has answered the one before. A member who talks is passed over. */
    private static List<Stage> ring(RingGroup group, String without, RecallSettings whole) {
        long ring = millis(group.ringSeconds().or(whole::ringSeconds).orElseThrow());
        List<String> members = group.members().stream().filter(member -> !member.equals(without)).toList();
        if (members.isEmpty()) {
            return List.of();
        }
        return switch (group.strategy()) {
            case ALL -> List.of(new Stage(0, members, ring, "", true));
            case IN_ORDER, ROUND_ROBIN ->
                members.stream().map(member -> new Stage(0, List.of(member), ring, "", true)).toList();
        };
    }

    private static Stage after(long waitMillis, Stage stage) {
        return new Stage(waitMillis, stage.extensions(), stage.ringMillis(), stage.fallback(), stage.idleOnly());
    }

    private static long recallTimeout(RecallSettings whole) {
        return millis(whole.recallTimeoutSeconds().orElseThrow());
    }

    private static long millis(int seconds) {
        return seconds * 1_000L;
    }
}
