package io.mooring.call;

import java.util.List;
import java.util.Set;

/**
 * What a user may park and where, at this moment.
 *
 * @param parkingAllowed whether it may park at all
 * @param modes how
 * @param firstOrbit first number of the range of its policy
 * @param lastOrbit last number of that range
 * @param terms what holds for the calls that it parks
 * @param extensionExists whether the extension that was asked about exists
 * @param groupMembers extensions of its park group, in their order; empty when the group was not asked about
 * @param groupHunts whether a call to its park group is parked at the first available member, and not for all
 * @param parkedCalls calls that the tenant may have parked at once
 */
public record ParkRights(boolean parkingAllowed, Set<ParkMode> modes, int firstOrbit, int lastOrbit, ParkTerms terms,
        boolean extensionExists, List<String> groupMembers, boolean groupHunts, int parkedCalls) {

    /** Takes its own copies. */
    public ParkRights {
        modes = Set.copyOf(modes);
        groupMembers = List.copyOf(groupMembers);
    }
}
