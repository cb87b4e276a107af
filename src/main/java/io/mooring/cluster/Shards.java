package io.mooring.cluster;

import io.mooring.loop.LoopThreads;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.shareddata.SharedData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards that this node holds: about its fair share of them. Who holds a shard has its lock and is entered in a clustered map.
 *
 * <p>The locks are an optimisation: they keep nodes from trying the same. They are not exclusive for certain. A lock of Hazelcast is re-entrant
 * for the threads of a node, so the node's own lock is taken first. Its loss (a node that stood still, a cluster that was split) is told to nobody,
 * and its release frees it whoever has it by then; so the map is asked, and what belongs to another by now is let go without a
 * release.
 */
public final class Shards {
    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

    private static final String LOCK = "mooring.shard.";
    /** Another name: without a cluster both kinds of locks are the same. */
    private static final String OWN_LOCK = "mooring.own-shard.";
    private static final String HOLDERS = "mooring.shard-holders";
    private static final String NODES = "mooring.shard-nodes";
    private static final String GIVEN_UP = "mooring.shards.given-up";

    /** Should a message have been lost. */
    private static final long LOOK_MILLIS = 1_000;
    /** Whoever gave a shard up, or died, may have its lock a moment longer. */
    private static final long LOCK_MILLIS = 200;
    private static final long AGAIN_MILLIS = 50;

    private final Vertx vertx;
    private final Members members;
    private final int count;
    private final Map<Integer, Held> held = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private IntConsumer taken = shard -> {};
    private @Nullable MessageConsumer<String> news;
    private final Promise<Void> left = Promise.promise();
    private volatile boolean leaving;

    private record Held(Lock own, Lock clustered) {}

    private record Maps(AsyncMap<Integer, String> holders, AsyncMap<String, String> nodes) {}

    /** @param count number of shards, the same at every node */
    public Shards(Vertx vertx, Members members, int count) {
        this.vertx = vertx;
        this.members = members;
        this.count = count;
    }

    /** The most that one of some nodes holds. */
    static int share(int shards, int nodes) {
        return Math.ceilDiv(shards, Math.max(1, nodes));
    }

    /** True while this node holds the shard, as far as it knows. */
    public boolean holds(int shard) {
        return held.containsKey(shard);
    }

    /** How many it holds. */
    public int held() {
        return held.size();
    }

    /**
     * Begins to take shards; on a context of the verticle that uses them.
     *
     * @param onTaken told of each shard that was taken; must not wait
     */
    public void start(IntConsumer onTaken) {
        taken = onTaken;
        news = vertx.eventBus().consumer(GIVEN_UP, message -> rebalanceSoon());
        members.onChange(this::rebalanceSoon);
        vertx.setPeriodic(LOOK_MILLIS, timer -> rebalanceSoon());
        rebalanceSoon();
    }

    /** Gives all shards up, so that others take them now, and takes none any more. */
    public Future<Void> leave() {
        leaving = true;
        rebalanceSoon();
        return left.future();
    }

    private void rebalanceSoon() {
        if (asked.getAndIncrement() == 0) {
            LoopThreads.start(vertx, this::rebalanceUntilQuiet);
        }
    }

    /** One at a time; what is asked for meanwhile is done once more afterwards. */
    private void rebalanceUntilQuiet() {
        int seen;
        do {
            seen = asked.get();
            try {
                if (leaving) {
                    giveAllUp();
                } else if (rebalance()) {
                    vertx.setTimer(AGAIN_MILLIS, timer -> rebalanceSoon());
                }
            } catch (RuntimeException e) {
                LOG.debug("The shards were not shared out: {}", e.toString());
            }
        } while (!asked.compareAndSet(seen, 0));
    }

    private void giveAllUp() {
        try {
            if (news != null) {
                // What it says is for the others.
                news.unregister().await();
            }
            Maps maps = maps();
            maps.nodes.remove(members.self()).await();
            Future.join(List.copyOf(held.keySet()).stream().map(shard -> giveUp(maps, shard)).toList()).await();
            // Until it has gone out: the node closes next, and the others would hear of it when they miss the node, half a second later.
            vertx.eventBus().<String>publisher(GIVEN_UP).write(members.self()).otherwiseEmpty().await();
        } finally {
            left.tryComplete();
        }
    }

