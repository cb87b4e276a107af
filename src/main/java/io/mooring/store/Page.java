package io.mooring.store;

import java.util.List;

/**
 * A part of a sorted list.
 *
 * @param items at most as many as were asked for
 * @param total length of the whole list
 */
public record Page<T>(List<T> items, long total) {

    /** Takes its own copy. */
    public Page {
        items = List.copyOf(items);
    }
}
