package io.mooring.call;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A call that we own: one or two legs, what joins them, and what we wait for. Nothing about it lives anywhere else than
 * in Redis; this is the working copy of one event, written back with a compare-and-set on {@link #epoch}.
 */
public final class Call {
    /** Timer: the wait of the next stage of the recall is over. */
    public static final String RECALL = "recall:";
    /** Timer: the parker's phone is to show that the call waits. */
    public static final String REMINDER = "reminder:";
    /** Timer: the hard end of a parked call. */
    public static final String END = "end:";
    /** Timer: the parked party is asked whether it is still there. */
    public static final String PROBE = "probe:";
    /** Timer: the parked party has been told that nobody takes its call. */
    public static final String FAREWELL = "farewell:";
    /** Timer: who is asked for a PIN has not entered it, or has heard why it gets nothing. */
    public static final String PIN = "pin:";

    /** What records can say that this build writes; the rules are in {@code store.Records}. */
    public static final int VERSION = 1;

    /** The lowest version of records that can say all of this call; 1 where it is not told. */
    public int version = 1;

    public String id = "";
    public String tenant = "";
    /** Rises by one with each write. 0: not written yet. */
    public long epoch;

    public CallState state = CallState.RESERVED;
    /**
     * The place it is parked at, e.g. {@code ext:101}; kept until the retriever has acknowledged. Empty: none, or not known before it
     * is written.
     */
    public String place = "";
    /** What was decided when it was parked. */
    public ParkTerms terms = ParkTerms.NONE;
    /** Extensions that are told where it is as soon as it is parked. */
    public List<String> told = new ArrayList<>();
    /** Extensions whose phones have been told that it waits where it is. */
    public List<String> shownTo = new ArrayList<>();
    /** Extension of the parker. */
    public String parker = "";
    /** When it was parked, milliseconds since 1970; 0 when it is not. */
    public long parkedAtMillis;
    /** Index of the stage of the recall that is next, or that rings now. */
    public int recallStage;
    /** Since when everybody who is to be rung now talks, milliseconds since 1970; 0: somebody does not. */
    public long busySinceMillis;
    /** How often in a row the parked party has not answered when it was asked whether it is still there. */
    public int unansweredProbes;
    /** True when the parker has been reminded of it. */
    public boolean reminded;
    /** True while the parked party is told that nobody takes its call. It can be retrieved yet. */
    public boolean leaving;
    /** Extension whose phones ring because somebody asked for it, outside of the recall's plan; empty: none. */
    public String offeredTo = "";
    /** When the recall goes on after that, milliseconds since 1970; 0: it does not. */
    public long plannedRecallMillis;
    /** Extension or address of who retrieved it last; empty when nobody did. */
    public String retriever = "";
    /** True when that one does not want to be named to others [RFC 3323]. */
    public boolean retrieverWithheld;
    /** Why its last park came to nothing: a SIP status; 0: it did not. */
    public int failedStatus;
    /** Of a call that only asks for the PIN of another one. */
    public PinEntry pinEntry = PinEntry.NONE;
    /** How often it was parked, or was to be. */
    public int parkings;

    public Map<String, Leg> legs = new LinkedHashMap<>();
    /** rtpengine session of two joined legs; empty: their media goes directly, or they are not joined. */
    public String media = "";
    /** rtpengine session that plays music; empty: none. */
    public String music = "";
    /** An owner whose place this call takes when it is parked: the announcement leg of an attended transfer. */
    public String reservation = "";

    public Map<String, Pending> pending = new LinkedHashMap<>();
    /** The 2xx to an INVITE that are not acknowledged yet, whole, by leg. */
    public Map<String, Unacknowledged> unacknowledged = new LinkedHashMap<>();
    /** What is due when, milliseconds since 1970, by name ({@code pending:…}, {@code retry:…}, {@code bye:…}). */
    public Map<String, Long> timers = new LinkedHashMap<>();
    /** Fields that a later build has written and this one does not know: kept as they are. */
    public Map<String, Object> unknown = new LinkedHashMap<>();

    /**
     * A 2xx that is sent again until its ACK comes.
     *
     * @param message the whole reply
     * @param next where to
     * @param sinceMillis when it was sent first
     * @param cseq of the INVITE
     */
    public record Unacknowledged(String message, String next, long sinceMillis, long cseq) {}

    /** {@code tenant/id}: what the edge and the index of dialogs know. */
    public String owner() {
        return tenant + "/" + id;
    }

    /** What a retriever may show to get this call, parked this time, and no other. */
    public String ticket() {
        return new ClaimTicket(id, parkings).toString();
    }

    /** Who has the call now, or has retrieved it, for others; empty: nobody, or somebody who is not to be named. */
    public String takenBy() {
        return retrieverWithheld ? "" : retriever;
    }

    /** Somebody takes it. */
    public void takenBy(Leg leg) {
        retriever = leg.user;
        retrieverWithheld = leg.withheld;
    }

    /**
     * Goes on to another state.
     *
     * @throws IllegalStateException when the state machine does not allow it: a defect
     */
    public void become(CallState next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException("a call cannot go from " + state + " to " + next);
        }
        state = next;
    }

    public Optional<Leg> leg(Role role) {
        return legs.values().stream().filter(l -> l.role == role).findFirst();
    }

    public @Nullable Leg legById(String legId) {
        return legs.get(legId);
    }

    /** The leg whose device sent a message with this Call-ID and From tag: told by the tags, not by the address. */
    public Optional<Leg> legOf(String callId, String remoteTag) {
        return legs.values()
                .stream()
                .filter(l -> l.callId.equals(callId) && l.remoteTag.equals(remoteTag))
                .findFirst();
    }

    /** The leg on which we sent the request that a reply answers. */
    public Optional<Leg> legOfOurs(String callId, String localTag) {
        return legs.values()
                .stream()
                .filter(l -> l.callId.equals(callId) && l.localTag.equals(localTag))
                .findFirst();
    }

    /**
     * The other one of the two who talk: parker and parked party until a park has come about, else retriever and parked
     * party. Told by the roles: a parker who has handed the call on and has not hung up yet talks to nobody.
     */
    public Optional<Leg> peerOf(Leg leg) {
        if (!state.isJoined() && state != CallState.RESERVED) {
            return Optional.empty();
        }
        Role other = state == CallState.RESERVED || state == CallState.FAILED ? Role.PARKER : Role.RETRIEVER;
        if (leg.role == Role.PARKED) {
            return leg(other);
        }
        return leg.role == other ? leg(Role.PARKED) : Optional.empty();
    }

    /** True while a retriever has the call for itself and is being connected. */
    public boolean isClaimed() {
        return legs.values().stream().anyMatch(leg -> leg.claiming);
    }

    /** True while what joined the two is not done with: it cannot be parked or handed on yet. */
    public boolean isSettling() {
        return !state.isJoined() || leg(Role.TARGET).isPresent() || !place.isEmpty() || !unacknowledged.isEmpty();
    }

    /** True while a re-INVITE of ours is under way on the leg: a second one would be 491 [RFC 3261 14.1]. */
    public boolean isInviting(Leg leg) {
        return pending.values()
                .stream()
                .anyMatch(p -> p.leg().equals(leg.id)
                        && p.method().equals("INVITE")
                        && p.purpose() != Pending.Purpose.LATE);
    }

    public Optional<Pending> pendingFor(Pending.Purpose purpose) {
        return pending.values().stream().filter(p -> p.purpose() == purpose).findFirst();
    }

    /** It has just been parked: from now on its recall is due, and its end. */
    public void awaitPickUp(long nowMillis) {
        parkedAtMillis = nowMillis;
        recallStage = 0;
        busySinceMillis = 0;
        leaving = false;
        reminded = false;
        if (terms.recall().reminderMillis() > 0 && !parker.isEmpty()) {
            timers.put(REMINDER, nowMillis + terms.recall().reminderMillis());
        }
        if (!terms.recall().stages().isEmpty()) {
            scheduleRecall(nowMillis);
        }
        if (terms.recall().endMillis() > 0) {
            timers.put(END, nowMillis + terms.recall().endMillis());
        }
    }

    /** The wait of the next stage begins. */
    public void scheduleRecall(long nowMillis) {
        timers.put(RECALL, nowMillis + terms.recall().stages().get(recallStage).waitMillis());
    }

    /** The phones of the one whom it was offered to have stopped ringing: the plan goes on. */
    public void endOffer(long nowMillis) {
        if (plannedRecallMillis > 0) {
            timers.put(RECALL, Math.max(nowMillis, plannedRecallMillis));
        }
        offeredTo = "";
        plannedRecallMillis = 0;
    }

    public OptionalLong nextDueAtMillis() {
        return timers.values().stream().mapToLong(Long::longValue).min();
    }
}
