package io.mooring.edge;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;

/** Bounds the events in flight of a node, and tells when the last one is done after the gate was shut. */
public final class EventGate {

    /** What the gate says to one event. */
    enum Pass {
        ADMITTED,
        FULL,
        SHUT
    }

    private final int limit;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Promise<Void> idle = Promise.promise();
    private volatile boolean shut;

    /** @param limit events that may be in flight at once */
    public EventGate(int limit) {
        this.limit = limit;
    }

    /** An event that is admitted must {@link #leave} once. */
    Pass enter() {
        // Counted before it is looked at: an event either sees that the gate is shut, or is seen by shut().
        int now = inFlight.incrementAndGet();
        if (shut) {
            leave();
            return Pass.SHUT;
        }
        if (now > limit) {
            leave();
            return Pass.FULL;
        }
        return Pass.ADMITTED;
    }

    void leave() {
        if (inFlight.decrementAndGet() == 0 && shut) {
            idle.tryComplete();
        }
    }

    /** Events in flight. */
    public int inFlight() {
        return inFlight.get();
    }

    /** Admits nothing from now on; the future completes when the last admitted event has been answered. */
    public Future<Void> shut() {
        shut = true;
        if (inFlight.get() == 0) {
            idle.tryComplete();
        }
        return idle.future();
    }
}
