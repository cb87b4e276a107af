package io.mooring.store;

/** What came of writing a call. Only {@link Saved} has changed anything. */
public sealed interface SaveOutcome {
    /** Written. */
    record Saved() implements SaveOutcome {}

    /** Somebody else has written it since it was read: read it again and decide again. */
    record Conflict() implements SaveOutcome {}

    /**
     * The place is taken.
     *
     * @param holder owner of the call that is there
     */
    record PlaceTaken(String holder) implements SaveOutcome {}
}
