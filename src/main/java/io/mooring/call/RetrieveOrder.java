package io.mooring.call;

/**
 * Whose phones shall ring for a parked call.
 *
 * @param extension whose
 * @param entitled true: only when the extension may retrieve the call; false: the call is sent there
 * @param ticket the call as it was shown ({@link ClaimTicket}); empty: as it is
 * @param pin of the call, from whom it has to be {@code entitled}; empty: none is given
 */
public record RetrieveOrder(String extension, boolean entitled, String ticket, String pin) {
    /** An order without a PIN. */
    public RetrieveOrder(String extension, boolean entitled, String ticket) {
        this(extension, entitled, ticket, "");
    }

    /** The PIN is in no log. */
    @Override
    public String toString() {
        return "retrieve for " + extension;
    }
}
