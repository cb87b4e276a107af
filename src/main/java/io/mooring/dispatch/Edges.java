package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.UnavailableException;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.mooring.store.CallStore.EdgeAddress;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Edges beside one another. Each device is reached through one of them: the one that it stands at, which is the last in the route set of
 * its dialog, or else the one that told of it. When that edge is away, another one takes its place as well as it can. An edge that is alone
 * is asked nothing.
 */
final class Edges {
    private static final Logger LOG = LoggerFactory.getLogger(Edges.class);

    private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Who has just sent something is there. */
    private static final long HEARD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** For how long one that was silent is waited for. */
    private static final long AGAIN_MILLIS = 50;

    private final CallStore store;
    private final EdgeClient client;
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    /** Who has not answered the last time. */
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private volatile Known known = new Known(List.of(), System.nanoTime() - KNOWN_NANOS);

    private record Known(List<EdgeAddress> edges, long atNanos) {}

    Edges(CallStore store, EdgeClient client) {
        this.store = store;
        this.client = client;
    }

    /** An event has come from an edge. */
    void heardFrom(String control) {
        heard.put(control, System.nanoTime());
    }

    /** All that have others beside them; none when an edge is alone. May wait for Redis, once a second. */
    List<EdgeAddress> all() {
        Known last = known;
        if (System.nanoTime() - last.atNanos < KNOWN_NANOS) {
            return last.edges;
        }
        List<EdgeAddress> edges = last.edges;
        try {
            edges = store.edgeAddresses();
        } catch (StoreUnavailableException e) {
            LOG.debug("Which edges there are was not read: {}", e.getMessage());
        }
        known = new Known(edges, System.nanoTime());
        return edges;
    }

    /** True when an edge does not answer. Whoever asks first may wait for it, a second at the most; whoever asks later hardly does. */
    boolean isAway(String control) {
        Long last = heard.get(control);
        if (last != null && System.nanoTime() - last < HEARD_NANOS) {
            return false;
        }
        Future<String> answer = client.boot(control)
                .onSuccess(boot -> silent.remove(control))
                .onFailure(failure -> silent.add(control));
        if (silent.contains(control)) {
            answer = answer.timeout(AGAIN_MILLIS, TimeUnit.MILLISECONDS)
                    .recover(late -> Future.failedFuture(new UnavailableException("the edge is still silent", late)));
        }
        try {
            answer.await();
            return false;
        } catch (UnavailableException e) {
            return true;
        }
    }

    /** True when an edge does not answer, and another one does. */
    boolean isReplaced(String control) {
        return all().size() > 1 && isAway(control) && standIn(control).isPresent();
    }

    /** Lets each device of a call be reached through the edge that it stands at, or through a living one. */
    void settle(Call call) {
        call.legs.values().forEach(this::settle);
    }

    /** The same for one device. */
    void settle(Leg leg) {
        if (leg.remoteTag.isEmpty() || all().size() < 2) {
            // What was not answered yet is its edge's.
            return;
        }
        attach(leg);
        if (isAway(leg.control)) {
            standIn(leg.control).ifPresent(edge -> {
                LOG.atInfo()
                        .addKeyValue("leg", leg.id)
                        .addKeyValue("edge", edge.control())
                        .log("its edge is away: through another one");
                if (transport(leg.nextHop).equals("tcp")) {
                    // Its connection has died with the edge: perhaps it listens where its Contact says.
                    leg.nextHop = leg.remoteTarget;
                }
                reachThrough(leg, edge);
            });
        }
    }

    private Optional<EdgeAddress> standIn(String away) {
        return all().stream().filter(edge -> !edge.control().equals(away) && !isAway(edge.control())).findFirst();
    }

    /** What lies between us and the edge that a device stands at is no business of ours: we send to that one. */
    private void attach(Leg leg) {
        for (int last = leg.routeSet.size() - 1; last >= 0; last--) {
            Optional<EdgeAddress> edge = at(leg.routeSet.get(last));
            if (edge.isPresent()) {
                leg.routeSet = new ArrayList<>(leg.routeSet.subList(last + 1, leg.routeSet.size()));
                reachThrough(leg, edge.get());
                return;
            }
        }
    }

    private Optional<EdgeAddress> at(String route) {
        try {
            SipUri uri = NameAddr.parse(route).sipUri();
            return all().stream()
                    .filter(edge -> edge.sockets().contains(uri.host() + ":" + uri.portOrDefault()))
                    .findFirst();
        } catch (SipParseException e) {
            return Optional.empty();
        }
    }

    private static void reachThrough(Leg leg, EdgeAddress edge) {
        String next = leg.routeSet.isEmpty() ? leg.nextHop : NameAddr.parse(leg.routeSet.getFirst()).uri();
        leg.control = edge.control();
        leg.socket = transport(next) + ":" + edge.sockets().getFirst();
    }

    private static String transport(String uri) {
        return uri.isEmpty() ? "udp" : SipUri.parse(uri).transport();
    }
}
