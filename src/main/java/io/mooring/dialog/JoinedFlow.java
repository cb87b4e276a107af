package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.media.MediaSessions;
import io.mooring.sip.MediaLines;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Requests inside our dialogs that change no park state: hold, resume, refresh, DTMF, text. Two joined legs hear of
 * each other's; a leg that is alone is answered here.
 */
public final class JoinedFlow {
    /** Headers that mean the same on both sides, and are passed on with the body. */
    private static final List<String> PASSED_ON = List.of(
            "Content-Type",
            "Info-Package",
            "Refer-To",
            "Referred-By",
            "Refer-Sub",
            "Event",
            "Subscription-State",
            "Content-Disposition",
            "Accept");

    /** Those who are alone with us. */
    private static final Set<Role> HEARS_US = Set.of(Role.PARKED, Role.ANNOUNCEMENT, Role.ASKED);

    private final MediaSessions media;

    public JoinedFlow(MediaSessions media) {
        this.media = media;
    }

    /** A re-INVITE, or an UPDATE with or without SDP [RFC 3261 14.2, RFC 3311]. */
    public void offered(Turn turn, Leg leg, ServerTransaction request, SipMessage message) {
        Call call = turn.call();
        if (leg.inviteInProgress || call.isInviting(leg) || call.isClaimed()) {
            // A claim is moving the media of this very session.
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        leg.refreshTarget(message);
        String timer = Turn.sessionTimer(message);
        if (!message.hasSdp()) {
            if (message.method().equals("UPDATE")) {
                turn.accept(request, leg, "", timer);
            } else if (leg.localSdp.isEmpty()) {
                // Media that never passed through us: we have nothing to offer.
                throw new RefusedException(Refusal.NO_COMMON_MEDIA);
            } else {
                turn.accept(request, leg, leg.localSdp, timer);
            }
            return;
        }
        if (!leg.localSdp.isEmpty()
                && !leg.remoteSdp.isEmpty()
                && Sdp.parse(message.body()).sameVersionAs(Sdp.parse(leg.remoteSdp))) {
            turn.accept(request, leg, leg.localSdp, timer);
            return;
        }
        leg.mediaLines = new ArrayList<>(MediaLines.of(message.body()));
        Optional<Leg> peer = call.peerOf(leg);
        if (peer.isPresent()) {
            if (call.isInviting(peer.get()) || peer.get().inviteInProgress) {
                throw new RefusedException(Refusal.IN_PROGRESS);
            }
            leg.inviteInProgress = true;
            leg.offeredSdp = message.body();
            String sdp = call.media.isEmpty()
                    ? message.body()
                    : media.offerAtSamePort(call.media, leg.id, peer.get().id, message.body(), peer.get().codecs());
            turn.invite(peer.get(), Pending.Purpose.RELAY, call.media, sdp, "", request, leg);
        } else if (!call.music.isEmpty() && HEARS_US.contains(leg.role)) {
            turn.media().replayed(call.music, leg);
            String answer = media.answerWithMusic(call.music, leg.id, message.body(), Hearing.of(call, leg));
            leg.remoteSdp = message.body();
            turn.accept(request, leg, answer, timer);
        } else {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
    }

    /** The answer to a re-INVITE without offer stands in its ACK: when it brings something new, the peer hears of it. */
    public void answeredInAck(Turn turn, Leg leg, String answer) {
        Call call = turn.call();
        if (answer.isEmpty() || Sdp.parse(answer).sameVersionAs(Sdp.parse(leg.remoteSdp))) {
            return;
        }
        leg.answers(answer);
        call.peerOf(leg).filter(peer -> !call.isInviting(peer)).ifPresent(peer -> updatePeer(turn, leg, peer));
    }

    /** Has the peer follow what a leg last said of its media. */
    public void updatePeer(Turn turn, Leg leg, Leg peer) {
        String session = turn.call().media;
        String sdp = session.isEmpty()
                ? leg.remoteSdp
                : media.offerAtSamePort(session, leg.id, peer.id, leg.remoteSdp, peer.codecs());
        turn.invite(peer, Pending.Purpose.UPDATE_PEER, session, sdp, "");
    }

    public void peerUpdated(Turn turn, Pending pending, Leg peer, SipMessage reply) {
        turn.accepted(pending, peer, reply);
        Call call = turn.call();
        call.peerOf(peer).ifPresent(leg -> {
            if (!pending.media().isEmpty()) {
                String before = leg.localSdp;
                leg.localSdp = media.answer(pending.media(), leg.id, peer.id, peer.remoteSdp);
                boolean moved = !before.isEmpty() && !Sdp.parse(leg.localSdp).sameAddressAs(Sdp.parse(before));
                if (moved && !call.isInviting(leg) && !leg.inviteInProgress) {
                    // rtpengine had lost the session: this one has to send elsewhere, too.
                    updatePeer(turn, peer, leg);
                }
            }
        });
    }

    public void peerNotUpdated(Turn turn, Pending pending, Leg peer, int status) {
        if (status != 491 || !Retries.later(turn, pending, peer)) {
            turn.settle(pending);
        }
    }

    /** INFO, MESSAGE, and in a directly joined call REFER and NOTIFY: passed on, with a CSeq number of the other leg. */
    public void passOn(Turn turn, Leg leg, ServerTransaction request, SipMessage message) {
        Optional<Leg> peer = turn.call().peerOf(leg);
        if (peer.isEmpty()) {
            turn.answer(request, leg, 200, "", "");
            return;
        }
        var headers = new StringBuilder();
        for (String name : PASSED_ON) {
            message.headers(name).forEach(v -> headers.append(name).append(": ").append(v).append("\r\n"));
        }
        turn.request(
                peer.get(),
                message.method(),
                headers.toString(),
                message.body(),
                Pending.Purpose.RELAY,
                request,
                leg);
    }

    /** The outcome of a request that was passed on goes back to who sent it. */
    public void relayed(Turn turn, Pending pending, Leg peer, SipMessage reply) {
        turn.settle(pending);
        ServerTransaction request = pending.answers();
        Leg leg = turn.call().legById(pending.answersLeg());
        boolean accepted = reply.status() < 300;
        boolean offer = pending.method().equals("INVITE");
        if (accepted && offer) {
            turn.accepted(pending, peer, reply);
        }
        if (leg == null || request == null) {
            return;
        }
        if (accepted && offer) {
            leg.remoteSdp = leg.offeredSdp;
            String answer = pending.media().isEmpty()
                    ? peer.remoteSdp
                    : media.answer(pending.media(), leg.id, peer.id, peer.remoteSdp);
            turn.accept(request, leg, answer, "");
        } else {
            // 408 would end the dialog of a phone whose hold is only late [RFC 3261 12.2.1.2].
            int status = reply.status() == 408 ? 504 : reply.status();
            turn.answer(request, leg, status, reply.reason(), "", "");
        }
    }

    /** No reply to a request that was passed on. */
    public void notRelayed(Turn turn, Pending pending) {
        turn.settle(pending);
        ServerTransaction request = pending.answers();
        Leg leg = turn.call().legById(pending.answersLeg());
        if (leg != null && request != null) {
            turn.refuse(request, leg, Refusal.PARTY_TIMEOUT);
        }
    }

    /** What we can do, for who asks [RFC 3261 11]. */
    public void capabilities(Turn turn, Leg leg, ServerTransaction request) {
        turn.answer(request, leg, 200, Sip.successHeaders(leg, "Accept: application/sdp\r\n"), "");
    }
}
