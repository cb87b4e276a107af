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

    /** What its keys begin with. */
    private String prefix() {
        return Keys.CONFIG + (domain.isEmpty() ? "" : "tenant:" + domain + ":");
    }

    String revision() {
        return prefix() + "rev";
    }

    String audit() {
        return Keys.CONFIG + (domain.isEmpty() ? "audit" : "audit:" + domain);
    }

    String key(Kind kind) {
        return prefix() + kind.key();
    }

    /** The ids of a kind in their order. */
    String ids(Kind kind) {
        return key(kind) + ":ids";
    }

    /** The audio of a sound. */
    String audio(String id, String version) {
        return prefix() + "sound:" + id + ":" + version;
    }

    String ringGroupTurns() {
        return key(Kind.RING_GROUP) + ":turns";
    }

    /** The turn that a park has taken. */
    String ringGroupTurn(String park) {
        return key(Kind.RING_GROUP) + ":turn:" + park;
    }

    String parkGroupsByMember() {
        return key(Kind.PARK_GROUP) + ":by-member";
    }
}
