package io.mooring.migration;

import io.mooring.tenant.ParkPolicy.Orbits;
import io.mooring.tenant.RecallSettings;
import java.util.List;
import java.util.Optional;

/**
 * What a source asks for, in our words, and what of it has none. It knows no tenant yet: things have names and no ids.
 *
 * @param policies park policies
 * @param groups park groups
 * @param notes on what is not as it was
 */
public record Migration(List<Policy> policies, List<Group> groups, List<Note> notes) {

    /** Most policies and groups of one source. */
    static final int MOST_THINGS = 1_000;

    /** Takes its own copies. */
    public Migration {
        policies = List.copyOf(policies);
        groups = List.copyOf(groups);
        notes = List.copyOf(notes);
    }

    /**
     * A park policy.
     *
     * @param at where it stands in the source
     * @param name unique in the source
     * @param everybody whether it holds for users who have none of their own
     * @param parkingAllowed whether its users may park
     * @param orbits the numbers that calls are parked at; absent: the source does not say
     * @param orbitDialled whether an orbit can be dialled by itself
     */
    public record Policy(String at, String name, boolean everybody, boolean parkingAllowed, Optional<Orbits> orbits,
            boolean orbitDialled, Recall recall) {}

    /**
     * A park group.
     *
     * @param at where it stands in the source
     * @param name unique in the source
     */
    public record Group(String at, String name, List<Member> members, Recall recall) {

        /** Takes its own copy. */
        public Group {
            members = List.copyOf(members);
        }
    }

    /**
     * A member of a park group.
     *
     * @param at where it stands in the source
     * @param extension its number
     */
    public record Member(String at, String extension) {}

    /**
     * What the source says about recalls.
     *
     * @param at where it stands in the source
     * @param settings without a ring group, even where the mode needs one
     * @param ringGroup name of the ring group
     */
    public record Recall(String at, RecallSettings settings, Optional<String> ringGroup) {}
}
