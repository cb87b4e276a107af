package io.mooring.call;

import java.util.List;

/** Where a call is to be parked. Names of places are {@code ext:<extension>}, {@code grp:<park group>}, {@code orbit:<number>}. */
public sealed interface PlaceWish {
    /**
     * At this place and no other.
     *
     * @param place its name
     */
    record At(String place) implements PlaceWish {}

    /**
     * At the first of these places that has room.
     *
     * @param places their names, at least one
     */
    record FirstOf(List<String> places) implements PlaceWish {}

    /**
     * At the next free orbit after the one that was given last, and from the first again after the last.
     *
     * @param first first number of the range
     * @param last last number of the range
     */
    record NextOrbit(int first, int last) implements PlaceWish {}
}
