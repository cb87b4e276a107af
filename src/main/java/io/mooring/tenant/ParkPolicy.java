package io.mooring.tenant;

import io.mooring.call.ParkMode;
import io.mooring.call.RetrievalPin;
import io.mooring.call.RetrievalRule;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What users may do to whom it is granted, and what happens to the calls that they park.
 *
 * @param name unique among the tenant's park policies
 * @param parkingAllowed whether they may park at all
 * @param modes how they may park, each once
 * @param orbits the numbers that their calls are parked at
 * @param retrieval who may retrieve their calls
 * @param orbitDialled whether an orbit can be dialled by itself
 * @param messages whether people are told by SIP MESSAGE of a call that waits for them, or whose place the parker cannot know
 * @param announcements whether refusals are spoken
 * @param recall what happens when nobody picks up
 * @param music id of the sound that their parked parties hear; absent: the music of the tenant
 * @param pin that whoever retrieves one of their calls has to know; absent: none
 * @param callerShown whether lamps show those who may retrieve one of their calls who waits
 */
public record ParkPolicy(String name, boolean parkingAllowed, List<ParkMode> modes, Orbits orbits,
        RetrievalRule retrieval, boolean orbitDialled, Boolean messages, boolean announcements, RecallSettings recall,
        Optional<String> music, Optional<RetrievalPin> pin, Boolean callerShown) {

    /** The modes of a policy that names none. */
    public static final List<ParkMode> EVERY_MODE = List.of(ParkMode.values());

    /** @throws InvalidValueException with all that is wrong */
    public ParkPolicy {
        // A value of an earlier version has neither.
        modes = List.copyOf(Objects.requireNonNullElse(modes, EVERY_MODE));
        messages = Objects.requireNonNullElse(messages, true);
        callerShown = Objects.requireNonNullElse(callerShown, true);
        new Checks().name("name", name)
                .that(modes.stream().distinct().count() == modes.size(), "modes", "must be there only once each")
                .idOrNone("music", music)
                .done();
    }

    /** The same with another PIN. */
    public ParkPolicy withPin(Optional<RetrievalPin> other) {
        return new ParkPolicy(name, parkingAllowed, modes, orbits, retrieval, orbitDialled, messages, announcements,
                recall, music, other, callerShown);
    }

    /** A policy under which lamps show who waits. */
    public ParkPolicy(String name, boolean parkingAllowed, List<ParkMode> modes, Orbits orbits, RetrievalRule retrieval,
            boolean orbitDialled, Boolean messages, boolean announcements, RecallSettings recall,
            Optional<String> music, Optional<RetrievalPin> pin) {
        this(name, parkingAllowed, modes, orbits, retrieval, orbitDialled, messages, announcements, recall, music, pin,
                true);
    }

    /** A policy without a PIN. */
    public ParkPolicy(String name, boolean parkingAllowed, List<ParkMode> modes, Orbits orbits, RetrievalRule retrieval,
            boolean orbitDialled, Boolean messages, boolean announcements, RecallSettings recall,
            Optional<String> music) {
        this(name, parkingAllowed, modes, orbits, retrieval, orbitDialled, messages, announcements, recall, music,
                Optional.empty());
    }

    /** A policy with the music of the tenant. */
    public ParkPolicy(String name, boolean parkingAllowed, List<ParkMode> modes, Orbits orbits, RetrievalRule retrieval,
            boolean orbitDialled, Boolean messages, boolean announcements, RecallSettings recall) {
        this(name, parkingAllowed, modes, orbits, retrieval, orbitDialled, messages, announcements, recall,
                Optional.empty());
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
