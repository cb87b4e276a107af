package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.ApiToken;
import io.mooring.access.Authenticator;
import io.mooring.access.Principal;
import io.mooring.access.Role;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AccessStore;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.TenantJson;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** API tokens: those of a tenant, and those that belong to none. Which of the two, the path says. */
final class TokenOperations {

    private static final int MAX_DAYS = 366;
    private static final int DEFAULT_DAYS = 90;
    private static final int NAME_LENGTH = 100;
    private static final long DAY_MILLIS = 86_400_000L;

    private final TenantStore tenants;
    private final ConfigStore store;
    private final AccessStore access;
    private final Changes changes;
    private final Clock clock;

    TokenOperations(TenantStore tenants, AccessStore access, Changes changes, Clock clock) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.access = access;
        this.changes = changes;
        this.clock = clock;
    }

    private record Wanted(String name, Principal principal, int days) {}

    ApiResponse list(ApiRequest request) {
        Scope scope = scope(request);
        requireTenant(scope);
        return Lists.page(request, store, scope, Kind.TOKEN, Lists.equal(request.filter("role"), "role"), this::views);
    }

    ApiResponse get(ApiRequest request) {
        Item item = find(scope(request), request.thing());
        return ApiResponse.of(200, views(List.of(item)).getFirst(), item.version());
    }

    /** Only this answer shows the token. */
    ApiResponse create(ApiRequest request) {
        Scope scope = scope(request);
        String id = ConfigStore.newId();
        return changes.make(request, List.of(scope), draft -> {
            requireTenant(scope);
            Wanted wanted = Fields.read(request.json(), in -> wanted(in, scope, id));
            wanted.principal.extension().ifPresent(number -> requireExtension(scope, number));
            String token = ApiToken.generate();
            long now = clock.millis();
            long expires = now + wanted.days * DAY_MILLIS;
            ObjectNode stored = Authenticator.write(wanted.principal, expires)
                    .put("name", wanted.name)
                    .put("createdAtMillis", now)
                    .put("hash", ApiToken.hash(token));
            draft.put(scope, Kind.TOKEN, id, stored);
            draft.putToken(ApiToken.hash(token), Authenticator.write(wanted.principal, expires), expires);
            ObjectNode shown = view(id, stored, Optional.empty());
            changes.audit(request, draft, scope, path(scope, id), Optional.empty(), Optional.of(shown.deepCopy()));
            if (!request.isDryRun()) {
                shown.put("token", token);
            }
            return ApiResponse.of(201, shown, draft.version());
        });
    }

    /** Revokes it, at once and at all nodes. */
    ApiResponse delete(ApiRequest request) {
        Scope scope = scope(request);
        String id = request.thing();
        return changes.make(request, List.of(scope), draft -> {
            Item item = find(scope, id);
            Changes.preconditions(request, Optional.of(item));
            draft.delete(scope, Kind.TOKEN, id);
            draft.deleteToken(item.json().path("hash").asText());
            changes.audit(request, draft, scope, path(scope, id),
                    Optional.of(view(id, item.json(), Optional.empty())), Optional.empty());
            return ApiResponse.noContent();
        });
    }

    private static Wanted wanted(Fields in, Scope scope, String id) {
        String name = in.text("name").orElse("");
        Role role = Role.of(in.required("role"));
        Optional<String> extension = in.text("extension");
        int days = in.integer("expiresInDays").orElse(DEFAULT_DAYS);
        if (days < 1 || days > MAX_DAYS) {
            throw new InvalidValueException("expiresInDays", "must be a whole number 1.." + MAX_DAYS);
        }
        if (name.length() > NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidValueException("name", "must be at most " + NAME_LENGTH + " characters, none of control");
        }
        Optional<String> tenant = scope.equals(Scope.GLOBAL) ? Optional.empty() : Optional.of(scope.domain());
        boolean fits = tenant.isPresent() ? role != Role.OPERATOR : role == Role.OPERATOR || role == Role.READ_ONLY;
        if (!fits) {
            throw new InvalidValueException("role", tenant.isPresent()
                    ? "a token of a tenant is tenant-admin, tenant-user or read-only"
                    : "a token of no tenant is operator or read-only");
        }
        return new Wanted(name, new Principal("token:" + id, role, tenant, extension), days);
    }

    private void requireExtension(Scope scope, String number) {
        if (!store.exists(scope, Kind.EXTENSION, number)) {
            throw new ProblemException(new Problem(ProblemType.INVALID_VALUE,
                    List.of(new Problem.Error("/extension", "the tenant has no extension " + number))));
        }
    }

    private void requireTenant(Scope scope) {
        if (!scope.equals(Scope.GLOBAL)) {
            TenantOperations.require(tenants, scope.domain());
        }
    }

    private Item find(Scope scope, String id) {
        return store.find(scope, Kind.TOKEN, id).orElseThrow(() -> {
            requireTenant(scope);
            return new ProblemException(ProblemType.UNKNOWN_TOKEN, "there is no token " + id, "id");
        });
    }

    private static Scope scope(ApiRequest request) {
        return request.path().containsKey("domain") ? Scope.of(request.domain()) : Scope.GLOBAL;
    }

    private static String path(Scope scope, String id) {
        return (scope.equals(Scope.GLOBAL) ? "/v1" : TenantOperations.path(scope.domain())) + "/tokens/" + id;
    }

    private List<ObjectNode> views(List<Item> items) {
        var used = access.usedAtMillis(items.stream().map(item -> item.json().path("hash").asText()).toList());
        List<ObjectNode> views = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            views.add(view(items.get(i).id(), items.get(i).json(), used.get(i)));
        }
        return views;
    }

    private static ObjectNode view(String id, ObjectNode stored, Optional<Long> usedAtMillis) {
        ObjectNode view = TenantJson.object().put("id", id);
        view.setAll(stored);
        view.put("id", id).remove("hash");
        usedAtMillis.ifPresent(used -> view.put("usedAtMillis", used));
        return view;
    }
}
