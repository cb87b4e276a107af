package io.mooring.tenant;

/** How the members of a ring group are rung. */
public enum RingStrategy {
    /** All at once. */
    ALL("all"),
    /** One after another, in the order of the list. */
    IN_ORDER("in-order"),
    /** One after another; each time another one is the first, in the order of the list. */
    ROUND_ROBIN("round-robin");

    private final String text;

    RingStrategy(String text) {
        this.text = text;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
