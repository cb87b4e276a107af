package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.CallEvent;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.edge.EdgeAction;
import io.mooring.sip.SipMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One event's work on one call: the working copy, and all that shall happen when it has been written. Nothing leaves
 * before the write: a turn that loses against another one is thrown away and made again on the fresh state.
 */
public final class Turn {
    /** A phone that was told to hang up gets this long before we do it. */
    private static final long BYE_GRACE_MILLIS = 5_000;

    /** A 2xx that is not acknowledged is given up after 64*T1 [RFC 3261 13.3.1.4]. */
    private static final long ACK_LIMIT_MILLIS = 64 * 500;

    /** The edge repeats a 2xx as long as it remembers the transaction; then it is for us to do, every T2. */
    private static final long FIRST_REPEAT_MILLIS = 5_500;

    private static final long REPEAT_MILLIS = 4_000;

    /** Timer B of tm, less the time that we waited at the least. */
    private static final long LATE_MILLIS = 32_000;

    private static final long RESTORE_MILLIS = 2_000;

    /** A claim whose node has died is void after this: longer than the edge waits for the answer of a node. */
    static final long CLAIM_MILLIS = 5_000;

    private final Call call;
    private final long nowMillis;
    private final long reinviteTimeoutMillis;
    private final TurnMedia media;
    private final TurnPlace place;

    private final Map<String, List<EdgeAction>> actions = new LinkedHashMap<>();
    private final Set<String> claimedDialogs = new LinkedHashSet<>();
    private final Set<String> releasedDialogs = new LinkedHashSet<>();
    private final List<String> endReservations = new ArrayList<>();
    private final List<Leg> rung = new ArrayList<>();
    private final Set<String> silenced = new LinkedHashSet<>();
    private boolean rings;
    private final CallEvent.Before before;
    private final List<Runnable> counts = new ArrayList<>();
    private CallState outcome = CallState.ENDED;
    private String reason = "";

    public Turn(Call call, long nowMillis, long reinviteTimeoutMillis) {
        this.call = call;
        this.before = new CallEvent.Before(call);
        this.media = new TurnMedia(call);
        this.place = new TurnPlace(call);
        this.nowMillis = nowMillis;
        this.reinviteTimeoutMillis = reinviteTimeoutMillis;
    }

    public Call call() {
        return call;
    }

    public long nowMillis() {
        return nowMillis;
    }

    /** What it does with media sessions. */
    public TurnMedia media() {
        return media;
    }

    /** What it does with the place of the call. */
    public TurnPlace place() {
        return place;
    }

    // --- what the flows order -------------------------------------------------------------------------------------

    /** Sends a request whose reply does not matter. */
    public void request(Leg leg, String method, String headers, String body) {
        act(leg.control, Sip.request(leg, method, headers, body));
    }

    /** Sends a request and waits for its reply, as long as a re-INVITE may take. */
    public void request(
            Leg leg,
            String method,
            String headers,
            String body,
            Pending.Purpose purpose,
            ServerTransaction answers,
            Leg answersLeg) {
        request(leg, method, headers, body);
        await(new Pending(leg.id, leg.localCseq, method, purpose, "", "", 1, answers, answersLeg.id));
    }

    /** The same for nobody who waits. */
    public void request(Leg leg, String method, String headers, String body, Pending.Purpose purpose) {
        request(leg, method, headers, body);
        await(new Pending(leg.id, leg.localCseq, method, purpose, "", "", 1, null, ""));
    }

    /** Tells a device who it is connected to, when it takes such news; its reply tells whether it is there. */
    public void identify(Leg leg, Leg peer) {
        if (leg.allows("UPDATE")) {
            request(leg, "UPDATE", Sip.identity(peer), "", Pending.Purpose.IDENTIFY);
        }
    }

    /** Sends a re-INVITE that nobody waits for. */
    public void invite(Leg leg, Pending.Purpose purpose, String media, String sdp, String headers) {
        invite(leg, new Pending(leg.id, 0, "INVITE", purpose, media, sdp, 1, null, ""), headers);
    }

