package io.mooring.park;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.ParkRequest;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.ParkNotice;
import io.mooring.dialog.Retries;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import java.util.ArrayList;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parking. Reserve the place, move the media of the parked party, commit, and only then let the parker go: whatever
 * fails before leaves the two parties talking, and the parker is told why.
 */
public final class ParkFlow {
    private static final Logger LOG = LoggerFactory.getLogger(ParkFlow.class);

    private final MediaSessions media;
    private final Directory directory;
    private final Metrics metrics;

    public ParkFlow(MediaSessions media, Directory directory, Metrics metrics) {
        this.media = media;
        this.directory = directory;
        this.metrics = metrics;
    }

    /**
     * A park that a user asks for by a code.
     *
     * @param parker extension of the user; empty: somebody from outside, who may not park
     * @throws RefusedException when it is not allowed, or leads nowhere
     */
    public ParkRequest request(String tenant, String parker, Feature.Parking wanted) {
        if (parker.isEmpty()) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
        return ParkDecision.decide(wanted, parker, directory.parkRights(tenant, parker, wanted));
    }

    /**
     * A REFER to a park code, in a dialog whose two halves are legs of this call: hold the place, offer the music.
     */
    public void begin(Turn turn, Leg parker, Leg parked, ServerTransaction refer, SipMessage request,
            ParkRequest park) {
        String offer = take(turn, parker, parked, park);
        boolean quiet = request.header("refer-sub").map("false"::equalsIgnoreCase).orElse(false);
        parker.notifies = !quiet;
        turn.answer(refer, parker, 202, Sip.acceptHeaders(parker) + (quiet ? "Refer-Sub: false\r\n" : ""), "");
        // Before the re-INVITE: its answer makes the NOTIFY of the outcome, which could overtake this one.
        turn.notify(parker, 100, "Trying", false);
        turn.invite(parked, Pending.Purpose.PARK, turn.call().music, offer, "");
    }

    /** The same for a program: the parker's phone knows nothing, and is hung up when the call is parked. */
    public void begin(Turn turn, Leg parker, Leg parked, ParkRequest park) {
        String offer = take(turn, parker, parked, park);
        parker.notifies = false;
        parker.hungUpWhenParked = true;
        turn.invite(parked, Pending.Purpose.PARK, turn.call().music, offer, "");
    }

    /** Holds the place and opens the music; the offer is what the parked party is to be sent. */
    private String take(Turn turn, Leg parker, Leg parked, ParkRequest park) {
        Call call = turn.call();
        if (call.isInviting(parked) || parked.inviteInProgress || parker.inviteInProgress) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        String session = turn.media().open();
        String offer = media.offerMusic(session);
        if (call.state.isJoined()) {
            call.leg(Role.PARKER).filter(leg -> leg != parker && leg != parked).ifPresent(leg -> turn.hangUp(leg, ""));
            call.become(CallState.RESERVED);
        }
        parker.role = Role.PARKER;
        parked.role = Role.PARKED;
        call.retriever = "";
        call.music = session;
        turn.place().take(park);
        media.prepare(Hearing.of(call, parked));
        call.failedStatus = 0;
        return offer;
    }

    /** The parked party has taken the music. */
    public void musicAccepted(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        Call call = turn.call();
        turn.accepted(pending, parked, reply);
        try {
            media.startMusic(pending.media(), parked.id, parked.remoteSdp, Hearing.of(call, parked));
        } catch (MediaUnavailableException e) {
            LOG.atWarn()
                    .addKeyValue("call", call.owner())
                    .log("Parked party moved, but no media: {}", String.valueOf(e.getMessage()));
            failed(turn, Refusal.MEDIA_UNAVAILABLE.status(), Refusal.MEDIA_UNAVAILABLE.text());
            rejoin(turn, parked);
            return;
        }
        turn.media().close(call.media);
        call.media = "";
        turn.endReservation();
        told(turn);
    }

