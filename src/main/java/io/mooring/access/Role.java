package io.mooring.access;

import io.mooring.tenant.InvalidValueException;

/** What somebody may do with the API. */
public enum Role {
    /** Everything. */
    OPERATOR("operator"),
    /** Everything in one tenant but what the operator decides: quotas, and whether there is a tenant. */
    TENANT_ADMIN("tenant-admin"),
    /** What concerns the own extension. */
    TENANT_USER("tenant-user"),
    /** Reading: one tenant, or all of it. */
    READ_ONLY("read-only");

    private final String text;

    Role(String text) {
        this.text = text;
    }

    /**
     * The role of a name.
     *
     * @throws InvalidValueException when there is none
     */
    public static Role of(String text) {
        for (Role role : values()) {
            if (role.text.equals(text)) {
                return role;
            }
        }
        throw new InvalidValueException("role", "must be operator, tenant-admin, tenant-user or read-only");
    }

    /** As in JSON and in tokens. */
    @Override
    public String toString() {
        return text;
    }
}
