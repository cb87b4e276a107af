package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AuditTrail;
import io.mooring.store.ConfigStore;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.TenantJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was changed, the latest first. */
final class AuditOperations {

    private static final int CHUNK = 50;
    /** That one request looks through, so that a filter which fits few does not read them all. */
    private static final int MOST_LOOKED_AT = 5_000;

    private final TenantStore tenants;
    private final ConfigStore store;

    AuditOperations(TenantStore tenants) {
        this.tenants = tenants;
        this.store = tenants.config();
    }

    ApiResponse list(ApiRequest request) {
        Scope scope = request.path().containsKey("domain") ? Scope.of(request.domain()) : Scope.GLOBAL;
        int limit = request.limit();
        String before = request.after();
        if (!before.isEmpty() && !AuditTrail.ID.matcher(before).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the cursor of an answer", "cursor");
        }
        List<ObjectNode> found = new ArrayList<>();
        String last = "";
        for (int looked = 0; looked < MOST_LOOKED_AT;) {
            Map<String, ObjectNode> chunk = store.audit(scope, before, CHUNK);
            if (chunk.isEmpty()) {
                if (found.isEmpty() && !scope.equals(Scope.GLOBAL)) {
                    requireTenantOrItsRemains(scope);
                }
                return ApiResponse.page(found, "");
            }
            for (var entry : chunk.entrySet()) {
                before = entry.getKey();
                looked++;
                if (isWanted(request, entry.getValue())) {
                    if (found.size() == limit) {
                        return ApiResponse.page(found, last);
                    }
                    found.add(TenantJson.object().put("id", entry.getKey()).setAll(entry.getValue()));
                    last = entry.getKey();
                }
            }
        }
        return ApiResponse.page(found, before);
    }

    /** The audit of a deleted tenant stays for a while. */
    private void requireTenantOrItsRemains(Scope scope) {
        if (store.audit(scope, "", 1).isEmpty()) {
            TenantOperations.require(tenants, scope.domain());
        }
    }

    private static boolean isWanted(ApiRequest request, ObjectNode entry) {
        return request.filter("actor").map(actor -> entry.path("actor").asText().equals(actor)).orElse(true)
                && request.filter("object").map(it -> entry.path("object").asText().startsWith(it)).orElse(true);
    }
}
