package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallControl;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.OngoingCall;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkedAt;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaUnavailableException;
import io.mooring.recall.RecallFlow;
import io.mooring.retrieve.Entitlement;
import io.mooring.retrieve.PinCheck;
import io.mooring.store.CallStore;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns that somebody orders over the API. */
final class Commands implements CallControl {
    private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

    private static final int ATTEMPTS = 8;
    private static final long RING_MILLIS = 30_000;

    private final CallStore store;
    private final Directory directory;
    private final RecallFlow recall;
    private final PinCheck pinCheck;
    private final Turns turns;
    private final OrderedParks parks;
    private final Consumer<Call> written;

    /** @param written told of each call that was written */
    Commands(CallStore store, Directory directory, RecallFlow recall, PinCheck pinCheck, Turns turns,
            OrderedParks parks, Consumer<Call> written) {
        this.store = store;
        this.directory = directory;
        this.recall = recall;
        this.pinCheck = pinCheck;
        this.turns = turns;
        this.parks = parks;
        this.written = written;
    }

    @Override
    public void ring(String tenant, String call, RetrieveOrder order) {
        make(tenant, call, order.entitled() ? order.extension() : "", turn -> {
            if (!directory.hasExtension(tenant, order.extension())) {
                throw new RefusedException(Refusal.UNKNOWN_EXTENSION);
            }
            if (order.entitled()) {
                Entitlement.check(turn.call(), order.extension(), () -> directory.standing(tenant, order.extension()));
            }
            if (!order.ticket().isEmpty() && !order.ticket().equals(turn.call().ticket())) {
                throw new RefusedException(Refusal.RETRIEVED_BY_OTHER, turn.call().takenBy());
            }
            if (order.entitled()) {
                pinCheck.require(turn.call(), order.pin());
            }
            recall.offer(turn, order.extension(), RING_MILLIS);
        });
    }

    @Override
    public List<OngoingCall> ongoing(String tenant, String extension) {
        return parks.ongoing(tenant, extension);
    }

    @Override
    public ParkedAt park(String tenant, ParkOrder order) {
        return parks.park(tenant, order);
    }

    @Override
    public void hangUp(String tenant, String call) {
        make(tenant, call, "", turn -> {
            if (!turn.call().state.isWaiting()) {
                throw new RefusedException(Refusal.BEING_RETRIEVED, turn.call().takenBy());
            }
            turn.end(CallState.ENDED, Refusal.HUNG_UP, Sip.refusalHeaders(Refusal.HUNG_UP));
        });
    }

    /** @param asker who is told only of calls that it could have; empty: everybody's */
    private void make(String tenant, String id, String asker, Consumer<Turn> flow) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Call call = store.load(tenant + "/" + id)
                    .orElseThrow(() -> new RefusedException(Refusal.NOTHING_PARKED));
            if (!call.state.isWaiting() && call.state != CallState.CONNECTING) {
                throw gone(call, asker);
            }
            Turn turn = turns.begin(call);
            try {
                turns.work(turn, () -> flow.accept(turn));
                turns.commit(turn, "", "api-" + id, "", written);
                return;
            } catch (ConflictException e) {
                LOG.trace("Again: {}", e.getMessage());
            } catch (MediaUnavailableException e) {
                throw new RefusedException(Refusal.MEDIA_UNAVAILABLE);
            }
        }
        throw new RefusedException(Refusal.IN_PROGRESS);
    }

    private RefusedException gone(Call call, String asker) {
        boolean mayKnow = asker.isEmpty()
                || Entitlement.isEntitled(call, asker, () -> directory.standing(call.tenant, asker));
        return call.retriever.isEmpty() || !mayKnow
                ? new RefusedException(Refusal.NOTHING_PARKED)
                : new RefusedException(Refusal.RETRIEVED_BY_OTHER, call.takenBy());
    }
}
