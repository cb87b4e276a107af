package io.mooring.call;

import org.jspecify.annotations.Nullable;

/**
 * A request that we sent and whose reply will come as an event, perhaps at another node, perhaps never.
 *
 * @param leg leg it was sent on
 * @param cseq its CSeq number
 * @param method its method
 * @param purpose what shall happen when the reply comes
 * @param media rtpengine session that the SDP in it belongs to; empty for none
 * @param sdp SDP that was offered, to offer it again after a 491; empty for none
 * @param attempt 1 for the first
 * @param answers request of another leg that waits for the outcome
 * @param answersLeg the leg of that request; empty for none
 */
public record Pending(
        String leg,
        long cseq,
        String method,
        Purpose purpose,
        String media,
        String sdp,
        int attempt,
        @Nullable ServerTransaction answers,
        String answersLeg) {

    /** Why a request was sent. */
    public enum Purpose {
        /** re-INVITE of the parked party to the music. */
        PARK,
        /** re-INVITE of the parked party back to the music, after a retrieve that came to nothing. */
        RESTORE,
        /** re-INVITE of the parked party to its retriever, who waits for our answer. */
        CONNECT,
        /** The same after a retriever without offer was answered and has given its SDP in the ACK. */
        CONNECT_LATE,
        /** The same after a retriever was answered and asked for a PIN. */
        CONNECT_ASKED,
        /** A request of one joined leg, passed on to the other. */
        RELAY,
        /** re-INVITE of one leg because the media of the other changed without a request to pass on. */
        UPDATE_PEER,
        /** UPDATE that tells a leg who it is connected to [RFC 3311, RFC 3325]. */
        IDENTIFY,
        /** OPTIONS that asks a parked party whether it is still there. */
        PROBE,
        /** A re-INVITE that was given up, and may be accepted all the same. */
        LATE,
        /** re-INVITE of the parker with the media of the parked party: the music failed after the move. */
        REJOIN,
        /** INVITE that takes the place of a parker's dialog with the party that it parks [RFC 3891]. */
        REPLACE,
        /** INVITE to the target of a transfer. */
        DIAL,
        /** re-INVITE of the party that stays, to the target that answered. */
        JOIN,
        /** INVITE to a phone because nobody picked the call up. */
        RECALL,
        /** The same, and the edge that had it has started anew since: the phone may ring yet, and its answer counts. */
        RECALL_ORPHANED,
        /** re-INVITE of the parked party, to the phone that answered a recall. */
        RECALL_JOIN
    }

    /** Key in the call: CSeq numbers are unique on a leg. */
    public String key() {
        return leg + ":" + cseq;
    }

    /** True for an INVITE that opens a dialog: it can be cancelled, and not be hung up. */
    public boolean isOpening() {
        return purpose == Purpose.DIAL || purpose == Purpose.REPLACE || isRecall();
    }

    /** True for an INVITE of a recall that has no final reply. */
    public boolean isRecall() {
        return purpose == Purpose.RECALL || purpose == Purpose.RECALL_ORPHANED;
    }

    /** The same with nobody who waits for it any more. */
    public Pending forNobody() {
        return new Pending(leg, cseq, method, purpose, media, sdp, attempt, null, "");
    }

    /** The same for another purpose, with nobody who waits. */
    public Pending as(Purpose other) {
        return new Pending(leg, cseq, method, other, media, sdp, attempt, null, "");
    }
}
