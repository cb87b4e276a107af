package io.mooring.call;

/** A way to park, as far as a policy allows or forbids it. */
public enum ParkMode {
    /** At the parker's own extension. */
    OWN_EXTENSION("own-extension"),
    /** At another extension of the tenant. */
    EXTENSION("extension"),
    /** To the parker's park group. */
    PARK_GROUP("park-group"),
    /** At the next free orbit. */
    NEXT_ORBIT("next-orbit"),
    /** At an orbit of the parker's choice. */
    CHOSEN_ORBIT("chosen-orbit");

    private final String text;

    ParkMode(String text) {
        this.text = text;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
