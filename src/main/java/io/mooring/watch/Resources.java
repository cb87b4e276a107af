package io.mooring.watch;

import io.mooring.call.Directory;
import io.mooring.call.EventPackage;
import io.mooring.call.Feature;
import io.mooring.call.ParkRights;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Watch;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which places are meant by what a device subscribes to: what it would dial, or a name that other systems use. */
public final class Resources {
    /** As with FreeSWITCH and FusionPBX: {@code park+71}, {@code park+*5901}. */
    private static final String ALIAS = "park+";

    private static final Pattern RANGE = Pattern.compile("([0-9]{2,4})-([0-9]{2,4})");

    private final Directory directory;

    public Resources(Directory directory) {
        this.directory = directory;
    }

    /**
     * Enters in a subscription what it watches.
     *
     * @param watch of a known user, with tenant and package
     * @param dialled user part that was subscribed to, unescaped
     * @throws RefusedException when there is no such thing in the tenant
     */
    public void enter(Watch watch, String dialled) {
        boolean alias = dialled.startsWith(ALIAS);
        String name = alias ? dialled.substring(ALIAS.length()) : dialled;
        Matcher range = RANGE.matcher(name);
        if (range.matches() && Places.isOrbit(range.group(1)) && Places.isOrbit(range.group(2))) {
            orbits(watch, Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)));
            return;
        }
        switch (directory.feature(watch.tenant, name)) {
            case Feature.Retrieve retrieve when retrieve.number().isEmpty() -> own(watch);
            case Feature.Retrieve retrieve -> number(watch, retrieve.number());
            case Feature.Park park when park.extension().isEmpty() -> own(watch);
            case Feature.Park park -> number(watch, park.extension());
            case Feature.ParkAtOrbit orbit -> watch.places.add(Places.ofOrbit(orbit.orbit()));
            case Feature.ParkAtNextOrbit wanted -> {
                ParkRights rights = directory.parkRights(watch.tenant, watch.user, wanted);
                orbits(watch, rights.firstOrbit(), rights.lastOrbit());
            }
            case Feature.ParkToGroup _ -> group(watch, ownGroup(watch));
            case Feature.None _ -> {
                if (watch.eventPackage == EventPackage.CALL_INFO && name.equals(watch.user)) {
                    own(watch);
                } else {
                    number(watch, name);
                }
            }
        }
    }

    /** As the retrieve code by itself: the own extension, and the own park group. */
    private void own(Watch watch) {
        watch.places.add(Places.ofExtension(watch.user));
        String group = ownGroup(watch);
        if (!group.isEmpty()) {
            watch.places.add(Places.ofGroup(group));
        }
    }

    private String ownGroup(Watch watch) {
        return directory.standing(watch.tenant, watch.user).parkGroup();
    }

    private static void group(Watch watch, String group) {
        if (group.isEmpty()) {
            throw new RefusedException(Refusal.NO_PARK_GROUP);
        }
        watch.places.add(Places.ofGroup(group));
    }

    /** An extension, or an orbit, or both: as the retrieve code with a number behind it. */
    private void number(Watch watch, String number) {
        List<String> places = watch.places;
        if (directory.hasExtension(watch.tenant, number)) {
            places.add(Places.ofExtension(number));
        }
        if (Places.isOrbit(number)) {
            places.add(Places.ofOrbit(Integer.parseInt(number)));
        }
        if (places.isEmpty()) {
            throw new RefusedException(Refusal.UNKNOWN_EXTENSION);
        }
    }

    private static void orbits(Watch watch, int first, int last) {
        if (first > last) {
            throw new RefusedException(Refusal.ORBIT_OUT_OF_RANGE);
        }
        watch.places.add(Watch.RANGE);
        watch.firstOrbit = first;
        watch.lastOrbit = last;
    }
}
