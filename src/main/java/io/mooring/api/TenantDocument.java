package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.Kind;
import io.mooring.store.TenantStore.Grant;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Violation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A whole tenant, as a document says it should be.
 *
 * @param config what it is to be
 * @param extensions by number
 * @param ha1s credentials that the document brings, by number
 * @param webhooks by id
 */
record TenantDocument(TenantConfig config, Map<String, Extension> extensions, Map<String, Ha1> ha1s,
        Map<String, WebhookInput> webhooks) {

    Tenant tenant() {
        return config.tenant();
    }

    Optional<Ha1> credentials(String number) {
        return Optional.ofNullable(ha1s.get(number));
    }

    /** What there is to be of a kind, by id. */
    Map<String, ?> values(Kind kind) {
        return switch (kind) {
            case EXTENSION -> extensions;
            case WEBHOOK -> webhooks;
            case RING_GROUP -> config.ringGroups();
            case PARK_GROUP -> config.parkGroups();
            case PARK_POLICY -> config.parkPolicies();
            case GRANT -> {
                Map<String, Grant> grants = new LinkedHashMap<>();
                config.grants().forEach((extension, policy) -> grants.put(extension, new Grant(policy)));
                yield grants;
            }
            case TENANT, DOMAIN, SOUND, TRUNK, TOKEN -> Map.of();
        };
    }

    private record Named<T>(String id, T value) {}

    private record Account(Extension extension, Optional<Ha1> ha1) {}

    static TenantDocument read(Fields in, String domain, Quotas quotas, Set<String> sounds) {
        Map<String, Account> accounts = byId(in.objects("extensions", it -> account(it, domain)).orElse(List.of()),
                "extensions");
        Map<String, RingGroup> ringGroups = things(in, "ringGroups", Readers::ringGroup);
        Map<String, ParkGroup> parkGroups = things(in, "parkGroups", Readers::parkGroup);
        Map<String, ParkPolicy> policies = things(in, "parkPolicies", Readers::parkPolicy);
        Map<String, WebhookInput> webhooks = things(in, "webhooks", Readers::webhook);
        Map<String, String> grants = in.map("grants").orElse(Map.of());
        Tenant tenant = Readers.tenant(in, domain, quotas);
        Map<String, Extension> extensions = new LinkedHashMap<>();
        Map<String, Ha1> ha1s = new LinkedHashMap<>();
        accounts.forEach((number, account) -> {
            extensions.put(number, account.extension);
            account.ha1.ifPresent(ha1 -> ha1s.put(number, ha1));
        });
        return new TenantDocument(
                new TenantConfig(tenant, extensions.keySet(), ringGroups, parkGroups, policies, grants, sounds),
                extensions,
                ha1s,
                webhooks);
    }

    private static Named<Account> account(Fields in, String domain) {
        String number = in.required("extension");
        String displayName = in.text("displayName").orElse("");
        Optional<Ha1> ha1 = ExtensionOperations.credentials(in, domain, number);
        return new Named<>(number,
                new Account(new Extension(number, displayName, ExtensionOperations.notices(in)), ha1));
    }

    private static <T> Map<String, T> things(Fields in, String name, Function<Fields, T> reader) {
        return byId(in.objects(name, it -> {
            String id = it.required("id");
            T value = reader.apply(it);
            return new Named<>(Tenant.checkId("id", id), value);
        }).orElse(List.of()), name);
    }

    private static <T> Map<String, T> byId(List<Named<T>> list, String name) {
        Map<String, T> map = new LinkedHashMap<>();
        for (Named<T> named : list) {
            if (map.put(named.id, named.value) != null) {
                throw new InvalidValueException(name, named.id + " is there twice");
            }
        }
        return map;
    }

    /** A violation of the rules between things, found where it stands in the document: lists count, ids do not. */
    Violation locate(Violation violation) {
        String[] steps = violation.field().split("\\.", 3);
        Optional<Map<String, ?>> list = switch (steps[0]) {
            case "ringGroups" -> Optional.of(config.ringGroups());
            case "parkGroups" -> Optional.of(config.parkGroups());
            case "parkPolicies" -> Optional.of(config.parkPolicies());
            case "webhooks" -> Optional.of(webhooks);
            default -> Optional.empty();
        };
        if (list.isEmpty() || steps.length < 3) {
            return violation;
        }
        int index = List.copyOf(list.get().keySet()).indexOf(steps[1]);
        return new Violation(steps[0] + "." + index + "." + steps[2], violation.detail(), violation.conflict());
    }

    /** As it is exported. */
    static ObjectNode write(ObjectNode tenant, Map<Kind, Map<String, ObjectNode>> values) {
        ObjectNode document = tenant.deepCopy();
        document.remove("domain");
        ArrayNode extensions = document.putArray("extensions");
        of(values, Kind.EXTENSION).forEach((number, value) -> extensions.add(ExtensionOperations.view(number, value)));
        list(document, "ringGroups", of(values, Kind.RING_GROUP));
        list(document, "parkGroups", of(values, Kind.PARK_GROUP));
        list(document, "parkPolicies", of(values, Kind.PARK_POLICY));
        // Without their secrets, so that another tenant can import it.
        list(document, "webhooks", of(values, Kind.WEBHOOK));
        document.path("webhooks").forEach(webhook -> ((ObjectNode) webhook).remove("secret"));
        ObjectNode grants = document.putObject("grants");
        of(values, Kind.GRANT).forEach((extension, value) -> grants.put(extension, value.path("parkPolicy").asText()));
        return document;
    }

    private static Map<String, ObjectNode> of(Map<Kind, Map<String, ObjectNode>> values, Kind kind) {
        return values.getOrDefault(kind, Map.of());
    }

    private static void list(ObjectNode document, String name, Map<String, ObjectNode> values) {
        ArrayNode list = document.putArray(name);
        values.forEach((id, value) -> list
                .add(TenantJson.object().put("id", id).setAll(WebhookInput.hide(PinSecret.hide(value)))));
    }
}
