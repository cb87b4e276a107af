package io.mooring.dispatch;

import io.mooring.media.MediaUnavailableException;
import io.mooring.media.RtpengineRun;
import io.mooring.store.MediaRuns;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.UnknownVersionException;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
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

    private final Supplier<String> rtpengine;
    private final MediaRuns runs;
    private final Predicate<String> restored;
    private final Rounds rounds;
    /** The run that plays to a shard, as far as this node knows. */
    private final Map<Integer, String> known = new HashMap<>();
    /** Shards whose calls are being looked at. */
    private final Set<Integer> begun = new HashSet<>();
    /** Their calls that are to be looked at, in this order, and the shard of each. */
    private final Map<String, Integer> left = new LinkedHashMap<>();
    private final Set<String> failed = new HashSet<>();
    private String leftBy = "";

    public MediaWatch(Vertx vertx, RtpengineRun rtpengine, MediaRuns runs, EventRouter router) {
        this(vertx, rtpengine::id, runs, router.mediaAgain()::restore);
    }

    /**
     * @param rtpengine the id of its run
     * @param restored has a call hear what it should; false when it is to be looked at again
     */
    MediaWatch(Vertx vertx, Supplier<String> rtpengine, MediaRuns runs, Predicate<String> restored) {
        this.rounds = new Rounds(vertx, LOOK_MILLIS);
        this.rtpengine = rtpengine;
        this.runs = runs;
        this.restored = restored;
    }

    /** @param shards that this node holds now */
    void start(IntPredicate shards) {
        rounds.start(() -> look(shards));
    }

    void stop() {
        rounds.stop();
    }

    /** Looks once. */
    void look(IntPredicate shards) {
        try {
            String run = rtpengine.get();
            if (!run.equals(leftBy)) {
                begun.clear();
                left.clear();
                failed.clear();
                leftBy = run;
            }
            begun.removeIf(shard -> !shards.test(shard));
            left.values().removeIf(shard -> !begun.contains(shard));
            find(run, shards);
            see(shards);
            note(run);
        } catch (StoreUnavailableException | MediaUnavailableException e) {
            LOG.debug("Not looked whether rtpengine has started anew: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("The look after rtpengine failed", e);
        }
    }

    /** Shards that this node has not seen to since this run began; another one may have. */
    private void find(String run, IntPredicate shards) {
        Set<Integer> unseen = IntStream.range(0, runs.shards())
                .filter(shard -> shards.test(shard) && !run.equals(known.get(shard)) && !begun.contains(shard))
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
        owners.forEach((shard, calls) -> calls.forEach(owner -> left.put(owner, shard)));
        begun.addAll(unseen);
        if (!stale.isEmpty()) {
            LOG.atInfo()
                    .addKeyValue("run", run)
                    .addKeyValue("calls", owners.values().stream().mapToInt(Set::size).sum())
                    .log("rtpengine has started anew");
        }
    }

    /**
     * The calls, one after the other. One that cannot be seen to now comes after all others from then on: it is not for them to wait for it.
     *
     * @throws MediaUnavailableException when rtpengine is away again, perhaps: the next look will tell
     */
    private void see(IntPredicate shards) {
        for (Map.Entry<String, Integer> call : List.copyOf(left.entrySet())) {
            String owner = call.getKey();
            int shard = call.getValue();
            if (rounds.isStopped()) {
                return;
            }
            if (!shards.test(shard)) {
                continue;
            }
            left.remove(owner);
            boolean done = false;
            try {
                done = restored.test(owner);
            } catch (UnknownVersionException e) {
                sayOnce(owner, e);
            } catch (StoreUnavailableException | MediaUnavailableException e) {
                sayOnce(owner, e);
                throw e;
            } catch (RuntimeException e) {
                sayOnce(owner, e);
            } finally {
                if (!done) {
                    left.put(owner, shard);
                }
            }
        }
    }

    private void sayOnce(String owner, RuntimeException e) {
        if (failed.add(owner)) {
            LOG.atWarn().addKeyValue("call", owner).setCause(e).log("Not seen to after rtpengine's start, tried again");
        }
    }

    /** The shards that are done. */
    private void note(String run) {
        for (int shard : List.copyOf(begun)) {
            if (!left.containsValue(shard)) {
                runs.note(shard, run);
                known.put(shard, run);
                begun.remove(shard);
            }
        }
    }
}
