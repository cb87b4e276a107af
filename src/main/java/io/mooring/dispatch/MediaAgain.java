package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.Role;
import io.mooring.dialog.JoinedFlow;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaUnavailableException;
import io.mooring.media.SessionGoneException;
import io.mooring.metrics.Metrics;
import io.mooring.park.ParkFlow;
import io.mooring.store.CallStore;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a call needs when rtpengine has started anew: it has kept its sessions, if it could, and plays nothing any more.
 *
 * <p>Each call is one turn, whose write decides: who retrieves the call at that moment writes it too, and one of the two is too late. When
 * it is this turn, what it has begun to play is stopped, and the call is looked at again.
 */
final class MediaAgain {
    private static final Logger LOG = LoggerFactory.getLogger(MediaAgain.class);

    private static final int ATTEMPTS = 5;
    /** Whose phones ring, while the others hear what they heard. */
    private static final Set<Role> RUNG = Set.of(Role.RECALL, Role.TARGET);

    private final CallStore store;
    private final Turns turns;
    private final MediaSessions media;
    private final ParkFlow park;
    private final JoinedFlow joined;
    private final Metrics metrics;
    private final Consumer<Call> written;

    /** @param written told of each call that was written, to see to what is due next */
    MediaAgain(CallStore store, Turns turns, MediaSessions media, ParkFlow park, JoinedFlow joined, Metrics metrics,
            Consumer<Call> written) {
        this.store = store;
        this.turns = turns;
        this.media = media;
        this.park = park;
        this.joined = joined;
        this.metrics = metrics;
        this.written = written;
    }

    /**
     * Sees to one call; on a virtual thread.
     *
     * @return false when the media of the call are being moved just now: it is to be looked at again
     * @throws MediaUnavailableException when rtpengine is away again
     */
    boolean restore(String owner) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Call call = store.load(owner).orElse(null);
            if (call == null || call.state.isOver() || call.state == CallState.CLOSING) {
                return true;
            }
            if (isMoving(call)) {
                return false;
            }
            try {
                Turn turn = turns.begin(call);
                turns.work(turn, () -> restore(turn));
                if (!turn.isIdle()) {
                    turns.commit(turn, "", "media-" + call.id, "", written);
                }
                return true;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            }
        }
        return false;
    }

    /** Whoever moves the media has a turn to come, after which it can be told what is to be heard. */
    private static boolean isMoving(Call call) {
        return call.state == CallState.CONNECTING || call.isClaimed()
                || (call.state.isJoined() && !call.unacknowledged.isEmpty())
                || call.legs.values()
                        .stream()
                        .filter(leg -> !RUNG.contains(leg.role))
                        .anyMatch(leg -> call.isInviting(leg) || leg.inviteInProgress);
    }

    private void restore(Turn turn) {
        Call call = turn.call();
        if (!call.music.isEmpty()) {
            listener(call).ifPresent(leg -> playAgain(turn, leg));
        } else if (call.state.isJoined() && !call.media.isEmpty() && !media.isOpen(call.media)) {
            joinAgain(turn);
        }
    }

    /** Who hears us; one that has not told us yet where it listens does not. */
    private static Optional<Leg> listener(Call call) {
        Optional<Leg> leg = call.state.isWaiting()
                ? call.leg(Role.PARKED)
                : call.leg(Role.ANNOUNCEMENT).or(() -> call.leg(Role.ASKED));
        return leg.filter(it -> !it.remoteSdp.isEmpty());
    }

    private void playAgain(Turn turn, Leg leg) {
        Call call = turn.call();
        try {
            media.playAgain(call.music, leg.id, Hearing.of(call, leg));
            turn.media().replayed(call.music, leg);
            turn.count(() -> metrics.mediaAgain("played"));
        } catch (SessionGoneException e) {
            if (leg.role == Role.PARKED) {
                park.restore(turn, leg);
                turn.count(() -> metrics.mediaAgain("invited"));
            } else {
                lost(call);
            }
        }
    }

    /** Both are told where to send from now on: first the one, and when it has answered, the other ({@link JoinedFlow#peerUpdated}). */
    private void joinAgain(Turn turn) {
        Call call = turn.call();
        Optional<Leg> parked = call.leg(Role.PARKED);
        Optional<Leg> peer = parked.flatMap(call::peerOf);
        if (peer.isEmpty() || parked.get().remoteSdp.isEmpty()) {
            lost(call);
            return;
        }
        joined.updatePeer(turn, parked.get(), peer.get());
        turn.count(() -> metrics.mediaAgain("invited"));
    }

    private void lost(Call call) {
        metrics.mediaAgain("lost");
        LOG.atWarn().addKeyValue("call", call.owner()).log("rtpengine has lost the media of this call");
    }
}
