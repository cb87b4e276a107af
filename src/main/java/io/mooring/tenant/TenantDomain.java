package io.mooring.tenant;

/**
 * A further domain of a tenant: another name under which its phones register, call and are called. The realm stays that of the
 * tenant's own domain, so that credentials hold for all of them.
 *
 * @param domain the further domain, in lower case; of no other tenant
 * @param tenant the tenant's own domain
 */
public record TenantDomain(String domain, String tenant) {

    /** Most further domains of a tenant. */
    public static final int MOST = 100;

    /** @throws InvalidValueException when a domain is none */
    public TenantDomain {
        Tenant.checkAlias(domain);
        Tenant.checkDomain(tenant);
    }
}
