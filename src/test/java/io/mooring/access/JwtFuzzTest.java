package io.mooring.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.mooring.config.NodeConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** What is sent as a JWT: somebody, or nobody. */
class JwtFuzzTest {

    private static final ECKey KEY = key();
    private static final JwtVerifier VERIFIER = new JwtVerifier(
            new NodeConfig.Jwt(URI.create("http://issuer.example/keys"), "issuer", "mooring", "role", "tenant",
                    "extension"),
            keyId -> new JWKSet(KEY.toPublicJWK()),
            Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC));

    private static ECKey key() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID("k").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @FuzzTest
    void token(byte[] input) {
        assertThat(VERIFIER.verify(new String(input, StandardCharsets.UTF_8))).as("nobody signed it").isEmpty();
    }

    /** Even the issuer may write nonsense. */
    @FuzzTest
    void claims(byte[] input) throws JOSEException {
        var jwt = new JWSObject(new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("k").build(), new Payload(input));
        jwt.sign(new ECDSASigner(KEY));
        VERIFIER.verify(jwt.serialize())
                .ifPresent(principal -> assertThat(principal.tenant().isPresent() || principal.extension().isEmpty())
                        .as("an extension is of a tenant")
                        .isTrue());
    }
}
