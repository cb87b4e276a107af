package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.PutOutcome;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** Extensions of a tenant. */
final class ExtensionOperations {

    private final TenantStore store;

    ExtensionOperations(TenantStore store) {
        this.store = store;
    }

    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(store, domain);
        return ApiResponse.page(request, store.extensions(domain, request.offset(), request.limit()),
                ExtensionOperations::json);
    }

    ApiResponse get(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        return ApiResponse.ok(json(store.extension(domain, number).orElseThrow(() -> unknown(domain, number))));
    }

    /** A new extension without a password gets one, which is shown this once and never again. */
    ApiResponse put(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        var body = Bodies.read(request.body(), Bodies.ExtensionBody.class);
        var extension = new Extension(number, Bodies.orElse(body.displayName(), ""));
        String generated = Ha1.generatePassword();
        var put = store.put(domain, extension, credentials(domain, number, body), Ha1.of(number, domain, generated));
        if (put.outcome() == PutOutcome.UNKNOWN_TENANT) {
            throw TenantOperations.unknown(domain);
        }
        JsonObject json = json(extension);
        return ApiResponse.put(put.outcome(), put.usedNewHa1() ? json.put("password", generated) : json);
    }

    ApiResponse delete(ApiRequest request) {
        String domain = request.domain();
        String number = request.extension();
        if (!store.deleteExtension(domain, number)) {
            throw unknown(domain, number);
        }
        return ApiResponse.noContent();
    }

    private static Optional<Ha1> credentials(String domain, String number, Bodies.ExtensionBody body) {
        if (body.ha1() != null && body.password() != null) {
            throw new InvalidValueException("ha1", "give a password or an HA1, not both");
        }
        if (body.ha1() != null) {
            return Optional.of(new Ha1(body.ha1()));
        }
        return Optional.ofNullable(body.password()).map(password -> Ha1.of(number, domain, password));
    }

    private ProblemException unknown(String domain, String number) {
        TenantOperations.require(store, domain);
        return new ProblemException(ProblemType.UNKNOWN_EXTENSION, "the tenant has no extension " + number,
                "extension");
    }

    private static JsonObject json(Extension extension) {
        return new JsonObject().put("extension", extension.number()).put("displayName", extension.displayName());
    }
}
