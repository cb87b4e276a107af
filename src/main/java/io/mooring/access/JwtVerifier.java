package io.mooring.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.mooring.config.NodeConfig;
import io.mooring.tenant.InvalidValueException;
import java.text.ParseException;
import java.time.Clock;
import java.util.Date;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JWT [RFC 7519, RFC 8725] of the issuer that the operator trusts: signed with RS256 or ES256 by one of its keys, meant for
 * us, not expired. Claims tell the role, the tenant and the extension.
 */
public final class JwtVerifier {

    private static final Logger LOG = LoggerFactory.getLogger(JwtVerifier.class);
    private static final int LONGEST = 8_192;
    private static final int MAX_CLOCK_SKEW_SECONDS = 30;

    private final NodeConfig.Jwt settings;
    private final KeySource keys;
    private final Clock clock;

    /**
     * @param settings issuer, audience, names of claims
     * @param keys of the issuer
     */
    public JwtVerifier(NodeConfig.Jwt settings, KeySource keys, Clock clock) {
        this.settings = settings;
        this.keys = keys;
        this.clock = clock;
    }

    /** Who bears this JWT; empty when it is none, or not to be trusted. Waits for the issuer's keys. */
    public Optional<Principal> verify(String token) {
        if (token.length() > LONGEST) {
            return Optional.empty();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            JWTClaimsSet claims = processor(keys.forKey(jwt.getHeader().getKeyID())).process(jwt, null);
            return Optional.of(principal(claims));
        } catch (ParseException | BadJOSEException | JOSEException | InvalidValueException e) {
            LOG.atInfo().addKeyValue("why", e.getMessage()).log("a JWT was refused");
            return Optional.empty();
        }
    }

    private DefaultJWTProcessor<SecurityContext> processor(JWKSet trusted) {
        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256), new ImmutableJWKSet<>(trusted)));
        var claims = new DefaultJWTClaimsVerifier<SecurityContext>(settings.audience(),
                new JWTClaimsSet.Builder().issuer(settings.issuer()).build(), Set.of("exp", "sub")) {

            @Override
            protected Date currentTime() {
                return Date.from(clock.instant());
            }
        };
        claims.setMaxClockSkew(MAX_CLOCK_SKEW_SECONDS);
        processor.setJWTClaimsSetVerifier(claims);
        return processor;
    }

    private Principal principal(JWTClaimsSet claims) throws ParseException {
        Role role = Role.of(String.valueOf(claims.getStringClaim(settings.roleClaim())));
        return new Principal("jwt:" + claims.getSubject(), role,
                Optional.ofNullable(claims.getStringClaim(settings.tenantClaim()))
                        .map(domain -> domain.toLowerCase(Locale.ROOT)),
                optional(claims.getStringClaim(settings.extensionClaim())));
    }

    private static Optional<String> optional(@Nullable String claim) {
        return Optional.ofNullable(claim);
    }
}
