package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Role;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.ParkedCalls;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantDomain;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import io.mooring.tenant.Trunk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tenants. */
final class TenantOperations {

    private final TenantStore tenants;
    private final ConfigStore store;
    private final ParkedCalls calls;
    private final CallEvents events;
    private final Changes changes;

    TenantOperations(TenantStore tenants, ParkedCalls calls, CallEvents events, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.calls = calls;
        this.events = events;
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        return Lists.page(request, store, Scope.GLOBAL, Kind.TENANT,
                Lists.contains(request.filter("displayName"), "displayName"),
                items -> items.stream().map(Item::json).toList());
    }

    ApiResponse get(ApiRequest request) {
        String domain = request.domain();
        Item item = store.find(Scope.GLOBAL, Kind.TENANT, domain).orElseThrow(() -> unknown(domain));
        return Changes.show(request, item, item.json());
    }

    ApiResponse put(ApiRequest request) {
        String domain = request.domain();
        boolean patch = request.operation().takes() == OperationId.Takes.PATCH;
        boolean operator = request.principal().role() == Role.OPERATOR;
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Optional<Item> before = store.find(Scope.GLOBAL, Kind.TENANT, domain);
            if (before.isEmpty() && (patch || !operator)) {
                throw unknown(domain);
            }
            Changes.preconditions(request, before);
            if (before.isEmpty()) {
                DomainOperations.requireFree(store, domain);
            }
            Quotas quotas = before.filter(item -> !operator)
                    .map(item -> item.as(Tenant.class).quotas())
                    .orElse(Quotas.DEFAULT);
            Tenant tenant = Fields.read(Changes.body(request, before.map(TenantOperations::body)),
                    in -> Readers.tenant(in, domain, quotas));
            if (!operator && !tenant.quotas().equals(quotas)) {
                throw new ProblemException(new Problem(ProblemType.FORBIDDEN,
                        List.of(new Problem.Error("/quotas", "only the operator changes quotas"))));
            }
            checkReferences(tenant);
            if (before.isEmpty()) {
                draft.clearAudit(scope);
                events.forget(domain);
            }
            draft.put(Scope.GLOBAL, Kind.TENANT, domain, tenant, before.map(Item::json));
            ObjectNode after = TenantJson.write(tenant);
            changes.audit(request, draft, scope, path(domain), before.map(Item::json), Optional.of(after));
            return ApiResponse.of(before.isPresent() ? 200 : 201, after, draft.version());
        });
    }

    private void checkReferences(Tenant tenant) {
        if (tenant.defaultParkPolicy().isEmpty() && tenant.music().isEmpty()
                && tenant.quotas().equals(Quotas.DEFAULT)) {
            return;
        }
        TenantConfig nothing = TenantConfig.empty(tenant);
        TenantConfig config = tenants.whole(tenant.domain()).map(found -> found.with(tenant)).orElse(nothing);
        Changes.refuse(TenantRules.check(config), "");
    }

    /** With all that belongs to it. Calls go on, but nobody can retrieve them: so not while some are parked. */
    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(Scope.GLOBAL, scope), draft -> {
            Item before = store.find(Scope.GLOBAL, Kind.TENANT, domain).orElseThrow(() -> unknown(domain));
            Changes.preconditions(request, Optional.of(before));
            if (!request.flag("force")) {
                Changes.refuseInUse(calls.of(domain).stream().map(call -> "parked-calls/" + call.id()).toList(),
                        path(domain));
            }
            store.all(scope, Kind.TOKEN).forEach(token -> draft.deleteToken(token.json().path("hash").asText()));
            List<String> removed = new ArrayList<>();
            store.all(Scope.GLOBAL, Kind.TRUNK, Trunk.class).values().forEach(trunk -> {
                if (trunk.tenant().equals(domain)) {
                    draft.deleteTrunk(trunk);
                    removed.add(trunk.address().toString());
                }
            });
            store.all(scope, Kind.SOUND).forEach(sound -> draft.deleteSound(scope, sound));
            store.all(scope, Kind.DOMAIN, TenantDomain.class).values().forEach(draft::deleteDomain);
            draft.deleteTenant(domain, store.ids(scope, Kind.EXTENSION));
            ObjectNode gone = before.json().deepCopy();
            removed.forEach(gone.putArray("trunks")::add);
            changes.audit(request, draft, Scope.GLOBAL, path(domain), Optional.of(gone), Optional.empty());
            return ApiResponse.noContent();
        });
    }

    /** Passes when the tenant exists. */
    static void require(TenantStore tenants, String domain) {
        if (!tenants.config().exists(Scope.GLOBAL, Kind.TENANT, domain)) {
            throw unknown(domain);
        }
    }

    static ProblemException unknown(String domain) {
        return new ProblemException(ProblemType.UNKNOWN_TENANT, "no tenant has the domain " + domain, "domain");
    }

    static String path(String domain) {
        return "/v1/tenants/" + domain;
    }

    /** As a PUT would send it. */
    private static ObjectNode body(Item item) {
        ObjectNode body = item.json().deepCopy();
        body.remove("domain");
        return body;
    }
}
