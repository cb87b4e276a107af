package io.mooring.store;

/**
 * Redis did not answer in time, or answered with an error: whether a write was carried out is not known. Or this node cannot understand the answer
 * ({@link UnknownVersionException}). Either way this node can do nothing now.
 */
public sealed class StoreUnavailableException extends RuntimeException permits UnknownVersionException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message) {
        super(message);
    }

    public StoreUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
