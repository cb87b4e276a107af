package io.mooring;

import io.mooring.access.Authenticator;
import io.mooring.access.IssuerKeys;
import io.mooring.access.JwtVerifier;
import io.mooring.admin.AdminServer;
import io.mooring.admin.DependencyCheck;
import io.mooring.admin.NodeState;
import io.mooring.admin.RtpenginePing;
import io.mooring.api.ApiServer;
import io.mooring.api.WebhookParts;
import io.mooring.call.Call;
import io.mooring.call.CallControl;
import io.mooring.call.NextStep;
import io.mooring.call.Role;
import io.mooring.cluster.Members;
import io.mooring.cluster.Shards;
import io.mooring.cluster.VertxStarter;
import io.mooring.config.HostPort;
import io.mooring.config.NodeConfig;
import io.mooring.dispatch.DtmfVerticle;
import io.mooring.dispatch.EventRouter;
import io.mooring.dispatch.MediaWatch;
import io.mooring.dispatch.RecallVerticle;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.EdgeServer;
import io.mooring.edge.EventGate;
import io.mooring.http.BearerToken;
import io.mooring.http.Listening;
import io.mooring.media.MediaSessions;
import io.mooring.media.NgBlobs;
import io.mooring.media.NgClient;
import io.mooring.media.Player;
import io.mooring.media.RtpengineRun;
import io.mooring.metrics.Metrics;
import io.mooring.sound.Sounds;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.CallStore;
import io.mooring.store.Deliveries;
import io.mooring.store.DueTimes;
import io.mooring.store.Keys;
import io.mooring.store.MediaRuns;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.ParkedCalls.Party;
import io.mooring.store.PinTries;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisClock;
import io.mooring.store.RedisPing;
import io.mooring.store.RedisSetup;
import io.mooring.store.RingingInvites;
import io.mooring.store.TenantStore;
import io.mooring.store.WatchStore;
import io.mooring.webhook.Backoff;
import io.mooring.webhook.SecretBox;
import io.mooring.webhook.WebhookClient;
import io.mooring.webhook.WebhookRules;
import io.mooring.webhook.WebhookVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: its parts, how they are wired, and the order in which they start and stop. */
public final class Node {

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration REDIS_LIMIT = Duration.ofSeconds(1);
    private static final Duration MEDIA_LIMIT = Duration.ofSeconds(1);
    private static final Duration EDGE_LIMIT = Duration.ofSeconds(1);
    /** Parked calls of one tenant that the API lists. */
    private static final int LISTED_CALLS = 1_000;
    /** How late who asks too often is told so: long against what an answer takes, short against what a client waits for. */
    private static final Duration REFUSAL_DELAY = Duration.ofMillis(500);
    /** When a webhook is tried again first, and how long is waited later at most: the receiver that is back has all within that. */
    private static final Duration WEBHOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration WEBHOOK_AGAIN_AT_MOST = Duration.ofMinutes(5);

    private final NodeConfig config;
    private final Vertx vertx;
    private final Metrics metrics;
    private final RedisAccess redis;
    private final NgClient ng;
    private final NgBlobs blobs;
    private final Sounds sounds;
    private final EdgeClient edgeClient;
    private final EventGate gate;
    private final NodeState state = new NodeState();
    private final Listening edgeListening;
    private final Listening apiListening;
    private final Listening adminListening;
    private final CallStore calls;
    private final CallEvents events;
    private final DueTimes dueTimes;
    private final RingingInvites ringing;
    private final PinTries pinTries;
    private final WatchStore watches;
    private final Shards shards;
    private final TenantStore tenants;
    private final Deliveries deliveries;
    private final WebhookRules webhookRules;
    private final SecretBox webhookSecrets;
    private final WebhookClient webhookClient;
    private final Keys keys;
    private final RedisClock clock;

