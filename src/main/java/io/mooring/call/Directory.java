package io.mooring.call;

import java.util.Collection;
import java.util.Map;

/** What the flows ask about a tenant. May wait for the store, and fail as the store does. */
public interface Directory {
    /**
     * What a dialled user part means to the tenant.
     *
     * @param tenant SIP domain
     * @param dialled user part of a Request-URI or Refer-To, unescaped
     */
    Feature feature(String tenant, String dialled);

    /** What of a dialled user part may be shown to people: not the PIN behind a retrieve code. */
    String shown(String tenant, String dialled);

    /** True when a domain is one of the tenant's, whatever its case. */
    boolean isDomain(String tenant, String domain);

    /**
     * True when a trunk is there that may call into the tenant.
     *
     * @param host an IP address; a name is none of a trunk
     */
    boolean isTrunk(String tenant, String host, int port);

    /** True when the tenant has this extension. */
    boolean hasExtension(String tenant, String extension);

    /**
     * What a user may park and where.
     *
     * @param parker extension of the user
     * @param wanted what it asks for: only what concerns this is looked up
     */
    ParkRights parkRights(String tenant, String parker, Feature.Parking wanted);

    /** Under which policy a user is, and in which park group. */
    Standing standing(String tenant, String user);

    /** Whether a user hears why it may not retrieve, before its phone shows it. */
    boolean announces(String tenant, String user);

    /**
     * Whose turn it is to be rung first in a ring group: one higher than the last, but the same when it is asked once more for the same park,
     * as by another node, or because a write came to nothing.
     */
    long turn(String tenant, String ringGroup, String park);

    /** The code that the tenant's users dial to retrieve. */
    String retrieveCode(String tenant);

    /** How the phones of some extensions are told of parked calls, by extension; one that the tenant does not have is left out. */
    Map<String, NoticeDialect> notices(String tenant, Collection<String> extensions);

    /**
     * What stands for the credentials of some extensions, by extension: another when they were given others. One that the tenant does
     * not have is left out.
     */
    Map<String, String> credentials(String tenant, Collection<String> extensions);

    /** SIP subscriptions that the tenant may have at once. */
    int subscriptions(String tenant);
}
