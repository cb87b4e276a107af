package io.mooring.call;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A subscription of a device to what is parked somewhere [RFC 6665 4.2]. A working copy of what Redis holds; what changes with each
 * NOTIFY is not in it. Text is empty, never null.
 */
public final class Watch {
    /** What an owner of a dialog has before the id of a subscription; the id of a call has no colon. */
    public static final String PREFIX = "watch:";

    /** What stands among the places for a range of orbits. */
    public static final String RANGE = "orbits";

    /** The lowest version of records that can say all of it, as {@link Call#version}. */
    public int version = 1;

    public String id = "";
    public String tenant = "";
    /** Extension that has subscribed. */
    public String user = "";
    /** What stood for its credentials then: with others it is somebody else perhaps. */
    public String credentials = "";
    public EventPackage eventPackage = EventPackage.DIALOG;
    /** The Event header, with its parameters: a NOTIFY has the same. */
    public String event = "";
    /** Domain that was subscribed to: a tenant may have several. */
    public String domain = "";
    /** User part that was subscribed to, as it stood in the URI. */
    public String resource = "";
    /** Names of the places; {@link #RANGE} among them for all orbits of the range. */
    public List<String> places = new ArrayList<>();
    /** First and last orbit of the range; 0 for none. */
    public int firstOrbit;

    public int lastOrbit;
    /** The dialog with the device. */
    public Leg leg = new Leg();
    /** Fields that a later build has written and this one does not know: kept as they are. */
    public Map<String, Object> unknown = new LinkedHashMap<>();

    /** What the edge is given as owner of its dialog. */
    public String owner() {
        return tenant + "/" + PREFIX + id;
    }

    /** True when the owner of a dialog is a subscription. */
    public static boolean owns(String owner) {
        return owner.startsWith(PREFIX, owner.indexOf('/') + 1);
    }

    /** The id in such an owner. */
    public static String id(String owner) {
        return owner.substring(owner.indexOf('/') + 1 + PREFIX.length());
    }
}
