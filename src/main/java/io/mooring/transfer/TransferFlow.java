package io.mooring.transfer;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Privacy;
import io.mooring.dialog.Retries;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipUri;
import org.jspecify.annotations.Nullable;

/**
 * A REFER to an ordinary number on a leg of ours: we are the transferor's peer, so we place the new call, through the
 * edge, and join the party that stays to it [RFC 3515, RFC 5589]. Until the target answers the two go on talking.
 */
public final class TransferFlow {
    private static final long RING_MILLIS = 60_000;

    private final MediaSessions media;
    private final Directory directory;
    private final String edgeToken;

    public TransferFlow(MediaSessions media, Directory directory, String edgeToken) {
        this.media = media;
        this.directory = directory;
        this.edgeToken = edgeToken;
    }

    /**
     * Calls the target. Only the tenant's own extensions: a transfer is no way to dial out at the tenant's cost.
     */
    public void begin(Turn turn, Leg transferor, ServerTransaction refer, SipMessage request) {
        Call call = turn.call();
        Leg stays = call.peerOf(transferor).orElseThrow(() -> new RefusedException(Refusal.NOT_SUPPORTED_HERE));
        if (call.pendingFor(Pending.Purpose.DIAL).isPresent() || call.isInviting(stays) || stays.inviteInProgress) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        SipUri target = NameAddr.parse(request.required("refer-to")).sipUri();
        String extension = target.plainUser();
        if (!directory.hasExtension(call.tenant, extension)) {
            boolean code = extension.startsWith("*") || extension.startsWith("#");
            throw new RefusedException(code ? Refusal.UNKNOWN_CODE : Refusal.NOT_ALLOWED);
        }
        if (stays.remoteSdp.isEmpty()) {
            throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
        Leg called = Legs.calling(
                transferor, Privacy.shown(stays).toString(), SipUri.parse("sip:" + extension + "@" + call.tenant),
                Role.TARGET);
        called.user = extension;
        call.legs.put(called.id, called);

        String session = turn.media().open();
        String offer = media.offer(session, stays.id, Sdp.unheld(stays.remoteSdp), stays.codecs());
        boolean quiet = request.header("refer-sub").map("false"::equalsIgnoreCase).orElse(false);
        transferor.notifies = !quiet;
        transferor.transferring = true;
        turn.own(called);
        turn.answer(refer, transferor, 202, Sip.acceptHeaders(transferor), "");
        turn.notify(transferor, 100, "Trying", false);
        String replaces = target.headers().get("replaces");
        turn.open(
                called,
                Pending.Purpose.DIAL,
                session,
                offer,
                "X-Mooring-Key: " + edgeToken + "\r\nReferred-By: " + Privacy.shown(transferor) + "\r\n"
                        + (stays.withheld ? "Privacy: id\r\n" : "")
                        + (replaces == null ? "" : "Replaces: " + replaces + "\r\n"),
                RING_MILLIS);
    }

    /** The target answered: the party that stays is moved to it. The transferor is let go only when that is done. */
    public void answered(Turn turn, Pending pending, Leg target, SipMessage reply) {
        Call call = turn.call();
        turn.settle(pending);
        Legs.answered(target, reply, pending.sdp());
        Leg stays = staying(call);
        if (stays == null || call.isInviting(stays)) {
            dropTarget(turn, pending.media(), target, 480, "Temporarily Unavailable");
            return;
        }
        String answer;
        try {
            answer = media.answer(pending.media(), stays.id, target.id, reply.body());
        } catch (MediaUnavailableException e) {
            dropTarget(turn, pending.media(), target, 503, Refusal.MEDIA_UNAVAILABLE.text());
            return;
        }
        turn.invite(stays, Pending.Purpose.JOIN, pending.media(), answer, Sip.identity(target));
    }

    /** A target that was answered for nothing is hung up; the two parties go on, if they are still two. */
    private void dropTarget(Turn turn, String session, Leg target, int status, String reason) {
        turn.hangUp(target, "");
        turn.media().close(session);
        giveUp(turn, status, reason);
    }

    private static void giveUp(Turn turn, int status, String reason) {
        turn.call().legs.values()
                .stream()
                .filter(leg -> leg.transferring)
                .findFirst()
                .ifPresentOrElse(
                        transferor -> {
                            transferor.transferring = false;
                            turn.notify(transferor, status, reason, true);
                        },
                        () -> turn.end(CallState.ENDED, Refusal.CALLER_GONE, ""));
    }

    private static @Nullable Leg staying(Call call) {
        return call.legs.values()
                .stream()
                .filter(leg -> leg.role != Role.TARGET && !leg.transferring)
                .filter(leg -> leg.role != Role.PARKER || call.state == CallState.FAILED)
                .findFirst()
                .orElse(null);
    }

    /** The target is busy, absent, or does not answer: the two parties go on. */
    public void refused(Turn turn, Pending pending, Leg target, int status, String reason) {
        turn.settle(pending);
        turn.media().close(pending.media());
        turn.remove(target);
        giveUp(turn, status, reason);
    }

    /** Nobody answered in time. */
    public void timedOut(Turn turn, Pending pending, Leg target) {
        turn.cancel(target, pending);
        refused(turn, pending, target, 408, "Request Timeout");
    }

    /** The party that stays has taken the target's media: now the transferor may go. */
    public void joined(Turn turn, Pending pending, Leg stays, SipMessage reply, JoinedFlow joinedFlow) {
        Call call = turn.call();
        boolean moved = !Sdp.parse(reply.body()).sameVersionAs(Sdp.parse(stays.remoteSdp));
        turn.accepted(pending, stays, reply);
        Leg target = call.leg(Role.TARGET).orElseThrow(() -> new IllegalStateException("a join without a target"));
        call.legs.values().stream().filter(leg -> leg.transferring).findFirst().ifPresent(transferor -> {
            transferor.role = Role.PARKER;
            transferor.transferring = false;
            turn.notify(transferor, 200, "OK", true);
            turn.expectBye(transferor);
        });
        stays.role = Role.PARKED;
        target.role = Role.RETRIEVER;
        if (call.state == CallState.FAILED) {
            call.become(CallState.RETRIEVED);
        }
        turn.media().close(call.media);
        call.media = pending.media();
        call.takenBy(target);
        if (moved) {
            joinedFlow.updatePeer(turn, stays, target);
        }
    }

    public void notJoined(Turn turn, Pending pending, Leg stays, int status) {
        if (status == 491 && Retries.later(turn, pending, stays)) {
            return;
        }
        turn.settle(pending);
        if (status == 481) {
            turn.media().close(pending.media());
            turn.remove(stays);
            turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
            return;
        }
        turn.call()
                .leg(Role.TARGET)
                .ifPresent(target -> dropTarget(turn, pending.media(), target, status, "Not joined"));
    }
}