    /** Sends a re-INVITE for a request of another leg. */
    public void invite(
            Leg leg,
            Pending.Purpose purpose,
            String media,
            String sdp,
            String headers,
            ServerTransaction answers,
            Leg answersLeg) {
        invite(leg, new Pending(leg.id, 0, "INVITE", purpose, media, sdp, 1, answers, answersLeg.id), headers);
    }

    private void invite(Leg leg, Pending template, String headers) {
        if (call.isInviting(leg)) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        request(leg, "INVITE", headers + Sip.SDP_TYPE, leg.fitted(template.sdp()));
        await(withCseq(template, leg.localCseq, template.attempt()));
    }

    /** Sends the re-INVITE of a 491 again [RFC 3261 14.1]. */
    public void retry(Leg leg, Pending pending) {
        call.pending.remove(pending.key());
        call.timers.remove("retry:" + pending.key());
        request(leg, "INVITE", Sip.SDP_TYPE, leg.fitted(pending.sdp()));
        await(withCseq(pending, leg.localCseq, pending.attempt() + 1));
    }

    /** Sends the INVITE that opens the dialog of a leg. */
    public void open(Leg leg, Pending.Purpose purpose, String media, String sdp, String headers, long timeoutMillis) {
        request(leg, "INVITE", headers + Sip.SDP_TYPE, sdp);
        var pending = new Pending(leg.id, leg.localCseq, "INVITE", purpose, media, sdp, 1, null, "");
        call.pending.put(pending.key(), pending);
        call.timers.put("pending:" + pending.key(), nowMillis + timeoutMillis);
        if (pending.isRecall()) {
            rung.add(leg);
        }
    }

    private static Pending withCseq(Pending p, long cseq, int attempt) {
        return new Pending(
                p.leg(), cseq, p.method(), p.purpose(), p.media(), p.sdp(), attempt, p.answers(), p.answersLeg());
    }

    private void await(Pending pending) {
        call.pending.put(pending.key(), pending);
        call.timers.put("pending:" + pending.key(), nowMillis + reinviteTimeoutMillis);
    }

    /** Waits once more for the reply to a request, and for the last time. */
    public void awaitAgain(Pending pending, long millis) {
        call.pending.put(pending.key(), withCseq(pending, pending.cseq(), pending.attempt() + 1));
        call.timers.put("pending:" + pending.key(), nowMillis + millis);
    }

    /** Takes a pending request off: its reply has come, or will not. */
    public void settle(Pending pending) {
        call.pending.remove(pending.key());
        call.timers.remove("pending:" + pending.key());
        call.timers.remove("retry:" + pending.key());
        if (pending.isRecall()) {
            silenced.add(pending.leg());
        }
    }

    /** The device has accepted the SDP of a request of ours. */
    public void accepted(Pending pending, Leg leg, SipMessage reply) {
        settle(pending);
        leg.refreshTarget(reply);
        leg.learnAllowed(reply);
        leg.localSdp = pending.sdp();
        leg.answers(reply.body());
    }

    /** Lets a request that met a 491 rest until it is sent again. */
    public void retryLater(Pending pending, long delayMillis) {
        call.timers.remove("pending:" + pending.key());
        call.timers.put("retry:" + pending.key(), nowMillis + delayMillis);
    }

    /** Cancels an INVITE of ours that still rings. */
    public void cancel(Leg leg, Pending pending) {
        act(leg.control, new EdgeAction.Cancel(leg.callId, pending.cseq()));
        settle(pending);
    }

    /** Nobody has to pick the call up any more: phones that ring for it stop. Should it come to nothing, they are rung again. */
    public void stopRinging() {
        for (Pending pending : List.copyOf(call.pending.values())) {
            Leg called = call.legs.get(pending.leg());
            if (pending.isRecall() && called != null) {
                cancel(called, pending);
                media.close(pending.media());
                remove(called);
                if (pending.purpose() == Pending.Purpose.RECALL_ORPHANED) {
                    continue;
                }
                if (call.offeredTo.isEmpty()) {
                    call.timers.put(Call.RECALL, nowMillis);
                } else {
                    call.endOffer(nowMillis);
                }
            }
        }
    }

