package io.mooring.call;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What becomes of a parked call that nobody picks up: whom it is offered to, when, how long, and when it ends. Decided once, when the
 * call is parked, and kept with it.
 *
 * @param stages in their order; each begins when the one before has come to nothing
 * @param endMillis how long after it was parked the call ends at the latest; 0: never
 * @param alertInfo {@code Alert-Info} of the INVITEs [RFC 3261 20.4]; empty for none
 * @param rotation which of the stages take turns in being the first
 * @param reminderMillis how long after it was parked the parker's phone shows that it waits; 0: it does not
 */
public record RecallPlan(List<Stage> stages, long endMillis, String alertInfo, Rotation rotation,
        long reminderMillis) {
    /** Nobody is rung, and the call never ends by itself: for calls of before there were recalls. */
    public static final RecallPlan NONE = new RecallPlan(List.of(), 0, "");

    /**
     * One offer.
     *
     * @param waitMillis how long the call waits first
     * @param extensions who is rung, all at once
     * @param ringMillis how long
     * @param fallback who is rung instead of one that is not there; empty for nobody
     * @param idleOnly true when who talks is not rung
     */
    public record Stage(long waitMillis, List<String> extensions, long ringMillis, String fallback, boolean idleOnly) {
        /** Takes its own copy. What is empty is not stored. */
        public Stage {
            fallback = Objects.requireNonNullElse(fallback, "");
            extensions = List.copyOf(extensions);
        }

        /** An offer to those who talk, too. */
        public Stage(long waitMillis, List<String> extensions, long ringMillis, String fallback) {
            this(waitMillis, extensions, ringMillis, fallback, false);
        }
    }

    /** Takes its own copy. */
    public RecallPlan {
        stages = List.copyOf(Objects.requireNonNullElse(stages, List.of()));
        alertInfo = Objects.requireNonNullElse(alertInfo, "");
        rotation = Objects.requireNonNullElse(rotation, Rotation.NONE);
    }

    /** A plan in which nobody takes turns, and nobody is reminded. */
    public RecallPlan(List<Stage> stages, long endMillis, String alertInfo) {
        this(stages, endMillis, alertInfo, Rotation.NONE, 0);
    }

    /**
     * The members of a ring group, of whom another one is the first each time.
     *
     * @param group id of the ring group; empty: no stages take turns, or it is decided
     * @param first index of the first of its stages; they are all that follow
     */
    public record Rotation(String group, int first) {
        /** Nobody takes turns. */
        public static final Rotation NONE = new Rotation("", 0);

        /** What is empty is not stored. */
        public Rotation {
            group = Objects.requireNonNullElse(group, "");
        }
    }

    /** True when somebody has to say now whose turn it is, because the first stage of the group begins. */
    public boolean rotatesAt(int stage) {
        return !rotation.group().isEmpty() && stage == rotation.first();
    }

    /** The plan when it is the turn of one of the members; their waits stay where they are. */
    public RecallPlan rotated(long turn) {
        int first = rotation.first();
        int count = stages.size() - first;
        var rotated = new ArrayList<>(stages.subList(0, first));
        for (int i = 0; i < count; i++) {
            Stage at = stages.get(first + i);
            Stage of = stages.get(first + (int) Math.floorMod(turn + i, (long) count));
            rotated.add(new Stage(at.waitMillis(), of.extensions(), of.ringMillis(), of.fallback(), of.idleOnly()));
        }
        return new RecallPlan(rotated, endMillis, alertInfo, Rotation.NONE, reminderMillis);
    }
}
