package io.mooring.retrieve;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Retries;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.park.ParkFlow;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import java.util.Optional;

/**
 * Retrieving. The claim is the compare-and-set that takes the call from PARKED to CONNECTING; whoever loses it finds
 * the call taken. Until the retriever is connected the parked party keeps its music, and its place.
 */
public final class RetrieveFlow {
    private final MediaSessions media;
    private final KnownMedia known;
    private final ParkFlow park;
    private final Metrics metrics;

    public RetrieveFlow(MediaSessions media, ParkFlow park, Metrics metrics) {
        this.media = media;
        this.known = new KnownMedia(media);
        this.park = park;
        this.metrics = metrics;
    }

    /**
     * An INVITE to a retrieve code, for the call that is parked there. When it only claims the call ({@link Leg#claiming}), the
     * dialog has yet to be entered, and {@link #connect} comes next.
     */
    public void claim(Turn turn, Leg retriever, ServerTransaction invite, SipMessage request) {
        Call call = turn.call();
        Leg parked = requireWaiting(call);
        call.legs.put(retriever.id, retriever);
        call.takenBy(retriever);
        turn.place().keep();
        call.become(CallState.CONNECTING);
        if (KnownMedia.canJoin(call, parked, request)) {
            turn.claim(retriever);
            return;
        }
        turn.stopRinging();
        turn.own(retriever);
        if (!request.hasSdp()) {
            String session = turn.media().open();
            String offer = media.offer(session, parked.id, Sdp.unheld(parked.remoteSdp), parked.codecs());
            call.media = session;
            turn.accept(invite, retriever, offer, Sip.identity(parked) + Turn.sessionTimer(request));
        } else {
            ask(turn, parked, retriever, invite, request);
        }
    }

    /**
     * The same for a retriever who was answered before, has entered the PIN, and is alone in a session: the parked party is asked to come
     * over to it.
     *
     * @param session of the retriever
     */
    public void claimAnswered(Turn turn, Leg retriever, String session) {
        Call call = turn.call();
        Leg parked = requireWaiting(call);
        retriever.role = Role.RETRIEVER;
        call.legs.put(retriever.id, retriever);
        call.takenBy(retriever);
        call.media = session;
        turn.place().keep();
        call.become(CallState.CONNECTING);
        turn.stopRinging();
        turn.own(retriever);
        String offer = media.offerAtSamePort(session, retriever.id, parked.id, Sdp.unheld(retriever.remoteSdp),
                parked.codecs());
        turn.invite(parked, Pending.Purpose.CONNECT_ASKED, session, offer, Sip.identity(retriever));
    }

    /** Passes when a call is the one that was shown, and waits. */
    static void requireShown(Call call, String ticket) {
        requireWaiting(call);
        if (!call.ticket().equals(ticket)) {
            throw new RefusedException(Refusal.RETRIEVED_BY_OTHER);
        }
    }

    /**
     * The parked party of a call that can be claimed now.
     *
     * @throws RefusedException when somebody else has it, or will have it in a moment
     */
    private static Leg requireWaiting(Call call) {
        switch (call.state) {
            case PARKED, RECALLING -> {}
            case CONNECTING -> throw new RefusedException(Refusal.BEING_RETRIEVED, call.takenBy());
            // Who has cancelled will hang up at once, and the call is back at its place: worth another try.
            case RETRIEVED, RECALLED -> throw new RefusedException(
                    call.legs.values().stream().anyMatch(leg -> leg.cancelled)
                            ? Refusal.BEING_RETRIEVED
                            : Refusal.RETRIEVED_BY_OTHER,
                    call.takenBy());
            default -> throw new RefusedException(Refusal.NOTHING_PARKED);
        }
        Leg parked = call.leg(Role.PARKED).orElseThrow(() -> new RefusedException(Refusal.NOTHING_PARKED));
        if (call.isInviting(parked) || parked.inviteInProgress || parked.awaitsAck) {
            throw new RefusedException(Refusal.PARTY_DID_NOT_ANSWER);
        }
        return parked;
    }

    private void ask(Turn turn, Leg parked, Leg retriever, ServerTransaction invite, SipMessage request) {
        String session = turn.media().open();
        String offer = media.offer(session, retriever.id, request.body(), parked.codecs());
        turn.invite(parked, Pending.Purpose.CONNECT, session, offer, Sip.identity(retriever), invite, retriever);
    }

    /**
     * Connects a retriever whose claim is written: from here on nobody else touches the media. May be done again when something
     * has come in between.
     */
    public void connect(Turn turn, Leg retriever, ServerTransaction invite, SipMessage request) {
        Call call = turn.call();
        Leg parked = call.leg(Role.PARKED).orElseThrow(() -> new RefusedException(Refusal.CALLER_GONE));
        turn.claimed(retriever);
        turn.stopRinging();
        if (retriever.cancelled) {
            release(turn, parked, retriever, invite, Refusal.CANCELLED);
            return;
        }
        turn.announce(retriever);
        try {
            Optional<String> answer = known.join(call, parked, retriever, request);
            if (answer.isPresent()) {
                turn.accept(invite, retriever, answer.get(), Sip.identity(parked));
                turn.identify(parked, retriever);
                join(turn, call.music);
            } else {
                ask(turn, parked, retriever, invite, request);
            }
        } catch (MediaUnavailableException e) {
            turn.media().closeOpened();
            release(turn, parked, retriever, invite, Refusal.MEDIA_UNAVAILABLE);
        }
    }

