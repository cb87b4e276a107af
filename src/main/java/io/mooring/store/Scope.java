package io.mooring.store;

/**
 * What one change is about: a tenant, or what belongs to none. Changes of one scope follow one another.
 *
 * @param domain SIP domain of the tenant; empty for what belongs to none
 */
public record Scope(String domain) {

    /** Tenants, trunks, and tokens of the operator. */
    public static final Scope GLOBAL = new Scope("");

    /** The scope of a tenant. */
    public static Scope of(String domain) {
        return new Scope(domain);
    }

    String revision() {
        return domain.isEmpty() ? "rev" : "tenant:" + domain + ":rev";
    }

    String audit() {
        return domain.isEmpty() ? "audit" : "audit:" + domain;
    }

    String key(Kind kind) {
        return (domain.isEmpty() ? "" : "tenant:" + domain + ":") + kind.key();
    }

    /** The ids of a kind in their order. */
    String ids(Kind kind) {
        return key(kind) + ":ids";
    }

    /** The audio of a sound. */
    String audio(String id, String version) {
        return "tenant:" + domain + ":sound:" + id + ":" + version;
    }

    String ringGroupTurns() {
        return key(Kind.RING_GROUP) + ":turns";
    }

    String parkGroupsByMember() {
        return key(Kind.PARK_GROUP) + ":by-member";
    }
}
