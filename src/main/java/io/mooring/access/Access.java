package io.mooring.access;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Who may call an operation. Roles first; then the object that the path names decides. */
public enum Access {
    /** Anybody, without a token. */
    PUBLIC(EnumSet.allOf(Role.class)),
    /** Everybody with a token. */
    ANYONE(EnumSet.allOf(Role.class)),
    /** Reads what belongs to no tenant. */
    GLOBAL_READ(EnumSet.of(Role.OPERATOR, Role.READ_ONLY)),
    /** Changes what belongs to no tenant. */
    GLOBAL_WRITE(EnumSet.of(Role.OPERATOR)),
    /** Reads a tenant. */
    TENANT_READ(EnumSet.of(Role.OPERATOR, Role.TENANT_ADMIN, Role.READ_ONLY)),
    /** Changes a tenant. */
    TENANT_WRITE(EnumSet.of(Role.OPERATOR, Role.TENANT_ADMIN)),
    /** Reads of a tenant what its users may see of it; the operation narrows it down to the own extension. */
    MEMBER_READ(EnumSet.allOf(Role.class)),
    /** Does with a tenant's calls what its users may do with a phone; the operation narrows it down to the own extension. */
    MEMBER_WRITE(EnumSet.of(Role.OPERATOR, Role.TENANT_ADMIN, Role.TENANT_USER)),
    /** Reads an extension. */
    OWN_READ(EnumSet.allOf(Role.class)),
    /** Changes an extension, as its user may. */
    OWN_WRITE(EnumSet.of(Role.OPERATOR, Role.TENANT_ADMIN, Role.TENANT_USER));

    private final Set<Role> roles;

    Access(Set<Role> roles) {
        this.roles = roles;
    }

    /** How a question ended. */
    public enum Verdict {
        /** Go on. */
        ALLOWED,
        /** The role does not allow it. */
        FORBIDDEN,
        /** The tenant is another one: it does not exist for them. */
        UNKNOWN_TENANT,
        /** The extension is another one: it does not exist for them. */
        UNKNOWN_EXTENSION
    }

    /** The roles that may call, if the object is theirs. */
    public Set<Role> roles() {
        return Set.copyOf(roles);
    }

    /**
     * Whether somebody may call.
     *
     * @param tenant domain in the path; empty when the path names no tenant
     * @param extension extension in the path; empty when the path names none
     */
    public Verdict judge(Principal principal, Optional<String> tenant, Optional<String> extension) {
        if (principal.tenant().isPresent() && tenant.isPresent() && !principal.tenant().equals(tenant)) {
            return Verdict.UNKNOWN_TENANT;
        }
        boolean global = this == GLOBAL_READ || this == GLOBAL_WRITE;
        if (!roles.contains(principal.role()) || (global && principal.tenant().isPresent())) {
            return Verdict.FORBIDDEN;
        }
        boolean own = this == OWN_READ || this == OWN_WRITE;
        if (own && principal.role() == Role.TENANT_USER && !principal.extension().equals(extension)) {
            return Verdict.UNKNOWN_EXTENSION;
        }
        return Verdict.ALLOWED;
    }
}
