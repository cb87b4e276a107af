package io.mooring.dispatch;

import io.mooring.cluster.Shards;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Sees to what is due in the calls, the recalls above all, in the shards that this node holds; deployed once a node, with virtual threads.
 * When it stops, others have its shards before it has finished what it had begun.
 */
public final class RecallVerticle extends VerticleBase {
    /** Longer than a turn may wait for Redis, rtpengine and the edge. */
    private static final long FINISH_MILLIS = 3_000;

    private final Schedule schedule;
    private final RingingWatch ringing;
    private final Lamps lamps;
    private final MediaWatch media;
    private final Shards shards;

    public RecallVerticle(EventRouter router, MediaWatch media, Shards shards) {
        this.schedule = router.schedule();
        this.ringing = router.ringing();
        this.lamps = router.lamps();
        this.media = media;
        this.shards = shards;
    }

    @Override
    public Future<?> start() {
        schedule.start(shards::holds);
        ringing.start(shards::holds);
        lamps.start(shards::holds);
        media.start(shards::holds);
        shards.start(schedule::look);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        schedule.stop();
        ringing.stop();
        lamps.stop();
        media.stop();
        Future<Void> left = shards.leave();
        schedule.awaitIdle(FINISH_MILLIS);
        return left;
    }
}
