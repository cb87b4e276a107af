package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.CallEvent;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.CallEvents.Kept;
import io.mooring.store.Deliveries;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Health;
import io.mooring.store.Deliveries.Progress;
import io.mooring.store.Item;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Webhook;
import io.mooring.webhook.Message;
import io.mooring.webhook.SigningSecret;
import io.mooring.webhook.WebhookClient.Outcome;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** How far webhooks are, what they have given up, and what may be done about it. */
final class DeliveryOperations {
    /** Of waiting events that are counted. */
    private static final int MOST_COUNTED = 1_000;

    private final TenantStore tenants;
    private final CallEvents events;
    private final WebhookParts parts;
    private final Deliveries deliveries;
    private final Changes changes;
    private final Clock clock;

    DeliveryOperations(TenantStore tenants, CallEvents events, WebhookParts parts, Changes changes, Clock clock) {
        this.tenants = tenants;
        this.events = events;
        this.parts = parts;
        this.deliveries = parts.deliveries();
        this.changes = changes;
        this.clock = clock;
    }

    ApiResponse health(ApiRequest request) {
        String domain = request.domain();
        Item item = WebhookOperations.find(tenants, domain, request.thing());
        Webhook webhook = item.as(Webhook.class);
        Progress progress = deliveries.progress(domain, webhook.birth())
                .await()
                .orElse(new Progress("", webhook.since(), List.of(), Health.NEW));
        List<Kept> waiting = events.after(domain, progress.cursor(), MOST_COUNTED)
                .await()
                .stream()
                .filter(event -> !progress.ahead().contains(event.id())
                        && event.type().filter(webhook::wants).isPresent())
                .toList();
        Health health = progress.health();
        ObjectNode json = TenantJson.object()
                .put("id", item.id())
                .put("state", state(webhook, health))
                .put("cursor", progress.cursor())
                .put("waiting", waiting.size())
                .put("deadLetters", deliveries.countDeadLetters(domain, webhook.birth()))
                .put("failures", health.failures());
        waiting.stream().findFirst().ifPresent(first -> json.put("waitingSinceMillis", first.atMillis()));
        put(json, "lastSuccessAtMillis", health.lastSuccessAtMillis());
        put(json, "lastFailureAtMillis", health.lastFailureAtMillis());
        if (!health.lastError().isEmpty()) {
            json.put("lastError", health.lastError());
        }
        put(json, "missedAtMillis", health.missedAtMillis());
        return ApiResponse.ok(json);
    }

    private String state(Webhook webhook, Health health) {
        if (!webhook.enabled()) {
            return "disabled";
        }
        if (secret(webhook).isEmpty()) {
            return "secret-unreadable";
        }
        return health.failures() == 0 ? "ok" : "failing";
    }

    private static void put(ObjectNode json, String name, long millis) {
        if (millis > 0) {
            json.put(name, millis);
        }
    }

    private Optional<SigningSecret> secret(Webhook webhook) {
        return parts.box().open(webhook.birth(), webhook.secret());
    }

    /** Posts something harmless, now, whatever waits, and says what came of it. */
    ApiResponse test(ApiRequest request) {
        String domain = request.domain();
        Webhook webhook = WebhookOperations.find(tenants, domain, request.thing()).as(Webhook.class);
        SigningSecret secret = secret(webhook).orElseThrow(() -> new ProblemException(ProblemType.CONFLICT,
                "the secret was encrypted with another key: give the webhook a new one"));
        long now = clock.millis();
        var message = Message.test(domain, now);
        Outcome outcome = parts.client().post(webhook.uri(), message.headers(secret, now), message.body()).await();
        ObjectNode json = TenantJson.object()
                .put("delivered", outcome.isDelivered())
                .put("messageId", message.id())
                .put("millis", outcome.nanos() / 1_000_000);
        if (outcome.status() > 0) {
            json.put("status", outcome.status());
        }
        if (!outcome.isDelivered()) {
            json.put("error", outcome.error());
        }
        return ApiResponse.ok(json);
    }

