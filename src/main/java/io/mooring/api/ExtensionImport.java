package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.ConfigStore;
import io.mooring.store.Draft;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Many extensions at once, all or none. Those that a list does not name stay as they are. */
final class ExtensionImport {

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    ExtensionImport(TenantStore tenants, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse load(ApiRequest request) {
        String domain = request.domain();
        return changes.make(request, List.of(Scope.of(domain)), draft -> {
            Tenant tenant = tenants.freshTenant(domain).orElseThrow(() -> TenantOperations.unknown(domain));
            return apply(request, draft, tenant, ExtensionsCsv.read(request.text(), domain));
        });
    }

    private ApiResponse apply(ApiRequest request, Draft draft, Tenant tenant, List<ExtensionsCsv.Row> rows) {
        Map<String, ObjectNode> before = new HashMap<>();
        store.find(Scope.of(tenant.domain()), Kind.EXTENSION,
                rows.stream().map(it -> it.extension().number()).toList())
                .forEach(item -> before.put(item.id(), item.json()));
        ExtensionOperations.requireRoom(store, tenant, rows.size() - before.size());
        var report = new ChangeReport(changes, request, draft, tenant.domain());
        ObjectNode answer = TenantJson.object();
        ArrayNode extensions = answer.putArray("extensions");
        for (ExtensionsCsv.Row row : rows) {
            String number = row.extension().number();
            Optional<ObjectNode> was = Optional.ofNullable(before.get(number));
            Extension wanted = was.map(it -> row.over(TenantJson.read(it, Extension.class))).orElse(row.extension());
            var put = report.putExtension(wanted, was, row.credentials());
            ObjectNode shown = extensions.addObject()
                    .put("extension", number)
                    .put("displayName", row.extension().displayName())
                    .put("change", put.change());
            if (!request.isDryRun()) {
                put.password().ifPresent(it -> shown.put("password", it));
            }
        }
        return ApiResponse.ok(answer);
    }
}
