package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.Draft;
import io.mooring.store.Scope;
import io.mooring.tenant.TenantJson;
import java.util.Optional;

/** What a change of several things of a tenant did to each, for the answer and for the audit. */
final class ChangeReport {

    private final Changes changes;
    private final ApiRequest request;
    private final Draft draft;
    private final String domain;
    private final ArrayNode list = TenantJson.object().putArray("changes");

    ChangeReport(Changes changes, ApiRequest request, Draft draft, String domain) {
        this.changes = changes;
        this.request = request;
        this.draft = draft;
        this.domain = domain;
    }

    /**
     * Notes a change.
     *
     * @param path below the tenant; empty for the tenant itself
     */
    void note(String path, Optional<ObjectNode> before, Optional<ObjectNode> after) {
        ObjectNode change = list.addObject()
                .put("change", before.isEmpty() ? "created" : after.isEmpty() ? "deleted" : "replaced")
                .put("path", path);
        before.ifPresent(value -> change.set("before", value));
        after.ifPresent(value -> change.set("after", value));
        changes.audit(request, draft, Scope.of(domain),
                TenantOperations.path(domain) + (path.isEmpty() ? "" : "/" + path), before, after);
    }

    /** As the contract has it. */
    ArrayNode changes() {
        return list;
    }
}
