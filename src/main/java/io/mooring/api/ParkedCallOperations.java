package io.mooring.api;

import io.mooring.store.ParkedCalls;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.TenantStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Parked calls of a tenant. */
final class ParkedCallOperations {

    private final TenantStore tenants;
    private final ParkedCalls calls;

    ParkedCallOperations(TenantStore tenants, ParkedCalls calls) {
        this.tenants = tenants;
        this.calls = calls;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        var items = new JsonArray();
        calls.of(domain).forEach(call -> items.add(json(call)));
        return ApiResponse.ok(new JsonObject().put("items", items));
    }

    private static JsonObject json(ParkedCall call) {
        return new JsonObject()
                .put("id", call.id())
                .put("state", call.state().toLowerCase(Locale.ROOT))
                .put("place", call.place())
                .put("parker", call.parker())
                .put("parkedAtMillis", call.parkedAtMillis());
    }
}
