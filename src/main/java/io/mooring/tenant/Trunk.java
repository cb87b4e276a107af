package io.mooring.tenant;

import java.util.regex.Pattern;

/**
 * A trusted trunk: what comes from its address needs no password; calls to numbers that are not of the tenant may go out there.
 *
 * @param address where it sends from; also its identity
 * @param name how it is called in events; without blanks, because the edge separates by them
 * @param tenant SIP domain that it may call into, or {@code *} for every tenant
 * @param outbound whether calls of that tenant's extensions go out there; that of {@code *} serves who has none of its own
 */
public record Trunk(TrunkAddress address, String name, String tenant, boolean outbound) {

    /** The tenant of a trunk that may call into every tenant. */
    public static final String EVERY_TENANT = "*";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** @throws InvalidValueException when a value is not allowed */
    public Trunk {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidValueException("name", "must be 1 to 64 letters, digits, dots, hyphens or underscores");
        }
        if (!tenant.equals(EVERY_TENANT)) {
            Checks.domain("tenant", tenant);
        }
    }
}
