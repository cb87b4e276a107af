package io.mooring.tenant;

import io.mooring.call.Feature;
import io.mooring.call.Places;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The feature access codes of a tenant. To park and to retrieve, a code alone means the dialler's own extension;
 * with a number behind it, that extension or orbit. To retrieve, a PIN may follow, behind a star.
 *
 * @param park dialled to park, e.g. {@code *68}
 * @param parkGroup dialled to park to one's park group, e.g. {@code *58}
 * @param parkOrbit dialled to park to an orbit, alone or with its number, e.g. {@code *59}
 * @param retrieve dialled to retrieve, e.g. {@code *88}
 */
public record FeatureCodes(String park, String parkGroup, String parkOrbit, String retrieve) {

    /** Begins with a star or hash, so that no code hides an extension. */
    private static final Pattern CODE = Pattern.compile("[*#][0-9*#]{1,7}");

    /** What may be meant for a PIN: a wrong one is refused as such, and not as a number that nobody has. */
    private static final Pattern PIN = Pattern.compile("[0-9]{1,16}");

    /** The codes of a tenant that chose none. */
    public static final FeatureCodes DEFAULT = new FeatureCodes("*68", "*58", "*59", "*88");

    /** @throws InvalidValueException with all codes that are malformed, or begin with another */
    public FeatureCodes {
        List<Map.Entry<String, String>> codes = List.of(Map.entry("park", park), Map.entry("parkGroup", parkGroup),
                Map.entry("parkOrbit", parkOrbit), Map.entry("retrieve", retrieve));
        var checks = new Checks();
        for (int i = 0; i < codes.size(); i++) {
            var code = codes.get(i);
            checks.that(isCode(code.getValue()), code.getKey(),
                    "must be * or # and then 1 to 7 of the characters 0-9, * and #");
            for (var earlier : codes.subList(0, i)) {
                checks.that(!collide(code.getValue(), earlier.getValue()), code.getKey(),
                        "no code may begin with another one, here with that of " + earlier.getKey()
                                + ", or the other way round");
            }
        }
        checks.done();
    }

    private static boolean collide(String one, String other) {
        return isCode(one) && isCode(other) && (one.startsWith(other) || other.startsWith(one));
    }

    private static boolean isCode(String text) {
        return CODE.matcher(text).matches();
    }

    /**
     * What a dialled user part asks for.
     *
     * @param dialled user part of a Request-URI or Refer-To, unescaped
     * @return {@link Feature.None} also for a code with something behind it that can be no extension or orbit
     */
    public Feature match(String dialled) {
        if (dialled.startsWith(park) && isTarget(dialled.substring(park.length()))) {
            return new Feature.Park(dialled.substring(park.length()));
        }
        if (dialled.equals(parkGroup)) {
            return new Feature.ParkToGroup();
        }
        if (dialled.equals(parkOrbit)) {
            return new Feature.ParkAtNextOrbit();
        }
        if (dialled.startsWith(parkOrbit) && Places.isOrbit(dialled.substring(parkOrbit.length()))) {
            return new Feature.ParkAtOrbit(Integer.parseInt(dialled.substring(parkOrbit.length())));
        }
        return dialled.startsWith(retrieve)
                ? retrieve(dialled.substring(retrieve.length()))
                : new Feature.None();
    }

    /** The number, and behind a star the PIN. */
    private static Feature retrieve(String rest) {
        int star = rest.indexOf('*');
        String number = star < 0 ? rest : rest.substring(0, star);
        String pin = star < 0 ? "" : rest.substring(star + 1);
        boolean wellFormed = isTarget(number) && (star < 0 || PIN.matcher(pin).matches());
        return wellFormed ? new Feature.Retrieve(number, pin) : new Feature.None();
    }

    /**
     * What of a dialled user part may be shown to people: a PIN is not, nor what may be one by mistake.
     *
     * @param dialled as {@link #match} takes it
     */
    public String shown(String dialled) {
        if (!dialled.startsWith(retrieve)) {
            return dialled;
        }
        int star = dialled.indexOf('*', retrieve.length());
        return star < 0 ? dialled : dialled.substring(0, star);
    }

    /**
     * A POSIX extended regular expression for the edge, of the codes. It matches every user part
     * that begins with a code and goes on with digits only, or, to retrieve, with digits, a star and digits, more than {@link #match} knows: a node refuses those, with a
     * reason.
     */
    public String toRegex() {
        String codes = List.of(park, parkGroup, parkOrbit, retrieve)
                .stream()
                .map(FeatureCodes::quoted)
                .collect(Collectors.joining("|"));
        return "^((" + codes + ")[0-9]*|" + quoted(retrieve) + "[0-9]*\\*[0-9]*)$";
    }

    private static String quoted(String code) {
        return code.replace("*", "\\*");
    }

    private static boolean isTarget(String rest) {
        return rest.isEmpty() || Checks.isExtension(rest);
    }
}
