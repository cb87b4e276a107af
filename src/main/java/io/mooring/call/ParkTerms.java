package io.mooring.call;

import java.util.Objects;

/**
 * What was decided when a call was parked, and holds until it is retrieved, whatever becomes of the policy.
 *
 * @param retrieval who may retrieve it
 * @param policy id of the park policy of its parker; empty for a call of before there were any
 * @param parkGroup id of the park group of its parker; empty for none
 * @param orbitDialled whether its orbit may be dialled by itself
 * @param messages whether people are told by SIP MESSAGE where it is
 * @param callsPerPlace calls that a place takes
 * @param recall what happens when nobody retrieves it
 * @param music what the parked party hears; none: the music of the node
 * @param pin that whoever retrieves it has to know
 * @param callerShown whether those who may retrieve it are shown who waits
 */
public record ParkTerms(RetrievalRule retrieval, String policy, String parkGroup, boolean orbitDialled,
        boolean messages, int callsPerPlace, RecallPlan recall, SoundVersion music, RetrievalPin pin,
        Boolean callerShown) {
    /** A call of an earlier version has neither a plan nor music, nor a PIN. */
    public ParkTerms {
        recall = Objects.requireNonNullElse(recall, RecallPlan.NONE);
        music = Objects.requireNonNullElse(music, SoundVersion.NONE);
        pin = Objects.requireNonNullElse(pin, RetrievalPin.NONE);
        callerShown = Objects.requireNonNullElse(callerShown, true);
    }

    /** Terms without a PIN. */
    public ParkTerms(RetrievalRule retrieval, String policy, String parkGroup, boolean orbitDialled,
            boolean messages, int callsPerPlace, RecallPlan recall, SoundVersion music) {
        this(retrieval, policy, parkGroup, orbitDialled, messages, callsPerPlace, recall, music, RetrievalPin.NONE,
                true);
    }

    /** Terms with the music of the node. */
    public ParkTerms(RetrievalRule retrieval, String policy, String parkGroup, boolean orbitDialled,
            boolean messages, int callsPerPlace, RecallPlan recall) {
        this(retrieval, policy, parkGroup, orbitDialled, messages, callsPerPlace, recall, SoundVersion.NONE);
    }

    /** The same with another plan. */
    public ParkTerms with(RecallPlan plan) {
        return new ParkTerms(retrieval, policy, parkGroup, orbitDialled, messages, callsPerPlace, plan, music, pin,
                callerShown);
    }

    /** Those of a call that was parked by nobody in particular. */
    public static final ParkTerms NONE = new ParkTerms(RetrievalRule.TENANT, "", "", false, false, 1, RecallPlan.NONE);
}
