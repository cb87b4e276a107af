package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.PinEntry;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.retrieve.PinFlow;
import io.mooring.retrieve.RetrieveFlow;
import io.mooring.sip.SipMessage;
import io.mooring.store.CallStore;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retrievers who are asked for a PIN. The write that notes that the PIN was right is made once; who has made it claims the parked call,
 * and when its node dies before that, the timer of the asking call has another one do it. Which of several retrievers gets the call is
 * decided by the parked call's own compare-and-set, as ever.
 */
final class PinEntries {
    private static final Logger LOG = LoggerFactory.getLogger(PinEntries.class);

    private static final int ATTEMPTS = 8;

    private final CallStore store;
    private final PinFlow pins;
    private final RetrieveFlow retrieve;
    private final Turns turns;
    private final Refusals refusals;
    private final Claims.Commit commit;
    private final Consumer<Call> written;

    PinEntries(CallStore store, PinFlow pins, RetrieveFlow retrieve, Turns turns, Refusals refusals,
            Claims.Commit commit, Consumer<Call> written) {
        this.store = store;
        this.pins = pins;
        this.retrieve = retrieve;
        this.turns = turns;
        this.refusals = refusals;
        this.commit = commit;
        this.written = written;
    }

    /** Answers an INVITE to the retrieve code of a call that needs a PIN, and asks for it. */
    List<EdgeAction> ask(EdgeEvent event, SipMessage invite, Call parked) {
        Call call = EventRouter.newCall(event);
        Leg asked = Legs.called(event, invite, Role.ASKED);
        call.legs.put(asked.id, asked);
        Turn turn = turns.begin(call);
        turn.own(asked);
        turns.workInTime(turn, event, () -> pins.ask(turn, asked, Sip.transaction(event, invite), invite, parked));
        return commit.commit(turn, event, Repeats.key(invite));
    }

    /** A key that rtpengine has seen in the media of a session. Whatever goes wrong, the phone may enter its PIN again. */
    void pressed(String session, char key) {
        try {
            MediaSessions.askingOwner(session).ifPresent(owner -> pressedFor(owner, key));
        } catch (RuntimeException e) {
            LOG.atWarn().addKeyValue("media", session).log("A digit was lost: {}", e.toString());
        }
    }

    private void pressedFor(String owner, char key) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Call call = store.load(owner).filter(found -> found.pinEntry.isOpen()).orElse(null);
            Leg asked = call == null ? null : call.leg(Role.ASKED).orElse(null);
            if (call == null || asked == null) {
                return;
            }
            Turn turn = turns.begin(call);
            turns.work(turn, () -> pressed(turn, asked, key, PinEntry.Means.MEDIA));
            try {
                turns.commit(turn, "", "pin-" + call.id, "", written);
                goOn(call);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
    }

    /** A key, in a turn on the asking call. */
    void pressed(Turn turn, Leg asked, char key, PinEntry.Means means) {
        pins.pressed(turn, asked, key, means, parked(turn.call()));
    }

    /** The timer of the asking call. */
    void due(Turn turn, Leg asked) {
        pins.due(turn, asked, parked(turn.call()));
    }

    /** The call that is wanted; one that is no more is over. */
    private Call parked(Call asking) {
        return store.load(asking.tenant + "/" + asking.pinEntry.call()).orElseGet(() -> {
            Call gone = new Call();
            gone.tenant = asking.tenant;
            gone.state = CallState.ENDED;
            return gone;
        });
    }

    /** What the write of an asking call has to be followed by; nothing when it is none. */
    void goOn(Call asking) {
        PinEntry entry = asking.pinEntry;
        Leg asked = asking.leg(Role.ASKED).orElse(null);
        if (asked == null || asking.state.isOver()) {
            return;
        }
        if (entry.refusal() != null) {
            refusals.note(asking.tenant, asked.user, asked.localAddress, entry.refusal());
        } else if (entry.right()) {
            claim(asking, asked);
        }
    }

    private void claim(Call asking, Leg asked) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Call parked = parked(asking);
            if (parked.legOf(asked.callId, asked.remoteTag).isPresent()) {
                leave(asking, parked);
                return;
            }
            try {
                Turn turn = turns.begin(parked);
                turns.work(turn, () -> {
                    if (!parked.ticket().equals(asking.pinEntry.ticket())) {
                        throw new RefusedException(Refusal.RETRIEVED_BY_OTHER);
                    }
                    retrieve.claimAnswered(turn, acknowledged(asked), asking.music);
                });
                turns.commit(turn, "", "pin-" + asking.id, "", written);
                leave(asking, parked);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            } catch (RefusedException e) {
                refuse(asking, e.refusal());
                return;
            } catch (MediaUnavailableException e) {
                refuse(asking, Refusal.MEDIA_UNAVAILABLE);
                return;
            }
        }
        refuse(asking, Refusal.PARTY_DID_NOT_ANSWER);
    }

    /** Who enters digits has had our 200, whatever became of its ACK. */
    private static Leg acknowledged(Leg asked) {
        asked.awaitsAck = false;
        return asked;
    }

    /** The leg belongs to the parked call now; when it has hung up meanwhile, that has to be told there. */
    private void leave(Call asking, Call parked) {
        boolean left = change(asking, turn -> {
            turn.call().legs.clear();
            turn.call().unacknowledged.clear();
            turn.call().timers.clear();
            // The session goes with the leg.
            turn.call().music = "";
            turn.end(CallState.ENDED, Refusal.GONE, "");
        });
        if (!left) {
            change(parked, turn -> turn.call()
                    .leg(Role.RETRIEVER)
                    .filter(leg -> asking.legs.containsKey(leg.id))
                    .filter(leg -> turn.call().state == CallState.CONNECTING)
                    .ifPresent(leg -> retrieve.retrieverHungUp(turn, leg)));
        }
    }

    private void refuse(Call asking, Refusal refusal) {
        change(asking, turn -> turn.call().leg(Role.ASKED).ifPresent(leg -> pins.refuse(turn, leg, refusal)));
    }

    /** False when the call is over already. */
    private boolean change(Call call, Consumer<Turn> flow) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Call> now = store.load(call.owner()).filter(found -> !found.state.isOver());
            if (now.isEmpty()) {
                return false;
            }
            Turn turn = turns.begin(now.get());
            turns.work(turn, () -> flow.accept(turn));
            try {
                turns.commit(turn, "", "pin-" + call.id, "", written);
                return true;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
        return true;
    }
}
