package io.mooring.call;

/**
 * Under which policy a user is, and in which park group.
 *
 * @param policy id of the park policy; empty for none
 * @param parkGroup id of the park group; empty for none
 */
public record Standing(String policy, String parkGroup) {}
