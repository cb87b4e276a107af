package io.mooring.dispatch;

import io.mooring.media.MediaUnavailableException;
import io.mooring.media.RtpengineRun;
import io.mooring.store.MediaRuns;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks rtpengine, each second, whether it has started anew, and has every call hear what it should by the node that holds its shard: one
 * call after the other, so that a new rtpengine is not buried.
 *
 * <p>Which run plays to a shard stands in Redis, so that it does not matter whether the node that sees the new one has seen the old one,
 * or whether its shard goes to another node half way: that one begins anew.
 */
public final class MediaWatch {
    private static final Logger LOG = LoggerFactory.getLogger(MediaWatch.class);

    private static final long LOOK_MILLIS = 1_000;

    private final RtpengineRun rtpengine;
    private final MediaRuns runs;
    private final MediaAgain calls;
    private final Rounds rounds;
    /** The run that plays to a shard, as far as this node knows. */
    private final Map<Integer, String> known = new HashMap<>();
    /** By shard: the calls that are to be looked at. */
    private final Map<Integer, Set<String>> left = new HashMap<>();
    private String leftBy = "";

    public MediaWatch(Vertx vertx, RtpengineRun rtpengine, MediaRuns runs, EventRouter router) {
        this.rounds = new Rounds(vertx, LOOK_MILLIS);
        this.rtpengine = rtpengine;
        this.runs = runs;
        this.calls = router.mediaAgain();
    }

    /** @param shards that this node holds now */
    void start(IntPredicate shards) {
        rounds.start(() -> look(shards));
    }

    void stop() {
        rounds.stop();
    }

    private void look(IntPredicate shards) {
        try {
            String run = rtpengine.id();
            if (!run.equals(leftBy)) {
                left.clear();
                leftBy = run;
            }
            left.keySet().removeIf(shard -> !shards.test(shard));
            find(run, shards);
            for (int shard : List.copyOf(left.keySet())) {
                see(shard, run, shards);
            }
        } catch (StoreUnavailableException | MediaUnavailableException e) {
            LOG.debug("Not looked whether rtpengine has started anew: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("The look after rtpengine failed", e);
        }
    }

    /** Shards that this node has not seen to since this run began; another one may have. */
    private void find(String run, IntPredicate shards) {
        Set<Integer> unseen = IntStream.range(0, runs.shards())
                .filter(shard -> shards.test(shard) && !run.equals(known.get(shard)) && !left.containsKey(shard))
                .boxed()
                .collect(Collectors.toSet());
        if (unseen.isEmpty()) {
            return;
        }
        Map<Integer, String> noted = runs.noted();
        Set<Integer> stale = unseen.stream()
                .filter(shard -> !run.equals(noted.getOrDefault(shard, run)))
                .collect(Collectors.toSet());
        Map<Integer, Set<String>> owners = stale.isEmpty() ? Map.of() : runs.owners(stale);
        unseen.forEach(shard -> left.put(shard, owners.getOrDefault(shard, new LinkedHashSet<>())));
        if (!stale.isEmpty()) {
            LOG.atInfo()
                    .addKeyValue("run", run)
                    .addKeyValue("calls", owners.values().stream().mapToInt(Set::size).sum())
                    .log("rtpengine has started anew");
        }
    }

    /** @throws MediaUnavailableException when it is away again: all is done anew for its next run */
    private void see(int shard, String run, IntPredicate shards) {
        Set<String> owners = left.getOrDefault(shard, Set.of());
        for (String owner : List.copyOf(owners)) {
            if (rounds.isStopped() || !shards.test(shard)) {
                return;
            }
            if (calls.restore(owner)) {
                owners.remove(owner);
            }
        }
        if (owners.isEmpty()) {
            runs.note(shard, run);
            known.put(shard, run);
            left.remove(shard);
        }
    }
}