    /** A stage of a recall begins: should nobody hear of it, it is to begin again. */
    public void rings() {
        rings = true;
    }

    /** Answers a request that is no INVITE, or an INVITE with a failure. */
    public void answer(ServerTransaction request, Leg leg, int status, String headers, String body) {
        answer(request, leg, status, Sip.phrase(status), headers, body);
    }

    public void answer(
            ServerTransaction request, Leg leg, int status, String reason, String headers, String body) {
        act(request.control(), Sip.reply(request, leg, status, reason, headers, body));
        if (request.method().equals("INVITE") || request.method().equals("UPDATE")) {
            leg.inviteInProgress = false;
        }
    }

    public void refuse(ServerTransaction request, Leg leg, Refusal refusal) {
        answer(request, leg, refusal.status(), Sip.refusalHeaders(refusal), "");
    }

    /** Answers an INVITE or UPDATE with 200 and an SDP; the 200 to an INVITE is repeated until its ACK comes. */
    public void accept(ServerTransaction request, Leg leg, String sdp, String headers) {
        String all = Sip.successHeaders(leg, headers) + (sdp.isEmpty() ? "" : Sip.SDP_TYPE);
        String sent = sdp.isEmpty() ? "" : leg.fitted(sdp);
        answer(request, leg, 200, all, sent);
        if (!sdp.isEmpty()) {
            leg.localSdp = sdp;
        }
        if (request.method().equals("INVITE")) {
            leg.awaitsAck = true;
            call.unacknowledged.put(
                    leg.id,
                    new Call.Unacknowledged(
                            Sip.whole2xx(request, leg, all, sent),
                            Sip.uriOf(request.source()),
                            nowMillis,
                            request.cseq()));
            call.timers.put("ack:" + leg.id, nowMillis + FIRST_REPEAT_MILLIS);
        }
    }

    /** The ACK has come. */
    public void acknowledged(Leg leg) {
        leg.awaitsAck = false;
        call.unacknowledged.remove(leg.id);
        call.timers.remove("ack:" + leg.id);
    }

    /**
     * Repeats a 2xx that is not acknowledged.
     *
     * @return false when the time is over and the device is to be hung up [RFC 3261 13.3.1.4]
     */
    public boolean repeat2xx(Leg leg) {
        Call.Unacknowledged open = call.unacknowledged.get(leg.id);
        if (open == null) {
            call.timers.remove("ack:" + leg.id);
            return true;
        }
        if (nowMillis - open.sinceMillis() >= ACK_LIMIT_MILLIS) {
            return false;
        }
        act(leg.control, new EdgeAction.Raw(open.next(), open.message()));
        call.timers.put("ack:" + leg.id, Math.min(nowMillis + REPEAT_MILLIS, open.sinceMillis() + ACK_LIMIT_MILLIS));
        return true;
    }

    /** Tells the sender of a REFER how far it is [RFC 3515 2.4.4]. */
    public void notify(Leg leg, int status, String reason, boolean last) {
        notify(leg, status, reason, last, "");
    }

    /** Tells the parker's phone that the call is parked, and where; a phone that has not asked for it is hung up. */
    public void letGo(Leg leg) {
        if (leg.hungUpWhenParked) {
            hangUp(leg, Sip.parkedReason() + Sip.placeHeaders(call));
        } else {
            notify(leg, 200, "OK", true, Sip.placeHeaders(call));
            expectBye(leg);
        }
    }

    private void notify(Leg leg, int status, String reason, boolean last, String headers) {
        if (leg.notifies) {
            request(
                    leg,
                    "NOTIFY",
                    "Event: refer\r\nSubscription-State: "
                            + (last ? "terminated;reason=noresource" : "active;expires=60")
                            + "\r\nContent-Type: message/sipfrag;version=2.0\r\n"
                            + headers,
                    "SIP/2.0 " + status + " " + reason + "\r\n");
            leg.notifies = !last;
        }
    }

