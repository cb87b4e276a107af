package io.mooring.call;

/** What a dialled feature code asks for. */
public sealed interface Feature {

    /** A park, of whatever kind. */
    sealed interface Parking extends Feature {}

    /**
     * Park at an extension.
     *
     * @param extension the extension to park against; empty: the parker's own
     */
    record Park(String extension) implements Parking {}

    /** Park to the parker's park group. */
    record ParkToGroup() implements Parking {}

    /** Park at the next free orbit. */
    record ParkAtNextOrbit() implements Parking {}

    /**
     * Park at an orbit.
     *
     * @param orbit its number
     */
    record ParkAtOrbit(int orbit) implements Parking {}

    /**
     * Retrieve.
     *
     * @param number the extension or orbit to retrieve from; empty: the own extension, and the own park group
     * @param pin digits behind a star; empty: none were dialled
     */
    record Retrieve(String number, String pin) implements Feature {
        /** Without a PIN. */
        public Retrieve(String number) {
            this(number, "");
        }

        /** The PIN is in no log. */
        @Override
        public String toString() {
            return "Retrieve[number=" + number + "]";
        }
    }

    /** No feature code of the tenant. */
    record None() implements Feature {}
}
