package io.mooring.call;

/** What a dialled feature code asks for. */
public sealed interface Feature {
    /**
     * Park.
     *
     * @param extension the extension to park against; empty: the parker's own
     */
    record Park(String extension) implements Feature {}

    /**
     * Retrieve.
     *
     * @param extension the extension to retrieve from; empty: the own one
     */
    record Retrieve(String extension) implements Feature {}

    /** No feature code of the tenant. */
    record None() implements Feature {}
}
