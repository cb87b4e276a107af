package io.mooring.store;

/** A node of a later version has written this: another node may be able to read it, and this one must not touch it. */
public final class UnknownVersionException extends StoreUnavailableException {
    private static final long serialVersionUID = 1L;

    /** @param version that the record says of itself */
    public UnknownVersionException(int version) {
        super("a record of version " + version + ", which this node does not know");
    }
}
