package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Principal;
import io.mooring.tenant.TenantJson;

/** Tells callers who they are. */
final class MeOperation {

    private MeOperation() {}

    static ApiResponse get(ApiRequest request) {
        Principal principal = request.principal();
        ObjectNode json = TenantJson.object()
                .put("id", principal.id())
                .put("role", principal.role().toString());
        principal.tenant().ifPresent(tenant -> json.put("tenant", tenant));
        principal.extension().ifPresent(extension -> json.put("extension", extension));
        return ApiResponse.ok(json);
    }
}
