package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.ConfigStore;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Violation;
import io.mooring.tenant.Webhook;
import io.mooring.webhook.SigningSecret;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** How a webhook is made of what a body says, alone or in a document. */
final class Webhooks {

    private final ConfigStore store;
    private final CallEvents events;
    private final WebhookParts parts;

    Webhooks(ConfigStore store, CallEvents events, WebhookParts parts) {
        this.store = store;
        this.events = events;
        this.parts = parts;
    }

    /**
     * The value that is stored. What exists keeps its secret unless it is given another one; what is new and is given none gets one.
     *
     * @param before as it is stored
     * @param at where the value stands, as {@link PinSecret#keep} takes it
     * @param locate finds that in the body
     * @param generated told of a secret that was made, which is shown this once
     */
    Webhook make(String domain, WebhookInput input, Optional<ObjectNode> before, String at,
            UnaryOperator<Violation> locate, Consumer<String> generated) {
        try {
            parts.rules().check(input.webhook());
        } catch (InvalidValueException e) {
            Changes.refuse(e.violations()
                    .stream()
                    .map(it -> locate.apply(Violation.of(at + it.field(), it.detail())))
                    .toList(), "");
        }
        Optional<Webhook> old = before.map(json -> TenantJson.read(json, Webhook.class));
        String birth = old.map(Webhook::birth).orElseGet(ConfigStore::newId);
        String since = old.map(Webhook::since).orElseGet(() -> events.latest(domain));
        if (input.secret().isEmpty() && old.isPresent()) {
            return input.webhook().with(old.get().secret(), birth, since);
        }
        if (input.secret().isEmpty() && input.saysSecret()) {
            Changes.refuse(
                    List.of(locate.apply(Violation.of(at + "secret", "there is none to keep: give one, or none"))),
                    "");
        }
        SigningSecret secret = input.secret().orElseGet(() -> {
            SigningSecret made = SigningSecret.generate();
            generated.accept(made.text());
            return made;
        });
        return input.webhook().with(parts.box().seal(birth, secret), birth, since);
    }

    /** Passes when the tenant may have one more than these. */
    void requireRoomForOneMore(Tenant tenant) {
        requireRoom(tenant, store.count(Scope.of(tenant.domain()), Kind.WEBHOOK) + 1);
    }

    static void requireRoom(Tenant tenant, int count) {
        int most = tenant.quotas().webhooks();
        if (count > most) {
            throw new ProblemException(ProblemType.QUOTA_EXCEEDED, "the tenant may have " + most + " webhooks");
        }
    }

    /** Forgets how far one is that is deleted; what it leaves in the store has a lifetime anyway. */
    void forget(String domain, Webhook webhook) {
        parts.deliveries().forget(domain, webhook.birth());
    }
}