    /** Has it go on after an event that is kept yet. */
    ApiResponse replay(ApiRequest request) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Item item = WebhookOperations.find(tenants, domain, request.thing());
            String after = Fields.read(request.json(), in -> in.required("after"));
            if (!CallEvents.ID.matcher(after).matches()) {
                throw new ProblemException(ProblemType.INVALID_VALUE, "must be the id of an event", "after");
            }
            String latest = events.latest(domain);
            if (CallEvents.compare(after, latest) > 0) {
                throw new ProblemException(ProblemType.INVALID_VALUE, "the latest event is " + latest, "after");
            }
            boolean missed = events.hasLost(domain, after);
            deliveries.replay(domain, item.as(Webhook.class).birth(), after);
            draft.noteWebhooks(scope);
            ObjectNode json = TenantJson.object().put("cursor", after);
            changes.audit(request, draft, scope, WebhookOperations.path(domain, item.id()) + "/replay",
                    Optional.empty(), Optional.of(json));
            return new ApiResponse(202, "application/json",
                    ApiResponse.ok(missed ? json.deepCopy().put("missed", true) : json).body(), "");
        });
    }

    ApiResponse deadLetters(ApiRequest request) {
        String domain = request.domain();
        Webhook webhook = WebhookOperations.find(tenants, domain, request.thing()).as(Webhook.class);
        String after = request.after();
        if (!after.isEmpty() && !CallEvents.ID.matcher(after).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the cursor of an answer", "cursor");
        }
        List<DeadLetter> rest = deliveries.deadLetters(domain, webhook.birth())
                .stream()
                .filter(letter -> after.isEmpty() || CallEvents.compare(letter.event().id(), after) > 0)
                .toList();
        List<DeadLetter> page = rest.subList(0, Math.min(request.limit(), rest.size()));
        return ApiResponse.page(page.stream().map(DeliveryOperations::view).toList(),
                rest.size() > page.size() ? page.getLast().event().id() : "");
    }

    private static ObjectNode view(DeadLetter letter) {
        ObjectNode json = TenantJson.object()
                .put("event", letter.event().id())
                .put("type", letter.event().type().map(CallEvent.Type::slug).orElse(""))
                .put("attempts", letter.attempts())
                .put("error", letter.error())
                .put("givenUpAtMillis", letter.atMillis())
                .put("redelivering", letter.again());
        String call = letter.event().text("call");
        return call.isEmpty() ? json : json.put("call", call);
    }

    /** Has all of them, or some, delivered once more, in their order. */
    ApiResponse redeliver(ApiRequest request) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Item item = WebhookOperations.find(tenants, domain, request.thing());
            String birth = item.as(Webhook.class).birth();
            Optional<List<String>> wanted = Fields.read(request.json(), in -> new Wanted(in.texts("events"))).events;
            Map<String, DeadLetter> there = new TreeMap<>();
            deliveries.deadLetters(domain, birth).forEach(letter -> there.put(letter.event().id(), letter));
            wanted.orElse(List.of()).stream().filter(id -> !there.containsKey(id)).findFirst().ifPresent(id -> {
                throw new ProblemException(ProblemType.UNKNOWN_EVENT, "the webhook has not given up " + id, "events");
            });
            wanted.ifPresent(ids -> there.keySet().retainAll(ids));
            there.values().forEach(letter -> deliveries.put(domain, birth, letter.with(true)).await());
            draft.noteWebhooks(scope);
            ObjectNode json = TenantJson.object().put("redelivering", there.size());
            changes.audit(request, draft, scope, WebhookOperations.path(domain, item.id()) + "/dead-letters",
                    Optional.empty(), Optional.of(json));
            return new ApiResponse(202, "application/json", ApiResponse.ok(json).body(), "");
        });
    }

    private record Wanted(Optional<List<String>> events) {}
}
