package io.mooring.recall;

import io.mooring.call.BusyUsers;
import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Privacy;
import io.mooring.dialog.Retries;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.park.ParkFlow;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import java.util.List;
import java.util.Set;

/**
 * A call that nobody picks up: its plan is carried out stage by stage. While phones ring the parked party hears its music, and anybody
 * entitled may retrieve the call, which stops the ringing. Who answers first gets it, by the compare-and-set of the turn.
 */
public final class RecallFlow {
    /** Somebody is busy with the call: looked at again after this long. */
    static final long AGAIN_MILLIS = 2_000;

    /** Phones that their edge has forgotten are looked for again after this long. */
    private static final long REGISTERING_MILLIS = 5_000;

    /** Whether somebody who talked has hung up is looked at again after this long. */
    private static final long BUSY_MILLIS = 15_000;

    /** An offer that is made again rings this long at the least. */
    private static final long SHORTEST_RING_MILLIS = 10_000;

    /** No phone is registered there, or there is no such user. */
    private static final Set<Integer> ABSENT = Set.of(404, 410, 480);

    private final MediaSessions media;
    private final ParkFlow park;
    private final JoinedFlow joined;
    private final Directory directory;
    private final BusyUsers busy;
    private final Metrics metrics;
    private final RecallInvite invite;
    private final Farewell farewell;

    /**
     * @param busy who talks
     * @param edgeToken marks the INVITEs that we place through the edges
     * @param farewell what comes after the last stage
     */
    public RecallFlow(MediaSessions media, ParkFlow park, JoinedFlow joined, Directory directory, BusyUsers busy,
            Metrics metrics, String edgeToken, Farewell farewell) {
        this.media = media;
        this.park = park;
        this.joined = joined;
        this.directory = directory;
        this.busy = busy;
        this.metrics = metrics;
        this.farewell = farewell;
        this.invite = new RecallInvite(media, edgeToken);
    }

    /** The wait of a stage is over. */
    public void due(Turn turn) {
        Call call = turn.call();
        call.timers.remove(Call.RECALL);
        switch (call.state) {
            case PARKED -> ring(turn);
            case CONNECTING, RETRIEVED, RECALLED -> call.timers.put(Call.RECALL, turn.nowMillis() + AGAIN_MILLIS);
            default -> {}
        }
    }

    /** The INVITEs of a stage may have gone to nobody: what rings all the same is cancelled, and the stage begins again. */
    public void unsent(Turn turn) {
        Call call = turn.call();
        if (call.state == CallState.RECALLING) {
            turn.stopRinging();
            call.become(CallState.PARKED);
            call.timers.remove(Call.RECALL);
            turn.count(() -> metrics.recall("unsent"));
            ring(turn);
        }
    }

    /**
     * The edge that had these INVITEs has started anew and knows nothing of them: the phones are rung again, and nothing of the plan is
     * used up. A phone that rings yet cannot be told to stop; if it is answered, that counts.
     *
     * @param legs ids of the legs that were called with them
     * @return false when they do not matter any more
     */
    public boolean orphaned(Turn turn, Set<String> legs) {
        Call call = turn.call();
        List<Pending> orphans = call.pending.values()
                .stream()
                .filter(pending -> pending.purpose() == Pending.Purpose.RECALL && legs.contains(pending.leg()))
                .toList();
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (orphans.isEmpty() || parked == null) {
            return false;
        }
        turn.count(() -> metrics.recall("orphaned"));
        orphans.forEach(pending -> call.pending.put(pending.key(), pending.as(Pending.Purpose.RECALL_ORPHANED)));
        if (!isBusy(call, parked)) {
            orphans.forEach(pending -> ringAgain(turn, parked, pending));
        } else if (call.pendingFor(Pending.Purpose.RECALL).isEmpty()) {
            ringLater(turn, AGAIN_MILLIS);
        }
        return true;
    }

