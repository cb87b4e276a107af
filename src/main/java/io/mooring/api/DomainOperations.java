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
import io.mooring.tenant.TenantDomain;
import io.mooring.tenant.TenantJson;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Further domains of tenants. */
final class DomainOperations {

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    DomainOperations(TenantStore tenants, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        return Lists.page(request, store, Scope.of(domain), Kind.DOMAIN, item -> true,
                items -> items.stream().map(Item::json).toList());
    }

    ApiResponse get(ApiRequest request) {
        Item item = find(request.domain(), alias(request));
        return Changes.show(request, item, item.json());
    }

    ApiResponse put(ApiRequest request) {
        var wanted = new TenantDomain(alias(request), request.domain());
        return changes.make(request, scopes(wanted), draft -> {
            TenantOperations.require(tenants, wanted.tenant());
            Optional<Item> before = store.find(Scope.of(wanted.tenant()), Kind.DOMAIN, wanted.domain());
            Changes.preconditions(request, before);
            if (before.isPresent()) {
                return ApiResponse.of(200, before.get().json(), before.get().version());
            }
            requireFree(store, wanted.domain());
            if (store.count(Scope.of(wanted.tenant()), Kind.DOMAIN) >= TenantDomain.MOST) {
                throw new ProblemException(ProblemType.QUOTA_EXCEEDED,
                        "a tenant may have " + TenantDomain.MOST + " further domains");
            }
            draft.putDomain(wanted);
            ObjectNode after = TenantJson.write(wanted);
            changes.audit(request, draft, Scope.of(wanted.tenant()), path(wanted), Optional.empty(),
                    Optional.of(after));
            return ApiResponse.of(201, after, draft.version());
        });
    }

    ApiResponse delete(ApiRequest request) {
        var domain = new TenantDomain(alias(request), request.domain());
        return changes.delete(request, scopes(domain), path(domain), () -> find(domain.tenant(), domain.domain()),
                (draft, before) -> draft.deleteDomain(domain));
    }

    /** Passes when a domain is nobody's. A tenant that is made takes the scope of its domain, and so does a further domain. */
    static void requireFree(ConfigStore store, String domain) {
        if (store.exists(Scope.GLOBAL, Kind.TENANT, domain) || store.exists(Scope.GLOBAL, Kind.DOMAIN, domain)) {
            throw new ProblemException(ProblemType.CONFLICT, "the domain " + domain + " is a tenant's already");
        }
    }

    private static List<Scope> scopes(TenantDomain domain) {
        return List.of(Scope.of(domain.domain()), Scope.of(domain.tenant())).stream().distinct().toList();
    }

    private Item find(String domain, String alias) {
        return store.find(Scope.of(domain), Kind.DOMAIN, alias).orElseThrow(() -> {
            TenantOperations.require(tenants, domain);
            return new ProblemException(ProblemType.UNKNOWN_DOMAIN, "the tenant has no further domain " + alias,
                    "alias");
        });
    }

    /** Domain names know no case [RFC 1035 2.3.3]. */
    private static String alias(ApiRequest request) {
        return Tenant.checkAlias(request.parameter("alias").toLowerCase(Locale.ROOT));
    }

    private static String path(TenantDomain domain) {
        return TenantOperations.path(domain.tenant()) + "/domains/" + domain.domain();
    }
}
