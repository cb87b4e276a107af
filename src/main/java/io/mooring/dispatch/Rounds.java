package io.mooring.dispatch;

import io.mooring.loop.LoopThreads;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicBoolean;

/** A look that is taken again and again, on a virtual thread: the next one when its time has come and the last one is over. */
final class Rounds {
    private final Vertx vertx;
    private final long millis;
    private final AtomicBoolean underWay = new AtomicBoolean();
    private volatile boolean stopped;

    /** @param millis from one look to the next, at least */
    Rounds(Vertx vertx, long millis) {
        this.vertx = vertx;
        this.millis = millis;
    }

    /** Begins at once. */
    void start(Runnable look) {
        vertx.setPeriodic(1, millis, timer -> {
            if (!stopped && underWay.compareAndSet(false, true)) {
                LoopThreads.start(vertx, () -> {
                    try {
                        look.run();
                    } finally {
                        underWay.set(false);
                    }
                });
            }
        });
    }

    /** No look is begun any more. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }
}
