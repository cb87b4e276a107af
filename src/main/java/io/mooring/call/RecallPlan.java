package io.mooring.call;

import java.util.List;
import java.util.Objects;

/**
 * What becomes of a parked call that nobody picks up: whom it is offered to, when, how long, and when it ends. Decided once, when the
 * call is parked, and kept with it.
 *
 * @param stages in their order; each begins when the one before has come to nothing
 * @param endMillis how long after it was parked the call ends at the latest; 0: never
 * @param alertInfo {@code Alert-Info} of the INVITEs [RFC 3261 20.4]; empty for none
 */
public record RecallPlan(List<Stage> stages, long endMillis, String alertInfo) {
    /** Nobody is rung, and the call never ends by itself: for calls of before there were recalls. */
    public static final RecallPlan NONE = new RecallPlan(List.of(), 0, "");

    /**
     * One offer.
     *
     * @param waitMillis how long the call waits first
     * @param extensions who is rung, all at once
     * @param ringMillis how long
     * @param fallback who is rung instead of one that is not there; empty for nobody
     */
    public record Stage(long waitMillis, List<String> extensions, long ringMillis, String fallback) {
        /** Takes its own copy. What is empty is not stored. */
        public Stage {
            fallback = Objects.requireNonNullElse(fallback, "");
            extensions = List.copyOf(extensions);
        }
    }

    /** Takes its own copy. */
    public RecallPlan {
        stages = List.copyOf(Objects.requireNonNullElse(stages, List.of()));
        alertInfo = Objects.requireNonNullElse(alertInfo, "");
    }
}
