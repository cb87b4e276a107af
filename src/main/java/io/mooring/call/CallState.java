package io.mooring.call;

import java.util.EnumSet;
import java.util.Set;

/**
 * The life of a call that we own. Parking and retrieving may repeat; the last three never change again. From every state with a
 * phone that has not acknowledged our answer the end leads through CLOSING.
 *
 * <pre>
 *            ┌────────────────────────── park again ─────────────────────────┐
 *            v                                                               │
 *   ─────> RESERVED ──> PARKED <──> CONNECTING ──> RETRIEVED ────────────────┤
 *            │  │          ^  │         │ ^                                  │
 *            │  │          │  v         v │                                  │
 *            │  │        RECALLING ──> RECALLED ─────────────────────────────┤
 *            │  └──> FAILED ────────────────────────────────────────────────┘
 *            └──> ABANDONED | EXPIRED | ENDED <── CLOSING
 * </pre>
 */
public enum CallState {
    /** A place is held; the parked party is being moved to the music, or the parker still listens to us. */
    RESERVED,
    /** The parked party hears music; the call waits at its place. */
    PARKED,
    /** Parked, and offered back to somebody whose phone rings. */
    RECALLING,
    /** Claimed by one retriever; the parked party is being joined to it. */
    CONNECTING,
    /** Two legs joined after a retrieve. */
    RETRIEVED,
    /** Two legs joined after a recall. */
    RECALLED,
    /** A park that did not come about: the two legs are joined as before. */
    FAILED,
    /** Over, but for phones that have not acknowledged our answer: none is hung up before its ACK [RFC 3261 15]. */
    CLOSING,
    /** The parked party hung up, or vanished, before anybody took the call. */
    ABANDONED,
    /** Nobody took the call until its hard end. */
    EXPIRED,
    /** Hung up. */
    ENDED;

    /** The states that may follow this one. */
    public Set<CallState> next() {
        return switch (this) {
            case RESERVED -> EnumSet.of(PARKED, FAILED, CLOSING, ABANDONED, ENDED);
            case PARKED -> EnumSet.of(RECALLING, CONNECTING, CLOSING, ABANDONED, EXPIRED, ENDED);
            case RECALLING -> EnumSet.of(PARKED, CONNECTING, RECALLED, CLOSING, ABANDONED, EXPIRED, ENDED);
            case CONNECTING -> EnumSet.of(PARKED, RETRIEVED, RECALLED, CLOSING, ABANDONED);
            // Back to PARKED: a retriever who never acknowledged the answer [RFC 3261 13.3.1.4].
            case RETRIEVED, RECALLED -> EnumSet.of(RESERVED, PARKED, CLOSING, ENDED);
            case FAILED -> EnumSet.of(RESERVED, RETRIEVED, CLOSING, ENDED);
            case CLOSING -> EnumSet.of(ENDED);
            case ABANDONED, EXPIRED, ENDED -> EnumSet.noneOf(CallState.class);
        };
    }

    public boolean canBecome(CallState other) {
        return next().contains(other);
    }

    /** Two legs talk to each other. */
    public boolean isJoined() {
        return this == RETRIEVED || this == RECALLED || this == FAILED;
    }

    /** The call waits at its place and may be retrieved now. */
    public boolean isWaiting() {
        return this == PARKED || this == RECALLING;
    }

    /** No further state. */
    public boolean isOver() {
        return next().isEmpty();
    }
}