    /** A party has come over to us by an INVITE of ours. */
    void parked(Turn turn, Leg party) {
        startMusic(turn, turn.call().music, party);
        told(turn);
    }

    private void told(Turn turn) {
        Call call = turn.call();
        call.become(CallState.PARKED);
        call.awaitPickUp(turn.nowMillis());
        call.leg(Role.PARKER).ifPresent(turn::letGo);
        tellPeople(turn);
        turn.count(() -> metrics.park("ok"));
    }

    /** The parked party refuses the music, or does not answer: it keeps its old session [RFC 3261 14.1]. */
    public void musicRefused(Turn turn, Pending pending, Leg parked, int status, String reason) {
        if (status == 491 && Retries.later(turn, pending, parked)) {
            return;
        }
        turn.settle(pending);
        if (status == 481) {
            turn.call().leg(Role.PARKER).ifPresent(parker -> turn.notify(parker, status, reason, true));
            turn.remove(parked);
            turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, "");
            turn.count(() -> metrics.park(Refusal.CALLER_GONE.slug()));
            return;
        }
        failed(turn, status, reason);
    }

    /** Not parked: the two parties are joined as before, and the parker learns why. */
    private void failed(Turn turn, int status, String reason) {
        Call call = turn.call();
        turn.media().close(call.music);
        call.music = "";
        call.reservation = "";
        turn.count(() -> metrics.park("failed-" + status / 100 + "xx"));
        Optional<Leg> parker = call.leg(Role.PARKER);
        if (parker.isEmpty()) {
            turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
            return;
        }
        turn.place().free();
        turn.notify(parker.get(), status, reason, true);
        parker.get().hungUpWhenParked = false;
        call.failedStatus = status;
        call.become(CallState.FAILED);
    }

    /** The parked party's media has left the parker, and it is not parked: bring the two together again, directly. */
    private void rejoin(Turn turn, Leg parked) {
        Call call = turn.call();
        Optional<Leg> parker = call.leg(Role.PARKER);
        if (call.state == CallState.FAILED && parker.isPresent() && !call.isInviting(parker.get())) {
            turn.media().close(call.media);
            call.media = "";
            turn.invite(parker.get(), Pending.Purpose.REJOIN, "", Sdp.unheld(parked.remoteSdp), "");
        }
    }

    /** The parked party does not answer. Should it accept after all, its media is brought back. */
    public void musicUnanswered(Turn turn, Pending pending, Leg parked) {
        musicRefused(turn, pending, parked, 408, "Request Timeout");
        turn.expectLate(pending);
    }

    /** A re-INVITE was accepted that we had given up: the media of the parked party is not where we think it is. */
    public void acceptedLate(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        turn.settle(pending);
        parked.refreshTarget(reply);
        parked.answers(reply.body());
        switch (turn.call().state) {
            case FAILED -> rejoin(turn, parked);
            case PARKED, RECALLING -> restore(turn, parked);
            default -> LOG.debug("A late answer changes nothing any more");
        }
    }

    /** The parker has taken the parked party's media back; now the other way. */
    public void rejoined(Turn turn, Pending pending, Leg parker, SipMessage reply) {
        turn.accepted(pending, parker, reply);
        turn.call()
                .peerOf(parker)
                .ifPresent(parked -> turn.invite(parked, Pending.Purpose.UPDATE_PEER, "", parker.remoteSdp, ""));
    }

    /** The parker dialled the code: hold the place, and let it listen until it completes the transfer or hangs up. */
    public void announce(Turn turn, Leg parker, ServerTransaction invite, SipMessage request, ParkRequest park) {
        turn.place().take(park);
        answerWithMusic(turn, parker, invite, request);
    }

    /** Somebody who is to hear us and is told nothing else yet; see {@link Hearing}. */
    public void listen(Turn turn, Leg leg, ServerTransaction invite, SipMessage request) {
        answerWithMusic(turn, leg, invite, request);
    }

    /** The parked party itself was sent here: with Referred-By, or with Replaces of the announcement leg. */
    public void answerAsParked(
            Turn turn, Leg parked, ServerTransaction invite, SipMessage request, ParkRequest park) {
        Call call = turn.call();
        turn.place().take(park);
        answerWithMusic(turn, parked, invite, request);
        call.become(CallState.PARKED);
        call.awaitPickUp(turn.nowMillis());
        turn.endReservation();
        tellPeople(turn);
        turn.count(() -> metrics.park("ok"));
    }

    /** Where the call is, for those who cannot know. */
    private void tellPeople(Turn turn) {
        if (!turn.call().told.isEmpty()) {
            turn.place().tell(ParkNotice.What.PARKED, turn.call().told);
            turn.call().told = new ArrayList<>();
        }
    }

    private void answerWithMusic(Turn turn, Leg leg, ServerTransaction invite, SipMessage request) {
        Call call = turn.call();
        String session = leg.role == Role.ASKED ? turn.media().openAsking() : turn.media().open();
        call.music = session;
        String sdp;
        if (request.hasSdp()) {
            if (!MediaSessions.canAnswer(request.body())) {
                throw new RefusedException(Refusal.NO_COMMON_MEDIA);
            }
            if (leg.role != Role.PARKED) {
                // What it shall hear is the place, and that is known when it is written; or the PIN that is to be entered.
                sdp = media.answer(session, leg.id, request.body());
                turn.media().playOnceWritten(session, leg);
            } else {
                sdp = media.answerWithMusic(session, leg.id, request.body(), Hearing.of(call, leg));
            }
        } else {
            sdp = media.offerMusic(session);
        }
        turn.accept(invite, leg, sdp, Turn.sessionTimer(request));
    }

    /** The ACK of a leg that we play music to, with its answer to our offer. */
    public void answeredInAck(Turn turn, Leg leg, String sdp) {
        leg.answers(sdp);
        startMusic(turn, turn.call().music, leg);
    }

    /** A caller without music is still a caller: it is tried again. */
    private void startMusic(Turn turn, String session, Leg leg) {
        try {
            media.startMusic(session, leg.id, leg.remoteSdp, Hearing.of(turn.call(), leg));
        } catch (MediaUnavailableException e) {
            LOG.atWarn()
                    .addKeyValue("call", turn.call().owner())
                    .log("No music yet: {}", String.valueOf(e.getMessage()));
            turn.restoreLater(leg);
        }
    }

    /** Back to the music, after a retrieve that came to nothing. The place is still held. */
    public void restore(Turn turn, Leg parked) {
        Call call = turn.call();
        call.timers.remove("restore:" + parked.id);
        if (call.isInviting(parked) || parked.inviteInProgress) {
            turn.restoreLater(parked);
            return;
        }
        String session = turn.media().open();
        String offer;
        try {
            offer = media.offerMusic(session);
        } catch (MediaUnavailableException e) {
            turn.restoreLater(parked);
            return;
        }
        turn.media().close(call.music);
        call.music = session;
        turn.invite(parked, Pending.Purpose.RESTORE, session, offer, "");
    }

    /** The parked party is back. */
    public void restored(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        turn.accepted(pending, parked, reply);
        turn.media().close(turn.call().media);
        turn.call().media = "";
        startMusic(turn, pending.media(), parked);
    }

    /** The parked party does not come back to the music. It is given up only when it says that it is gone. */
    public void notRestored(Turn turn, Pending pending, Leg parked, int status) {
        if (status == 481) {
            turn.remove(parked);
            turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, "");
        } else if (!Retries.later(turn, pending, parked)) {
            turn.settle(pending);
            LOG.atWarn().addKeyValue("call", turn.call().owner()).log("The parked party refuses its music: {}", status);
        }
    }
}
