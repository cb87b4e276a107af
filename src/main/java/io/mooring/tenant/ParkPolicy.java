package io.mooring.tenant;

/**
 * What users may do to whom it is granted, and what happens to the calls that they park.
 *
 * @param name unique among the tenant's park policies
 * @param parkingAllowed whether they may park at all
 * @param orbits the numbers that their calls are parked at
 * @param retrieval who may retrieve their calls
 * @param orbitDialled whether an orbit can be dialled by itself
 * @param announcements whether refusals are spoken
 * @param recall what happens when nobody picks up
 */
public record ParkPolicy(String name, boolean parkingAllowed, Orbits orbits, RetrievalRule retrieval,
        boolean orbitDialled, boolean announcements, RecallSettings recall) {

    /** @throws InvalidValueException with all that is wrong */
    public ParkPolicy {
        new Checks().name("name", name).done();
    }

    /**
     * A range of orbits (Teams {@code PickupRangeStart} and {@code PickupRangeEnd}).
     *
     * @param start first number, 10..9999
     * @param end last number, 10..9999
     */
    public record Orbits(int start, int end) {

        /** The range of a policy that names none, as with Teams. */
        public static final Orbits DEFAULT = new Orbits(10, 99);

        /** @throws InvalidValueException when a number is out of its range, or the last is lower than the first */
        public Orbits {
            new Checks()
                    .range("start", start, 10, 9_999)
                    .range("end", end, 10, 9_999)
                    .that(start <= end, "end", "must not be lower than orbits.start")
                    .done();
        }
    }
}
