package io.mooring.call;

/**
 * What has become of a park.
 *
 * @param id identity of the parked call within its tenant
 * @param place where it is, e.g. {@code ext:101}
 * @param parkedAtMillis since when, milliseconds since 1970
 * @param ticket what gets the call, parked this time, and no other
 */
public record ParkedAt(String id, String place, long parkedAtMillis, String ticket) {}
