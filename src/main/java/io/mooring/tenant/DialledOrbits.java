package io.mooring.tenant;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** Orbits that are dialled without a code, as a regular expression for the edge. */
public final class DialledOrbits {
    private DialledOrbits() {}

    /**
     * A POSIX extended regular expression that matches exactly the orbits of the policies that let them be dialled.
     *
     * @return empty when there are none
     */
    public static String toRegex(Collection<ParkPolicy> policies) {
        Set<String> parts = new LinkedHashSet<>();
        policies.stream().filter(ParkPolicy::orbitDialled).map(ParkPolicy::orbits).forEach(range -> {
            for (int low = 10; low <= 1_000; low *= 10) {
                int from = Math.max(range.start(), low);
                int to = Math.min(range.end(), low * 10 - 1);
                if (from <= to) {
                    parts.addAll(between(from, to, Integer.toString(low).length()));
                }
            }
        });
        return parts.isEmpty() ? "" : "^(" + String.join("|", parts) + ")$";
    }

    /** Numbers of one length: those with the first digits of the lowest, those with the first digits of the highest, and between. */
    private static Set<String> between(int from, int to, int digits) {
        if (digits == 0) {
            return Set.of("");
        }
        int power = 1;
        for (int i = 1; i < digits; i++) {
            power *= 10;
        }
        int first = from / power;
        int last = to / power;
        boolean wholeFirst = from % power == 0;
        boolean wholeLast = to % power == power - 1;
        Set<String> parts = new LinkedHashSet<>();
        if (first == last && !(wholeFirst && wholeLast)) {
            between(from % power, to % power, digits - 1).forEach(rest -> parts.add(first + rest));
            return parts;
        }
        if (!wholeFirst) {
            between(from % power, power - 1, digits - 1).forEach(rest -> parts.add(first + rest));
        }
        int low = wholeFirst ? first : first + 1;
        int high = wholeLast ? last : last - 1;
        if (low <= high) {
            parts.add((low == high ? "" + low : "[" + low + "-" + high + "]") + "[0-9]".repeat(digits - 1));
        }
        if (!wholeLast) {
            between(0, to % power, digits - 1).forEach(rest -> parts.add(last + rest));
        }
        return parts;
    }
}
