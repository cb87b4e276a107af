package io.mooring.http;

import io.mooring.config.Secret;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Compares the token of a request (RFC 6750 section 2.1) in a time that tells nothing about where it differs. */
public final class BearerToken {

    private static final String SCHEME = "Bearer ";

    private final byte[] expected;

    /** @param secret the one token that is accepted */
    public BearerToken(Secret secret) {
        this.expected = bytes(secret.value());
    }

    /** True when the request carries the token. */
    public boolean admits(HttpServerRequest request) {
        return admits(request.getHeader(HttpHeaders.AUTHORIZATION));
    }

    /** True when the header {@code Authorization} carries the token. */
    public boolean admits(@Nullable String authorization) {
        return MessageDigest.isEqual(expected, bytes(of(authorization)));
    }

    /** The token of the header {@code Authorization}; empty when it has none. */
    public static String of(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? authorization.substring(SCHEME.length()).strip()
                : "";
    }

    private static byte[] bytes(String token) {
        return token.getBytes(StandardCharsets.UTF_8);
    }
}
