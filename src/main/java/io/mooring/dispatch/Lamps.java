package io.mooring.dispatch;

import io.mooring.call.Directory;
import io.mooring.call.Standing;
import io.mooring.call.Watch;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.UnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallStore;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.WatchStore;
import io.mooring.store.WatchStore.Mark;
import io.mooring.store.WatchStore.Taken;
import io.mooring.watch.Notifies;
import io.mooring.watch.Shown;
import io.mooring.watch.Strangers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells watchers what has changed where they watch. The write of a call marks the place in the same step, and its node tells the watchers at
 * once; the mark goes when all of them know. What a node left undone, and what an edge has forgotten, is found by the holder of the shard.
 */
final class Lamps {
    private static final Logger LOG = LoggerFactory.getLogger(Lamps.class);

    /** Between two NOTIFYs of a subscription, at least: a phone follows no faster. */
    private static final long APART_MILLIS = 250;
    private static final long LOOK_MILLIS = 1_000;
    /** Left to the node that has set the mark. */
    private static final long GRACE_MILLIS = 1_000;
    /** An edge that did not answer is tried again. */
    private static final long AWAY_MILLIS = 1_000;
    /** Subscriptions that are read in one step. */
    private static final int AT_ONCE = 25;
    /** Marks, and ends, of a shard in one look. */
    private static final int MOST = 500;
    /** What an edge reads in one post, characters. */
    private static final int LARGEST_POST = 40_000;
    /** Posts to an edge at once: what calls need shall not queue behind lamps. */
    private static final int POSTS_AT_ONCE = 2;

    private final Vertx vertx;
    private final WatchStore watches;
    private final CallStore store;
    private final Directory directory;
    private final Strangers strangers;
    private final EdgeClient edges;
    private final Edges beside;
    private final Metrics metrics;
    private final Clock clock;
    private final OneAtATime marks;
    private final Map<String, Semaphore> posts = new ConcurrentHashMap<>();
    private final Rounds rounds;

