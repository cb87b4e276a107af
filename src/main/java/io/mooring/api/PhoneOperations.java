package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.phone.PhoneConfig;
import io.mooring.phone.PhoneModel;
import io.mooring.phone.PhoneSetup;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.EffectivePolicy;
import io.mooring.tenant.EffectivePolicy.Named;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;

/** What phones of an extension are provisioned with. */
final class PhoneOperations {
    private static final String TEXT = "text/plain; charset=utf-8";
    /** The first one is that of the line. */
    private static final int FIRST_KEY = 2;

    private final TenantStore tenants;

    PhoneOperations(TenantStore tenants) {
        this.tenants = tenants;
    }

    ApiResponse models(ApiRequest request) {
        return ApiResponse.page(Arrays.stream(PhoneModel.values()).map(PhoneOperations::view).toList(), "");
    }

    private static ObjectNode view(PhoneModel model) {
        return TenantJson.object()
                .put("model", model.slug())
                .put("description", model.description())
                .put("keys", model.keys());
    }

    /** As the tenant and the user's policy are now. */
    ApiResponse config(ApiRequest request) {
        String domain = request.domain();
        String extension = request.extension();
        PhoneModel model = model(request);
        int keys = number(request, "keys", model.keys());
        int first = number(request, "firstKey", FIRST_KEY);
        Tenant tenant = tenants.freshTenant(domain).orElseThrow(() -> TenantOperations.unknown(domain));
        if (!tenants.config().exists(Scope.of(domain), Kind.EXTENSION, extension)) {
            throw ExtensionOperations.unknownExtension(extension);
        }
        var setup = new PhoneSetup(domain, extension, tenant.featureCodes(),
                tenants.parkPolicy(domain, extension).map(Named::value).orElse(EffectivePolicy.OFF),
                tenants.parkGroup(domain, extension).map(group -> group.value().name()));
        return new ApiResponse(200, TEXT, Buffer.buffer(PhoneConfig.of(model, setup, first, keys)), "");
    }

    private static PhoneModel model(ApiRequest request) {
        List<String> known = Arrays.stream(PhoneModel.values()).map(PhoneModel::slug).toList();
        return request.filter("model")
                .filter(known::contains)
                .map(slug -> PhoneModel.values()[known.indexOf(slug)])
                .orElseThrow(() -> new ProblemException(ProblemType.INVALID_PARAMETER,
                        "must be " + String.join(" or ", known), "model"));
    }

    private static int number(ApiRequest request, String name, int fallback) {
        return request.filter(name).map(text -> {
            try {
                int value = Integer.parseInt(text);
                if (value >= 1 && value <= PhoneModel.MOST_KEYS) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // The problem below says it better.
            }
            throw new ProblemException(ProblemType.INVALID_PARAMETER,
                    "must be a whole number 1.." + PhoneModel.MOST_KEYS, name);
        }).orElse(fallback);
    }
}
