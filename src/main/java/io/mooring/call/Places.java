package io.mooring.call;

/** Names of the places that calls are parked at. */
public final class Places {
    private static final String EXTENSION = "ext:";
    private static final String GROUP = "grp:";
    private static final String ORBIT = "orbit:";

    /** Lowest number that an orbit may have (Teams). */
    public static final int FIRST_ORBIT = 10;
    /** Highest number that an orbit may have (Teams). */
    public static final int LAST_ORBIT = 9_999;

    private Places() {}

    /** The place of an extension. */
    public static String ofExtension(String extension) {
        return EXTENSION + extension;
    }

    /** The place of a park group. */
    public static String ofGroup(String id) {
        return GROUP + id;
    }

    /** An orbit. */
    public static String ofOrbit(int number) {
        return ORBIT + number;
    }

    /** True for 10 to 9999, without zeros in front. */
    public static boolean isOrbit(String number) {
        return number.length() >= 2
                && number.length() <= 4
                && number.chars().allMatch(c -> c >= '0' && c <= '9')
                && number.charAt(0) != '0';
    }

    /** What a person dials after the retrieve code, or reads of it: the extension or orbit; empty for a park group. */
    public static String number(String place) {
        return place.startsWith(GROUP) ? "" : place.substring(place.indexOf(':') + 1);
    }
}
