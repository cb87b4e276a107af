package io.mooring.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Who waits where, as the phones know it: those who parked, retrieved and hung up. */
final class KnownParks {
    private final Map<String, List<String>> waiting = new ConcurrentHashMap<>();
    final AtomicInteger parks = new AtomicInteger();
    final AtomicInteger again = new AtomicInteger();
    final AtomicInteger retrieves = new AtomicInteger();
    final AtomicInteger hangUps = new AtomicInteger();
    /** Calls that a fault kept from being parked or retrieved: their callers have hung up. */
    final AtomicInteger givenUp = new AtomicInteger();
    /** Callers that were parked and wait yet, and that nobody can retrieve. */
    final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
    /** Who was retrieved though another had waited for longer, whom an attempt that had died was still taking. */
    final ConcurrentLinkedQueue<String> outOfTurn = new ConcurrentLinkedQueue<>();

    /** Parked, retrieved, or gone while parked. */
    int events() {
        return parks.get() + again.get() + retrieves.get() + hangUps.get();
    }

    synchronized void parked(String place, String caller) {
        waiting.computeIfAbsent(place, none -> new ArrayList<>()).add(caller);
    }

    synchronized void gone(String place, String caller) {
        waiting.getOrDefault(place, List.of()).remove(caller);
    }

    /** Who waits at some places, in this order, and at each the longest wait first. */
    synchronized List<String> at(List<String> places) {
        return places.stream().flatMap(place -> waiting.getOrDefault(place, List.of()).stream()).toList();
    }
}
