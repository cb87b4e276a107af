package io.mooring.tenant;

/** To whom a call is offered that nobody has picked up. */
public enum RecallMode {
    /** The parker, again and again. */
    PARKER("parker", false),
    /** The parker, and then the ring group. */
    PARKER_THEN_RING_GROUP("parker-then-ring-group", true),
    /** The ring group. */
    RING_GROUP("ring-group", true);

    private final String text;
    private final boolean needsRingGroup;

    RecallMode(String text, boolean needsRingGroup) {
        this.text = text;
        this.needsRingGroup = needsRingGroup;
    }

    /** True when the mode is of no use without a ring group. */
    public boolean needsRingGroup() {
        return needsRingGroup;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
