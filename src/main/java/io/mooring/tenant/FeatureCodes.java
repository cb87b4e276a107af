package io.mooring.tenant;

import io.mooring.call.Feature;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The feature access codes of a tenant. A code alone means the dialler's own extension; with an extension behind it,
 * that extension.
 *
 * @param park dialled to park, e.g. {@code *68}
 * @param retrieve dialled to retrieve, e.g. {@code *88}
 */
public record FeatureCodes(String park, String retrieve) {

    /** Begins with a star or hash, so that no code hides an extension. */
    private static final Pattern CODE = Pattern.compile("[*#][0-9*#]{1,7}");

    /** The codes of a tenant that chose none. */
    public static final FeatureCodes DEFAULT = new FeatureCodes("*68", "*88");

    /** @throws InvalidValueException when a code is malformed, or one begins with the other */
    public FeatureCodes {
        check("featureCodes.park", park);
        check("featureCodes.retrieve", retrieve);
        if (park.startsWith(retrieve) || retrieve.startsWith(park)) {
            throw new InvalidValueException("featureCodes.retrieve", "no code may begin with another one");
        }
    }

    /**
     * What a dialled user part asks for.
     *
     * @param dialled user part of a Request-URI or Refer-To, unescaped
     * @return {@link Feature.None} also for a code with something behind it that can be no extension
     */
    public Feature match(String dialled) {
        if (dialled.startsWith(park) && isTarget(dialled.substring(park.length()))) {
            return new Feature.Park(dialled.substring(park.length()));
        }
        if (dialled.startsWith(retrieve) && isTarget(dialled.substring(retrieve.length()))) {
            return new Feature.Retrieve(dialled.substring(retrieve.length()));
        }
        return new Feature.None();
    }

    /**
     * A POSIX extended regular expression for the edge. It matches every user part that begins with a code and goes on
     * with digits only, more than {@link #match} knows: a node refuses those, with a reason.
     */
    public String toRegex() {
        return List.of(park, retrieve)
                .stream()
                .map(code -> code.replace("*", "\\*"))
                .collect(Collectors.joining("|", "^(", ")[0-9]*$"));
    }

    private static boolean isTarget(String rest) {
        return rest.isEmpty() || Checks.isExtension(rest);
    }

    private static void check(String field, String code) {
        if (!CODE.matcher(code).matches()) {
            throw new InvalidValueException(field, "must be * or # and then 1 to 7 of the characters 0-9, * and #");
        }
    }
}