    /** The claim comes to nothing, and perhaps the music has stopped: back to it. */
    private void release(Turn turn, Leg parked, Leg retriever, ServerTransaction invite, Refusal refusal) {
        turn.refuse(invite, retriever, refusal);
        turn.remove(retriever);
        backToParked(turn);
        if (refusal == Refusal.MEDIA_UNAVAILABLE) {
            // To ask rtpengine once more would take longer than the edge waits.
            turn.restoreLater(parked);
        } else {
            park.restore(turn, parked);
        }
        turn.count(() -> metrics.retrieve(refusal.slug()));
    }

    /** The node that claimed the call for this retriever is gone; the edge answers the INVITE. */
    public void claimExpired(Turn turn, Leg retriever) {
        turn.remove(retriever);
        turn.stopRinging();
        backToParked(turn);
        turn.call().leg(Role.PARKED).ifPresent(parked -> park.restore(turn, parked));
    }

    /** The parked party has taken the retriever's media. */
    public void parkedAccepted(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        Call call = turn.call();
        turn.accepted(pending, parked, reply);
        Leg retriever = call.legById(pending.answersLeg());
        ServerTransaction invite = pending.answers();
        if (retriever == null || invite == null) {
            // Cancelled meanwhile: the parked party is not punished for it.
            turn.media().close(pending.media());
            park.restore(turn, parked);
            return;
        }
        String answer;
        try {
            answer = media.answer(pending.media(), retriever.id, parked.id, parked.remoteSdp);
        } catch (MediaUnavailableException e) {
            giveUp(turn, pending, retriever, invite, Refusal.MEDIA_UNAVAILABLE);
            park.restore(turn, parked);
            return;
        }
        turn.accept(invite, retriever, answer, Sip.identity(parked));
        join(turn, pending.media());
    }

    private void join(Turn turn, String session) {
        Call call = turn.call();
        call.become(CallState.RETRIEVED);
        call.media = session;
        call.parkedAtMillis = 0;
        if (!session.equals(call.music)) {
            turn.media().close(call.music);
        }
        call.music = "";
        turn.count(() -> metrics.retrieve("ok"));
    }

