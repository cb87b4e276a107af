package io.mooring.phone;

import io.mooring.call.ParkMode;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is to be known of a user to set up the phone.
 *
 * @param domain of the tenant
 * @param extension of the user
 * @param codes of the tenant
 * @param policy that holds for the user
 * @param parkGroup name of the park group that the user is in
 */
public record PhoneSetup(String domain, String extension, FeatureCodes codes, ParkPolicy policy,
        Optional<String> parkGroup) {

    private static final int LABEL_LENGTH = 20;

    /**
     * A lamp, and the key below it.
     *
     * @param number that is subscribed to, and dialled when the key is pressed
     * @param label beside it
     */
    public record Lamp(String number, String label) {}

    /** True when the user may park in this way. */
    public boolean parks(ParkMode mode) {
        return policy.parkingAllowed() && policy.modes().contains(mode);
    }

    /** The code behind a key that parks: at the own extension, else at the next free orbit; empty when the user may do neither. */
    public Optional<String> parkCode() {
        if (parks(ParkMode.OWN_EXTENSION)) {
            return Optional.of(codes.park());
        }
        return parks(ParkMode.NEXT_ORBIT) ? Optional.of(codes.parkOrbit()) : Optional.empty();
    }

    /** The code that parks to the own group, for whom may and has one. */
    public Optional<String> groupCode() {
        return parks(ParkMode.PARK_GROUP) && parkGroup.isPresent() ? Optional.of(codes.parkGroup()) : Optional.empty();
    }

    /**
     * The first lamps: the calls for the user, those for the own group, and the orbits where the user's calls may be.
     *
     * @param most that there is room for
     */
    public List<Lamp> lamps(int most) {
        List<Lamp> lamps = new ArrayList<>();
        lamps.add(new Lamp(codes.retrieve() + extension, "Parked"));
        parkGroup.ifPresent(group -> lamps.add(new Lamp(codes.retrieve(), label(group))));
        if (parks(ParkMode.NEXT_ORBIT) || parks(ParkMode.CHOSEN_ORBIT)) {
            for (int orbit = policy.orbits().start(); orbit <= policy.orbits().end() && lamps.size() < most; orbit++) {
                lamps.add(new Lamp(codes.retrieve() + orbit, "Orbit " + orbit));
            }
        }
        return List.copyOf(lamps.subList(0, Math.min(most, lamps.size())));
    }

    /** What every phone shows, and no syntax takes for something of its own. */
    private static String label(String name) {
        String plain = name.replaceAll("[^\\p{L}\\p{N} ._-]", " ").strip();
        String shown = plain.isEmpty() ? "Group" : plain;
        return shown.codePointCount(0, shown.length()) <= LABEL_LENGTH
                ? shown
                : shown.substring(0, shown.offsetByCodePoints(0, LABEL_LENGTH)).strip();
    }
}
