package io.mooring.store;

/** How a write of the directory ended. */
public enum PutOutcome {
    /** It is new. */
    CREATED,
    /** It was there, and was replaced. */
    REPLACED,
    /** The tenant that it belongs to does not exist; nothing was written. */
    UNKNOWN_TENANT;

    static PutOutcome of(long created) {
        return switch ((int) created) {
            case 1 -> CREATED;
            case 0 -> REPLACED;
            default -> UNKNOWN_TENANT;
        };
    }
}
