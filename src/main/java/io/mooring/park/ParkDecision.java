package io.mooring.park;

import io.mooring.call.Feature;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkRequest;
import io.mooring.call.ParkRights;
import io.mooring.call.PlaceWish;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import java.util.List;

/** Whether a park is allowed, and where it leads. Pure: what it depends on is in its arguments. */
public final class ParkDecision {
    private final String parker;
    private final ParkRights rights;

    private ParkDecision(String parker, ParkRights rights) {
        this.parker = parker;
        this.rights = rights;
    }

    /**
     * Decides a park.
     *
     * @param wanted what was dialled
     * @param parker extension of the parker
     * @param rights those of the parker, as they were asked for {@code wanted}
     * @throws RefusedException when it is not allowed, or leads nowhere
     */
    public static ParkRequest decide(Feature.Parking wanted, String parker, ParkRights rights) {
        if (!rights.parkingAllowed()) {
            throw new RefusedException(Refusal.PARKING_OFF);
        }
        var decision = new ParkDecision(parker, rights);
        return switch (wanted) {
            case Feature.Park(String extension) -> decision.atExtension(extension.isEmpty() ? parker : extension);
            case Feature.ParkToGroup _ -> decision.toGroup();
            case Feature.ParkAtNextOrbit _ -> decision.atNextOrbit();
            case Feature.ParkAtOrbit(int orbit) -> decision.atOrbit(orbit);
        };
    }

    private ParkRequest atExtension(String extension) {
        boolean own = extension.equals(parker);
        allowed(own ? ParkMode.OWN_EXTENSION : ParkMode.EXTENSION);
        if (!rights.extensionExists()) {
            throw new RefusedException(Refusal.UNKNOWN_EXTENSION);
        }
        return request(new PlaceWish.At(Places.ofExtension(extension)), own ? List.of() : List.of(extension));
    }

    /** To the group's place, for all of its members; or at the first one that has no call yet. Never at the parker's own. */
    private ParkRequest toGroup() {
        allowed(ParkMode.PARK_GROUP);
        String group = rights.terms().parkGroup();
        if (group.isEmpty()) {
            throw new RefusedException(Refusal.NO_PARK_GROUP);
        }
        List<String> others = rights.groupMembers().stream().filter(member -> !member.equals(parker)).toList();
        if (!rights.groupHunts()) {
            return request(new PlaceWish.At(Places.ofGroup(group)), others);
        }
        if (others.isEmpty()) {
            throw new RefusedException(Refusal.NOBODY_AVAILABLE);
        }
        return request(new PlaceWish.FirstOf(others.stream().map(Places::ofExtension).toList()), List.of(parker));
    }

    private ParkRequest atNextOrbit() {
        allowed(ParkMode.NEXT_ORBIT);
        return request(new PlaceWish.NextOrbit(rights.firstOrbit(), rights.lastOrbit()), List.of(parker));
    }

    private ParkRequest atOrbit(int orbit) {
        allowed(ParkMode.CHOSEN_ORBIT);
        if (orbit < rights.firstOrbit() || orbit > rights.lastOrbit()) {
            throw new RefusedException(Refusal.ORBIT_OUT_OF_RANGE);
        }
        return request(new PlaceWish.At(Places.ofOrbit(orbit)), List.of());
    }

    private void allowed(ParkMode mode) {
        if (!rights.modes().contains(mode)) {
            throw new RefusedException(Refusal.MODE_NOT_ALLOWED);
        }
    }

    private ParkRequest request(PlaceWish wish, List<String> told) {
        return new ParkRequest(parker, wish, rights.terms(), rights.parkedCalls(),
                rights.terms().messages() ? told : List.of());
    }
}
