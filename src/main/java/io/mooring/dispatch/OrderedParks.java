package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.OngoingCall;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkRequest;
import io.mooring.call.ParkedAt;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.dispatch.OngoingCalls.Joined;
import io.mooring.dispatch.OngoingCalls.Ongoing;
import io.mooring.dispatch.OngoingCalls.Proxied;
import io.mooring.edge.ProxiedDialog;
import io.mooring.media.MediaUnavailableException;
import io.mooring.park.ParkFlow;
import io.mooring.sip.SipParseException;
import io.mooring.store.CallStore;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parks that a program orders. The edge tells what stands in a REFER otherwise, and holds the dialog as it is meanwhile; from there on it is the
 * park of a REFER, but that the parker's phone is told by a BYE.
 */
final class OrderedParks {
    private static final Logger LOG = LoggerFactory.getLogger(OrderedParks.class);

    private static final int ATTEMPTS = 8;
    private static final long LOOK_MILLIS = 40;
    /** An ACK that is under way has come by then. */
    private static final int LOOKS_FOR_ACK = 25;
    private static final int ID_LENGTH = 12;

    private final Vertx vertx;
    private final CallStore store;
    private final ParkFlow park;
    private final ParkTargets targets;
    private final OngoingCalls ongoing;
    private final Turns turns;
    private final long outcomeMillis;
    private final Consumer<Call> written;

    /**
     * @param outcomeMillis how long it may take until a park has come about or not
     * @param written told of each call that was written
     */
    OrderedParks(Vertx vertx, CallStore store, ParkFlow park, ParkTargets targets, OngoingCalls ongoing, Turns turns,
            long outcomeMillis,
            Consumer<Call> written) {
        this.vertx = vertx;
        this.store = store;
        this.park = park;
        this.targets = targets;
        this.ongoing = ongoing;
        this.turns = turns;
        this.outcomeMillis = outcomeMillis;
        this.written = written;
    }

    List<OngoingCall> ongoing(String tenant, String extension) {
        return ongoing.of(tenant, extension).stream().map(Ongoing::told).toList();
    }

    /** See {@link io.mooring.call.CallControl#park}. */
    ParkedAt park(String tenant, ParkOrder order) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Ongoing found = ongoing.of(tenant, order.extension())
                    .stream()
                    .filter(call -> call.told().id().equals(order.call()))
                    .findFirst()
                    .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
            try {
                return outcome(switch (found) {
                    case Proxied proxied -> takeOver(tenant, order, proxied.dialog());
                    case Joined joined -> again(order, joined);
                });
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            } catch (SipParseException e) {
                throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
            } catch (MediaUnavailableException e) {
                throw new RefusedException(Refusal.MEDIA_UNAVAILABLE);
            }
        }
        throw new RefusedException(Refusal.IN_PROGRESS);
    }

    private Call takeOver(String tenant, ParkOrder order, ProxiedDialog dialog) {
        ParkRequest target = targets.dialled(tenant, order.extension(), order.wanted(), dialog.control());
        try {
            return takeOver(tenant, order, settled(dialog), target);
        } catch (RuntimeException e) {
            ongoing.release(dialog);
            throw e;
        }
    }

    private Call takeOver(String tenant, ParkOrder order, ProxiedDialog held, ParkRequest target) {
        boolean callerParks = held.caller().equals(order.extension());
        Leg parker = callerParks ? Legs.caller(held, Role.PARKER) : Legs.callee(held, Role.PARKER);
        Leg parked = callerParks ? Legs.callee(held, Role.PARKED) : Legs.caller(held, Role.PARKED);
        Call call = new Call();
        call.id = Sip.token(ID_LENGTH);
        call.tenant = tenant;
        call.legs.put(parked.id, parked);
        call.legs.put(parker.id, parker);
        Turn turn = turns.begin(call);
        turns.work(turn, () -> {
            turn.own(parker, parked);
            park.begin(turn, parker, parked, target);
        });
        turns.commit(turn, "", "api-" + call.id, "", written);
        return call;
    }

    private ProxiedDialog settled(ProxiedDialog dialog) {
        for (int look = 0; look < LOOKS_FOR_ACK; look++) {
            ProxiedDialog held = ongoing.hold(dialog);
            if (!held.unsettled()) {
                return held;
            }
            pause();
        }
        throw new RefusedException(Refusal.IN_PROGRESS);
    }

    /** Who has just taken the call, or changed it, may not have acknowledged that yet: as short a moment as with a call of the edge. */
    private Call settled(Joined joined) {
        Call call = joined.call();
        for (int look = 1; look < LOOKS_FOR_ACK && !isQuiet(call); look++) {
            pause();
            call = store.load(call.owner()).orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
        }
        return call;
    }

    private static boolean isQuiet(Call call) {
        return !call.isSettling()
                && call.legs.values().stream().noneMatch(leg -> leg.inviteInProgress || call.isInviting(leg));
    }

    private Call again(ParkOrder order, Joined joined) {
        Call call = settled(joined);
        Leg parker = call.legById(joined.leg().id);
        if (parker == null) {
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }
        if (call.isSettling()) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        Leg parked = call.peerOf(parker).orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
        ParkRequest target = targets.dialled(call.tenant, order.extension(), order.wanted(), parker.control);
        parker.user = order.extension();
        Turn turn = turns.begin(call);
        turns.work(turn, () -> park.begin(turn, parker, parked, target));
        turns.commit(turn, "", "api-" + call.id, "", written);
        return call;
    }

    /** Waits until the parked party has taken its music, or not: the node that hears of it may be another one. */
    private ParkedAt outcome(Call begun) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(outcomeMillis);
        while (System.nanoTime() < until) {
            Call call = store.load(begun.owner()).orElseThrow(() -> new RefusedException(Refusal.CALLER_GONE));
            if (call.state == CallState.FAILED || call.state.isOver() || call.state == CallState.CLOSING) {
                throw new RefusedException(whyNot(call));
            }
            if (call.state != CallState.RESERVED) {
                return new ParkedAt(call.id, begun.place, call.parkedAtMillis, begun.ticket());
            }
            pause();
        }
        throw new RefusedException(Refusal.IN_PROGRESS);
    }

    private static Refusal whyNot(Call call) {
        if (call.state != CallState.FAILED) {
            return Refusal.CALLER_GONE;
        }
        return switch (call.failedStatus) {
            case 488 -> Refusal.NO_COMMON_MEDIA;
            case 503 -> Refusal.MEDIA_UNAVAILABLE;
            default -> Refusal.PARTY_DID_NOT_ANSWER;
        };
    }

    private void pause() {
        vertx.timer(LOOK_MILLIS, TimeUnit.MILLISECONDS).await();
    }
}
