package io.mooring.access;

import io.mooring.tenant.Extension;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Tenant;
import java.util.Optional;

/**
 * Somebody who calls the API.
 *
 * @param id who, in the audit: {@code operator}, {@code token:<id>} or {@code jwt:<subject>}
 * @param role what they may do
 * @param tenant domain of the tenant that they are confined to
 * @param extension the one that a tenant user is confined to
 */
public record Principal(String id, Role role, Optional<String> tenant, Optional<String> extension) {

    /** Who bears the operator's first token. */
    public static final Principal FIRST_OPERATOR = new Principal("operator", Role.OPERATOR, Optional.empty(),
            Optional.empty());

    /** @throws InvalidValueException when role, tenant and extension do not fit together */
    public Principal {
        tenant.ifPresent(Tenant::checkDomain);
        extension.ifPresent(Extension::checkNumber);
        switch (role) {
            case OPERATOR -> require(tenant.isEmpty(), "tenant", "an operator has none");
            case TENANT_ADMIN, TENANT_USER -> require(tenant.isPresent(), "tenant", "is required for this role");
            case READ_ONLY -> {}
        }
        if (role == Role.TENANT_USER) {
            require(extension.isPresent(), "extension", "is required for this role");
        } else {
            require(extension.isEmpty(), "extension", "only a tenant user has one");
        }
    }

    private static void require(boolean right, String field, String detail) {
        if (!right) {
            throw new InvalidValueException(field, detail);
        }
    }
}
