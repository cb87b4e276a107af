package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallControl;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.HandledEvent;
import io.mooring.call.Leg;
import io.mooring.call.ParkRequest;
import io.mooring.call.Pending;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.Watch;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.EdgeEventHandler;
import io.mooring.edge.UnavailableException;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.park.AttendedPark;
import io.mooring.park.ParkFlow;
import io.mooring.recall.Farewell;
import io.mooring.recall.RecallFlow;
import io.mooring.recall.Reminder;
import io.mooring.retrieve.PinCheck;
import io.mooring.retrieve.PinFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Replaces;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallEvents;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.PinTries;
import io.mooring.store.RingingInvites;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.WatchStore;
import io.mooring.transfer.TransferFlow;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every event of every edge comes through here: find the call, make one turn on it, write it, answer. Nothing is kept
 * between two events but in Redis, so that each may come at another node.
 */
public final class EventRouter implements EdgeEventHandler {
    private static final Logger LOG = LoggerFactory.getLogger(EventRouter.class);

    /** Turns that lose against others are made again; more than this many in a row is no coincidence. */
    private static final int ATTEMPTS = 8;

    private static final int ID_LENGTH = 12;

    /** What a park that a program orders may take beside the parked party's answer: that of a 491 twice, and a node that died. */
    private static final long PARK_MILLIS = 10_000;

    private final Vertx vertx;
    private final CallStore store;
    private final Directory directory;
    private final ParkFlow park;
    private final Replies replies;
    private final Turns turns;
    private final Edges beside;
    private final Schedule schedule;
    private final RingingWatch ringing;
    private final Claims claims;
    private final ParkTargets targets;
    private final Refusals refusals;
    private final SpokenRefusals spoken;
    private final OwnedDialogs owned;
    private final Commands commands;
    private final PinEntries pins;
    private final Lamps lamps;
    private final MediaAgain mediaAgain;
    private final Subscriptions subscriptions;

    /**
     * @param edgeToken shared with the edges; marks the INVITEs that we place through them
     * @param reinviteTimeoutMillis how long a device may take to answer a request of ours
     */
    public EventRouter(
            Vertx vertx,
            CallStore store,
            CallEvents events,
            DueTimes times,
            RingingInvites ringingInvites,
            PinTries pinTries,
            WatchStore watches,
            MediaSessions media,
            Directory directory,
            EdgeClient edges,
            Metrics metrics,
            Clock clock,
            String edgeToken,
            long reinviteTimeoutMillis) {
        this.vertx = vertx;
        this.store = store;
        this.directory = directory;
        this.park = new ParkFlow(media, directory, metrics);
        var retrieve = new RetrieveFlow(media, park, metrics);
        var joined = new JoinedFlow(media);
        var transfer = new TransferFlow(media, directory, edgeToken);
        var farewell = new Farewell(media, metrics);
        this.beside = new Edges(store, edges);
        var ongoing = new OngoingCalls(store, directory, edges, beside);
        var recall = new RecallFlow(media, park, joined, directory, ongoing::talking, metrics, edgeToken, farewell);
        var hangUp = new HangUp(retrieve, recall, metrics);
        var probes = new Probes(hangUp, metrics);
        var attended = new AttendedPark(media, directory, park, metrics, edgeToken);
        this.replies = new Replies(park, retrieve, joined, attended, transfer, recall, hangUp, probes);
        this.lamps = new Lamps(vertx, watches, store, directory, edges, beside, metrics, clock);
        this.subscriptions = new Subscriptions(watches, store, directory, lamps, metrics);
        this.turns = new Turns(store, times, ringingInvites, media, edges, beside, clock, lamps::changed,
                new Notices(vertx, directory, edges, edgeToken),
                reinviteTimeoutMillis);
        var pinCheck = new PinCheck(vertx, pinTries);
        this.refusals = new Refusals(metrics, events, directory, clock);
        this.pins = new PinEntries(store, new PinFlow(media, park, pinCheck), retrieve, turns, refusals, this::commit,
                this::follow);
        var timers = new Timers(store, times, turns, beside, replies, park, retrieve, recall,
                new Reminder(), farewell, hangUp, probes, pins,
                metrics,
                this::follow);
        this.schedule = new Schedule(vertx, times, clock, timers::due);
        this.ringing = new RingingWatch(vertx, ringingInvites, edges, beside, clock, timers::orphaned);
        this.claims = new Claims(store, directory, retrieve, pinCheck, pins, turns, this::commit);
        this.targets = new ParkTargets(store, directory, park, new Availability(edges));
        this.spoken = new SpokenRefusals(vertx, directory, store, media, edges);
        var parks = new OrderedParks(vertx, store, park, targets, ongoing, turns,
                PARK_MILLIS + reinviteTimeoutMillis, this::follow);
        this.commands = new Commands(store, directory, recall, pinCheck, turns, parks, this::follow);
        this.mediaAgain = new MediaAgain(store, turns, media, park, joined, metrics, this::follow);
        this.owned = new OwnedDialogs(
                store, directory, park, attended, retrieve, joined, transfer, hangUp, targets, refusals, pins, turns,
                this::commit);
    }

