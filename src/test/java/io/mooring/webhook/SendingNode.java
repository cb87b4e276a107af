package io.mooring.webhook;

import io.mooring.config.Cidr;
import io.mooring.config.Secret;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries;
import io.mooring.store.Keys;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.TenantStore;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The part of a node that sends webhooks, with a Vert.x and a connection of its own. */
final class SendingNode implements AutoCloseable {
    static final Keys KEYS = new Keys(16);
    static final SecretBox BOX = new SecretBox(new Secret("root"));
    static final WebhookRules LOCAL = new WebhookRules(true, List.of(Cidr.parse("127.0.0.0/8")));
    static final Duration LIMIT = Duration.ofMillis(400);

    private final Vertx vertx = Vertx.vertx();
    private final RedisAccess redis;
    final Metrics metrics = new Metrics();
    final Deliveries deliveries;
    final CallEvents events;
    volatile boolean holds;

    SendingNode(RedisServer server, WebhookRules rules, boolean holds, int attempts) throws Exception {
        this.holds = holds;
        redis = server.connect(vertx, Duration.ofSeconds(2), metrics);
        deliveries = new Deliveries(redis, KEYS);
        events = new CallEvents(redis, KEYS);
        var backoff = new Backoff(Duration.ofMillis(100), Duration.ofMillis(400), attempts);
        var parts = new WebhookVerticle.Parts(new TenantStore(redis), events, deliveries,
                new WebhookClient(vertx, rules, LIMIT, metrics), BOX, KEYS, backoff, metrics, Clock.systemUTC());
        vertx.deployVerticle(() -> new WebhookVerticle(parts, shard -> this.holds),
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)).await(10, TimeUnit.SECONDS);
    }

    /** Dies without a word: what it had not written is not written. */
    void kill() throws Exception {
        redis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        Future.join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList()).await(10, TimeUnit.SECONDS);
        redis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }
}
