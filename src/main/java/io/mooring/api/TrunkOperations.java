package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.PutOutcome;
import io.mooring.store.TenantStore;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Trusted trunks. */
final class TrunkOperations {

    private final TenantStore store;

    TrunkOperations(TenantStore store) {
        this.store = store;
    }

    ApiResponse list(ApiRequest request) {
        return ApiResponse.page(request, store.trunks(request.offset(), request.limit()), TrunkOperations::json);
    }

    ApiResponse get(ApiRequest request) {
        TrunkAddress address = address(request);
        return ApiResponse.ok(json(store.trunk(address).orElseThrow(() -> unknown(address))));
    }

    ApiResponse put(ApiRequest request) {
        TrunkAddress address = address(request);
        var body = Bodies.read(request.body(), Bodies.TrunkBody.class);
        var trunk = new Trunk(address, Bodies.required("name", body.name()),
                Bodies.required("tenant", body.tenant()).toLowerCase(Locale.ROOT));
        PutOutcome outcome = store.put(trunk);
        if (outcome == PutOutcome.UNKNOWN_TENANT) {
            throw new InvalidValueException("tenant", "no tenant has the domain " + trunk.tenant());
        }
        return ApiResponse.put(outcome, json(trunk));
    }

    ApiResponse delete(ApiRequest request) {
        TrunkAddress address = address(request);
        if (!store.deleteTrunk(address)) {
            throw unknown(address);
        }
        return ApiResponse.noContent();
    }

    private static TrunkAddress address(ApiRequest request) {
        return TrunkAddress.parse(request.parameter("address"));
    }

    private static ProblemException unknown(TrunkAddress address) {
        return new ProblemException(ProblemType.UNKNOWN_TRUNK, "no trunk has the address " + address, "address");
    }

    private static JsonObject json(Trunk trunk) {
        return new JsonObject()
                .put("address", trunk.address().toString())
                .put("name", trunk.name())
                .put("tenant", trunk.tenant());
    }
}
