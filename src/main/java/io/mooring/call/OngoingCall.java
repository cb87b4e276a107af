package io.mooring.call;

/**
 * A call of an extension that is up.
 *
 * @param id identity of the call within its tenant, as long as it is up
 * @param peer number of the other party, as it is written in the dialog
 * @param sinceMillis when it was answered, milliseconds since 1970; 0: not known
 */
public record OngoingCall(String id, String peer, long sinceMillis) {}
