package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Role;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.ConfigStore;
import io.mooring.store.Draft;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A whole tenant as one document. What is exported can be imported, here or as another tenant. Passwords are not exported;
 * an import keeps those that there are, sets those that it brings, and generates the rest.
 */
final class DocumentOperations {

    private static final List<Kind> KINDS = List.of(Kind.EXTENSION, Kind.RING_GROUP, Kind.PARK_GROUP, Kind.PARK_POLICY,
            Kind.GRANT, Kind.WEBHOOK);

    private final ConfigStore store;
    private final CallEvents events;
    private final Webhooks webhooks;
    private final Changes changes;

    DocumentOperations(TenantStore tenants, CallEvents events, Webhooks webhooks, Changes changes) {
        this.webhooks = webhooks;
        this.events = events;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse export(ApiRequest request) {
        String domain = request.domain();
        Item tenant = store.find(Scope.GLOBAL, Kind.TENANT, domain)
                .orElseThrow(() -> TenantOperations.unknown(domain));
        return ApiResponse.ok(TenantDocument.write(tenant.json(), values(domain)));
    }

    /** All there is in a tenant, by where it is. */
    private Map<Kind, Map<String, ObjectNode>> values(String domain) {
        Map<Kind, Map<String, ObjectNode>> values = new LinkedHashMap<>();
        for (Kind kind : KINDS) {
            Map<String, ObjectNode> ofKind = new LinkedHashMap<>();
            store.all(Scope.of(domain), kind).forEach(item -> ofKind.put(item.id(), item.json()));
            values.put(kind, ofKind);
        }
        return values;
    }

    /** Makes the tenant what the document says, all or nothing, and answers with what that changed. */
    ApiResponse load(ApiRequest request) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        JsonNode json = request.json();
        return changes.make(request, List.of(scope), draft -> {
            Optional<Item> before = store.find(Scope.GLOBAL, Kind.TENANT, domain);
            boolean operator = request.principal().role() == Role.OPERATOR;
            if (before.isEmpty() && !operator) {
                throw TenantOperations.unknown(domain);
            }
            if (before.isEmpty()) {
                DomainOperations.requireFree(store, domain);
            }
            Quotas quotas = before.map(item -> item.as(Tenant.class).quotas()).orElse(Quotas.DEFAULT);
            TenantDocument wanted = Fields.read(json, in -> TenantDocument.read(in, domain, quotas,
                    Set.copyOf(store.ids(scope, Kind.SOUND))));
            if (!operator && !wanted.tenant().quotas().equals(quotas)) {
                throw new ProblemException(new Problem(ProblemType.FORBIDDEN,
                        List.of(new Problem.Error("/quotas", "only the operator changes quotas"))));
            }
            Changes.refuse(TenantRules.check(wanted.config()).stream().map(wanted::locate).toList(), "");
            return apply(request, draft, domain, before, wanted);
        });
    }

    private ApiResponse apply(ApiRequest request, Draft draft, String domain, Optional<Item> before,
            TenantDocument wanted) {
        Scope scope = Scope.of(domain);
        var report = new ChangeReport(changes, request, draft, domain);
        ObjectNode passwords = TenantJson.object();
        ObjectNode secrets = TenantJson.object();
        Webhooks.requireRoom(wanted.tenant(), wanted.webhooks().size());
        ObjectNode tenant = TenantJson.write(wanted.tenant());
        if (before.isEmpty()) {
            draft.clearAudit(scope);
            events.forget(domain);
        }
        Optional<ObjectNode> old = before.map(Item::json);
        if (!old.equals(Optional.of(tenant))) {
            draft.put(Scope.GLOBAL, Kind.TENANT, domain, wanted.tenant(), old);
            report.note("", old, Optional.of(tenant));
        }
        Map<Kind, Map<String, ObjectNode>> there = values(domain);
        for (Kind kind : KINDS) {
            Map<String, ObjectNode> present = there.getOrDefault(kind, Map.of());
            Map<String, ?> values = wanted.values(kind);
            present.forEach((id, value) -> {
                if (!values.containsKey(id)) {
                    remove(draft, scope, kind, id, value);
                    report.note(path(kind, id), Optional.of(value), Optional.empty());
                }
            });
            values.forEach((id, value) -> {
                Optional<ObjectNode> current = Optional.ofNullable(present.get(id));
                if (value instanceof Extension extension) {
                    report.putExtension(extension, current, wanted.credentials(id))
                            .password()
                            .ifPresent(password -> passwords.put(id, password));
                    return;
                }
                Object kept = value instanceof WebhookInput input
                        ? webhooks.make(domain, input, current, "webhooks." + id + ".", wanted::locate,
                                secret -> secrets.put(id, secret))
                        : PinSecret.keep(value, current, "parkPolicies." + id + ".", wanted::locate);
                ObjectNode written = TenantJson.write(kept);
                if (!current.equals(Optional.of(written))) {
                    draft.put(scope, kind, id, kept, current);
                    report.note(path(kind, id), current, Optional.of(written));
                }
            });
        }
        if (!report.changes().isEmpty()) {
            draft.putDialledOrbits(domain, wanted.config().parkPolicies().values());
        }
        ObjectNode answer = TenantJson.object();
        answer.set("changes", report.changes());
        if (!request.isDryRun() && !passwords.isEmpty()) {
            answer.set("passwords", passwords);
        }
        if (!request.isDryRun() && !secrets.isEmpty()) {
            answer.set("secrets", secrets);
        }
        return ApiResponse.of(before.isPresent() ? 200 : 201, answer, "");
    }

    private static String path(Kind kind, String id) {
        return kind.key() + "/" + id;
    }

    private void remove(Draft draft, Scope scope, Kind kind, String id, ObjectNode value) {
        switch (kind) {
            case PARK_GROUP -> draft.deleteParkGroup(scope, id, value);
            case WEBHOOK -> draft.deleteWebhook(scope, id);
            case EXTENSION -> ExtensionOperations.remove(store, draft, scope.domain(), id);
            default -> draft.delete(scope, kind, id);
        }
    }
}
