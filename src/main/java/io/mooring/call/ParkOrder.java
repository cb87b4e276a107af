package io.mooring.call;

/**
 * A park that a program orders.
 *
 * @param extension whose call is parked, and who is the parker
 * @param wanted where to
 * @param call id of the call ({@link OngoingCall}); empty: the only one
 */
public record ParkOrder(String extension, Feature.Parking wanted, String call) {}