    private void ringAgain(Turn turn, Leg parked, Pending orphan) {
        Call call = turn.call();
        Leg called = call.legById(orphan.leg());
        if (called == null) {
            return;
        }
        if (call.offeredTo.isEmpty()) {
            invite.ring(turn, parked, called.user, stage(call).ringMillis(), false);
            turn.rings();
        } else {
            long left = call.timers.getOrDefault("pending:" + orphan.key(), 0L) - turn.nowMillis();
            invite.ring(turn, parked, called.user, Math.max(left, SHORTEST_RING_MILLIS), false);
        }
    }

    /** The same stage once more; an offer has come to its end. */
    private static void ringLater(Turn turn, long millis) {
        Call call = turn.call();
        call.become(CallState.PARKED);
        if (call.offeredTo.isEmpty()) {
            call.timers.put(Call.RECALL, turn.nowMillis() + millis);
        } else {
            call.endOffer(turn.nowMillis());
        }
    }

    private void ring(Turn turn) {
        Call call = turn.call();
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (parked == null || isBusy(call, parked)) {
            call.timers.put(Call.RECALL, turn.nowMillis() + AGAIN_MILLIS);
            return;
        }
        RecallPlan plan = call.terms.recall();
        if (plan.rotatesAt(call.recallStage)) {
            String park = call.id + ":" + call.parkedAtMillis;
            call.terms = call.terms.with(plan.rotated(directory.turn(call.tenant, plan.rotation().group(), park)));
        }
        RecallPlan.Stage stage = stage(call);
        boolean idleOnly = stage.idleOnly() && !hasWaitedLongForTheBusy(turn);
        Set<String> talking = idleOnly ? busy.among(call.tenant, stage.extensions()) : Set.of();
        List<String> rung = stage.extensions().stream().filter(extension -> !talking.contains(extension)).toList();
        if (rung.isEmpty()) {
            everybodyTalks(turn);
            return;
        }
        rung.forEach(extension -> invite.ring(turn, parked, extension, stage.ringMillis(), idleOnly));
        turn.rings();
        call.become(CallState.RECALLING);
    }

    private static RecallPlan.Stage stage(Call call) {
        return call.terms.recall().stages().get(call.recallStage);
    }

    /** An edge may take for a call what two phones have long left without a BYE: then the phone itself shall say what it is. */
    private static boolean hasWaitedLongForTheBusy(Turn turn) {
        Call call = turn.call();
        return call.busySinceMillis > 0
                && turn.nowMillis() - call.busySinceMillis >= Math.max(stage(call).waitMillis(), BUSY_MILLIS);
    }

    /** Who is to be rung talks. Others come next at once; when nobody else does, that one is waited for, and the stage is not used up. */
    private void everybodyTalks(Turn turn) {
        Call call = turn.call();
        turn.count(() -> metrics.recall("busy"));
        List<RecallPlan.Stage> stages = call.terms.recall().stages();
        boolean othersFollow = stages.subList(call.recallStage, stages.size())
                .stream()
                .anyMatch(later -> !later.extensions().equals(stage(call).extensions()));
        if (othersFollow) {
            nextStage(turn);
            return;
        }
        if (call.busySinceMillis == 0) {
            call.busySinceMillis = turn.nowMillis();
        }
        call.timers.put(Call.RECALL, turn.nowMillis() + BUSY_MILLIS);
    }

    /**
     * Rings an extension because somebody asked for it. The plan rests meanwhile; phones that it rings stop, and are rung again when this
     * comes to nothing.
     *
     * @throws RefusedException when somebody is busy with the call
     */
    public void offer(Turn turn, String extension, long ringMillis) {
        Call call = turn.call();
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (!call.state.isWaiting() || !call.offeredTo.isEmpty() || parked == null) {
            throw new RefusedException(Refusal.BEING_RETRIEVED,
                    call.state.isWaiting() ? call.offeredTo : call.takenBy());
        }
        if (isBusy(call, parked)) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        if (call.state == CallState.RECALLING) {
            turn.stopRinging();
            call.become(CallState.PARKED);
        }
        Long planned = call.timers.remove(Call.RECALL);
        call.plannedRecallMillis = planned == null ? 0 : planned;
        call.offeredTo = extension;
        invite.ring(turn, parked, extension, ringMillis, false);
        call.become(CallState.RECALLING);
    }

