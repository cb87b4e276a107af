package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.Turn;
import io.mooring.metrics.Metrics;
import io.mooring.recall.RecallFlow;
import io.mooring.retrieve.RetrieveFlow;

/** A BYE, by anybody, in any state: it is always answered 200, and what is left of the call follows from the state. */
final class HangUp {
    private final RetrieveFlow retrieve;
    private final RecallFlow recall;
    private final Metrics metrics;

    HangUp(RetrieveFlow retrieve, RecallFlow recall, Metrics metrics) {
        this.retrieve = retrieve;
        this.recall = recall;
        this.metrics = metrics;
    }

    /** The answer comes last: a device that has it does not repeat its BYE, should the edge die before it has sent the rest. */
    void bye(Turn turn, Leg leg, ServerTransaction request) {
        gone(turn, leg);
        turn.answer(request, leg, 200, "", "");
    }

    /** The device of a leg has left, by BYE or otherwise. */
    void gone(Turn turn, Leg leg) {
        Call call = turn.call();
        switch (call.state) {
            case RESERVED -> {
                switch (leg.role) {
                    // It may hang up as soon as it has its 202: the park goes on.
                    case PARKER -> turn.remove(leg);
                    case ANNOUNCEMENT, ASKED -> {
                        if (call.pendingFor(Pending.Purpose.REPLACE).isPresent()) {
                            turn.remove(leg);
                        } else {
                            end(turn, leg, CallState.ENDED);
                        }
                    }
                    default -> {
                        call.leg(Role.PARKER).ifPresent(parker -> turn.notify(parker, 487, "Request Terminated", true));
                        end(turn, leg, CallState.ABANDONED);
                    }
                }
            }
            case PARKED, RECALLING -> {
                if (leg.role == Role.PARKED) {
                    end(turn, leg, CallState.ABANDONED);
                } else {
                    turn.remove(leg);
                }
            }
            case CONNECTING -> {
                switch (leg.role) {
                    case PARKED -> {
                        metrics.retrieve(Refusal.CALLER_GONE.slug());
                        end(turn, leg, CallState.ABANDONED);
                    }
                    case RETRIEVER -> retrieve.retrieverHungUp(turn, leg);
                    case RECALL -> recall.hungUp(turn, leg);
                    default -> turn.remove(leg);
                }
            }
            case RETRIEVED, RECALLED, FAILED -> {
                boolean lingers = leg.role == Role.PARKER && call.state != CallState.FAILED;
                boolean transferring = leg.transferring && call.leg(Role.TARGET).isPresent();
                if (leg.cancelled && !call.place.isEmpty()) {
                    retrieve.cancelledAndHungUp(turn, leg);
                } else if (lingers || transferring) {
                    turn.remove(leg);
                } else {
                    end(turn, leg, CallState.ENDED);
                }
            }
            case CLOSING -> end(turn, leg, CallState.ENDED);
            case ABANDONED, EXPIRED, ENDED -> turn.remove(leg);
        }
    }

    private static void end(Turn turn, Leg leg, CallState state) {
        turn.remove(leg, Refusal.CALLER_GONE);
        turn.end(state, Refusal.CALLER_GONE, "");
    }
}
