package io.mooring.edge;

/** This node cannot take an event now (a dependency is down, draining, overload). The edge tries the next node. */
public final class UnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message why, in a few words without phone numbers; the edge sends it on in a Reason header */
    public UnavailableException(String message) {
        super(message);
    }

    /**
     * @param message why, in a few words without phone numbers
     * @param cause what was found
     */
    public UnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