    private Node(NodeConfig config, Vertx vertx, Metrics metrics) {
        this.config = config;
        this.vertx = vertx;
        this.metrics = metrics;
        this.redis = redis(config.redis(), vertx, metrics);
        this.ng = new NgClient(vertx, config.media().rtpengine(), MEDIA_LIMIT, metrics);
        this.blobs = new NgBlobs(vertx, config.media().rtpengineHttp(), MEDIA_LIMIT, metrics);
        this.edgeClient = new EdgeClient(vertx, config.edge().token(), EDGE_LIMIT, metrics);
        this.gate = new EventGate(config.edge().maxInFlight());
        this.edgeListening = new Listening("MOORING_EDGE_LISTEN", config.edge().listen());
        this.apiListening = new Listening("MOORING_API_LISTEN", config.api().listen());
        this.keys = new Keys(config.shards());
        this.calls = new CallStore(redis, keys);
        this.events = new CallEvents(redis, keys);
        this.dueTimes = new DueTimes(redis, keys);
        this.ringing = new RingingInvites(redis, keys);
        this.pinTries = new PinTries(redis, keys);
        this.watches = new WatchStore(redis, keys);
        this.shards = new Shards(vertx, Members.of(vertx), config.shards());
        this.tenants = new TenantStore(redis);
        this.deliveries = new Deliveries(redis, keys);
        this.webhookRules = new WebhookRules(config.webhooks().plainHttp(), config.webhooks().networks());
        this.webhookSecrets = new SecretBox(config.webhooks().key().orElse(config.api().operatorToken()));
        this.webhookClient = new WebhookClient(vertx, webhookRules, config.webhooks().timeout(), metrics);
        this.clock = new RedisClock(redis, System::nanoTime);
        this.sounds = new Sounds(vertx, tenants.config(), config.media().soundDirectory(), Clock.systemUTC());
        this.adminListening = new Listening("MOORING_ADMIN_LISTEN", config.adminListen());
        metrics.gauge("mooring_node_running", "1 when this node takes work, 0 while it starts or drains", state,
                it -> it.phase() == NodeState.Phase.RUNNING ? 1 : 0);
        metrics.gauge("mooring_edge_events_in_flight", "Events of edges that are handled now", gate,
                EventGate::inFlight);
        metrics.gauge("mooring_shards", "Shards in all, as this node is set", config, NodeConfig::shards);
        metrics.gauge("mooring_shards_held", "Shards that this node holds", shards, Shards::held);
    }

    private static RedisAccess redis(NodeConfig.Redis config, Vertx vertx, Metrics metrics) {
        RedisSetup setup = config.sentinels()
                .map(sentinels -> RedisSetup.sentinels(config.uri(), texts(sentinels.addresses()), sentinels.master()))
                .orElseGet(() -> config.cluster().isEmpty()
                        ? RedisSetup.one(config.uri().toString())
                        : RedisSetup.cluster(config.uri(), texts(config.cluster())));
        var tls = new RedisSetup.Tls(config.tls().authorities(), config.tls().certificate(),
                config.tls().key().value());
        return RedisAccess.connect(vertx, setup.with(tls), REDIS_LIMIT, metrics);
    }

    private static List<String> texts(List<HostPort> addresses) {
        return addresses.stream().map(HostPort::toString).toList();
    }

    /**
     * Starts a node and waits until it takes work. A dependency that does not answer stops nothing: {@code /readyz} tells.
     *
     * @throws StartException when it cannot listen or join its cluster; nothing is left running
     */
    public static Node start(NodeConfig config) throws StartException {
        var metrics = new Metrics();
        Vertx vertx = await(VertxStarter.start(config, metrics), "Vert.x did not start");
        var node = new Node(config, vertx, metrics);
        try {
            await(node.deploy(), "the servers did not start");
        } catch (StartException e) {
            node.close(Duration.ofSeconds(5));
            throw e;
        }
        node.state.started();
        return node;
    }

