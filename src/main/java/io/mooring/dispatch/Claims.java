package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.ClaimTicket;
import io.mooring.call.Directory;
import io.mooring.call.Leg;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.UnavailableException;
import io.mooring.media.MediaSessions;
import io.mooring.retrieve.Entitlement;
import io.mooring.retrieve.PinCheck;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * INVITEs to retrieve codes. The claim is written first, so that of two retrievers one alone moves the media; then the two are
 * connected, and that is written too, before the retriever is answered.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private static final int ATTEMPTS = 8;

    private final CallStore store;
    private final Directory directory;
    private final RetrieveFlow retrieve;
    private final PinCheck pinCheck;
    private final PinEntries pins;
    private final Turns turns;
    private final Commit commit;

    /** Writes a turn, and remembers its actions under a key; see {@link Turns#commit}. */
    interface Commit {
        List<EdgeAction> commit(Turn turn, EdgeEvent event, String key);
    }

    Claims(CallStore store, Directory directory, RetrieveFlow retrieve, PinCheck pinCheck, PinEntries pins,
            Turns turns, Commit commit) {
        this.store = store;
        this.directory = directory;
        this.retrieve = retrieve;
        this.pinCheck = pinCheck;
        this.pins = pins;
        this.turns = turns;
        this.commit = commit;
    }

    /**
     * By code.
     *
     * @param number of an extension or an orbit, in the code; empty: the retriever's own extension, then its park group
     * @param pin empty: none was dialled
     */
    List<EdgeAction> claim(EdgeEvent event, SipMessage invite, String number, String pin) {
        known(event);
        Optional<ClaimTicket> ticket = ticket(invite);
        if (ticket.isPresent()) {
            return claim(event, invite, shown(event, ticket.get(), number), pin);
        }
        return claim(event, invite, number.isEmpty() ? own(event) : at(event, number), pin);
    }

    /** By an orbit that was dialled without a code. */
    List<EdgeAction> claimDialledOrbit(EdgeEvent event, SipMessage invite, String orbit) {
        known(event);
        var places = List.of(Places.ofOrbit(Integer.parseInt(orbit)));
        Optional<ClaimTicket> ticket = ticket(invite);
        Call call = ticket.isPresent()
                ? shown(event, ticket.get(), orbit)
                : store.at(event.tenant(), places).orElseThrow(() -> nothing(event, places));
        if (!call.terms.orbitDialled()) {
            throw new RefusedException(Refusal.ORBIT_NOT_DIALLED);
        }
        return claim(event, invite, call, "");
    }

    /** Of the header, or of the URI: what a phone can be made to send. */
    private static Optional<ClaimTicket> ticket(SipMessage invite) {
        return invite.header(ClaimTicket.HEADER)
                .or(() -> SipUri.parse(invite.requestUri()).params().get("ticket"))
                .map(ClaimTicket::parse);
    }

    /** The call that a ticket was given for, and no other, whatever is at its place by now. */
    private Call shown(EdgeEvent event, ClaimTicket ticket, String number) {
        Call call = store.load(event.tenant() + "/" + ticket.call())
                .orElseThrow(() -> new RefusedException(Refusal.CALLER_GONE));
        if (call.parkings == ticket.parking() && !call.place.isEmpty()) {
            if (!number.isEmpty() && !number.equals(Places.number(call.place))) {
                throw new RefusedException(Refusal.NOTHING_PARKED);
            }
            return call;
        }
        if (call.retriever.isEmpty() && call.state.isOver()) {
            throw new RefusedException(Refusal.CALLER_GONE);
        }
        throw taken(event, call);
    }

    private RefusedException taken(EdgeEvent event, Call call) {
        boolean mayKnow = Entitlement.isEntitled(call, event.user(),
                () -> directory.standing(event.tenant(), event.user()));
        return new RefusedException(Refusal.RETRIEVED_BY_OTHER, mayKnow ? call.takenBy() : "");
    }

    /** Nothing is there; who could have had the call that was there a moment ago is told who has it. */
    private RefusedException nothing(EdgeEvent event, List<String> places) {
        return store.takenFrom(event.tenant(), places)
                .filter(call -> Entitlement.isEntitled(call, event.user(),
                        () -> directory.standing(event.tenant(), event.user())))
                .map(call -> new RefusedException(Refusal.RETRIEVED_BY_OTHER, call.takenBy()))
                .orElseGet(() -> new RefusedException(Refusal.NOTHING_PARKED));
    }

    /** A trunk is no member of the tenant: a caller from outside takes nobody's call. */
    private static void known(EdgeEvent event) {
        if (event.user().isEmpty()) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
    }

    private Call own(EdgeEvent event) {
        Optional<Call> own = store.at(event.tenant(), List.of(Places.ofExtension(event.user())));
        if (own.filter(call -> call.state.isWaiting()).isPresent()) {
            return own.get();
        }
        String group = directory.standing(event.tenant(), event.user()).parkGroup();
        var places = new ArrayList<>(List.of(Places.ofExtension(event.user())));
        if (!group.isEmpty()) {
            places.add(Places.ofGroup(group));
        }
        return Optional.of(group)
                .filter(id -> !id.isEmpty())
                .flatMap(id -> store.at(event.tenant(), List.of(Places.ofGroup(id))))
                .or(() -> own)
                .orElseThrow(() -> nothing(event, places));
    }

    private Call at(EdgeEvent event, String number) {
        var places = new ArrayList<>(List.of(Places.ofExtension(number)));
        if (Places.isOrbit(number)) {
            places.add(Places.ofOrbit(Integer.parseInt(number)));
        }
        return store.at(event.tenant(), places)
                .orElseThrow(() -> Places.isOrbit(number) || directory.hasExtension(event.tenant(), number)
                        ? nothing(event, places)
                        : new RefusedException(Refusal.UNKNOWN_EXTENSION));
    }

    private List<EdgeAction> claim(EdgeEvent event, SipMessage invite, Call call, String pin) {
        Entitlement.check(call, event.user(), () -> directory.standing(event.tenant(), event.user()));
        if (invite.hasSdp() && !MediaSessions.canAnswer(invite.body())) {
            throw new RefusedException(Refusal.NO_COMMON_MEDIA);
        }
        if (call.state.isWaiting() && call.terms.pin().required()) {
            if (pin.isEmpty()) {
                return pins.ask(event, invite, call);
            }
            pinCheck.require(call, pin);
        }
        Leg retriever = Legs.called(event, invite, Role.RETRIEVER);
        Turn turn = turns.begin(call);
        turns.workInTime(turn, event, () -> retrieve.claim(turn, retriever, Sip.transaction(event, invite), invite));
        long cseq = invite.cseq().number();
        if (retriever.claiming) {
            commit.commit(turn, event, "");
            return connect(event, invite, call, retriever.id, store.enterDialog(invite.callId(), cseq, call.owner()));
        }
        var actions = new ArrayList<>(commit.commit(turn, event, Repeats.key(invite)));
        return store.isCancelled(invite.callId(), cseq) ? withCancel(actions, event, invite, call.owner()) : actions;
    }

    /** The node that claimed the call for this INVITE stands still, and the edge asks us. */
    List<EdgeAction> goOn(EdgeEvent event, SipMessage invite, Call claimed, Leg retriever) {
        return connect(event, invite, claimed, retriever.id, Future.succeededFuture(false));
    }

    /**
     * The second half of a claim: made again on what is there when a hang-up or a CANCEL has come in between.
     *
     * @param cancelled that the dialog is in the index, before anybody hears of it, and whether its CANCEL was there first
     */
    private List<EdgeAction> connect(
            EdgeEvent event, SipMessage invite, Call claimed, String legId, Future<Boolean> cancelled) {
        Call call = claimed;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Leg retriever = call.legById(legId);
            if (retriever == null) {
                throw new RefusedException(Refusal.CALLER_GONE);
            }
            if (!retriever.claiming) {
                // Another delivery of the INVITE was faster: what that one got is this one's answer.
                throw new ConflictException();
            }
            Turn turn = turns.begin(call);
            turns.workInTime(turn, event,
                    () -> retrieve.connect(turn, retriever, Sip.transaction(event, invite), invite));
            boolean overtaken = cancelled.await();
            try {
                var actions = new ArrayList<>(commit.commit(turn, event, Repeats.key(invite)));
                return overtaken ? withCancel(actions, event, invite, call.owner()) : actions;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
            call = store.load(claimed.owner()).orElseThrow(() -> new RefusedException(Refusal.CALLER_GONE));
        }
        throw new UnavailableException("too many turns on one call");
    }

    /** The CANCEL came while the claim was being written; whoever else writes the call now may have seen to it. */
    private List<EdgeAction> withCancel(List<EdgeAction> actions, EdgeEvent event, SipMessage invite, String owner) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                actions.addAll(cancelNow(event, invite, owner));
                return actions;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
        return actions;
    }

    private List<EdgeAction> cancelNow(EdgeEvent event, SipMessage invite, String owner) {
        Call call = store.load(owner).orElse(null);
        Leg leg = call == null ? null : call.legOf(invite.callId(), invite.from().tag()).orElse(null);
        if (call == null || leg == null) {
            return List.of();
        }
        Turn turn = turns.begin(call);
        turns.work(turn, () -> retrieve.cancelled(turn, leg));
        return commit.commit(turn, event, "");
    }
}