    /** The parked party refuses the retriever's media, or does not answer: it keeps the music. */
    public void parkedRefused(Turn turn, Pending pending, Leg parked, int status) {
        if (status == 491 && pending.answers() != null && Retries.later(turn, pending, parked)) {
            return;
        }
        Call call = turn.call();
        Leg retriever = call.legById(pending.answersLeg());
        ServerTransaction invite = pending.answers();
        if (status == 481) {
            turn.count(() -> metrics.retrieve(Refusal.CALLER_GONE.slug()));
            turn.remove(parked, Refusal.CALLER_GONE);
            turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, "");
            return;
        }
        if (retriever == null || invite == null) {
            turn.settle(pending);
            turn.media().close(pending.media());
            return;
        }
        giveUp(turn, pending, retriever, invite,
                status == 488 ? Refusal.NO_COMMON_MEDIA : Refusal.PARTY_DID_NOT_ANSWER);
    }

    /** The parked party does not answer. Should it accept after all, it is brought back to the music. */
    public void parkedUnanswered(Turn turn, Pending pending, Leg parked) {
        if (pending.purpose() == Pending.Purpose.CONNECT) {
            parkedRefused(turn, pending, parked, 408);
        } else {
            parkedRefusedLate(turn, pending, parked, 408);
        }
        turn.expectLate(pending);
    }

    private void giveUp(Turn turn, Pending pending, Leg retriever, ServerTransaction invite, Refusal refusal) {
        Call call = turn.call();
        turn.settle(pending);
        turn.media().close(pending.media());
        turn.refuse(invite, retriever, refusal);
        turn.remove(retriever);
        call.retriever = "";
        call.become(CallState.PARKED);
        turn.count(() -> metrics.retrieve(refusal.slug()));
    }

    /** The retriever has thought better of it before our answer reached it. */
    public void cancelled(Turn turn, Leg retriever) {
        Call call = turn.call();
        if (call.state == CallState.RETRIEVED && !call.place.isEmpty()) {
            // Its CANCEL crossed our 200: it will acknowledge and hang up [RFC 3261 15.1.1].
            retriever.cancelled = true;
            return;
        }
        if (retriever.claiming) {
            // Whoever claims it will see.
            retriever.cancelled = true;
            return;
        }
        Pending pending = call.pendingFor(Pending.Purpose.CONNECT).orElse(null);
        ServerTransaction invite = pending == null ? null : pending.answers();
        if (call.state != CallState.CONNECTING
                || pending == null
                || invite == null
                || !pending.answersLeg().equals(retriever.id)) {
            return;
        }
        turn.refuse(invite, retriever, Refusal.CANCELLED);
        turn.remove(retriever);
        if (call.timers.containsKey("retry:" + pending.key())) {
            turn.settle(pending);
            turn.media().close(pending.media());
        } else {
            // The re-INVITE cannot be taken back: its outcome is put right when it is known.
            call.pending.put(pending.key(), pending.forNobody());
        }
        call.retriever = "";
        call.become(CallState.PARKED);
        turn.count(() -> metrics.retrieve(Refusal.CANCELLED.slug()));
    }

    /** The retriever has acknowledged our answer: only now is the place free for another call. */
    public void acknowledged(Turn turn, Leg retriever, String answer) {
        Call call = turn.call();
        turn.acknowledged(retriever);
        if (call.state == CallState.RETRIEVED) {
            if (!retriever.cancelled) {
                turn.place().free();
            }
        } else if (call.state == CallState.CONNECTING && !answer.isEmpty()) {
            Leg parked = call.leg(Role.PARKED).orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
            retriever.answers(answer);
            String offer = media.answer(call.media, parked.id, retriever.id, retriever.remoteSdp);
            turn.invite(parked, Pending.Purpose.CONNECT_LATE, call.media, offer, Sip.identity(retriever));
        } else if (call.state == CallState.CONNECTING) {
            dropRetriever(turn, retriever);
        }
    }

    /** As {@link #parkedAccepted}, for a retriever who was answered before. */
    public void parkedAcceptedLate(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        turn.accepted(pending, parked, reply);
        join(turn, pending.media());
        turn.place().free();
    }

    /** The same for one who had to enter a PIN: it may have to follow what the parked party has chosen. */
    public void parkedAcceptedAsked(Turn turn, Pending pending, Leg parked, SipMessage reply, JoinedFlow joined) {
        turn.accepted(pending, parked, reply);
        Leg retriever = turn.call().leg(Role.RETRIEVER).orElseThrow(() -> new IllegalStateException("nobody asked"));
        String answer;
        try {
            answer = media.answer(pending.media(), retriever.id, parked.id, parked.remoteSdp);
        } catch (MediaUnavailableException e) {
            dropRetriever(turn, retriever);
            park.restore(turn, parked);
            return;
        }
        media.stopMusic(pending.media(), retriever.id);
        join(turn, pending.media());
        turn.place().free();
        if (!Sdp.parse(answer).sameAudioAs(Sdp.parse(retriever.localSdp))) {
            joined.updatePeer(turn, parked, retriever);
        }
    }

    /** As {@link #parkedRefused}, for a retriever who was answered before: it is hung up. */
    public void parkedRefusedLate(Turn turn, Pending pending, Leg parked, int status) {
        if (status == 491 && Retries.later(turn, pending, parked)) {
            return;
        }
        if (status == 481) {
            turn.remove(parked, Refusal.CALLER_GONE);
            turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, "");
            return;
        }
        turn.settle(pending);
        turn.call().leg(Role.RETRIEVER).ifPresent(retriever -> dropRetriever(turn, retriever));
    }

    /** A retriever who was answered goes, by itself or by us, before the parked party was moved: still parked. */
    private void dropRetriever(Turn turn, Leg retriever) {
        Call call = turn.call();
        turn.hangUp(retriever, Sip.refusalHeaders(Refusal.PARTY_DID_NOT_ANSWER));
        backToParked(turn);
        turn.media().close(call.media);
        call.media = "";
    }

    /** The retriever hung up before the parked party was joined to it. */
    public void retrieverHungUp(Turn turn, Leg retriever) {
        Call call = turn.call();
        turn.remove(retriever);
        backToParked(turn);
        call.leg(Role.PARKED).ifPresent(parked -> {
            Optional<Pending> asked = call.pendingFor(Pending.Purpose.CONNECT_LATE)
                    .or(() -> call.pendingFor(Pending.Purpose.CONNECT_ASKED));
            if (asked.isPresent()) {
                call.pending.put(asked.get().key(), asked.get().as(Pending.Purpose.CONNECT));
            } else {
                turn.media().close(call.media);
            }
            call.media = "";
        });
    }

    private static void backToParked(Turn turn) {
        turn.call().retriever = "";
        turn.call().become(CallState.PARKED);
    }

    /** The retriever never acknowledged our answer: it is not there, and the caller is not punished for it. */
    public void neverAcknowledged(Turn turn, Leg retriever) {
        turn.count(() -> metrics.retrieve("never-acknowledged"));
        if (turn.call().state == CallState.CONNECTING) {
            dropRetriever(turn, retriever);
        } else {
            turn.hangUp(retriever, "");
            undone(turn);
        }
    }

    /** The retriever was connected, and hangs up because it had cancelled: the caller goes back to its place. */
    public void cancelledAndHungUp(Turn turn, Leg retriever) {
        turn.remove(retriever);
        undone(turn);
    }

    private void undone(Turn turn) {
        Call call = turn.call();
        turn.place().keep();
        backToParked(turn);
        call.parkedAtMillis = turn.nowMillis();
        call.leg(Role.PARKED).ifPresent(parked -> park.restore(turn, parked));
    }
}
