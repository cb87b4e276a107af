package io.mooring.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.config.Secret;
import io.mooring.http.BearerToken;
import io.mooring.store.AccessStore;
import io.mooring.tenant.TenantJson;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out who calls: the operator's first token, a token of the store, or a JWT of the operator's issuer. */
public final class Authenticator {

    private final BearerToken firstOperator;
    private final AccessStore store;
    private final Optional<JwtVerifier> jwt;
    private final Clock clock;

    /**
     * @param operatorToken the operator's first token
     * @param jwt absent when no issuer is trusted
     */
    public Authenticator(Secret operatorToken, AccessStore store, Optional<JwtVerifier> jwt, Clock clock) {
        this.firstOperator = new BearerToken(operatorToken);
        this.store = store;
        this.jwt = jwt;
        this.clock = clock;
    }

    /**
     * Who calls; empty when nobody is known by this header. Waits for the store, or for the issuer's keys.
     *
     * @param authorization the header {@code Authorization}
     */
    public Optional<Principal> identify(@Nullable String authorization) {
        if (firstOperator.admits(authorization)) {
            return Optional.of(Principal.FIRST_OPERATOR);
        }
        String token = BearerToken.of(authorization);
        if (ApiToken.looksLikeOne(token)) {
            return store.use(ApiToken.hash(token), clock.millis()).flatMap(this::unexpired);
        }
        return jwt.flatMap(verifier -> verifier.verify(token));
    }

    private Optional<Principal> unexpired(ObjectNode stored) {
        return stored.path("expiresAtMillis").asLong() > clock.millis() ? Optional.of(read(stored)) : Optional.empty();
    }

    /** What the store keeps of a token's rights. */
    public static ObjectNode write(Principal principal, long expiresAtMillis) {
        ObjectNode json = TenantJson.object()
                .put("id", principal.id())
                .put("role", principal.role().toString())
                .put("expiresAtMillis", expiresAtMillis);
        principal.tenant().ifPresent(tenant -> json.put("tenant", tenant));
        principal.extension().ifPresent(extension -> json.put("extension", extension));
        return json;
    }

    private static Principal read(ObjectNode json) {
        return new Principal(json.path("id").asText(), Role.of(json.path("role").asText()),
                text(json.path("tenant")), text(json.path("extension")));
    }

    private static Optional<String> text(JsonNode node) {
        return node.isMissingNode() ? Optional.empty() : Optional.of(node.asText());
    }
}
