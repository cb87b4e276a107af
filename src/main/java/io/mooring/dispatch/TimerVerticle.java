package io.mooring.dispatch;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Runs the timers of the calls; deployed once a node, with virtual threads. */
public final class TimerVerticle extends VerticleBase {
    private final EventRouter router;

    public TimerVerticle(EventRouter router) {
        this.router = router;
    }

    @Override
    public Future<?> start() {
        router.start();
        return Future.succeededFuture();
    }
}
