package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Webhook;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Webhooks of a tenant, as they are provisioned. */
final class WebhookOperations {

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Webhooks webhooks;
    private final Changes changes;

    WebhookOperations(TenantStore tenants, Webhooks webhooks, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.webhooks = webhooks;
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        return Lists.page(request, store, Scope.of(domain), Kind.WEBHOOK, item -> true,
                items -> items.stream().map(WebhookOperations::view).toList());
    }

    ApiResponse get(ApiRequest request) {
        Item item = find(tenants, request.domain(), request.thing());
        return Changes.show(request, item, view(item));
    }

    /** With an id of our own. */
    ApiResponse create(ApiRequest request) {
        return write(request, ConfigStore.newId());
    }

    ApiResponse put(ApiRequest request) {
        return write(request, request.thing());
    }

    private ApiResponse write(ApiRequest request, String id) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Tenant tenant = tenants.freshTenant(domain).orElseThrow(() -> TenantOperations.unknown(domain));
            Optional<Item> before = store.find(scope, Kind.WEBHOOK, id);
            if (before.isEmpty() && request.operation().takes() == OperationId.Takes.PATCH) {
                throw unknown(id);
            }
            Changes.preconditions(request, before);
            WebhookInput input = Fields.read(
                    Changes.body(request, before.map(item -> WebhookInput.hide(item.json()))), Readers::webhook);
            if (before.isEmpty()) {
                webhooks.requireRoomForOneMore(tenant);
            }
            ObjectNode shown = TenantJson.object();
            Webhook webhook = webhooks.make(domain, input, before.map(Item::json), "", UnaryOperator.identity(),
                    secret -> shown.put("secret", secret));
            draft.put(scope, Kind.WEBHOOK, id, webhook, before.map(Item::json));
            var after = new Item(id, draft.version(), TenantJson.write(webhook));
            changes.audit(request, draft, scope, path(domain, id), before.map(Item::json), Optional.of(after.json()));
            ObjectNode answer = view(after);
            if (!request.isDryRun()) {
                answer.setAll(shown);
            }
            return ApiResponse.of(before.isPresent() ? 200 : 201, answer, after.version());
        });
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        String id = request.thing();
        Scope scope = Scope.of(domain);
        return changes.delete(request, List.of(scope), path(domain, id), () -> find(tenants, domain, id),
                (draft, before) -> {
                    draft.deleteWebhook(scope, id);
                    if (!request.isDryRun()) {
                        webhooks.forget(domain, before.as(Webhook.class));
                    }
                });
    }

    /** A webhook that there is. */
    static Item find(TenantStore tenants, String domain, String id) {
        return tenants.config().find(Scope.of(domain), Kind.WEBHOOK, id).orElseThrow(() -> {
            TenantOperations.require(tenants, domain);
            return unknown(id);
        });
    }

    private static ProblemException unknown(String id) {
        return new ProblemException(ProblemType.UNKNOWN_WEBHOOK, "the tenant has no webhook " + id, "id");
    }

    static String path(String domain, String id) {
        return TenantOperations.path(domain) + "/webhooks/" + id;
    }

    private static ObjectNode view(Item item) {
        ObjectNode json = TenantJson.object().put("id", item.id());
        json.setAll(WebhookInput.hide(item.json()));
        return json;
    }
}
