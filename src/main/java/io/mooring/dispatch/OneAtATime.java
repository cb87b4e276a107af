package io.mooring.dispatch;

import io.mooring.loop.LoopThreads;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work on something of which there shall not be two at once at this node: what is asked for meanwhile is done once more afterwards, however
 * often it was asked for.
 */
final class OneAtATime {
    private static final Logger LOG = LoggerFactory.getLogger(OneAtATime.class);

    private final Vertx vertx;
    /** What is worked on now; true: once more afterwards. */
    private final Map<String, Boolean> running = new ConcurrentHashMap<>();

    OneAtATime(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Does the work on a virtual thread, unless the same is done already; does not wait. */
    void run(String what, Runnable work) {
        // In one step: who is just finishing must not miss that there is more to do.
        if (!Boolean.TRUE.equals(running.merge(what, false, (now, begun) -> true))) {
            LoopThreads.start(vertx, () -> work(what, work));
        }
    }

    boolean isRunning(String what) {
        return running.containsKey(what);
    }

    private void work(String what, Runnable work) {
        do {
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("What was to be done failed: {}", what, e);
            }
        } while (running.computeIfPresent(what, (same, more) -> more ? false : null) != null);
    }
}
