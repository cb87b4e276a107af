package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.TenantStore;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.Tenant;
import io.vertx.core.json.JsonObject;

/** Tenants. */
final class TenantOperations {

    private final TenantStore store;

    TenantOperations(TenantStore store) {
        this.store = store;
    }

    ApiResponse list(ApiRequest request) {
        return ApiResponse.page(request, store.tenants(request.offset(), request.limit()), TenantOperations::json);
    }

    ApiResponse get(ApiRequest request) {
        String domain = request.domain();
        return ApiResponse.ok(json(store.freshTenant(domain).orElseThrow(() -> unknown(domain))));
    }

    ApiResponse put(ApiRequest request) {
        var body = Bodies.read(request.body(), Bodies.TenantBody.class);
        var codes = body.featureCodes() == null
                ? FeatureCodes.DEFAULT
                : new FeatureCodes(
                        Bodies.orElse(body.featureCodes().park(), FeatureCodes.DEFAULT.park()),
                        Bodies.orElse(body.featureCodes().retrieve(), FeatureCodes.DEFAULT.retrieve()));
        var tenant = new Tenant(request.domain(), Bodies.orElse(body.displayName(), ""), codes);
        return ApiResponse.put(store.put(tenant), json(tenant));
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        if (!store.deleteTenant(domain)) {
            throw unknown(domain);
        }
        return ApiResponse.noContent();
    }

    /** Passes when the tenant exists. */
    static void require(TenantStore store, String domain) {
        if (store.freshTenant(domain).isEmpty()) {
            throw unknown(domain);
        }
    }

    static ProblemException unknown(String domain) {
        return new ProblemException(ProblemType.UNKNOWN_TENANT, "no tenant has the domain " + domain, "domain");
    }

    private static JsonObject json(Tenant tenant) {
        return new JsonObject()
                .put("domain", tenant.domain())
                .put("displayName", tenant.displayName())
                .put("featureCodes", new JsonObject()
                        .put("park", tenant.featureCodes().park())
                        .put("retrieve", tenant.featureCodes().retrieve()));
    }
}
