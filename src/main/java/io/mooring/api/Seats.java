package io.mooring.api;

import java.util.HashMap;
import java.util.Map;

/**
 * Places that tenants share: nobody may have more than are free. One alone gets half of them, the next half of what is left, and so on, so
 * that there is always something for whoever comes next. Used on one context.
 */
final class Seats {
    private final Map<String, Integer> taken = new HashMap<>();
    private int free;

    /** @param all places */
    Seats(int all) {
        free = all;
    }

    /** @return false when the tenant has as many already as are free */
    boolean take(String tenant) {
        int own = taken.getOrDefault(tenant, 0);
        if (own >= free) {
            return false;
        }
        taken.put(tenant, own + 1);
        free--;
        return true;
    }

    /** Gives one back that was taken. */
    void leave(String tenant) {
        Integer own = taken.get(tenant);
        if (own == null) {
            throw new IllegalStateException(tenant + " has no place");
        }
        if (own == 1) {
            taken.remove(tenant);
        } else {
            taken.put(tenant, own - 1);
        }
        free++;
    }
}