    /** @return true when a shard is free that this node could not take */
    private boolean rebalance() {
        Maps maps = maps();
        String self = members.self();
        maps.nodes.put(self, self).await();
        Set<String> nodes = nodes(maps);
        Map<Integer, String> holders = maps.holders.entries().await();
        for (int shard : List.copyOf(held.keySet())) {
            if (!self.equals(holders.get(shard))) {
                letGo(shard);
            }
        }
        int share = share(count, nodes.size());
        if (held.size() > share) {
            List<Integer> most = List.copyOf(held.keySet()).subList(share, held.size());
            Future.join(most.stream().map(shard -> giveUp(maps, shard)).toList()).await();
            vertx.eventBus().publish(GIVEN_UP, self);
            LOG.atInfo().addKeyValue("held", held.size()).log("gave up shards");
            return false;
        }
        return take(maps, free(holders, nodes), share - held.size());
    }

    /** Those that are there and take shards; what dead ones have left is taken away. */
    private Set<String> nodes(Maps maps) {
        Set<String> there = members.all();
        var nodes = new HashSet<>(Set.of(members.self()));
        for (String node : maps.nodes.keys().await()) {
            if (there.contains(node)) {
                nodes.add(node);
            } else {
                maps.nodes.remove(node).await();
            }
        }
        return nodes;
    }

    private List<Integer> free(Map<Integer, String> holders, Set<String> nodes) {
        // Nodes that begin at different shards meet less often.
        int first = Math.floorMod(members.self().hashCode(), count);
        var free = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            int shard = (first + i) % count;
            String holder = holders.get(shard);
            if (!held.containsKey(shard)
                    && (holder == null || holder.equals(members.self()) || !nodes.contains(holder))) {
                free.add(shard);
            }
        }
        return free;
    }

    private boolean take(Maps maps, List<Integer> free, int most) {
        List<Integer> wanted = free.subList(0, Math.min(most, free.size()));
        if (wanted.isEmpty()) {
            return false;
        }
        int before = held.size();
        Future.join(wanted.stream().map(shard -> take(maps, shard)).toList()).otherwiseEmpty().await();
        if (held.size() > before) {
            LOG.atInfo().addKeyValue("held", held.size()).log("took shards");
        }
        return held.size() < before + wanted.size();
    }

    private Future<Void> take(Maps maps, int shard) {
        SharedData shared = vertx.sharedData();
        return shared.getLocalLockWithTimeout(OWN_LOCK + shard, LOCK_MILLIS)
                .compose(own -> shared.getLockWithTimeout(LOCK + shard, LOCK_MILLIS)
                        .compose(clustered -> maps.holders.put(shard, members.self())
                                .onSuccess(entered -> {
                                    held.put(shard, new Held(own, clustered));
                                    taken.accept(shard);
                                })
                                .onFailure(failure -> clustered.release()))
                        .onFailure(failure -> own.release()));
    }

    private Future<Void> giveUp(Maps maps, int shard) {
        Held mine = held.remove(shard);
        if (mine == null) {
            return Future.succeededFuture();
        }
        return maps.holders.removeIfPresent(shard, members.self())
                .onSuccess(wasMine -> {
                    if (wasMine) {
                        mine.clustered.release();
                    }
                })
                .onComplete(done -> mine.own.release())
                .mapEmpty();
    }

    /** Another node holds it by now: its lock is not ours to release. */
    private void letGo(int shard) {
        Held lost = held.remove(shard);
        if (lost != null) {
            lost.own.release();
            LOG.atInfo().addKeyValue("shard", shard).log("lost a shard");
        }
    }

    private Maps maps() {
        SharedData shared = vertx.sharedData();
        return new Maps(shared.<Integer, String>getAsyncMap(HOLDERS).await(),
                shared.<String, String>getAsyncMap(NODES).await());
    }
}