    /** What is due in the calls, and when this node sees to it. */
    Schedule schedule() {
        return schedule;
    }

    /** Whether edges still know what they ring. */
    RingingWatch ringing() {
        return ringing;
    }

    /** Who is asked for a PIN. */
    PinEntries pins() {
        return pins;
    }

    /** What watchers are told. */
    Lamps lamps() {
        return lamps;
    }

    /** What calls need when rtpengine has started anew. */
    MediaAgain mediaAgain() {
        return mediaAgain;
    }

    private void follow(Call call) {
        schedule.follow(call);
    }

    /** What others than phones may do with parked calls; on a context with virtual threads. */
    public CallControl control() {
        return commands;
    }

    @Override
    public List<EdgeAction> handle(EdgeEvent event) {
        try {
            return answer(event);
        } catch (StoreUnavailableException e) {
            throw new UnavailableException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Nothing is told to a phone because of what Redis says, a call that it does not know included, unless it is the primary still. */
    private List<EdgeAction> answer(EdgeEvent event) {
        long beganNanos = System.nanoTime();
        SipMessage message = null;
        try {
            turns.requireTime();
            beside.heardFrom(event.control());
            message = SipMessage.parse(event.message());
            List<EdgeAction> actions = handle(event, message);
            requireReplica(beganNanos, event, message);
            return actions;
        } catch (SipParseException | RefusedException | MediaUnavailableException e) {
            requireReplica(beganNanos, event, message);
            RefusedException refused = Refusals.reason(event, e);
            return aloud(event, message, refused.refusal(), refusals.reply(event, message, refused));
        }
    }

    private void requireReplica(long beganNanos, EdgeEvent event, @Nullable SipMessage message) {
        int slash = event.owner().indexOf('/');
        store.requireReplicaSince(beganNanos, slash < 0 ? event.tenant() : event.owner().substring(0, slash),
                Optional.ofNullable(message).flatMap(it -> it.header("call-id")).map(List::of).orElse(List.of()));
    }

    private List<EdgeAction> handle(EdgeEvent event, SipMessage message) {
        Delivery delivery = Delivery.begin(vertx, store, event, message);
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    return once(event, message, delivery);
                } catch (ConflictException e) {
                    LOG.trace("Again: {}", e.getMessage());
                }
            }
            throw new UnavailableException("too many turns on one call");
        } finally {
            delivery.end();
        }
    }

    private List<EdgeAction> aloud(
            EdgeEvent event, @Nullable SipMessage message, Refusal refusal, List<EdgeAction> refused) {
        return message != null && refused.size() == 1 && refused.getFirst() instanceof EdgeAction.Reply reply
                ? spoken.begin(event, message, refusal, reply).orElse(refused)
                : refused;
    }

    private List<EdgeAction> once(EdgeEvent event, SipMessage message, Delivery delivery) {
        boolean watched = Watch.owns(event.owner());
        if (event.kind() == EdgeEvent.Kind.REPLY) {
            return watched ? subscriptions.reply(event, message) : reply(event, message);
        }
        if (watched) {
            return subscriptions.request(event, message);
        }
        if (message.method().equals("CANCEL")) {
            return cancel(event, message);
        }
        if (!event.owner().isEmpty()) {
            return owned.request(event, message, event.owner());
        }
        return switch (message.method()) {
            case "INVITE" -> newInvite(event, message, delivery);
            case "SUBSCRIBE" -> subscriptions.begin(event, message);
            case "REFER" -> takeOver(event, message, delivery);
            case "BYE" -> List.of(OwnedDialogs.ok(event));
            case "ACK" -> List.of();
            default -> throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        };
    }

    /**
     * A CANCEL may come before its INVITE is written, at another node, or be overtaken by the ACK of the 200 that it crossed:
     * whoever is second sees the other.
     */
    private List<EdgeAction> cancel(EdgeEvent event, SipMessage cancel) {
        store.noteCancel(cancel.callId(), cancel.cseq().number());
        Optional<String> owner = event.owner().isEmpty()
                ? store.dialogOwner(cancel.callId())
                : Optional.of(event.owner());
        return owner.isEmpty() ? List.of() : owned.request(event, cancel, owner.get());
    }

    // --- replies ----------------------------------------------------------------------------------------------------

    private List<EdgeAction> reply(EdgeEvent event, SipMessage reply) {
        if (reply.status() < 200 || event.owner().isEmpty()) {
            return List.of();
        }
        List<EdgeAction> actions = finalReply(event, reply);
        if (!event.isUnmatched()) {
            return actions;
        }
        var acknowledged = new ArrayList<>(List.of(Legs.acknowledge(event, reply)));
        acknowledged.addAll(actions);
        return acknowledged;
    }

    private List<EdgeAction> finalReply(EdgeEvent event, SipMessage reply) {
        String key = Repeats.replyKey(reply);
        return switch (store.load(event.owner(), key)) {
            case CallStore.Found.Nothing _ -> stray(event, reply);
            case CallStore.Found.Before(HandledEvent known) -> Repeats.againReply(event, known);
            case CallStore.Found.Now(Call call) -> reply(event, reply, key, call);
        };
    }

    private List<EdgeAction> reply(EdgeEvent event, SipMessage reply, String key, Call call) {
        Leg leg = call.legOfOurs(reply.callId(), reply.from().tag()).orElse(null);
        if (leg == null || (!leg.remoteTag.isEmpty() && !leg.remoteTag.equals(reply.to().tag()))) {
            return stray(event, reply);
        }
        Pending pending = call.pending.get(leg.id + ":" + reply.cseq().number());
        if (pending == null || call.timers.containsKey("retry:" + pending.key())) {
            return List.of();
        }
        Turn turn = turns.begin(call);
        turns.work(turn, () -> replies.arrived(turn, pending, leg, reply));
        return commit(turn, event, key);
    }

    /** Somebody has taken a call that is no more: a second fork, or an answer that crossed our CANCEL. */
    private static List<EdgeAction> stray(EdgeEvent event, SipMessage reply) {
        if (reply.status() >= 300 || !reply.cseq().method().equals("INVITE")) {
            return List.of();
        }
        return List.of(Legs.hangUpStray(event, reply));
    }

    // --- new dialogs --------------------------------------------------------------------------------------------------

    private List<EdgeAction> takeOver(EdgeEvent event, SipMessage refer, Delivery delivery) {
        Refusals.requireOnly(refer);
        if (refer.to().tag().isEmpty() || event.tenant().isEmpty()) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
        Optional<String> owner = delivery.owner();
        CallStore.Found found = owner.isEmpty()
                ? new CallStore.Found.Nothing()
                : store.load(owner.get(), Repeats.key(refer));
        if (found instanceof CallStore.Found.Before(HandledEvent known)) {
            // Perhaps its call is over by now: of a park and a retrieve that were quicker than the network nothing shall begin anew.
            return Repeats.again(event, known);
        }
        if (found instanceof CallStore.Found.Now(Call other) && !other.state.isOver()) {
            return owned.request(event, refer, owner.get());
        }
        Call call = newCall(event);
        ParkRequest target = targets.of(call, event.user(), event, refer)
                .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_CODE));
        Leg parker = Legs.sender(event, refer, Role.PARKER);
        Leg parked = Legs.receiver(event, refer, Role.PARKED);
        call.legs.put(parked.id, parked);
        call.legs.put(parker.id, parker);
        Turn turn = turns.begin(call);
        turns.workInTime(turn, event, () -> {
            turn.own(parker, parked);
            park.begin(turn, parker, parked, Sip.transaction(event, refer), refer, target);
        });
        return commit(turn, event, Repeats.key(refer));
    }

    private List<EdgeAction> newInvite(EdgeEvent event, SipMessage invite, Delivery delivery) {
        Refusals.requireOnly(invite);
        if (event.tenant().isEmpty() || !invite.to().tag().isEmpty()) {
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }
        Optional<String> owner = delivery.owner();
        if (owner.isEmpty()) {
            return unknownInvite(event, invite);
        }
        return switch (store.load(owner.get(), Repeats.key(invite))) {
            case CallStore.Found.Nothing _ -> unknownInvite(event, invite);
            case CallStore.Found.Before(HandledEvent known) -> Repeats.again(event, known);
            case CallStore.Found.Now(Call call) -> knownInvite(event, invite, call);
        };
    }

    /** Its call is there already, and this INVITE has no answer yet. */
    private List<EdgeAction> knownInvite(EdgeEvent event, SipMessage invite, Call call) {
        Optional<Leg> answered = call.legOf(invite.callId(), invite.from().tag())
                .filter(leg -> call.tenant.equals(event.tenant()) && leg.user.equals(event.user()))
                .filter(leg -> hasMissedOurAnswer(call, leg, invite));
        if (answered.isPresent()) {
            return answerAgain(event, invite, call, answered.get());
        }
        Optional<Leg> claiming = call.legOf(invite.callId(), invite.from().tag()).filter(leg -> leg.claiming);
        if (claiming.isPresent()) {
            return claims.goOn(event, invite, call, claiming.get());
        }
        boolean takesPart = call.legs.values().stream().anyMatch(leg -> leg.callId.equals(invite.callId()));
        // It does not when the INVITE before this one was refused: the phone was told to come again.
        if (takesPart && !call.state.isOver()) {
            throw new RefusedException(Refusal.MERGED);
        }
        return unknownInvite(event, invite);
    }

    /**
     * The edge was killed with our 200; the one that has started since challenges what the phone repeats, and so it comes once more, as a
     * new request with new credentials.
     */
    private static boolean hasMissedOurAnswer(Call call, Leg leg, SipMessage invite) {
        Call.Unacknowledged open = call.unacknowledged.get(leg.id);
        return open != null && open.cseq() < invite.cseq().number() && !leg.localSdp.isEmpty();
    }

    private List<EdgeAction> answerAgain(EdgeEvent event, SipMessage invite, Call call, Leg leg) {
        Turn turn = turns.begin(call);
        turns.work(turn, () -> {
            leg.heardThrough(event.control(), event.socket());
            leg.remoteCseq = invite.cseq().number();
            turn.accept(Sip.transaction(event, invite), leg, leg.localSdp, Turn.sessionTimer(invite));
        });
        return commit(turn, event, Repeats.key(invite));
    }

    private List<EdgeAction> unknownInvite(EdgeEvent event, SipMessage invite) {
        Optional<String> replaces = invite.header("replaces");
        if (replaces.isPresent()) {
            Call reserved = targets.reservation(event.tenant(), Replaces.parse(replaces.get()))
                    .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
            Call call = newCall(event);
            call.reservation = reserved.owner();
            return parkInvite(event, invite, call, ParkTargets.taking(reserved));
        }
        String dialled = SipUri.parse(invite.requestUri()).plainUser();
        return switch (directory.feature(event.tenant(), dialled)) {
            case Feature.Parking parking -> {
                Optional<String> referrer = invite.header("referred-by")
                        .map(value -> NameAddr.parse(value).sipUri())
                        .filter(uri -> directory.isDomain(event.tenant(), uri.host()))
                        .map(SipUri::plainUser)
                        .filter(user -> !user.equals(event.user()));
                ParkRequest target = targets.dialled(event.tenant(), referrer.orElse(event.user()), parking,
                        event.control());
                if (referrer.isPresent()) {
                    yield parkInvite(event, invite, newCall(event), target);
                }
                Call call = newCall(event);
                Leg parker = Legs.called(event, invite, Role.ANNOUNCEMENT);
                Turn turn = newDialog(call, parker);
                turns.workInTime(turn, event,
                        () -> park.announce(turn, parker, Sip.transaction(event, invite), invite, target));
                yield commit(turn, event, Repeats.key(invite));
            }
            case Feature.Retrieve(String number, String pin) -> claims.claim(event, invite, number, pin);
            case Feature.None _ -> {
                if (!Places.isOrbit(dialled)) {
                    throw new RefusedException(Refusal.UNKNOWN_CODE);
                }
                yield claims.claimDialledOrbit(event, invite, dialled);
            }
        };
    }

    private List<EdgeAction> parkInvite(EdgeEvent event, SipMessage invite, Call call, ParkRequest target) {
        Leg parked = Legs.called(event, invite, Role.PARKED);
        Turn turn = newDialog(call, parked);
        turns.workInTime(turn, event,
                () -> park.answerAsParked(turn, parked, Sip.transaction(event, invite), invite, target));
        return commit(turn, event, Repeats.key(invite));
    }

    private Turn newDialog(Call call, Leg leg) {
        call.legs.put(leg.id, leg);
        Turn turn = turns.begin(call);
        turn.own(leg);
        return turn;
    }

    static Call newCall(EdgeEvent event) {
        Call call = new Call();
        call.id = Sip.token(ID_LENGTH);
        call.tenant = event.tenant();
        return call;
    }

    // --- turns ----------------------------------------------------------------------------------------------------------

    private List<EdgeAction> commit(Turn turn, EdgeEvent event, String key) {
        List<EdgeAction> actions = turns.commit(turn, event.control(), event.correlation(), key, this::follow);
        turn.endedReservations().forEach(owner -> endReservation(owner, event.correlation()));
        return actions;
    }

    /** The announcement leg has done its work: its place belongs to the parked call now. */
    private void endReservation(String owner, String correlation) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Call> reserved = store.load(owner);
            if (reserved.isEmpty()) {
                return;
            }
            try {
                Turn turn = turns.begin(reserved.get());
                turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
                turns.commit(turn, "", correlation, "", this::follow);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
    }
}
