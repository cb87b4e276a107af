package io.mooring.dispatch;

import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import io.mooring.store.CallStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One delivery of an event. A request that has no call yet may be delivered twice at the same time, here or at two nodes: the network
 * brought it twice, or a node stood still until the edge had asked another one. Nothing in Redis would tell the second that what it finds
 * taken was taken by the first; so it waits until that one is done, and gets the same answer. Should the first be a node that is gone, it
 * waits for a second. The compare-and-set of the calls is what decides all the same.
 */
final class Delivery {
    private static final Set<String> OPENING = Set.of("INVITE", "REFER");
    private static final long LOOK_MILLIS = 15;

    private final Vertx vertx;
    private final CallStore store;
    private final String callId;
    private final String key;
    private final Future<Boolean> first;

    private Delivery(Vertx vertx, CallStore store, String callId, String key, Future<Boolean> first) {
        this.vertx = vertx;
        this.store = store;
        this.callId = callId;
        this.key = key;
        this.first = first;
    }

    /** Does not wait: who is first is known with the next answer of Redis. */
    static Delivery begin(Vertx vertx, CallStore store, EdgeEvent event, SipMessage message) {
        boolean opens = event.kind() == EdgeEvent.Kind.REQUEST && event.owner().isEmpty()
                && OPENING.contains(message.method());
        String key = opens ? Repeats.key(message) : "";
        return new Delivery(vertx, store, message.callId(), key,
                opens ? store.beginEvent(key) : Future.succeededFuture(true));
    }

    /** Whose call the request's dialog is in, when no other delivery of it is under way any more. */
    Optional<String> owner() {
        Optional<String> owner = store.dialogOwner(callId);
        if (first.await()) {
            return owner;
        }
        while (store.isEventBegun(key)) {
            vertx.timer(LOOK_MILLIS, TimeUnit.MILLISECONDS).await();
        }
        return store.dialogOwner(callId);
    }

    /** What came of it can be read now. */
    void end() {
        if (!key.isEmpty() && first.succeeded() && first.result()) {
            store.endEvent(key);
        }
    }
}
