package io.mooring.store;

import io.mooring.call.PlaceWish;
import java.util.List;
import java.util.Optional;

/**
 * What the write of a call does with places.
 *
 * @param wish the place that it takes or keeps; absent: none
 * @param givesUp name of the place that it gives up, if it gets the one that it wants; empty: none
 * @param capacity calls that a place takes
 * @param quota calls of the tenant that may hold a place
 */
public record PlaceOrder(Optional<PlaceWish> wish, String givesUp, int capacity, int quota) {
    /** Leaves everything as it is. */
    public static final PlaceOrder NONE = new PlaceOrder(Optional.empty(), "", 1, Integer.MAX_VALUE);

    /** Takes a place, or keeps it. */
    public static PlaceOrder hold(String place) {
        return take(new PlaceWish.At(place), 1, Integer.MAX_VALUE);
    }

    /** Takes a place where there is room. */
    public static PlaceOrder take(PlaceWish wish, int capacity, int quota) {
        return new PlaceOrder(Optional.of(wish), "", capacity, quota);
    }

    /** Gives a place up. */
    public static PlaceOrder free(String place) {
        return new PlaceOrder(Optional.empty(), place, 1, Integer.MAX_VALUE);
    }

    /** The same, and gives another place up for it. */
    public PlaceOrder insteadOf(String former) {
        return new PlaceOrder(wish, former, capacity, quota);
    }

    boolean isNone() {
        return wish.isEmpty() && givesUp.isEmpty();
    }

    /** As {@code save_call} takes it, from the place that is given up on. */
    List<String> arguments(String reservation) {
        PlaceWish wanted = wish.orElse(new PlaceWish.At(""));
        return switch (wanted) {
            case PlaceWish.At(String place) -> arguments(place, reservation, 0, 0);
            case PlaceWish.FirstOf(List<String> places) -> arguments(String.join(" ", places), reservation, 0, 0);
            case PlaceWish.NextOrbit(int first, int last) -> arguments("next", reservation, first, last);
        };
    }

    private List<String> arguments(String wanted, String reservation, int first, int last) {
        return List.of(givesUp, wanted, reservation, Integer.toString(capacity), Integer.toString(quota),
                Integer.toString(first), Integer.toString(last));
    }
}
