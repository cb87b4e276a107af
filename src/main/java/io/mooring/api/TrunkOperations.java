package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import java.util.List;
import java.util.Optional;

/** Trusted trunks. */
final class TrunkOperations {

    private final ConfigStore store;
    private final Changes changes;

    TrunkOperations(TenantStore tenants, Changes changes) {
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        return Lists.page(request, store, Scope.GLOBAL, Kind.TRUNK, Lists.equal(request.filter("tenant"), "tenant"),
                items -> items.stream().map(Item::json).toList());
    }

    ApiResponse get(ApiRequest request) {
        Item item = find(address(request));
        return Changes.show(request, item, item.json());
    }

    ApiResponse put(ApiRequest request) {
        TrunkAddress address = address(request);
        String id = address.toString();
        return changes.make(request, List.of(Scope.GLOBAL), draft -> {
            Optional<Item> before = store.find(Scope.GLOBAL, Kind.TRUNK, id);
            if (before.isEmpty() && request.operation().takes() == OperationId.Takes.PATCH) {
                throw unknown(address);
            }
            Changes.preconditions(request, before);
            Trunk trunk = Fields.read(Changes.body(request, before.map(TrunkOperations::body)),
                    in -> Readers.trunk(in, address));
            if (!trunk.tenant().equals(Trunk.EVERY_TENANT)) {
                requireTenant(trunk.tenant());
            }
            requireOnlyWayOut(trunk);
            draft.put(Scope.GLOBAL, Kind.TRUNK, id, trunk, before.map(Item::json));
            ObjectNode after = TenantJson.write(trunk);
            changes.audit(request, draft, Scope.GLOBAL, path(address), before.map(Item::json), Optional.of(after));
            return ApiResponse.of(before.isPresent() ? 200 : 201, after, draft.version());
        });
    }

    /** A tenant is deleted in the scope of trunks too, so it is there when the change is made. */
    private void requireTenant(String domain) {
        if (!store.exists(Scope.GLOBAL, Kind.TENANT, domain)) {
            throw new ProblemException(new Problem(ProblemType.INVALID_VALUE,
                    List.of(new Problem.Error("/tenant", "no tenant has the domain " + domain))));
        }
    }

    private void requireOnlyWayOut(Trunk trunk) {
        if (!trunk.outbound()) {
            return;
        }
        store.all(Scope.GLOBAL, Kind.TRUNK, Trunk.class).values().forEach(other -> {
            if (other.outbound() && other.tenant().equals(trunk.tenant()) && !other.address().equals(trunk.address())) {
                throw new ProblemException(new Problem(ProblemType.CONFLICT, List.of(new Problem.Error("/outbound",
                        "calls of " + trunk.tenant() + " go out by the trunk " + other.address() + " already"))));
            }
        });
    }

    ApiResponse delete(ApiRequest request) {
        TrunkAddress address = address(request);
        return changes.delete(request, List.of(Scope.GLOBAL), path(address), () -> find(address),
                (draft, before) -> draft.deleteTrunk(before.as(Trunk.class)));
    }

    private Item find(TrunkAddress address) {
        return store.find(Scope.GLOBAL, Kind.TRUNK, address.toString()).orElseThrow(() -> unknown(address));
    }

    private static TrunkAddress address(ApiRequest request) {
        return TrunkAddress.parse(request.parameter("address"));
    }

    private static ProblemException unknown(TrunkAddress address) {
        return new ProblemException(ProblemType.UNKNOWN_TRUNK, "no trunk has the address " + address, "address");
    }

    private static String path(TrunkAddress address) {
        return "/v1/trunks/" + address;
    }

    private static ObjectNode body(Item item) {
        return item.json().deepCopy().without(List.of("address"));
    }
}
