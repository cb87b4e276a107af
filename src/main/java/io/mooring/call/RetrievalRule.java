package io.mooring.call;

/** Who may retrieve a parked call, seen from its parker. Who it is parked for may, under every rule but {@link #PARKER}. */
public enum RetrievalRule {
    /** Every user of the tenant. */
    TENANT("tenant"),
    /** Users with the same park policy. */
    SAME_POLICY("same-policy"),
    /** Members of the same park group. */
    SAME_PARK_GROUP("same-park-group"),
    /** The parker alone. */
    PARKER("parker");

    private final String text;

    RetrievalRule(String text) {
        this.text = text;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
