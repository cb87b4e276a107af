package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.migration.AsteriskLots;
import io.mooring.migration.Carried;
import io.mooring.migration.MalformedSourceException;
import io.mooring.migration.Migration;
import io.mooring.migration.Note;
import io.mooring.migration.TeamsPolicies;
import io.mooring.migration.WebexSettings;
import io.mooring.store.ConfigStore;
import io.mooring.store.Draft;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Imports of what carriers have elsewhere. The answer says what was made, and what could not be carried over. */
final class MigrationOperations {

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    MigrationOperations(TenantStore tenants, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse teams(ApiRequest request) {
        return load(request, () -> TeamsPolicies.read(request.json()));
    }

    ApiResponse webex(ApiRequest request) {
        return load(request, () -> WebexSettings.read(request.json()));
    }

    ApiResponse asterisk(ApiRequest request) {
        return load(request, () -> AsteriskLots.read(request.text()));
    }

    private ApiResponse load(ApiRequest request, Supplier<Migration> reader) {
        String domain = request.domain();
        return changes.make(request, List.of(Scope.of(domain)), draft -> {
            TenantConfig before = tenants.whole(domain).orElseThrow(() -> TenantOperations.unknown(domain));
            Carried carried = readable(() -> Carried.into(before, reader.get()));
            Changes.refuse(TenantRules.check(carried.config()), "");
            return apply(request, draft, before, carried);
        });
    }

    private static Carried readable(Supplier<Carried> reader) {
        try {
            return reader.get();
        } catch (MalformedSourceException e) {
            throw new ProblemException(new Problem(ProblemType.INVALID_BODY,
                    e.mistakes().stream().map(it -> new Problem.Error(it.pointer(), it.detail())).toList()));
        }
    }

    private ApiResponse apply(ApiRequest request, Draft draft, TenantConfig before, Carried carried) {
        Tenant tenant = carried.config().tenant();
        var report = new ChangeReport(changes, request, draft, tenant.domain());
        if (!tenant.equals(before.tenant())) {
            draft.put(Scope.GLOBAL, Kind.TENANT, tenant.domain(), tenant,
                    store.find(Scope.GLOBAL, Kind.TENANT, tenant.domain()).map(Item::json));
            report.note("", Optional.of(TenantJson.write(before.tenant())), Optional.of(TenantJson.write(tenant)));
        }
        carried.policies().forEach((id, it) -> put(draft, report, tenant.domain(), Kind.PARK_POLICY, id, it));
        carried.groups().forEach((id, it) -> put(draft, report, tenant.domain(), Kind.PARK_GROUP, id, it));
        if (!report.changes().isEmpty()) {
            draft.putDialledOrbits(tenant.domain(), carried.config().parkPolicies().values());
        }
        ObjectNode answer = TenantJson.object();
        answer.set("changes", report.changes());
        ArrayNode notes = answer.putArray("notes");
        carried.notes().forEach(note -> notes.add(json(note)));
        return ApiResponse.ok(answer);
    }

    private void put(Draft draft, ChangeReport report, String domain, Kind kind, String id, Object value) {
        Scope scope = Scope.of(domain);
        Optional<ObjectNode> current = store.find(scope, kind, id).map(Item::json);
        ObjectNode written = TenantJson.write(value);
        if (!current.equals(Optional.of(written))) {
            draft.put(scope, kind, id, value, current);
            report.note(kind.key() + "/" + id, current, Optional.of(written));
        }
    }

    private static ObjectNode json(Note note) {
        return TenantJson.object()
                .put("at", note.at())
                .put("outcome", note.outcome().toString())
                .put("detail", note.detail());
    }
}