    /** Everything that runs. Whatever needs wiring is wired here. */
    private Future<?> deploy() {
        var checks = List.of(
                new DependencyCheck("redis", true, new RedisPing(redis)),
                new DependencyCheck("rtpengine", false, new RtpenginePing(vertx, config.media().rtpengineHttp())));
        var status = new NodeStatus(config, Members.of(vertx), shards);
        var edgeToken = new BearerToken(config.edge().token());
        EventRouter events = eventRouter();
        // A node that does not know yet what time it is takes no shard and no event.
        return clock.read()
                .otherwiseEmpty()
                .compose(read -> vertx.deployVerticle(() -> new RecallVerticle(events, mediaWatch(events), shards),
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)))
                .compose(timers -> vertx.deployVerticle(this::webhooks,
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)))
                .compose(webhooks -> vertx.deployVerticle(() -> new AdminServer(adminListening, state, checks,
                        status::now, metrics),
                        instances(1)))
                .compose(admin -> vertx.deployVerticle(
                        () -> new EdgeServer(edgeListening, edgeToken, gate, events, metrics),
                        instances(VertxStarter.EVENT_LOOPS)))
                .compose(edge -> dtmf(events))
                .compose(dtmf -> vertx.deployVerticle(() -> apiServer(events.control()),
                        instances(1).setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    }

    private MediaWatch mediaWatch(EventRouter router) {
        return new MediaWatch(vertx, new RtpengineRun(ng), new MediaRuns(redis, keys, tenants.config()), router);
    }

    private WebhookVerticle webhooks() {
        return new WebhookVerticle(new WebhookVerticle.Parts(tenants, events, deliveries, webhookClient,
                webhookSecrets, keys,
                new Backoff(WEBHOOK_AGAIN, WEBHOOK_AGAIN_AT_MOST, config.webhooks().attempts()), metrics,
                clock), shards::holds);
    }

    /** Keys in the media, if rtpengine tells us of them. */
    private Future<?> dtmf(EventRouter events) {
        return config.media()
                .dtmfListen()
                .<Future<?>>map(listen -> vertx.deployVerticle(() -> new DtmfVerticle(events, listen),
                        new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)))
                .orElseGet(Future::succeededFuture);
    }

    private ApiServer apiServer(CallControl control) {
        var access = new AccessStore(redis);
        return new ApiServer(apiListening,
                new ApiServer.Parts(config.api().operatorToken(), () -> authenticator(access),
                        tenants, access, this::parkedCalls, control, events,
                        new WebhookParts(webhookRules, webhookSecrets, deliveries, webhookClient), clock,
                        config.drain(), REFUSAL_DELAY));
    }

    private Authenticator authenticator(AccessStore access) {
        var jwt = config.api()
                .jwt()
                .map(issuer -> new JwtVerifier(issuer,
                        new IssuerKeys(vertx, issuer.keys(), System::nanoTime), clock));
        return new Authenticator(config.api().operatorToken(), access, jwt, clock);
    }

    private List<ParkedCall> parkedCalls(String tenant) {
        return calls.parked(tenant, LISTED_CALLS)
                .stream()
                .map(call -> new ParkedCall(call.id, call.state.name(), call.place, call.parker, call.parkedAtMillis,
                        call.ticket(), party(call), NextStep.ringing(call), NextStep.of(call)))
                .toList();
    }

    private static Party party(Call call) {
        return call.leg(Role.PARKED)
                .map(leg -> new Party(leg.number(), leg.name(), leg.withheld))
                .orElseGet(() -> new Party("", "", false));
    }

    /** What decides about events: the call flows. */
    private EventRouter eventRouter() {
        var player = new Player(vertx, ng, config.media().musicFile(), sounds,
                config.media().soundDirectory().isPresent() ? Optional.empty() : Optional.of(blobs), metrics);
        var media = new MediaSessions(ng, player);
        return new EventRouter(
                vertx,
                calls,
                events,
                dueTimes,
                ringing,
                pinTries,
                watches,
                media,
                tenants,
                edgeClient,
                metrics,
                clock,
                config.edge().token().value(),
                config.reinviteTimeout().toMillis());
    }

    /**
     * Stops taking work, finishes what is in flight, leaves the cluster and closes everything. Returns when done, or
     * when the time of the settings is over.
     */
    public void drain() {
        long deadline = System.nanoTime() + config.drain().toNanos();
        state.draining();
        LOG.atInfo().addKeyValue("inFlight", gate.inFlight()).log("draining");
        try {
            gate.shut().await(remainingNanos(deadline), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.atWarn().addKeyValue("inFlight", gate.inFlight()).log("the time to drain is over");
        }
        try {
            // Requests and timers that are under way end before the clients that they use are closed.
            List<Future<Void>> stopping = vertx.deploymentIDs().stream().map(vertx::undeploy).toList();
            Future.join(stopping).otherwiseEmpty().await(remainingNanos(deadline), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.warn("the servers did not stop in time");
        }
        close(Duration.ofNanos(remainingNanos(deadline)));
        LOG.info("stopped");
    }

    /** Port that edges post to. */
    public int edgePort() {
        return edgeListening.port();
    }

    /** Port of the public API. */
    public int apiPort() {
        return apiListening.port();
    }

    /** Port of health and metrics. */
    public int adminPort() {
        return adminListening.port();
    }

    private void close(Duration limit) {
        edgeClient.close();
        webhookClient.close();
        ng.close();
        blobs.close();
        redis.close();
        try {
            vertx.close().await(Math.max(1, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.warn("Vert.x did not close in time");
        }
        sounds.close();
        metrics.close();
    }

    private static long remainingNanos(long deadline) {
        return Math.max(1, deadline - System.nanoTime());
    }

    private static DeploymentOptions instances(int count) {
        return new DeploymentOptions().setInstances(count);
    }

    private static <T> T await(Future<T> future, String what) throws StartException {
        try {
            return future.await(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new StartException(what + " within " + START_LIMIT.toSeconds() + " s", e);
        } catch (RuntimeException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (Throwable e) {
            // Future.await() throws whatever the future failed with, declared or not.
            throw new StartException(what + ": " + e.getMessage(), e);
        }
    }
}
