package io.mooring.call;

import java.util.List;

/**
 * A park that is allowed, and now needs its place.
 *
 * @param parker extension of the parker
 * @param wish where to
 * @param terms what shall hold for the call
 * @param quota calls of the tenant that may be parked at once
 * @param told extensions that are told of it besides the parker
 */
public record ParkRequest(
        String parker, PlaceWish wish, ParkTerms terms, int quota, List<String> told) {

    /** The same with another wish. */
    public ParkRequest at(PlaceWish other) {
        return new ParkRequest(parker, other, terms, quota, told);
    }

    /** What a phone is told when there is no room. */
    public Refusal noRoom() {
        return wish instanceof PlaceWish.FirstOf ? Refusal.NOBODY_AVAILABLE : Refusal.PLACE_TAKEN;
    }
}
