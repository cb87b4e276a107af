package io.mooring.tenant;

import java.util.Objects;
import java.util.Optional;

/**
 * A tenant.
 *
 * @param domain its SIP domain, in lower case; also its identity
 * @param displayName for people; may be empty
 * @param featureCodes what its users dial
 * @param quotas how much of the service it may take
 * @param callsPerPlace calls that may be parked at one place, 1..100: the first that came is the first that is retrieved
 * @param defaultParkPolicy id of the park policy of users who were granted none; absent: they may not park
 * @param music id of the sound that parked parties shall hear; absent: the music of the node
 */
public record Tenant(String domain, String displayName, FeatureCodes featureCodes, Quotas quotas,
        Integer callsPerPlace, Optional<String> defaultParkPolicy, Optional<String> music) {

    /** Most calls at one place. */
    public static final int MOST_CALLS_PER_PLACE = 100;

    /** @throws InvalidValueException when a value is not allowed */
    public Tenant {
        checkDomain(domain);
        // A value of an earlier version has none.
        callsPerPlace = Objects.requireNonNullElse(callsPerPlace, 1);
        new Checks().text("displayName", displayName)
                .range("callsPerPlace", callsPerPlace, 1, MOST_CALLS_PER_PLACE)
                .idOrNone("defaultParkPolicy", defaultParkPolicy)
                .idOrNone("music", music)
                .done();
    }

    /** A tenant with the quotas of every tenant, and without a default policy. */
    public Tenant(String domain, String displayName, FeatureCodes featureCodes) {
        this(domain, displayName, featureCodes, Quotas.DEFAULT, 1, Optional.empty(), Optional.empty());
    }

    /** With another default policy. */
    public Tenant withDefaultParkPolicy(String policy) {
        return new Tenant(domain, displayName, featureCodes, quotas, callsPerPlace, Optional.of(policy), music);
    }

    /**
     * Passes a domain on that may be one.
     *
     * @throws InvalidValueException when it is no domain name in lower case
     */
    public static String checkDomain(String domain) {
        return Checks.domain("domain", domain);
    }

    /**
     * Passes a further domain on that may be one.
     *
     * @throws InvalidValueException when it is no domain name in lower case
     */
    public static String checkAlias(String alias) {
        return Checks.domain("alias", alias);
    }

    /**
     * Passes an id of a group or a policy on that may be one.
     *
     * @throws InvalidValueException when it is not 1 to 32 of a-z, 0-9 and -
     */
    public static String checkId(String field, String id) {
        return Checks.id(field, id);
    }
}