    private static boolean isBusy(Call call, Leg parked) {
        return parked.remoteSdp.isEmpty() || parked.inviteInProgress || parked.awaitsAck || call.isInviting(parked);
    }

    /** Somebody has picked it up: the others stop ringing, and the parked party is moved to that phone. */
    public void answered(Turn turn, Pending pending, Leg called, SipMessage reply) {
        Call call = turn.call();
        turn.settle(pending);
        called.remoteTag = reply.to().tag();
        called.routeSet.addAll(Legs.routesOfAnswer(called.socket, reply));
        called.nextHop = "";
        called.refreshTarget(reply);
        called.learnAllowed(reply);
        called.withheld = Privacy.isAskedFor(reply);
        called.localSdp = pending.sdp();
        called.says(reply.body());
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (!call.state.isWaiting() || parked == null || call.isInviting(parked) || parked.inviteInProgress) {
            drop(turn, pending, called, Refusal.IN_PROGRESS);
            return;
        }
        String answer;
        try {
            answer = media.answer(pending.media(), parked.id, called.id, reply.body());
        } catch (MediaUnavailableException e) {
            drop(turn, pending, called, Refusal.MEDIA_UNAVAILABLE);
            return;
        }
        turn.stopRinging();
        call.become(CallState.CONNECTING);
        call.takenBy(called);
        turn.invite(parked, Pending.Purpose.RECALL_JOIN, pending.media(), answer, Sip.identity(called));
    }

    /** A phone that was answered for nothing. When the fault is ours, the stage is not used up: it would be the caller's last. */
    private void drop(Turn turn, Pending pending, Leg called, Refusal refusal) {
        Call call = turn.call();
        turn.media().close(pending.media());
        turn.hangUp(called, Sip.refusalHeaders(refusal));
        if (call.state == CallState.RECALLING && call.pendingFor(Pending.Purpose.RECALL).isEmpty()) {
            ringLater(turn, AGAIN_MILLIS);
        }
    }

    /** A phone is busy, absent, or does not want it. */
    public void refused(Turn turn, Pending pending, Leg called, SipMessage reply) {
        refused(turn, pending, called, reply.status(), isRegistering(reply), isBusy(reply));
    }

    /** The edge has not rung the phone, because its user talks. A phone that says 486 by itself may have been told to. */
    private static boolean isBusy(SipMessage reply) {
        return reply.status() == 486
                && reply.header("reason").filter(reason -> reason.startsWith("X-Mooring;")).isPresent();
    }

    /** The edge says that the phone is not there, and that it has started a moment ago: its phones come back by and by. */
    private static boolean isRegistering(SipMessage reply) {
        return ABSENT.contains(reply.status())
                && reply.header("retry-after").isPresent()
                && reply.header("reason").filter(reason -> reason.startsWith("X-Mooring;")).isPresent();
    }

    private void refused(Turn turn, Pending pending, Leg called, int status, boolean registering, boolean talks) {
        Call call = turn.call();
        turn.settle(pending);
        turn.media().close(pending.media());
        turn.remove(called);
        turn.count(() -> metrics.recall("refused-" + status / 100 + "xx"));
        if (call.state != CallState.RECALLING || pending.purpose() == Pending.Purpose.RECALL_ORPHANED) {
            return;
        }
        if (!call.offeredTo.isEmpty()) {
            goOn(turn);
            return;
        }
        RecallPlan.Stage stage = stage(call);
        Leg parked = call.leg(Role.PARKED).orElse(null);
        if (talks && call.pendingFor(Pending.Purpose.RECALL).isEmpty()) {
            call.become(CallState.PARKED);
            everybodyTalks(turn);
        } else if (ABSENT.contains(status) && !stage.fallback().isEmpty() && !called.user.equals(stage.fallback())
                && parked != null) {
            invite.ring(turn, parked, stage.fallback(), stage.ringMillis(), false);
        } else if (registering && call.pendingFor(Pending.Purpose.RECALL).isEmpty()
                && (isLastStage(call) || mayRing(call, called.user))) {
            ringLater(turn, REGISTERING_MILLIS);
        } else {
            goOn(turn);
        }
    }

