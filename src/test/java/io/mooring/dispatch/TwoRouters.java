package io.mooring.dispatch;

import io.mooring.config.Secret;
import io.mooring.edge.EdgeClient;
import io.mooring.media.MediaSessions;
import io.mooring.media.NgClient;
import io.mooring.media.Player;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallEvents;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.Keys;
import io.mooring.store.PinTries;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.RingingInvites;
import io.mooring.store.WatchStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Two nodes on one real Redis, with a fake rtpengine, for tests that decide what happens when: the test is the edge, moves the
 * clock on, and says when what is due is done.
 */
final class TwoRouters implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int SHARDS = 4;

    private final Vertx vertx = Vertx.vertx();
    private final Context virtualThreads;
    private final RedisAccess redis;
    final FakeDirectory directory = new FakeDirectory();
    final FakeRtpengine rtpengine = new FakeRtpengine();
    final CallStore store;
    /** Where the nodes post what no event asked for. */
    final String control;
    /** What they have posted. */
    final Queue<JsonObject> posted = new ConcurrentLinkedQueue<>();
    final AtomicLong aheadMillis = new AtomicLong();
    final List<EventRouter> nodes;

    TwoRouters(RedisServer server) throws Exception {
        this(vertx -> server.connect(vertx, LIMIT));
    }

    /** @param connection to Redis */
    TwoRouters(Function<Vertx, RedisAccess> connection) throws Exception {
        virtualThreads = context();
        redis = connection.apply(vertx);
        store = new CallStore(redis, new Keys(SHARDS));
        HttpServer edge = get(vertx.createHttpServer()
                .requestHandler(r -> r.body().onSuccess(body -> {
                    if (body.length() > 0) {
                        body.toJsonObject().getJsonArray("actions").forEach(a -> posted.add((JsonObject) a));
                    }
                    r.response().end("{\"done\": 1, \"boot\": \"1\"}");
                }))
                .listen(0, "127.0.0.1"));
        control = "http://127.0.0.1:" + edge.actualPort();
        nodes = List.of(node(), node());
        nodes.forEach(node -> node.schedule().stop());
    }

    private EventRouter node() {
        var metrics = new Metrics();
        var clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(System.currentTimeMillis() + aheadMillis.get());
            }
        };
        var ng = new NgClient(vertx, rtpengine.address(), LIMIT, metrics);
        var media = new MediaSessions(ng, new Player(vertx, ng, "/music.wav",
                hearing -> Future.failedFuture("no sounds here"), Optional.empty(), metrics));
        var keys = new Keys(SHARDS);
        return new EventRouter(vertx, store, new CallEvents(redis, keys), new DueTimes(redis, keys),
                new RingingInvites(redis, keys), new PinTries(redis, keys), new WatchStore(redis, keys), media,
                directory,
                new EdgeClient(vertx, new Secret("t"), LIMIT, metrics), metrics, clock, "t", 10_000);
    }

    private Context context() throws Exception {
        var found = new CompletableFuture<Context>();
        get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                found.complete(context);
                return Future.succeededFuture();
            }
        }, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return found.get();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** Runs what waits on a virtual thread of Vert.x. */
    <T> T virtual(Callable<T> work) throws Exception {
        var done = new CompletableFuture<T>();
        virtualThreads.runOnContext(_ -> {
            try {
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** The call's due times are looked at, at one of the nodes. */
    void due(EventRouter node, String owner) throws Exception {
        virtual(() -> {
            node.schedule().now(new Due(owner, 0, 0));
            return null;
        });
    }

    @Override
    public void close() throws Exception {
        redis.close();
        get(vertx.close());
        rtpengine.close();
    }
}
