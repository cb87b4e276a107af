package io.mooring.migration;

import io.mooring.tenant.ParkPolicy.Orbits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Single numbers that calls are parked at, of which the longest run without a gap can be the orbits of a policy. */
final class ParkNumbers {

    private static final Pattern ORBIT = Pattern.compile("[1-9][0-9]{1,3}");

    private final Notes notes;
    /** Where each number stands. */
    private final TreeMap<Integer, String> found = new TreeMap<>();

    ParkNumbers(Notes notes) {
        this.notes = notes;
    }

    void add(String at, String number) {
        if (ORBIT.matcher(number).matches()) {
            found.put(Integer.parseInt(number), at);
        } else {
            notes.lost(at, "orbits are 10..9999 here: " + Notes.shown(number) + " cannot be");
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** The longest run; the first one of those that are equally long. What is not in it is noted. */
    Optional<Orbits> orbits() {
        List<Integer> longest = List.of();
        List<Integer> run = new ArrayList<>();
        for (int number : found.keySet()) {
            if (!run.isEmpty() && run.getLast() != number - 1) {
                run = new ArrayList<>();
            }
            run.add(number);
            if (run.size() > longest.size()) {
                longest = run;
            }
        }
        if (longest.isEmpty()) {
            return Optional.empty();
        }
        var orbits = new Orbits(longest.getFirst(), longest.getLast());
        for (Map.Entry<Integer, String> number : found.entrySet()) {
            if (number.getKey() < orbits.start() || number.getKey() > orbits.end()) {
                notes.lost(number.getValue(), "the orbits of a policy are one range, here " + orbits.start() + " to "
                        + orbits.end() + ": " + number.getKey() + " is outside");
            }
        }
        return Optional.of(orbits);
    }
}