    private static boolean isLastStage(Call call) {
        return call.recallStage + 1 >= call.terms.recall().stages().size();
    }

    /** Its phone was rung by an edge that has started anew since. */
    private static boolean mayRing(Call call, String extension) {
        return call.pending.values()
                .stream()
                .filter(pending -> pending.purpose() == Pending.Purpose.RECALL_ORPHANED)
                .map(pending -> call.legById(pending.leg()))
                .anyMatch(leg -> leg != null && leg.user.equals(extension));
    }

    /** It has rung long enough. */
    public void unanswered(Turn turn, Pending pending, Leg called) {
        turn.cancel(called, pending);
        refused(turn, pending, called, 408, false, false);
    }

    /** To the next stage, when no phone rings any more; after the last one the call ends. */
    private void goOn(Turn turn) {
        Call call = turn.call();
        if (call.state != CallState.RECALLING || call.pendingFor(Pending.Purpose.RECALL).isPresent()) {
            return;
        }
        call.become(CallState.PARKED);
        nextStage(turn);
    }

    private void nextStage(Turn turn) {
        Call call = turn.call();
        if (!call.offeredTo.isEmpty()) {
            call.endOffer(turn.nowMillis());
            return;
        }
        call.recallStage++;
        call.busySinceMillis = 0;
        if (call.recallStage >= call.terms.recall().stages().size()) {
            farewell.begin(turn);
        } else {
            call.scheduleRecall(turn.nowMillis());
        }
    }

    /** The parked party has taken the media of the phone that answered. */
    public void joined(Turn turn, Pending pending, Leg parked, SipMessage reply) {
        Call call = turn.call();
        boolean moved = !Sdp.parse(reply.body()).sameAddressAs(Sdp.parse(parked.remoteSdp));
        turn.accepted(pending, parked, reply);
        Leg called = call.leg(Role.RECALL).orElse(null);
        if (called == null || call.state != CallState.CONNECTING) {
            // It has hung up meanwhile: the parked party is not punished for it.
            turn.media().close(pending.media());
            park.restore(turn, parked);
            return;
        }
        called.role = Role.RETRIEVER;
        call.offeredTo = "";
        call.plannedRecallMillis = 0;
        call.become(CallState.RECALLED);
        call.parkedAtMillis = 0;
        call.media = pending.media();
        turn.media().close(call.music);
        call.music = "";
        turn.place().free();
        if (moved) {
            joined.updatePeer(turn, parked, called);
        }
        turn.count(() -> metrics.recall("ok"));
    }

    /** The parked party refuses the media, or does not answer: it keeps its music, and the phone is hung up. */
    public void notJoined(Turn turn, Pending pending, Leg parked, int status) {
        Call call = turn.call();
        if (status == 491 && Retries.later(turn, pending, parked)) {
            return;
        }
        turn.settle(pending);
        turn.media().close(pending.media());
        if (status == 481) {
            turn.remove(parked, Refusal.CALLER_GONE);
            turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, Sip.refusalHeaders(Refusal.CALLER_GONE));
            return;
        }
        if (status == 408) {
            turn.expectLate(pending);
        }
        call.leg(Role.RECALL).filter(called -> call.state == CallState.CONNECTING).ifPresent(called -> {
            turn.hangUp(called, Sip.refusalHeaders(Refusal.PARTY_DID_NOT_ANSWER));
            backToParked(turn);
        });
    }

    /** The phone that answered has hung up before the parked party was moved to it. */
    public void hungUp(Turn turn, Leg called) {
        turn.remove(called);
        backToParked(turn);
    }

    private void backToParked(Turn turn) {
        turn.call().retriever = "";
        turn.call().become(CallState.PARKED);
        nextStage(turn);
    }
}
