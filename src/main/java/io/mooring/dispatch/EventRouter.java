package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
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
import io.mooring.park.ParkFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Replaces;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.mooring.store.StoreUnavailableException;
import io.mooring.transfer.TransferFlow;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
    private static final Set<String> UNDERSTOOD = Set.of("timer", "replaces", "norefersub");

    private final CallStore store;
    private final Directory directory;
    private final Metrics metrics;
    private final ParkFlow park;
    private final RetrieveFlow retrieve;
    private final JoinedFlow joined;
    private final TransferFlow transfer;
    private final HangUp hangUp;
    private final Replies replies;
    private final Turns turns;
    private final Timers timers;
    private final Claims claims;

    /**
     * @param edgeToken shared with the edges; marks the INVITEs that we place through them
     * @param reinviteTimeoutMillis how long a device may take to answer a request of ours
     */
    public EventRouter(
            Vertx vertx,
            CallStore store,
            MediaSessions media,
            Directory directory,
            EdgeClient edges,
            Metrics metrics,
            Clock clock,
            String edgeToken,
            long reinviteTimeoutMillis) {
        this.store = store;
        this.directory = directory;
        this.metrics = metrics;
        this.park = new ParkFlow(media, directory, metrics);
        this.retrieve = new RetrieveFlow(media, park, metrics);
        this.joined = new JoinedFlow(media);
        this.transfer = new TransferFlow(media, directory, edgeToken);
        this.hangUp = new HangUp(retrieve, metrics);
        this.replies = new Replies(park, retrieve, joined, transfer, hangUp);
        this.turns = new Turns(store, media, edges, clock, reinviteTimeoutMillis);
        this.timers = new Timers(vertx, store, turns, replies, park, retrieve, hangUp, clock);
        this.claims = new Claims(store, directory, retrieve, turns, this::commit);
    }

    /** Starts the timers; on a context with virtual threads. */
    public void start() {
        timers.start();
    }

    @Override
    public List<EdgeAction> handle(EdgeEvent event) {
        SipMessage message = null;
        try {
            message = SipMessage.parse(event.message());
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                try {
                    return once(event, message);
                } catch (ConflictException e) {
                    LOG.trace("Again: {}", e.getMessage());
                }
            }
            throw new UnavailableException("too many turns on one call");
        } catch (SipParseException | RefusedException | MediaUnavailableException e) {
            return refusal(event, message, reason(event, e));
        } catch (StoreUnavailableException e) {
            throw new UnavailableException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What is said of a request that could not be carried out. */
    private static Refusal reason(EdgeEvent event, RuntimeException failure) {
        return switch (failure) {
            case RefusedException refused -> refused.refusal();
            case MediaUnavailableException _ -> {
                LOG.atWarn()
                        .addKeyValue("correlation", event.correlation())
                        .log("No media: {}", String.valueOf(failure.getMessage()));
                yield Refusal.MEDIA_UNAVAILABLE;
            }
            case SipParseException _ -> {
                LOG.atInfo()
                        .addKeyValue("correlation", event.correlation())
                        .log("Malformed: {}", String.valueOf(failure.getMessage()));
                yield Refusal.MALFORMED;
            }
            default -> throw failure;
        };
    }

    private List<EdgeAction> refusal(EdgeEvent event, @Nullable SipMessage message, Refusal refusal) {
        if (message != null && message.method().equals("REFER")) {
            metrics.park(refusal.slug());
        } else if (message != null && message.method().equals("INVITE")) {
            metrics.retrieve(refusal.slug());
        }
        if (event.transaction().isEmpty() || (message != null && message.method().equals("CANCEL"))) {
            return List.of();
        }
        return List.of(new EdgeAction.Reply(
                event.transaction(),
                refusal.status(),
                Sip.phrase(refusal.status()),
                Sip.token(ID_LENGTH),
                Sip.refusalHeaders(refusal) + unsupported(message, refusal),
                ""));
    }

    /** What a 420 has to name [RFC 3261 8.2.2.3]. */
    private static String unsupported(@Nullable SipMessage message, Refusal refusal) {
        if (message == null || refusal != Refusal.BAD_EXTENSION) {
            return "";
        }
        return message.list("require")
                .stream()
                .filter(option -> !UNDERSTOOD.contains(option))
                .map(option -> "Unsupported: " + option + "\r\n")
                .collect(Collectors.joining());
    }

    private List<EdgeAction> once(EdgeEvent event, SipMessage message) {
        if (event.kind() == EdgeEvent.Kind.REPLY) {
            return reply(event, message);
        }
        if (message.method().equals("CANCEL")) {
            return cancel(event, message);
        }
        if (!event.owner().isEmpty()) {
            return inOwned(event, message, event.owner());
        }
        return switch (message.method()) {
            case "INVITE" -> newInvite(event, message);
            case "REFER" -> takeOver(event, message);
            case "BYE" -> List.of(ok(event));
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
        return owner.isEmpty() ? List.of() : inOwned(event, cancel, owner.get());
    }

    private static EdgeAction ok(EdgeEvent event) {
        return new EdgeAction.Reply(event.transaction(), 200, "OK", Sip.token(ID_LENGTH), "", "");
    }

    // --- replies ----------------------------------------------------------------------------------------------------

    private List<EdgeAction> reply(EdgeEvent event, SipMessage reply) {
        if (reply.status() < 200 || event.owner().isEmpty()) {
            return List.of();
        }
        Call call = store.load(event.owner()).orElse(null);
        if (call == null) {
            return stray(event, reply);
        }
        String key = reply.callId() + "|" + reply.from().tag() + "|" + reply.to().tag() + "|"
                + reply.cseq().number() + "|reply";
        Optional<Call.Recent> known = call.recent(key);
        if (known.isPresent()) {
            // The edge asks a second node; or a device repeats itself, and has had our answer.
            return known.get().correlation().equals(event.correlation())
                    ? ActionsJson.read(known.get().actions())
                    : List.of();
        }
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

    // --- requests in dialogs that we own ------------------------------------------------------------------------------

    private List<EdgeAction> inOwned(EdgeEvent event, SipMessage request, String owner) {
        Call call = store.load(owner).orElse(null);
        if (call == null) {
            return afterTheEnd(event, request);
        }
        String key = key(request);
        Optional<Call.Recent> known = call.recent(key);
        if (known.isPresent()) {
            return again(event, known.get());
        }
        Leg leg = call.legOf(request.callId(), request.from().tag()).orElse(null);
        if (leg == null || call.state.isOver()) {
            return afterTheEnd(event, request);
        }
        String method = request.method();
        if (method.equals("ACK")) {
            return leg.awaitsAck ? run(event, call, leg, request, "") : List.of();
        }
        Call.Unacknowledged open = call.unacknowledged.get(leg.id);
        if (open != null && request.cseq().number() > open.cseq() && standsForAck(call, leg, method)) {
            return acknowledgedBy(event, call, leg, open, request, key);
        }
        return run(event, call, leg, request, key);
    }

    /**
     * A device that goes on has had our 2xx, whatever became of its ACK. In a call that is closing its ACK brings our BYE, which one
     * that hangs up itself does not need.
     */
    private static boolean standsForAck(Call call, Leg leg, String method) {
        return !method.equals("CANCEL")
                && !leg.offerUnanswered()
                && !(method.equals("BYE") && call.state == CallState.CLOSING);
    }

    /** The ACK that a request stands for, and the request: one turn, under the key of the request. */
    private List<EdgeAction> acknowledgedBy(
            EdgeEvent event, Call call, Leg leg, Call.Unacknowledged open, SipMessage request, String key) {
        long epoch = call.epoch;
        Turn turn = turns.begin(call);
        try {
            turns.work(turn, () -> {
                leg.control = event.control();
                acknowledged(turn, leg, open, "");
                if (!call.legs.containsKey(leg.id)) {
                    throw new RefusedException(Refusal.UNKNOWN_DIALOG);
                }
                inDialog(turn, leg, event, request);
            });
            return commit(turn, event, key);
        } catch (SipParseException | RefusedException | MediaUnavailableException e) {
            return acknowledgedAndRefused(event, call.owner(), epoch, request, key, reason(event, e));
        }
    }

    /** A request that is refused has changed nothing; that our 2xx has arrived is true all the same. */
    private List<EdgeAction> acknowledgedAndRefused(
            EdgeEvent event, String owner, long epoch, SipMessage request, String key, Refusal refusal) {
        Call call = store.load(owner).filter(now -> now.epoch == epoch).orElseThrow(ConflictException::new);
        Leg leg = call.legOf(request.callId(), request.from().tag()).orElseThrow(ConflictException::new);
        Turn turn = turns.begin(call);
        turns.work(turn, () -> {
            leg.control = event.control();
            Call.Unacknowledged open = call.unacknowledged.get(leg.id);
            if (open != null) {
                acknowledged(turn, leg, open, "");
            }
            refusal(event, request, refusal).forEach(reply -> turn.act(event.control(), reply));
        });
        return commit(turn, event, key);
    }

    private List<EdgeAction> run(EdgeEvent event, Call call, Leg leg, SipMessage request, String key) {
        Turn turn = turns.begin(call);
        turns.work(turn, () -> inDialog(turn, leg, event, request));
        return commit(turn, event, key);
    }

    /** The dialog is over: a BYE that crossed ours is welcome, anything else has nobody to go to. */
    private static List<EdgeAction> afterTheEnd(EdgeEvent event, SipMessage request) {
        return switch (request.method()) {
            case "BYE" -> List.of(ok(event));
            case "ACK", "CANCEL" -> List.of();
            default -> throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        };
    }

    /**
     * The same request once more. When it is the same event, at a second node, it gets the same actions; when the device has
     * repeated it after the edge forgot its transaction, it gets the same reply and nothing is sent twice.
     */
    private static List<EdgeAction> again(EdgeEvent event, Call.Recent known) {
        List<EdgeAction> actions = ActionsJson.read(known.actions());
        if (known.correlation().equals(event.correlation())) {
            return actions;
        }
        return actions.stream()
                .filter(EdgeAction.Reply.class::isInstance)
                .map(EdgeAction.Reply.class::cast)
                .<EdgeAction>map(r -> new EdgeAction.Reply(
                        event.transaction(), r.status(), r.reason(), r.toTag(), r.headers(), r.body()))
                .toList();
    }

    static String key(SipMessage request) {
        return request.callId() + "|" + request.from().tag() + "|" + request.cseq().number() + "|" + request.method();
    }

    private void inDialog(Turn turn, Leg leg, EdgeEvent event, SipMessage request) {
        Call call = turn.call();
        String method = request.method();
        long cseq = request.cseq().number();
        leg.control = event.control();
        if (leg.routeSet.isEmpty() && (method.equals("INVITE") || method.equals("UPDATE"))) {
            // After a reconnect or behind a new NAT binding the device is where it sends from.
            leg.nextHop = Sip.uriOf(event.source());
        }
        boolean ordered = Set.of("INVITE", "UPDATE", "REFER").contains(method);
        if (ordered && cseq <= leg.remoteCseq) {
            throw new RefusedException(Refusal.OUT_OF_ORDER);
        }
        if (!method.equals("ACK") && !method.equals("CANCEL")) {
            leg.remoteCseq = Math.max(leg.remoteCseq, cseq);
        }
        ServerTransaction transaction = Sip.transaction(event, request);
        switch (method) {
            case "ACK" -> {
                Call.Unacknowledged open = call.unacknowledged.get(leg.id);
                if (open != null && open.cseq() <= cseq) {
                    acknowledged(turn, leg, open, request.hasSdp() ? request.body() : "");
                }
            }
            case "BYE" -> hangUp.bye(turn, leg, transaction);
            case "CANCEL" -> retrieve.cancelled(turn, leg);
            case "INVITE", "UPDATE" -> {
                requireOnly(request);
                joined.offered(turn, leg, transaction, request);
            }
            case "INFO", "MESSAGE" -> joined.passOn(turn, leg, transaction, request);
            case "OPTIONS" -> joined.capabilities(turn, leg, transaction);
            case "NOTIFY" -> {
                if (call.media.isEmpty() && call.peerOf(leg).isPresent()) {
                    joined.passOn(turn, leg, transaction, request);
                } else {
                    turn.answer(transaction, leg, 200, "", "");
                }
            }
            case "REFER" -> referred(turn, leg, transaction, event, request);
            default -> throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
    }

    /** @param answer the SDP of the ACK; empty when it has none, or when a later request stands for it */
    private void acknowledged(Turn turn, Leg leg, Call.Unacknowledged open, String answer) {
        Call call = turn.call();
        if (call.state == CallState.CLOSING) {
            turn.hangUp(leg, leg.byeHeaders);
            turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
            return;
        }
        boolean first = leg.remoteSdp.isEmpty() || call.peerOf(leg).isEmpty();
        if (leg.role == Role.RETRIEVER && (call.state == CallState.CONNECTING || !call.place.isEmpty())) {
            leg.cancelled |= store.isCancelled(leg.callId, open.cseq());
            retrieve.acknowledged(turn, leg, answer);
            return;
        }
        turn.acknowledged(leg);
        if (first && !answer.isEmpty() && !call.music.isEmpty()) {
            park.answeredInAck(turn, leg, answer);
        } else {
            joined.answeredInAck(turn, leg, answer);
        }
    }

    /** A REFER on a leg that is ours already: to a park code, or elsewhere. */
    private void referred(Turn turn, Leg leg, ServerTransaction transaction, EdgeEvent event, SipMessage refer) {
        Call call = turn.call();
        requireOnly(refer);
        if (leg.role == Role.ANNOUNCEMENT) {
            throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
        boolean settling = call.leg(Role.TARGET).isPresent() || !call.place.isEmpty() || !call.unacknowledged.isEmpty();
        if (!call.state.isJoined() || settling) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        identify(call, leg, event);
        Optional<String> place = parkTarget(call, leg.user, event, refer);
        if (place.isPresent()) {
            Leg parked = call.peerOf(leg).orElseThrow(() -> new RefusedException(Refusal.NOT_SUPPORTED_HERE));
            park.begin(turn, leg, parked, transaction, refer, place.get());
        } else if (call.media.isEmpty()) {
            joined.passOn(turn, leg, transaction, refer);
        } else {
            transfer.begin(turn, leg, transaction, refer);
        }
    }

    /** Who sends on a leg: as the edge authenticated it, else by its address in the dialog, if that is the tenant's. */
    private void identify(Call call, Leg leg, EdgeEvent event) {
        if (!event.user().isEmpty()) {
            leg.user = event.user();
        } else if (leg.user.isEmpty()) {
            SipUri address = NameAddr.parse(leg.remoteAddress).sipUri();
            boolean member = address.host().equals(call.tenant)
                    && directory.hasExtension(call.tenant, address.plainUser());
            leg.user = member ? address.plainUser() : "";
        }
    }

    /**
     * The place that a REFER wants to park at: by code, or by Replaces of the announcement leg that holds one.
     *
     * @return empty when the REFER leads to an ordinary number
     */
    private Optional<String> parkTarget(Call call, String parker, EdgeEvent event, SipMessage refer) {
        SipUri target = NameAddr.parse(refer.required("refer-to")).sipUri();
        String replaces = target.headers().get("replaces");
        if (replaces != null) {
            Optional<Call> reserved = reservation(call.tenant, Replaces.parse(replaces));
            if (reserved.isPresent()) {
                call.reservation = reserved.get().owner();
                return Optional.of(reserved.get().place);
            }
        }
        boolean ours = target.host().equals(call.tenant)
                || event.socket().contains(":" + target.host() + ":");
        Feature feature = ours ? directory.feature(call.tenant, target.plainUser()) : new Feature.None();
        return switch (feature) {
            case Feature.Park(String extension) -> Optional.of(park.place(call.tenant, extension, parker));
            case Feature.Retrieve _ -> throw new RefusedException(Refusal.NOT_A_PARK_CODE);
            case Feature.None _ -> {
                if (replaces != null && target.user().startsWith("leg-")) {
                    throw new RefusedException(Refusal.UNKNOWN_DIALOG);
                }
                yield Optional.empty();
            }
        };
    }

    /** The announcement call whose leg a Replaces names, of the same tenant. */
    private Optional<Call> reservation(String tenant, Replaces replaces) {
        return store.dialogOwner(replaces.callId())
                .filter(owner -> owner.startsWith(tenant + "/"))
                .flatMap(store::load)
                .filter(call -> call.state == CallState.RESERVED && !call.place.isEmpty())
                .filter(call -> call.leg(Role.ANNOUNCEMENT)
                        .filter(leg -> leg.callId.equals(replaces.callId()))
                        .filter(leg -> Set.of(leg.localTag, leg.remoteTag)
                                .equals(Set.of(replaces.toTag(), replaces.fromTag())))
                        .isPresent());
    }

    // --- new dialogs --------------------------------------------------------------------------------------------------

    private List<EdgeAction> takeOver(EdgeEvent event, SipMessage refer) {
        requireOnly(refer);
        if (refer.to().tag().isEmpty() || event.tenant().isEmpty()) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
        Optional<String> owner = store.dialogOwner(refer.callId());
        if (owner.flatMap(store::load).filter(other -> !other.state.isOver()).isPresent()) {
            return inOwned(event, refer, owner.get());
        }
        Call call = newCall(event);
        String place = parkTarget(call, event.user(), event, refer)
                .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_CODE));
        Leg parker = Legs.sender(event, refer, Role.PARKER);
        Leg parked = Legs.receiver(event, refer, Role.PARKED);
        parked.control = event.control();
        call.legs.put(parked.id, parked);
        call.legs.put(parker.id, parker);
        Turn turn = turns.begin(call);
        turns.work(turn, () -> {
            turn.own(parker);
            park.begin(turn, parker, parked, Sip.transaction(event, refer), refer, place);
        });
        return commit(turn, event, key(refer));
    }

    private List<EdgeAction> newInvite(EdgeEvent event, SipMessage invite) {
        requireOnly(invite);
        if (event.tenant().isEmpty() || !invite.to().tag().isEmpty()) {
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }
        Optional<String> known = store.dialogOwner(invite.callId());
        Optional<Call> before = known.flatMap(store::load);
        if (before.isPresent()) {
            Optional<Call.Recent> recent = before.get().recent(key(invite));
            if (recent.isPresent()) {
                return again(event, recent.get());
            }
            Optional<Leg> claiming = before.get()
                    .legOf(invite.callId(), invite.from().tag())
                    .filter(leg -> leg.claiming);
            if (claiming.isPresent()) {
                return claims.goOn(event, invite, before.get(), claiming.get());
            }
            if (!before.get().state.isOver()) {
                throw new RefusedException(Refusal.MERGED);
            }
        }
        Optional<String> replaces = invite.header("replaces");
        if (replaces.isPresent()) {
            Call reserved = reservation(event.tenant(), Replaces.parse(replaces.get()))
                    .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
            Call call = newCall(event);
            call.reservation = reserved.owner();
            return parkInvite(event, invite, call, reserved.parker, reserved.place);
        }
        String dialled = SipUri.parse(invite.requestUri()).plainUser();
        return switch (directory.feature(event.tenant(), dialled)) {
            case Feature.Park(String extension) -> {
                Optional<String> referrer = invite.header("referred-by")
                        .map(value -> NameAddr.parse(value).sipUri())
                        .filter(uri -> uri.host().equals(event.tenant()))
                        .map(SipUri::plainUser)
                        .filter(user -> !user.equals(event.user()));
                if (referrer.isPresent()) {
                    String place = park.place(event.tenant(), extension, referrer.get());
                    yield parkInvite(event, invite, newCall(event), referrer.get(), place);
                }
                String place = park.place(event.tenant(), extension, event.user());
                Call call = newCall(event);
                Leg parker = Legs.called(event, invite, Role.ANNOUNCEMENT);
                Turn turn = newDialog(call, parker);
                turns.work(turn, () -> park.announce(turn, parker, Sip.transaction(event, invite), invite, place));
                yield commit(turn, event, key(invite));
            }
            case Feature.Retrieve(String extension) -> claims.claim(event, invite, extension);
            case Feature.None _ -> throw new RefusedException(Refusal.UNKNOWN_CODE);
        };
    }

    private List<EdgeAction> parkInvite(EdgeEvent event, SipMessage invite, Call call, String parker, String place) {
        Leg parked = Legs.called(event, invite, Role.PARKED);
        Turn turn = newDialog(call, parked);
        turns.work(turn,
                () -> park.answerAsParked(turn, parked, Sip.transaction(event, invite), invite, parker, place));
        return commit(turn, event, key(invite));
    }

    private Turn newDialog(Call call, Leg leg) {
        call.legs.put(leg.id, leg);
        Turn turn = turns.begin(call);
        turn.own(leg);
        return turn;
    }

    private static Call newCall(EdgeEvent event) {
        Call call = new Call();
        call.id = Sip.token(ID_LENGTH);
        call.tenant = event.tenant();
        return call;
    }

    /** Reliable provisional replies and the like are more than we do [RFC 3261 8.2.2.3]. */
    private static void requireOnly(SipMessage request) {
        if (!UNDERSTOOD.containsAll(request.list("require"))) {
            throw new RefusedException(Refusal.BAD_EXTENSION);
        }
    }

    // --- turns ----------------------------------------------------------------------------------------------------------

    private List<EdgeAction> commit(Turn turn, EdgeEvent event, String key) {
        List<EdgeAction> actions = turns.commit(turn, event.control(), event.correlation(), key, timers::follow);
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
                turns.commit(turn, "", correlation, "", timers::follow);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
    }
}
