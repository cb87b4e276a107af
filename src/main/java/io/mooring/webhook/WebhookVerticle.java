package io.mooring.webhook;

import io.mooring.metrics.Metrics;
import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Health;
import io.mooring.store.Deliveries.Progress;
import io.mooring.store.Item;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Webhook;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts the events of the tenants whose shards this node holds to their webhooks; deployed once a node, with virtual threads. Nothing of a
 * call waits for it: it reads what calls have written.
 *
 * <p>Who holds the shard sends. How far a webhook is, stands in the store; it is written by a compare-and-set, so that two nodes which both
 * believe to hold a shard repeat deliveries and skip none.
 */
public final class WebhookVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookVerticle.class);

    private static final long LOOK_MILLIS = 200;
    /** Webhooks and shards are looked at each second. */
    private static final int LOOKS_A_REFRESH = 5;
    private static final long FINISH_MILLIS = 2_000;
    private static final long WAIT_MILLIS = 20;

    private final Parts parts;
    private final IntPredicate holds;
    /** By tenant, by birth. */
    private final Map<String, Map<String, Sending>> sendings = new HashMap<>();
    /** What was last read of a tenant's webhooks. */
    private final Map<String, String> versions = new HashMap<>();
    private volatile int webhooks;
    private volatile int waiting;
    private int looks;
    private boolean looking;
    private boolean stopping;

    /** What it works with. */
    public record Parts(TenantStore tenants, CallEvents events, Deliveries deliveries, WebhookClient client,
            SecretBox box, Keys keys, Backoff backoff, Metrics metrics, Clock clock) {}

    /** @param holds whether this node holds a shard now */
    public WebhookVerticle(Parts parts, IntPredicate holds) {
        this.parts = parts;
        this.holds = holds;
    }

    @Override
    public Future<?> start() {
        parts.metrics.gauge("mooring_webhooks", "Webhooks that this node serves", this, it -> it.webhooks);
        parts.metrics.gauge("mooring_webhook_events_waiting",
                "Events that this node has read for its webhooks and not delivered", this, it -> it.waiting);
        vertx.setPeriodic(LOOK_MILLIS, timer -> look());
        return Future.succeededFuture();
    }

    /** Finishes what is in flight, and notes how far it has come. */
    @Override
    public Future<?> stop() {
        stopping = true;
        List<Sending> all = all();
        all.forEach(it -> it.outbox().close());
        for (long left = FINISH_MILLIS; left > 0 && all.stream().anyMatch(Sending::isBusy); left -= WAIT_MILLIS) {
            vertx.timer(WAIT_MILLIS).await();
        }
        return Future.join(all.stream().map(Sending::note).toList()).otherwiseEmpty();
    }

    private List<Sending> all() {
        return sendings.values().stream().flatMap(ofTenant -> ofTenant.values().stream()).toList();
    }

    private void look() {
        if (looking || stopping) {
            return;
        }
        looking = true;
        try {
            if (looks++ % LOOKS_A_REFRESH == 0) {
                refresh();
            }
            read();
            for (Sending sending : all()) {
                sending.pump();
                sending.note();
            }
            webhooks = all().size();
            waiting = all().stream().mapToInt(it -> it.outbox().waiting()).sum();
        } catch (StoreUnavailableException e) {
            LOG.atDebug().addKeyValue("cause", e.getMessage()).log("no webhooks for a moment");
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("webhooks were not looked at");
        } finally {
            looking = false;
        }
    }

    /** Takes up what this node is to serve, and lets go of what it is not. */
    private void refresh() {
        Map<String, String> wanted = new HashMap<>(parts.deliveries.tenants().await());
        wanted.keySet().removeIf(tenant -> !holds.test(parts.keys.shard(tenant)));
        for (String tenant : Set.copyOf(versions.keySet())) {
            if (!wanted.containsKey(tenant)) {
                versions.remove(tenant);
                Map<String, Sending> lost = sendings.remove(tenant);
                if (lost != null) {
                    lost.values().forEach(Sending::stop);
                }
            }
        }
        wanted.forEach((tenant, version) -> {
            if (!version.equals(versions.get(tenant))) {
                // First: who finds meanwhile that it is overtaken takes this back, and it is read once more.
                versions.put(tenant, version);
                try {
                    load(tenant);
                } catch (StoreUnavailableException e) {
                    versions.remove(tenant);
                    throw e;
                } catch (RuntimeException e) {
                    // The others are served all the same.
                    LOG.atError().setCause(e).addKeyValue("tenant", tenant).log("its webhooks cannot be read");
                }
            }
        });
    }

    private void load(String tenant) {
        Map<String, Sending> ofTenant = sendings.computeIfAbsent(tenant, it -> new HashMap<>());
        Map<String, Item> items = new HashMap<>();
        for (Item item : parts.tenants.config().all(Scope.of(tenant), Kind.WEBHOOK)) {
            Webhook webhook = item.as(Webhook.class);
            if (webhook.enabled()) {
                items.put(webhook.birth(), item);
            }
        }
        for (Sending sending : List.copyOf(ofTenant.values())) {
            sending.note().await();
            if (!items.containsKey(sending.birth())) {
                letGo(sending);
            }
        }
        items.values().forEach(item -> take(tenant, ofTenant, item));
    }

    private void letGo(Sending sending) {
        sending.stop();
        Map<String, Sending> ofTenant = sendings.get(sending.tenant());
        if (ofTenant != null) {
            ofTenant.remove(sending.birth(), sending);
        }
    }

    /** Another node serves it, or it was told to go on elsewhere: what is there now is read soon. */
    private void overtaken(Sending sending) {
        letGo(sending);
        versions.remove(sending.tenant());
    }

    /** One that is served already goes on, unless it was changed, or told to go on after another event. */
    private void take(String tenant, Map<String, Sending> ofTenant, Item item) {
        Webhook webhook = item.as(Webhook.class);
        Progress progress = parts.deliveries.progress(tenant, webhook.birth())
                .await()
                .orElse(new Progress("", webhook.since(), List.of(), Health.NEW));
        Sending served = ofTenant.get(webhook.birth());
        if (served != null && !served.isOf(item, progress)) {
            letGo(served);
            served = null;
        }
        if (served == null) {
            SigningSecret secret = parts.box.open(webhook.birth(), webhook.secret()).orElse(null);
            if (secret == null) {
                LOG.atError()
                        .addKeyValue("tenant", tenant)
                        .addKeyValue("webhook", item.id())
                        .log("the secret of a webhook was encrypted with another key: give it a new one");
                return;
            }
            served = new Sending(parts, context, tenant, item, secret, progress, this::overtaken);
            ofTenant.put(webhook.birth(), served);
        }
        for (DeadLetter letter : parts.deliveries.deadLetters(tenant, webhook.birth())) {
            if (letter.again()) {
                served.outbox().addAgain(letter);
            }
        }
    }

    /** Reads what is new, where there is something new and room for it. */
    private void read() {
        Map<Integer, Map<String, String>> known = new HashMap<>();
        for (Sending sending : all()) {
            if (sending.hasRoom()) {
                known.computeIfAbsent(parts.keys.shard(sending.tenant()), it -> new HashMap<>())
                        .merge(sending.tenant(), sending.outbox().read(),
                                (one, other) -> CallEvents.compare(one, other) < 0 ? one : other);
            }
        }
        List<Future<Set<String>>> asked = known.values().stream().map(parts.events::news).toList();
        List<String> news = new ArrayList<>();
        asked.forEach(answer -> news.addAll(answer.await()));
        for (String tenant : news) {
            for (Sending sending : List.copyOf(sendings.getOrDefault(tenant, Map.of()).values())) {
                if (sending.hasRoom()) {
                    sending.read();
                }
            }
        }
    }
}
