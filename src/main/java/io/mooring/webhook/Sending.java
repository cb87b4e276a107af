package io.mooring.webhook;

import io.mooring.event.EventView;
import io.mooring.store.CallEvents.Kept;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Progress;
import io.mooring.store.Item;
import io.mooring.tenant.Webhook;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A webhook that is served here: what it has before it is read, posted, and noted. Used on one context. */
final class Sending {
    private static final Logger LOG = LoggerFactory.getLogger(Sending.class);

    /** How long it may take until it is noted that a webhook has got past events that it does not want. */
    private static final long NOTE_MILLIS = 5_000;
    /** Events that are read at once: they share the connection with what calls read. */
    private static final int AT_ONCE = 100;

    private final WebhookVerticle.Parts parts;
    private final Context context;
    private final String tenant;
    private final Item item;
    private final Webhook webhook;
    private final SigningSecret secret;
    private final Outbox outbox;
    private final Consumer<Sending> overtaken;
    private Progress saved;
    private long savedAtMillis;
    private boolean dirty;
    private boolean saving;
    private boolean full;
    private boolean over;

    /**
     * @param context on which it is used
     * @param progress how far it is
     * @param overtaken told when another one has written how far it is
     */
    Sending(WebhookVerticle.Parts parts, Context context, String tenant, Item item, SigningSecret secret,
            Progress progress, Consumer<Sending> overtaken) {
        this.parts = parts;
        this.context = context;
        this.tenant = tenant;
        this.item = item;
        this.webhook = item.as(Webhook.class);
        this.secret = secret;
        this.saved = progress;
        this.outbox = new Outbox(progress, parts.backoff(), () -> ThreadLocalRandom.current().nextDouble());
        this.overtaken = overtaken;
        lookForLost();
    }

    String tenant() {
        return tenant;
    }

    String birth() {
        return webhook.birth();
    }

    Outbox outbox() {
        return outbox;
    }

    /** True when it is of this version, and has written this state last, or is just writing another one. */
    boolean isOf(Item other, Progress progress) {
        return item.version().equals(other.version()) && (saving || progress.rev().equals(saved.rev()));
    }

    /** What comes back of what is in flight counts no more. */
    void stop() {
        over = true;
    }

    /** True while it waits for an answer. */
    boolean isBusy() {
        return !over && (saving || outbox.inFlight() > 0);
    }

    /** True when there is room for more; events may be cut off while there is none. */
    boolean hasRoom() {
        full = full || outbox.room() <= 0;
        return outbox.room() > 0;
    }

    /** Reads what follows; waits. */
    void read() {
        if (full) {
            full = false;
            lookForLost();
        }
        List<Kept> found = parts.events()
                .after(tenant, outbox.read(), Math.min(AT_ONCE, outbox.room()))
                .await();
        var reader = Message.reader(tenant, webhook);
        outbox.add(found,
                event -> EventView.isSeenBy(event, reader) && event.type().filter(webhook::wants).isPresent());
    }

    private void lookForLost() {
        if (parts.events().hasLost(tenant, outbox.read())) {
            outbox.missed(parts.clock().millis());
            dirty = true;
            LOG.atWarn()
                    .addKeyValue("tenant", tenant)
                    .addKeyValue("webhook", item.id())
                    .log("events were cut off before they could be delivered");
        }
    }

    /** Posts what may be posted now. */
    void pump() {
        while (!over) {
            Outbox.Entry entry = outbox.next(parts.clock().millis()).orElse(null);
            if (entry == null) {
                return;
            }
            try {
                var message = Message.of(tenant, webhook, entry.event());
                var headers = message.headers(secret, parts.clock().millis());
                parts.client()
                        .post(webhook.uri(), headers, message.body())
                        .onSuccess(outcome -> context.runOnContext(done -> finished(entry, outcome)));
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).addKeyValue("event", entry.event().id()).log("an event cannot be posted");
                outbox.failed(entry, "unreadable", 0, parts.clock().millis());
                dirty = true;
            }
        }
    }

    private void finished(Outbox.Entry entry, WebhookClient.Outcome outcome) {
        if (over) {
            return;
        }
        long now = parts.clock().millis();
        if (outcome.isDelivered()) {
            outbox.delivered(entry, now);
            if (entry.isAgain()) {
                parts.deliveries().forget(tenant, birth(), entry.event().id());
            }
        } else {
            outbox.failed(entry, outcome.error(), outcome.retryAfterSeconds() * 1_000L, now);
            LOG.atDebug()
                    .addKeyValue("tenant", tenant)
                    .addKeyValue("webhook", item.id())
                    .addKeyValue("error", outcome.error())
                    .log("a webhook was not delivered");
        }
        dirty = true;
        pump();
    }

    /** Notes how far it is when that has changed; what it did not want to have, now and then. */
    Future<Void> note() {
        boolean late = parts.clock().millis() - savedAtMillis > NOTE_MILLIS
                && !saved.cursor().equals(outbox.progress().cursor());
        return dirty || late ? save() : Future.succeededFuture();
    }

    /** With what was given up; one write at a time. */
    private Future<Void> save() {
        if (saving || over) {
            return Future.succeededFuture();
        }
        saving = true;
        dirty = false;
        savedAtMillis = parts.clock().millis();
        List<DeadLetter> dead = outbox.takeGivenUp();
        Promise<Void> noted = Promise.promise();
        parts.deliveries()
                .save(tenant, birth(), saved, outbox.progress(), dead)
                .onComplete(done -> context.runOnContext(it -> {
                    saving = false;
                    if (done.failed()) {
                        dirty = true;
                        outbox.giveBack(dead);
                    } else if (done.result().isPresent()) {
                        saved = done.result().get();
                        dead.forEach(letter -> parts.metrics().webhookGivenUp());
                    } else {
                        overtaken.accept(this);
                    }
                    noted.complete();
                }));
        return noted.future();
    }
}
