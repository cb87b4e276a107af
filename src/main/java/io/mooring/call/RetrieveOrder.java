package io.mooring.call;

/**
 * Whose phones shall ring for a parked call.
 *
 * @param extension whose
 * @param entitled true: only when the extension may retrieve the call; false: the call is sent there
 * @param ticket the call as it was shown ({@link ClaimTicket}); empty: as it is
 */
public record RetrieveOrder(String extension, boolean entitled, String ticket) {}
