package io.mooring.dispatch;

import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Turn;
import io.mooring.park.AttendedPark;
import io.mooring.park.ParkFlow;
import io.mooring.recall.RecallFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.SipMessage;
import io.mooring.transfer.TransferFlow;

/** The outcome of a request that we sent: a final reply, or none in time. One line for each purpose. */
final class Replies {
    private final ParkFlow park;
    private final RetrieveFlow retrieve;
    private final JoinedFlow joined;
    private final AttendedPark attended;
    private final TransferFlow transfer;
    private final RecallFlow recall;
    private final HangUp hangUp;
    private final Probes probes;

    Replies(ParkFlow park, RetrieveFlow retrieve, JoinedFlow joined, AttendedPark attended, TransferFlow transfer,
            RecallFlow recall, HangUp hangUp, Probes probes) {
        this.park = park;
        this.retrieve = retrieve;
        this.joined = joined;
        this.attended = attended;
        this.transfer = transfer;
        this.recall = recall;
        this.hangUp = hangUp;
        this.probes = probes;
    }

    void arrived(Turn turn, Pending pending, Leg leg, SipMessage reply) {
        if (reply.status() >= 300) {
            refused(turn, pending, leg, reply);
            return;
        }
        switch (pending.purpose()) {
            case PARK -> park.musicAccepted(turn, pending, leg, reply);
            case RESTORE -> park.restored(turn, pending, leg, reply);
            case CONNECT -> retrieve.parkedAccepted(turn, pending, leg, reply);
            case CONNECT_LATE -> retrieve.parkedAcceptedLate(turn, pending, leg, reply);
            case CONNECT_ASKED -> retrieve.parkedAcceptedAsked(turn, pending, leg, reply, joined);
            case RELAY -> joined.relayed(turn, pending, leg, reply);
            case UPDATE_PEER -> joined.peerUpdated(turn, pending, leg, reply);
            case REJOIN -> park.rejoined(turn, pending, leg, reply);
            case REPLACE -> attended.answered(turn, pending, leg, reply);
            case DIAL -> transfer.answered(turn, pending, leg, reply);
            case JOIN -> transfer.joined(turn, pending, leg, reply, joined);
            case RECALL, RECALL_ORPHANED -> recall.answered(turn, pending, leg, reply);
            case RECALL_JOIN -> recall.joined(turn, pending, leg, reply);
            case IDENTIFY -> turn.settle(pending);
            case PROBE -> probes.answered(turn, pending, leg, reply.status());
            case LATE -> park.acceptedLate(turn, pending, leg, reply);
        }
    }

    private void refused(Turn turn, Pending pending, Leg leg, SipMessage reply) {
        int status = reply.status();
        switch (pending.purpose()) {
            case PARK -> park.musicRefused(turn, pending, leg, status, reply.reason());
            case RESTORE -> park.notRestored(turn, pending, leg, status);
            case CONNECT -> retrieve.parkedRefused(turn, pending, leg, status);
            case CONNECT_LATE, CONNECT_ASKED -> retrieve.parkedRefusedLate(turn, pending, leg, status);
            case RELAY -> {
                joined.relayed(turn, pending, leg, reply);
                goneIf481(turn, leg, status);
            }
            case UPDATE_PEER, REJOIN -> {
                joined.peerNotUpdated(turn, pending, leg, status);
                goneIf481(turn, leg, status);
            }
            case IDENTIFY, LATE -> {
                turn.settle(pending);
                goneIf481(turn, leg, status);
            }
            case REPLACE -> attended.refused(turn, pending, leg, status, reply.reason());
            case DIAL -> transfer.refused(turn, pending, leg, status, reply.reason());
            case JOIN -> transfer.notJoined(turn, pending, leg, status);
            case RECALL, RECALL_ORPHANED -> recall.refused(turn, pending, leg, reply);
            case RECALL_JOIN -> recall.notJoined(turn, pending, leg, status);
            case PROBE -> probes.answered(turn, pending, leg, status);
        }
    }

    /** A device that knows nothing of the dialog has left it [RFC 3261 12.2.1.2]. */
    private void goneIf481(Turn turn, Leg leg, int status) {
        if (status == 481) {
            hangUp.gone(turn, leg);
        }
    }

    /** No reply in time. Our own timers decide, never a phone. */
    void missing(Turn turn, Pending pending, Leg leg) {
        switch (pending.purpose()) {
            case PARK -> park.musicUnanswered(turn, pending, leg);
            case RESTORE -> park.notRestored(turn, pending, leg, 408);
            case CONNECT, CONNECT_LATE, CONNECT_ASKED -> retrieve.parkedUnanswered(turn, pending, leg);
            case RELAY -> joined.notRelayed(turn, pending);
            case UPDATE_PEER, REJOIN -> joined.peerNotUpdated(turn, pending, leg, 408);
            case REPLACE -> attended.unanswered(turn, pending, leg);
            case DIAL -> transfer.timedOut(turn, pending, leg);
            case JOIN -> transfer.notJoined(turn, pending, leg, 408);
            case RECALL, RECALL_ORPHANED -> recall.unanswered(turn, pending, leg);
            case RECALL_JOIN -> recall.notJoined(turn, pending, leg, 408);
            case PROBE -> probes.answered(turn, pending, leg, 408);
            case IDENTIFY, LATE -> turn.settle(pending);
        }
    }
}
