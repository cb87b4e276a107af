package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.HandledEvent;
import io.mooring.call.Leg;
import io.mooring.call.ParkRequest;
import io.mooring.call.PinEntry;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.media.MediaUnavailableException;
import io.mooring.park.AttendedPark;
import io.mooring.park.ParkFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.DtmfInfo;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.mooring.transfer.TransferFlow;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Requests in dialogs that we own: to which leg of which call, and what the flow is that carries them out. */
final class OwnedDialogs {
    private static final int TAG_LENGTH = 12;

    private final CallStore store;
    private final Directory directory;
    private final ParkFlow park;
    private final AttendedPark attended;
    private final RetrieveFlow retrieve;
    private final JoinedFlow joined;
    private final TransferFlow transfer;
    private final HangUp hangUp;
    private final ParkTargets targets;
    private final Refusals refusals;
    private final PinEntries pins;
    private final Turns turns;
    private final Claims.Commit commit;

    OwnedDialogs(
            CallStore store,
            Directory directory,
            ParkFlow park,
            AttendedPark attended,
            RetrieveFlow retrieve,
            JoinedFlow joined,
            TransferFlow transfer,
            HangUp hangUp,
            ParkTargets targets,
            Refusals refusals,
            PinEntries pins,
            Turns turns,
            Claims.Commit commit) {
        this.store = store;
        this.directory = directory;
        this.park = park;
        this.attended = attended;
        this.retrieve = retrieve;
        this.joined = joined;
        this.transfer = transfer;
        this.hangUp = hangUp;
        this.targets = targets;
        this.refusals = refusals;
        this.pins = pins;
        this.turns = turns;
        this.commit = commit;
    }

    /** @param owner of the call that the dialog belongs to, as the edge or the index of dialogs says */
    List<EdgeAction> request(EdgeEvent event, SipMessage request, String owner) {
        String key = Repeats.key(request);
        return switch (store.load(owner, key)) {
            case CallStore.Found.Nothing _ -> afterTheEnd(event, request);
            case CallStore.Found.Before(HandledEvent known) -> Repeats.again(event, known);
            case CallStore.Found.Now(Call call) -> request(event, request, key, call);
        };
    }

    private List<EdgeAction> request(EdgeEvent event, SipMessage request, String key, Call call) {
        Leg leg = call.legOf(request.callId(), request.from().tag()).orElse(null);
        if (leg == null || call.state.isOver()) {
            return movedTo(call, request)
                    .map(owner -> request(event, request, owner))
                    .orElseGet(() -> afterTheEnd(event, request));
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

    /** The call that has the dialog now, of one that only asked for its PIN. */
    private Optional<String> movedTo(Call asking, SipMessage request) {
        return Optional.of(asking)
                .filter(call -> !call.pinEntry.call().isEmpty())
                .flatMap(call -> store.dialogOwner(request.callId()))
                .filter(owner -> !owner.equals(asking.owner()));
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
                leg.heardThrough(event.control(), event.socket());
                acknowledged(turn, leg, open, "");
                if (!call.legs.containsKey(leg.id)) {
                    throw new RefusedException(Refusal.UNKNOWN_DIALOG);
                }
                inDialog(turn, leg, event, request);
            });
            return commit.commit(turn, event, key);
        } catch (SipParseException | RefusedException | MediaUnavailableException e) {
            return acknowledgedAndRefused(event, call.owner(), epoch, request, key, Refusals.reason(event, e));
        }
    }

    /** A request that is refused has changed nothing; that our 2xx has arrived is true all the same. */
    private List<EdgeAction> acknowledgedAndRefused(
            EdgeEvent event, String owner, long epoch, SipMessage request, String key, RefusedException refused) {
        Call call = store.load(owner).filter(now -> now.epoch == epoch).orElseThrow(ConflictException::new);
        Leg leg = call.legOf(request.callId(), request.from().tag()).orElseThrow(ConflictException::new);
        Turn turn = turns.begin(call);
        turns.work(turn, () -> {
            leg.heardThrough(event.control(), event.socket());
            Call.Unacknowledged open = call.unacknowledged.get(leg.id);
            if (open != null) {
                acknowledged(turn, leg, open, "");
            }
            refusals.reply(event, request, refused).forEach(reply -> turn.act(event.control(), reply));
        });
        return commit.commit(turn, event, key);
    }

    private List<EdgeAction> run(EdgeEvent event, Call call, Leg leg, SipMessage request, String key) {
        Turn turn = turns.begin(call);
        turns.work(turn, () -> inDialog(turn, leg, event, request));
        List<EdgeAction> actions = commit.commit(turn, event, key);
        pins.goOn(call);
        return actions;
    }

    /** The dialog is over: a BYE that crossed ours is welcome, anything else has nobody to go to. */
    private static List<EdgeAction> afterTheEnd(EdgeEvent event, SipMessage request) {
        return switch (request.method()) {
            case "BYE" -> List.of(ok(event));
            case "ACK", "CANCEL" -> List.of();
            default -> throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        };
    }

    private void inDialog(Turn turn, Leg leg, EdgeEvent event, SipMessage request) {
        Call call = turn.call();
        String method = request.method();
        long cseq = request.cseq().number();
        leg.heardThrough(event.control(), event.socket());
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
                Refusals.requireOnly(request);
                joined.offered(turn, leg, transaction, request);
            }
            case "INFO", "MESSAGE" -> {
                // Answered, if nobody else is there.
                joined.passOn(turn, leg, transaction, request);
                if (leg.role == Role.ASKED) {
                    DtmfInfo.key(request).ifPresent(key -> pins.pressed(turn, leg, key, PinEntry.Means.INFO));
                }
            }
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
        Refusals.requireOnly(refer);
        if (leg.role == Role.ASKED) {
            throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
        if (leg.role == Role.ANNOUNCEMENT) {
            identify(call, leg, event);
            attended.begin(turn, leg, transaction, refer);
            return;
        }
        if (call.isSettling()) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        identify(call, leg, event);
        Optional<ParkRequest> target = targets.of(call, leg.user, event, refer);
        if (target.isPresent()) {
            Leg parked = call.peerOf(leg).orElseThrow(() -> new RefusedException(Refusal.NOT_SUPPORTED_HERE));
            park.begin(turn, leg, parked, transaction, refer, target.get());
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
            boolean member = directory.isDomain(call.tenant, address.host())
                    && directory.hasExtension(call.tenant, address.plainUser());
            leg.user = member ? address.plainUser() : "";
        }
    }

    static EdgeAction ok(EdgeEvent event) {
        return new EdgeAction.Reply(event.transaction(), 200, "OK", Sip.token(TAG_LENGTH), "", "");
    }
}