    Lamps(Vertx vertx, WatchStore watches, CallStore store, Directory directory, EdgeClient edges, Edges beside,
            Metrics metrics, Clock clock) {
        this.vertx = vertx;
        this.marks = new OneAtATime(vertx);
        this.rounds = new Rounds(vertx, LOOK_MILLIS);
        this.watches = watches;
        this.store = store;
        this.directory = directory;
        this.strangers = new Strangers(directory);
        this.edges = edges;
        this.beside = beside;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** @param shards that this node holds now */
    void start(IntPredicate shards) {
        rounds.start(() -> look(shards));
    }

    void stop() {
        rounds.stop();
    }

    /** Places of a tenant have been marked: those who watch them are told; does not wait. */
    void changed(String tenant, List<String> places) {
        places.forEach(place -> begin(tenant, place));
    }

    /**
     * A subscription has to be told something, at the earliest after a while.
     *
     * @throws StoreUnavailableException when it is not sure that anybody will
     */
    void later(String tenant, String id, long millis) {
        watches.mark(tenant, "#" + id, clock.millis() + millis).await();
        vertx.setTimer(Math.max(1, millis), timer -> begin(tenant, "#" + id));
    }

    /** The calls of a NOTIFY as its watcher may see them. */
    List<Shown> shown(Taken.Notify notify) {
        return shown(notify, new HashMap<>());
    }

    private List<Shown> shown(Taken.Notify notify, Map<String, Standing> standings) {
        Watch watch = notify.watch();
        String code = notify.calls().isEmpty() ? "" : directory.retrieveCode(watch.tenant);
        return notify.calls()
                .stream()
                .map(call -> Shown.of(call, watch.user,
                        () -> standings.computeIfAbsent(watch.user,
                                user -> directory.standing(watch.tenant, user)),
                        code))
                .toList();
    }

    private void begin(String tenant, String what) {
        if (!rounds.isStopped()) {
            marks.run(tenant + "|" + what, () -> attend(tenant, what));
        }
    }

    private void attend(String tenant, String what) {
        try {
            work(tenant, what);
        } catch (StoreUnavailableException e) {
            LOG.debug("Lamps are told later: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).addKeyValue("tenant", tenant).log("Lamps were not told");
        }
    }

    private void work(String tenant, String what) {
        OptionalLong marked = watches.marked(tenant, what);
        if (marked.isEmpty()) {
            return;
        }
        List<String> ids = what.startsWith("#") ? List.of(what.substring(1)) : watches.watchers(tenant, what);
        long wait = tell(tenant, ids);
        if (wait == 0) {
            watches.settle(new Mark(tenant, what, marked.getAsLong()));
        } else if (!rounds.isStopped()) {
            vertx.setTimer(wait, timer -> begin(tenant, what));
        }
    }

    /** @return milliseconds after which some have to be told yet; 0: all know */
    private long tell(String tenant, List<String> ids) {
        long wait = 0;
        var standings = new HashMap<String, Standing>();
        for (int from = 0; from < ids.size() && !rounds.isStopped(); from += AT_ONCE) {
            List<String> some = ids.subList(from, Math.min(from + AT_ONCE, ids.size()));
            var notifies = new ArrayList<Taken.Notify>();
            for (Taken taken : watches.take(tenant, some, APART_MILLIS, false).values()) {
                switch (taken) {
                    case Taken.Nothing _ -> {}
                    case Taken.Later(long millis) -> wait = Math.max(wait, millis);
                    case Taken.Notify notify -> notifies.add(notify);
                }
            }
            Map<String, Notifies.End> unwanted = strangers.among(tenant,
                    notifies.stream().map(Taken.Notify::watch).toList());
            unwanted.forEach((id, why) -> end(tenant, id, why));
            notifies.forEach(notify -> beside.settle(notify.watch().leg));
            Map<String, List<Taken.Notify>> byEdge = notifies.stream()
                    .filter(notify -> !unwanted.containsKey(notify.watch().id))
                    .collect(Collectors.groupingBy(notify -> notify.watch().leg.control));
            for (Map.Entry<String, List<Taken.Notify>> one : byEdge.entrySet()) {
                wait = Math.max(wait, post(tenant, one.getKey(), one.getValue(), standings));
            }
        }
        return wait;
    }

    private long post(
            String tenant, String control, List<Taken.Notify> notifies, Map<String, Standing> standings) {
        Semaphore atOnce = posts.computeIfAbsent(control, edge -> new Semaphore(POSTS_AT_ONCE));
        atOnce.acquireUninterruptibly();
        try {
            int from = 0;
            while (from < notifies.size()) {
                var actions = new ArrayList<EdgeAction>();
                int length = 0;
                int to = from;
                while (to < notifies.size() && (length < LARGEST_POST / 2 || actions.isEmpty())) {
                    Taken.Notify notify = notifies.get(to++);
                    var send = Notifies.active(notify.watch(), notify.number(), notify.lasts(),
                            shown(notify, standings));
                    actions.add(send);
                    length += send.headers().length() + send.body().length();
                }
                edges.post(control, "lamps-" + Sip.token(8), actions).await();
                watches.told(tenant, notifies.subList(from, to));
                metrics.notifies("sent", to - from);
                from = to;
            }
            return 0;
        } catch (UnavailableException e) {
            LOG.atDebug().addKeyValue("edge", control).log("Lamps are told later: {}", e.getMessage());
            return AWAY_MILLIS;
        } finally {
            atOnce.release();
        }
    }

    /** Ends a subscription before its time. */
    void end(String tenant, String id, Notifies.End why) {
        watches.end(tenant, id, false).ifPresent(ended -> last(ended, why));
    }

    /** Tells a subscription for the last time that is over, and forgets its dialog; does not wait for the edge. */
    private void last(Taken.Notify ended, Notifies.End end) {
        beside.settle(ended.watch().leg);
        edges.post(ended.watch().leg.control, "lamps-" + Sip.token(8),
                List.of(Notifies.last(ended.watch(), ended.number(), end, shown(ended)),
                        new EdgeAction.Disown(ended.watch().leg.callId)));
        store.releaseDialog(ended.watch().leg.callId, ended.watch().owner());
        metrics.notifies("ended", 1);
    }

    // --- what the holder of a shard sees to -----------------------------------------------------------------------

    private void look(IntPredicate shards) {
        try {
            List<Integer> held = IntStream.range(0, watches.shards()).filter(shards).boxed().toList();
            long now = clock.millis();
            List<Future<List<Mark>>> left = held.stream()
                    .map(shard -> watches.marks(shard, now - GRACE_MILLIS, MOST))
                    .toList();
            List<Future<List<Mark>>> over = held.stream().map(shard -> watches.over(shard, now, MOST)).toList();
            List<Future<Map<String, String>>> reached = held.stream().map(watches::edges).toList();
            for (int i = 0; i < held.size(); i++) {
                left.get(i).await().forEach(mark -> begin(mark.tenant(), mark.what()));
                over.get(i).await().forEach(this::over);
                int shard = held.get(i);
                reached.get(i).await().forEach((control, boot) -> compare(shard, control, boot));
            }
        } catch (StoreUnavailableException e) {
            LOG.debug("Lamps were not looked at: {}", e.getMessage());
        }
    }

    private void over(Mark subscription) {
        watches.end(subscription.tenant(), subscription.what().substring(1), true)
                .ifPresent(ended -> last(ended, Notifies.End.TIMEOUT));
    }

    /** An edge that has started anew has forgotten what it was to send. */
    private void compare(int shard, String control, String boot) {
        String now = edges.boot(control).otherwise("").await();
        if (now.isEmpty() || now.equals(boot)) {
            return;
        }
        LOG.atInfo().addKeyValue("edge", control).log("the edge has started anew: lamps are told again");
        for (Mark subscription : watches.all(shard)) {
            String id = subscription.what().substring(1);
            if (watches.forgotten(subscription.tenant(), id, control)) {
                later(subscription.tenant(), id, 0);
            }
        }
        watches.knows(shard, control, now);
    }
}
