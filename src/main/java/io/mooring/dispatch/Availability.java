package io.mooring.dispatch;

import io.mooring.call.ParkRequest;
import io.mooring.call.PlaceWish;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.UnavailableException;
import java.util.List;
import java.util.Set;

/** Who of a park group can be told of a call: nodes do not know who is registered, the edge does. */
final class Availability {
    private final EdgeClient edges;

    Availability(EdgeClient edges) {
        this.edges = edges;
    }

    /**
     * Leaves of the members that a call may be parked at those that have a phone. An edge that does not say takes nobody away: better
     * parked at a member without a phone than not at all.
     *
     * @param control the edge to ask
     * @throws RefusedException when nobody is left
     */
    ParkRequest registeredOnly(ParkRequest request, String tenant, String control) {
        if (!(request.wish() instanceof PlaceWish.FirstOf(List<String> places))) {
            return request;
        }
        Set<String> registered;
        try {
            registered = edges.registered(control, tenant, places.stream().map(Places::number).toList()).await();
        } catch (UnavailableException e) {
            return request;
        }
        List<String> left = places.stream().filter(place -> registered.contains(Places.number(place))).toList();
        if (left.isEmpty()) {
            throw new RefusedException(Refusal.NOBODY_AVAILABLE);
        }
        return request.at(new PlaceWish.FirstOf(left));
    }
}
