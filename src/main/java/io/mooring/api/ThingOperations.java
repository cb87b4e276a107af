package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.ProblemException;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Ring groups, park groups, park policies and grants: what refers to other things of its tenant. */
final class ThingOperations<T> {

    private final Thing<T> thing;
    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    ThingOperations(Thing<T> thing, TenantStore tenants, Changes changes) {
        this.thing = thing;
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        return Lists.page(request, store, Scope.of(domain), thing.kind(),
                Lists.contains(request.filter("name"), "name")
                        .and(Lists.holds(request.filter("member"), "members"))
                        .and(Lists.equal(request.filter("parkPolicy"), "parkPolicy")),
                items -> items.stream().map(this::view).toList());
    }

    ApiResponse get(ApiRequest request) {
        String domain = request.domain();
        String id = id(request);
        Item item = find(domain, id);
        return Changes.show(request, item, view(item));
    }

    /** With an id of our own. */
    ApiResponse create(ApiRequest request) {
        return write(request, ConfigStore.newId());
    }

    ApiResponse put(ApiRequest request) {
        return write(request, id(request));
    }

    private ApiResponse write(ApiRequest request, String id) {
        String domain = request.domain();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            TenantConfig config = config(domain);
            Optional<Item> before = store.find(scope, thing.kind(), id);
            if (before.isEmpty() && request.operation().takes() == OperationId.Takes.PATCH) {
                throw unknown(domain, id);
            }
            Changes.preconditions(request, before);
            T read = Fields.read(Changes.body(request, before.map(item -> PinSecret.hide(item.json()))),
                    thing.reader()::apply);
            T value = PinSecret.keep(read, before.map(Item::json), "", UnaryOperator.identity());
            TenantConfig wanted = thing.with().apply(config, id, value);
            Changes.refuse(TenantRules.check(wanted), thing.field() + "." + id + ".");
            draft.put(scope, thing.kind(), id, value, before.map(Item::json));
            if (thing.kind() == Kind.PARK_POLICY) {
                draft.putDialledOrbits(domain, wanted.parkPolicies().values());
            }
            var after = new Item(id, draft.version(), TenantJson.write(value));
            changes.audit(request, draft, scope, path(domain, id), before.map(Item::json), Optional.of(after.json()));
            return ApiResponse.of(before.isPresent() ? 200 : 201, view(after), after.version());
        });
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        String id = id(request);
        Scope scope = Scope.of(domain);
        return changes.delete(request, List.of(scope), path(domain, id), () -> find(domain, id), (draft, before) -> {
            TenantConfig config = config(domain);
            Changes.refuseInUse(thing.uses().apply(config, id), TenantOperations.path(domain));
            if (thing.kind() == Kind.PARK_GROUP) {
                draft.deleteParkGroup(scope, id, before.json());
            } else {
                draft.delete(scope, thing.kind(), id);
            }
            if (thing.kind() == Kind.PARK_POLICY) {
                Map<String, ParkPolicy> rest = new HashMap<>(config.parkPolicies());
                rest.remove(id);
                draft.putDialledOrbits(domain, rest.values());
            }
        });
    }

    private Item find(String domain, String id) {
        return store.find(Scope.of(domain), thing.kind(), id).orElseThrow(() -> unknown(domain, id));
    }

    private TenantConfig config(String domain) {
        return tenants.whole(domain).orElseThrow(() -> TenantOperations.unknown(domain));
    }

    private String id(ApiRequest request) {
        String id = request.parameter(thing.parameter());
        return thing.parameter().equals("id") ? Tenant.checkId("id", id) : Extension.checkNumber(id);
    }

    private ProblemException unknown(String domain, String id) {
        TenantOperations.require(tenants, domain);
        return new ProblemException(thing.unknown(), "the tenant has no " + thing.noun() + " " + id, thing.parameter());
    }

    private String path(String domain, String id) {
        return TenantOperations.path(domain) + "/" + thing.kind().key() + "/" + id;
    }

    private ObjectNode view(Item item) {
        ObjectNode json = TenantJson.object().put(thing.parameter(), item.id());
        json.setAll(PinSecret.hide(item.json()));
        return json;
    }
}
