package io.mooring.store;

import java.util.List;

/** What came of writing a call. Only {@link Saved} has changed anything. */
public sealed interface SaveOutcome {
    /**
     * Written.
     *
     * @param lamps places that somebody watches, and where the call began or ceased to wait by that
     */
    record Saved(List<String> lamps) implements SaveOutcome {}

    /** Somebody else has written it since it was read: read it again and decide again. */
    record Conflict() implements SaveOutcome {}

    /**
     * The place is taken; of several, all are.
     *
     * @param holder owner of the call that is there
     */
    record PlaceTaken(String holder) implements SaveOutcome {}

    /** No orbit of the range is free. */
    record RangeFull() implements SaveOutcome {}

    /** The tenant has as many parked calls as it may have. */
    record QuotaReached() implements SaveOutcome {}
}