    /** A request of ours whose reply came in no time may be accepted yet; until tm gives it up, we listen. */
    public void expectLate(Pending pending) {
        if (!call.state.isOver()) {
            Pending late = pending.as(Pending.Purpose.LATE);
            call.pending.put(late.key(), late);
            call.timers.put("pending:" + late.key(), nowMillis + LATE_MILLIS);
        }
    }

    /** A retriever has the call for itself until it is answered. */
    public void claim(Leg leg) {
        leg.claiming = true;
        call.timers.put("claim:" + leg.id, nowMillis + CLAIM_MILLIS);
    }

    /** The claim has come to something, or to nothing. */
    public void claimed(Leg leg) {
        leg.claiming = false;
        call.timers.remove("claim:" + leg.id);
    }

    /** Tries in a while to bring a parked party back to its music. */
    public void restoreLater(Leg leg) {
        call.timers.put("restore:" + leg.id, nowMillis + RESTORE_MILLIS);
    }

    /** Gives a phone that was told of its success some seconds to hang up, then does it for it. */
    public void expectBye(Leg leg) {
        call.timers.put("bye:" + leg.id, nowMillis + BYE_GRACE_MILLIS);
    }

    /** Hangs up a leg. */
    public void hangUp(Leg leg, String headers) {
        request(leg, "BYE", headers, "");
        remove(leg);
    }

    /** Forgets a leg whose device has hung up. Whoever waits for its reply to a request is told that it will not come. */
    public void remove(Leg leg) {
        remove(leg, Refusal.GONE);
    }

    /** The same, with what those who wait are told. */
    public void remove(Leg leg, Refusal toThoseWhoWait) {
        answerBeforeItGoes(leg);
        call.legs.remove(leg.id);
        acknowledged(leg);
        call.timers.remove("bye:" + leg.id);
        call.timers.remove("claim:" + leg.id);
        for (Pending pending : List.copyOf(call.pending.values())) {
            if (pending.leg().equals(leg.id)) {
                drop(pending, toThoseWhoWait);
            }
        }
        if (call.legs.values().stream().noneMatch(l -> l.callId.equals(leg.callId))) {
            releasedDialogs.add(leg.callId);
            act(leg.control, new EdgeAction.Disown(leg.callId));
        }
    }

    /** A device that hangs up gets a reply to what it has asked before [RFC 3261 15.1.2]; the other's comes too late. */
    private void answerBeforeItGoes(Leg leg) {
        for (Pending pending : List.copyOf(call.pending.values())) {
            ServerTransaction waiting = pending.answers();
            if (waiting != null && pending.purpose() == Pending.Purpose.RELAY && pending.answersLeg().equals(leg.id)) {
                refuse(waiting, leg, Refusal.GONE);
                call.pending.put(pending.key(), pending.forNobody());
            }
        }
    }

    /** Gives a pending request up: its media go, and who waits for it is refused. */
    private void drop(Pending pending, Refusal refusal) {
        settle(pending);
        if (!pending.media().equals(call.media) && !pending.media().equals(call.music)) {
            media.close(pending.media());
        }
        ServerTransaction waiting = pending.answers();
        Leg waitingLeg = call.legs.get(pending.answersLeg());
        if (waiting != null && waitingLeg != null) {
            refuse(waiting, waitingLeg, refusal);
            if (waitingLeg.localSdp.isEmpty() && waiting.method().equals("INVITE")
                    && waitingLeg.role == Role.RETRIEVER) {
                // Its first INVITE: with it the dialog has ended, there is nothing to hang up.
                remove(waitingLeg);
            }
        }
    }

