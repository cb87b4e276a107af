package io.mooring.tenant;

/**
 * A tenant.
 *
 * @param domain its SIP domain, in lower case; also its identity
 * @param displayName for people; may be empty
 * @param featureCodes what its users dial
 */
public record Tenant(String domain, String displayName, FeatureCodes featureCodes) {

    /** @throws InvalidValueException when a value is not allowed */
    public Tenant {
        checkDomain(domain);
        Checks.displayName(displayName);
    }

    /**
     * Passes a domain on that may be one.
     *
     * @throws InvalidValueException when it is no domain name in lower case
     */
    public static String checkDomain(String domain) {
        return Checks.domain("domain", domain);
    }
}
