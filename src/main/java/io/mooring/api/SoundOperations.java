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
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Sound;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.TenantRules;
import io.mooring.tenant.WavFile;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;

/** Music and prompts of a tenant. */
final class SoundOperations {

    private static final String MEDIA_TYPE = "audio/wav";
    private static final int MEGABYTE = 1_000_000;

    private final TenantStore tenants;
    private final ConfigStore store;
    private final Changes changes;

    SoundOperations(TenantStore tenants, Changes changes) {
        this.tenants = tenants;
        this.store = tenants.config();
        this.changes = changes;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        return Lists.page(request, store, Scope.of(domain), Kind.SOUND, item -> true,
                items -> items.stream().map(SoundOperations::view).toList());
    }

    ApiResponse get(ApiRequest request) {
        Item item = find(request.domain(), request.thing());
        return Changes.show(request, item, view(item));
    }

    ApiResponse audio(ApiRequest request) {
        String domain = request.domain();
        Item item = find(domain, request.thing());
        Buffer audio = store.audio(Scope.of(domain), item).orElseThrow(() -> unknown(item.id()));
        return Changes.show(request, new ApiResponse(200, MEDIA_TYPE, audio, item.version()));
    }

    ApiResponse put(ApiRequest request) {
        String domain = request.domain();
        String id = request.thing();
        Scope scope = Scope.of(domain);
        return changes.make(request, List.of(scope), draft -> {
            Tenant tenant = tenants.freshTenant(domain).orElseThrow(() -> TenantOperations.unknown(domain));
            Optional<Item> before = store.find(scope, Kind.SOUND, id);
            Changes.preconditions(request, before);
            Sound sound = check(request.body());
            ObjectNode json = TenantJson.write(sound);
            if (before.isPresent() && before.get().json().equals(json)) {
                return ApiResponse.of(200, view(before.get()), before.get().version());
            }
            requireRoom(tenant, id, sound);
            if (!request.isDryRun()) {
                store.stageAudio(scope, id, draft.version(), request.body());
            }
            draft.putSound(scope, id, sound, before);
            changes.audit(request, draft, scope, path(domain, id), before.map(Item::json), Optional.of(json));
            return ApiResponse.of(before.isPresent() ? 200 : 201, view(new Item(id, draft.version(), json)),
                    draft.version());
        });
    }

    private static Sound check(Buffer body) {
        try {
            return WavFile.check(body.getBytes());
        } catch (InvalidValueException e) {
            throw new ProblemException(new Problem(ProblemType.INVALID_BODY,
                    List.of(new Problem.Error("", e.violations().getFirst().detail()))));
        }
    }

    private void requireRoom(Tenant tenant, String id, Sound sound) {
        long bytes = sound.bytes();
        for (Item other : store.all(Scope.of(tenant.domain()), Kind.SOUND)) {
            bytes += other.id().equals(id) ? 0 : other.json().path("bytes").asLong();
        }
        int most = tenant.quotas().soundMegabytes();
        if (bytes > (long) most * MEGABYTE) {
            throw new ProblemException(ProblemType.QUOTA_EXCEEDED,
                    "the tenant may have sounds of " + most + " million bytes");
        }
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        String id = request.thing();
        Scope scope = Scope.of(domain);
        return changes.delete(request, List.of(scope), path(domain, id), () -> find(domain, id), (draft, before) -> {
            tenants.whole(domain)
                    .ifPresent(config -> Changes.refuseInUse(TenantRules.usesOfSound(config, id),
                            TenantOperations.path(domain)));
            draft.deleteSound(scope, before);
        });
    }

    private Item find(String domain, String id) {
        return store.find(Scope.of(domain), Kind.SOUND, id).orElseThrow(() -> {
            TenantOperations.require(tenants, domain);
            return unknown(id);
        });
    }

    private static ProblemException unknown(String id) {
        return new ProblemException(ProblemType.UNKNOWN_SOUND, "the tenant has no sound " + id, "id");
    }

    private static String path(String domain, String id) {
        return TenantOperations.path(domain) + "/sounds/" + id;
    }

    private static ObjectNode view(Item item) {
        ObjectNode json = TenantJson.object().put("id", item.id());
        json.setAll(item.json());
        return json;
    }
}
