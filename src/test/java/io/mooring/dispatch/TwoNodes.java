package io.mooring.dispatch;

import io.mooring.call.RetrieveOrder;
import io.mooring.config.Secret;
import io.mooring.edge.EdgeClient;
import io.mooring.media.MediaSessions;
import io.mooring.media.NgClient;
import io.mooring.media.Player;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallEvents;
import io.mooring.store.CallStore;
import io.mooring.store.DueTimes;
import io.mooring.store.Keys;
import io.mooring.store.PinTries;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.RingingInvites;
import io.mooring.store.TenantStore;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Two nodes, as far as calls need them, on one real Redis with real tenants, and a fake rtpengine. {@link ManyPhones} are the edge. */
final class TwoNodes implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final Vertx vertx = Vertx.vertx();
    private final List<ManyPhones.At> nodes = new ArrayList<>();
    private final List<RedisAccess> connections = new ArrayList<>();
    private final AtomicReference<ManyPhones> phones = new AtomicReference<>();
    private final String control;
    final FakeRtpengine rtpengine = new FakeRtpengine();
    final CallStore store;
    final TenantStore tenants;

    TwoNodes(RedisServer redis, Keys keys) throws Exception {
        HttpServer edge = get(vertx.createHttpServer()
                .requestHandler(r -> r.body().onSuccess(b -> {
                    if (b.length() > 0) {
                        // Nothing is in a question after its health.
                        b.toJsonObject().getJsonArray("actions").forEach(a -> phones.get().ordered((JsonObject) a));
                    }
                    r.response().end("{\"done\": 1}");
                }))
                .listen(0, "127.0.0.1"));
        control = "http://127.0.0.1:" + edge.actualPort();
        nodes.add(node(redis, keys));
        nodes.add(node(redis, keys));
        store = new CallStore(connections.getFirst(), keys);
        tenants = new TenantStore(connections.getFirst());
        var done = new CompletableFuture<Void>();
        nodes.getFirst().context().runOnContext(_ -> {
            nodes.getFirst().node().schedule().start(shard -> true);
            done.complete(null);
        });
        done.get(10, TimeUnit.SECONDS);
    }

    private ManyPhones.At node(RedisServer server, Keys keys) throws Exception {
        var metrics = new Metrics();
        RedisAccess redis = server.connect(vertx, LIMIT, metrics);
        connections.add(redis);
        var ng = new NgClient(vertx, rtpengine.address(), LIMIT, metrics);
        var media = new MediaSessions(ng, new Player(vertx, ng, "/music.wav",
                hearing -> Future.failedFuture("no sounds here"), Optional.empty(), metrics));
        var router = new EventRouter(vertx, new CallStore(redis, keys), new CallEvents(redis, keys),
                new DueTimes(redis, keys), new RingingInvites(redis, keys), new PinTries(redis, keys),
                new WatchStore(redis, keys), media,
                new TenantStore(redis),
                new EdgeClient(vertx, new Secret("t"), LIMIT, metrics), metrics, Clock.systemUTC(), "t", 10_000);
        var found = new CompletableFuture<Context>();
        get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                found.complete(context);
                return Future.succeededFuture();
            }
        }, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return new ManyPhones.At(router, found.get());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** Phones of a tenant, which have nothing to do with those before. */
    ManyPhones phones(String tenant) {
        phones.set(new ManyPhones(tenant, control, nodes));
        return phones.get();
    }

    /** Orders over the API, at the second node. */
    void ring(String tenant, String call, RetrieveOrder order) {
        var done = new CompletableFuture<Void>();
        nodes.getLast().context().runOnContext(_ -> {
            try {
                nodes.getLast().node().control().ring(tenant, call, order);
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Keys that rtpengine has seen in the media, told to one of the nodes. */
    void press(int node, String session, String keys) {
        var done = new CompletableFuture<Void>();
        nodes.get(node).context().runOnContext(_ -> {
            keys.chars().forEach(key -> nodes.get(node).node().pins().pressed(session, (char) key));
            done.complete(null);
        });
        done.join();
    }

    @Override
    public void close() throws Exception {
        connections.forEach(RedisAccess::close);
        get(vertx.close());
        rtpengine.close();
    }
}
