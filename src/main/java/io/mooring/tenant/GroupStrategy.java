package io.mooring.tenant;

/** Where a call goes that is parked to a park group. */
public enum GroupStrategy {
    /** It waits for all members: any of them takes it. */
    ALL("all"),
    /** It is parked at the extension of the first member, in the order of the list, who has no parked call yet (BroadWorks). */
    FIRST_AVAILABLE("first-available");

    private final String text;

    GroupStrategy(String text) {
        this.text = text;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