    /**
     * Ends the call with what is left of it: every leg is hung up, every waiting request refused. A leg that has not acknowledged our
     * answer is hung up when it has, and keeps the call {@link CallState#CLOSING} until then: a BYE could overtake the answer, and
     * leave the phone connected to nobody.
     */
    public void end(CallState state, Refusal toThoseWhoWait, String byeHeaders) {
        outcome = state;
        reason = state == CallState.ENDED && toThoseWhoWait != Refusal.HUNG_UP ? "" : toThoseWhoWait.slug();
        for (Pending pending : List.copyOf(call.pending.values())) {
            Leg called = call.legs.get(pending.leg());
            if (pending.isOpening() && called != null) {
                act(called.control, new EdgeAction.Cancel(called.callId, pending.cseq()));
                drop(pending, toThoseWhoWait);
                remove(called);
            } else {
                drop(pending, toThoseWhoWait);
            }
        }
        for (Leg leg : List.copyOf(call.legs.values())) {
            if (leg.claiming) {
                // Whoever claims it finds the call over, and answers the INVITE. It may be moving the media right now.
                remove(leg);
                media.markInUse();
            } else if (leg.awaitsAck) {
                leg.byeHeaders = byeHeaders;
            } else {
                hangUp(leg, byeHeaders);
            }
        }
        place.free();
        media.close(call.media);
        media.close(call.music);
        call.media = "";
        call.music = "";
        call.pending.clear();
        call.timers.keySet().removeIf(timer -> !timer.startsWith("ack:"));
        if (call.legs.isEmpty()) {
            call.become(call.state == CallState.CLOSING ? CallState.ENDED : state);
        } else if (call.state != CallState.CLOSING) {
            call.become(CallState.CLOSING);
        }
    }

    /** What this turn makes of the call, as its history tells it. */
    public Optional<CallEvent> told() {
        return before.until(call, outcome, reason, nowMillis);
    }

    /** A dialog is ours once this turn is written: the index of dialogs and the edge shall know. */
    public void own(Leg leg) {
        claimedDialogs.add(leg.callId);
        announce(leg);
    }

    /** The same for both halves of a dialog, which may stand at two edges. */
    public void own(Leg leg, Leg other) {
        own(leg);
        if (!other.control.equals(leg.control)) {
            announce(other);
        }
    }

    /** Tells the edge whose a dialog is. */
    public void announce(Leg leg) {
        act(leg.control, new EdgeAction.Own(leg.callId, call.owner()));
    }

    /** True when nothing was ordered, and nothing is to be written. */
    public boolean isIdle() {
        return actions.isEmpty() && media.isUntouched() && counts.isEmpty();
    }

    /** Ends the announcement leg's call, whose place has come over to this one. */
    public void endReservation() {
        if (!call.reservation.isEmpty()) {
            endReservations.add(call.reservation);
            call.reservation = "";
        }
    }

    public void act(String control, EdgeAction action) {
        actions.computeIfAbsent(control, c -> new ArrayList<>()).add(action);
    }

    // --- what the one who runs the turn needs ----------------------------------------------------------------------

    /** Actions by the control URL of the edge that shall carry them out. */
    public Map<String, List<EdgeAction>> actions() {
        return actions;
    }

    /** True when phones are to ring that nobody has been told of otherwise. */
    public boolean isRinging() {
        return rings;
    }

    /** Legs whose phones are to ring for a recall. */
    public List<Leg> rung() {
        return rung;
    }

    /** Ids of legs whose phones do not ring for a recall any more. */
    public Set<String> silenced() {
        return silenced;
    }

    public Set<String> claimedDialogs() {
        return claimedDialogs;
    }

    public Set<String> releasedDialogs() {
        return releasedDialogs;
    }

    public List<String> endedReservations() {
        return endReservations;
    }

    /** Counts what has happened, once this turn is written: one that is not written has not happened. */
    public void count(Runnable counting) {
        counts.add(counting);
    }

    public List<Runnable> counts() {
        return counts;
    }

    /** The session timer that a request asks for, as reply header. */
    public static String sessionTimer(SipMessage request) {
        return Sip.sessionTimer(request);
    }

    /** The leg that a request came in on. */
    public Optional<Leg> legOf(SipMessage request) {
        return call.legOf(request.callId(), request.from().tag());
    }
}
