package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.NoticeDialect;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ConfigStore;
import io.mooring.store.Draft;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.EffectivePolicy;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.RecallTimeline;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import java.util.List;
import java.util.Optional;

/** Extensions of a tenant. */
final class ExtensionOperations {

    static final String MASK = "***";

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    ExtensionOperations(TenantStore tenants, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    private record Wanted(Extension extension, Optional<Ha1> credentials) {}

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        return Lists.page(request, store, Scope.of(domain), Kind.EXTENSION,
                Lists.contains(request.filter("displayName"), "displayName"),
                items -> items.stream().map(item -> view(item.id(), item.json())).toList());
    }

    ApiResponse get(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        Item item = find(domain, number);
        return Changes.show(request, item, view(number, item.json()));
    }

    /** A new extension without a password gets one, which is shown this once and never again. */
    ApiResponse put(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Tenant tenant = tenants.freshTenant(domain).orElseThrow(() -> TenantOperations.unknown(domain));
            Optional<Item> before = store.find(scope, Kind.EXTENSION, number);
            if (before.isEmpty() && request.operation().takes() == OperationId.Takes.PATCH) {
                throw unknown(domain, number);
            }
            Changes.preconditions(request, before);
            Wanted wanted = Fields.read(Changes.body(request, before.map(ExtensionOperations::body)),
                    in -> wanted(in, domain, number));
            if (before.isEmpty()) {
                requireRoom(store, tenant, 1);
            }
            draft.put(scope, Kind.EXTENSION, number, wanted.extension, before.map(Item::json));
            ObjectNode after = TenantJson.write(wanted.extension);
            ObjectNode shown = view(number, after);
            Optional<Ha1> credentials = wanted.credentials;
            if (credentials.isEmpty() && before.isEmpty()) {
                credentials = Optional.of(generate(request, domain, number, shown));
            }
            credentials.ifPresent(ha1 -> {
                draft.putCredentials(domain, number, ha1);
                after.put("password", MASK);
            });
            changes.audit(request, draft, scope, path(domain, number), before.map(Item::json), Optional.of(after));
            return ApiResponse.of(before.isPresent() ? 200 : 201, shown, draft.version());
        });
    }

    /** Replaces the password by a new one, which only this answer shows. */
    ApiResponse resetPassword(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Item item = find(domain, number);
            ObjectNode shown = view(number, item.json());
            draft.putCredentials(domain, number, generate(request, domain, number, shown));
            changes.audit(request, draft, scope, path(domain, number), Optional.empty(),
                    Optional.of(TenantJson.object().put("password", MASK)));
            return ApiResponse.of(200, shown, item.version());
        });
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        Scope scope = Scope.of(domain);
        return changes.delete(request, List.of(scope), path(domain, number), () -> find(domain, number),
                (draft, before) -> {
                    tenants.whole(domain)
                            .ifPresent(config -> Changes.refuseInUse(TenantRules.usesOfExtension(config, number),
                                    TenantOperations.path(domain)));
                    remove(store, draft, domain, number);
                });
    }

    /** Its tokens are gone with it. */
    static void remove(ConfigStore store, Draft draft, String domain, String number) {
        Scope scope = Scope.of(domain);
        draft.deleteExtension(domain, number);
        store.all(scope, Kind.TOKEN).forEach(token -> {
            if (token.json().path("extension").asText().equals(number)) {
                draft.delete(scope, Kind.TOKEN, token.id());
                draft.deleteToken(token.json().path("hash").asText());
            }
        });
    }

    /** What holds for the user of an extension, and who says so. */
    ApiResponse effectivePolicy(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        find(domain, number);
        EffectivePolicy policy = tenants.effectivePolicy(domain, number);
        ObjectNode json = TenantJson.object()
                .put("extension", number)
                .put("granted", store.exists(Scope.of(domain), Kind.GRANT, number));
        json.setAll(TenantJson.write(policy));
        return ApiResponse.ok(json);
    }

    /** What becomes of a call that the user parks and nobody picks up, step by step, and who says so. */
    ApiResponse recallPlan(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        find(domain, number);
        boolean toGroup = request.oneOf("parkedTo", List.of("extension", "park-group")).equals("park-group");
        EffectivePolicy policy = toGroup
                ? tenants.effectivePolicy(domain, number)
                : EffectivePolicy.of(Optional.empty(), tenants.parkPolicy(domain, number), Optional.empty());
        ObjectNode json = TenantJson.object().put("parker", number);
        policy.policy().ifPresent(it -> json.put("policy", it));
        policy.parkGroup().ifPresent(it -> json.put("parkGroup", it));
        json.set("steps", TenantJson.node(RecallTimeline.of(tenants.recallPlan(domain, number, toGroup), number)));
        ObjectNode values = json.putObject("values");
        policy.values()
                .entrySet()
                .stream()
                .filter(value -> value.getKey().startsWith("recall."))
                .forEach(value -> values.set(value.getKey(), TenantJson.node(value.getValue())));
        return ApiResponse.ok(json);
    }

    /** Passes when the tenant may have so many more. */
    static void requireRoom(ConfigStore store, Tenant tenant, int more) {
        int most = tenant.quotas().extensions();
        if (more > 0 && store.count(Scope.of(tenant.domain()), Kind.EXTENSION) + more > most) {
            throw new ProblemException(ProblemType.QUOTA_EXCEEDED, "the tenant may have " + most + " extensions");
        }
    }

    /** A trial run shows no password: nobody will ever have it. */
    private static Ha1 generate(ApiRequest request, String domain, String number, ObjectNode shown) {
        String password = Ha1.generatePassword();
        if (!request.isDryRun()) {
            shown.put("password", password);
        }
        return Ha1.of(number, domain, password);
    }

    private static Wanted wanted(Fields in, String domain, String number) {
        String displayName = in.text("displayName").orElse("");
        Optional<Ha1> credentials = credentials(in, domain, number);
        return new Wanted(new Extension(number, displayName, notices(in)), credentials);
    }

    /** Reads how its phones are told of parked calls. */
    static NoticeDialect notices(Fields in) {
        return in.choice("notices", NoticeDialect.class).orElse(NoticeDialect.AUTO);
    }

    /** Reads a password or an HA1, or neither. */
    static Optional<Ha1> credentials(Fields in, String domain, String number) {
        Optional<String> password = in.text("password");
        Optional<String> ha1 = in.text("ha1");
        if (password.isPresent() && ha1.isPresent()) {
            throw new InvalidValueException("ha1", "give a password or an HA1, not both");
        }
        return ha1.map(Ha1::new).or(() -> password.map(it -> Ha1.of(number, domain, it)));
    }

    private Item find(String domain, String number) {
        return store.find(Scope.of(domain), Kind.EXTENSION, number).orElseThrow(() -> unknown(domain, number));
    }

    private ProblemException unknown(String domain, String number) {
        TenantOperations.require(tenants, domain);
        return unknownExtension(number);
    }

    static ProblemException unknownExtension(String number) {
        return new ProblemException(new Problem(ProblemType.UNKNOWN_EXTENSION, "the tenant has no extension " + number,
                "extension"));
    }

    private static String path(String domain, String number) {
        return TenantOperations.path(domain) + "/extensions/" + number;
    }

    private static ObjectNode body(Item item) {
        return item.json().deepCopy().without(List.of("number"));
    }

    /** As the API shows it; one that was written before there was a choice is told as each of its phones understands. */
    static ObjectNode view(String number, ObjectNode json) {
        return TenantJson.object()
                .put("extension", number)
                .put("displayName", json.path("displayName").asText())
                .put("notices", json.path("notices").asText(NoticeDialect.AUTO.toString()));
    }
}
