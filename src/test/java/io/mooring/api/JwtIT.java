package io.mooring.api;

import static io.mooring.api.ApiUnderTest.json;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.mooring.access.IssuerKeys;
import io.mooring.access.JwtVerifier;
import io.mooring.config.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** JWT of an issuer whose keys a real HTTP server gives away. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JwtIT {

    private static final String ISSUER = "https://login.example";
    private static final String TENANT = "/v1/tenants/acme.example";

    private final AtomicInteger fetches = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private HttpServer issuer;
    private ApiUnderTest api;
    private volatile List<JWK> keys = List.of();
    private volatile int status = 200;
    private RSAKey rsa;
    private ECKey ec;

    @BeforeAll
    void start() throws Exception {
        rsa = new RSAKeyGenerator(2_048).keyID("rsa-1").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("ec-1").generate();
        keys = List.of(rsa.toPublicJWK(), ec.toPublicJWK());
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext("/keys", exchange -> {
            fetches.incrementAndGet();
            byte[] body = new JWKSet(keys).toString().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        issuer.start();
        var settings = new NodeConfig.Jwt(URI.create("http://127.0.0.1:" + issuer.getAddress().getPort() + "/keys"),
                ISSUER, "mooring", "mooring_role", "mooring_tenant", "mooring_extension");
        api = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.of(new JwtVerifier(settings,
                new IssuerKeys(vertx, settings.keys(), nanos::get), Clock.systemUTC())));
    }

    @AfterAll
    void stop() {
        api.close();
        issuer.stop(0);
    }

    @BeforeEach
    void provision() {
        status = 200;
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        api.jedis.flushAll();
        api.tenant("acme.example");
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("mooring")
                .subject("alice")
                .expirationTime(Date.from(Instant.now().plusSeconds(300)))
                .claim("mooring_role", "tenant-admin")
                .claim("mooring_tenant", "acme.example");
    }

    private static String sign(JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet claims) {
        try {
            var jwt = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).type(JOSEObjectType.JWT).build(),
                    claims);
            jwt.sign(signer);
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String rs256(UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            return sign(JWSAlgorithm.RS256, "rsa-1", new RSASSASigner(rsa), change.apply(claims()).build());
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private int status(String token) {
        return api.as(token, "GET", "/v1/me", "").statusCode();
    }

    @Test
    void aJwtOfTheIssuerIsAPrincipal() throws Exception {
        String es256 = sign(JWSAlgorithm.ES256, "ec-1", new ECDSASigner(ec), claims().build());

        for (String token : List.of(rs256(c -> c), es256)) {
            assertThat(json(api.as(token, "GET", "/v1/me", "")).toString()).isEqualTo(
                    "{\"id\":\"jwt:alice\",\"role\":\"tenant-admin\",\"tenant\":\"acme.example\"}");
        }
        String user = rs256(c -> c.claim("mooring_role", "tenant-user").claim("mooring_extension", "101"));
        assertThat(api.as(user, "GET", TENANT + "/extensions/101", "").statusCode()).isEqualTo(200);
        problem(api.as(user, "GET", TENANT + "/extensions/102", ""), 404, "unknown-extension");
        problem(api.as(rs256(c -> c), "GET", "/v1/tenants/other.example", ""), 404, "unknown-tenant");
        assertThat(api.as(rs256(c -> c), "PATCH", TENANT, "{'displayName': 'x'}").statusCode()).isEqualTo(200);
        assertThat(api.get(TENANT + "/audit").path("items").path(0).path("actor").asText()).isEqualTo("jwt:alice");
    }

    @Test
    void everyClaimIsChecked() {
        Date past = Date.from(Instant.now().minusSeconds(120));
        Date future = Date.from(Instant.now().plusSeconds(120));
        List<UnaryOperator<JWTClaimsSet.Builder>> wrongs = List.of(
                c -> c.expirationTime(past),
                c -> c.expirationTime(null),
                c -> c.notBeforeTime(future),
                c -> c.issuer("https://evil.example"),
                c -> c.issuer(null),
                c -> c.audience("another"),
                c -> c.audience((String) null),
                c -> c.subject(null),
                c -> c.claim("mooring_role", null),
                c -> c.claim("mooring_role", "god"),
                c -> c.claim("mooring_role", 7),
                c -> c.claim("mooring_role", "operator"),
                c -> c.claim("mooring_tenant", null),
                c -> c.claim("mooring_tenant", "a b"),
                c -> c.claim("mooring_tenant", List.of("acme.example")),
                c -> c.claim("mooring_extension", "101"),
                c -> c.claim("mooring_role", "tenant-user"));
        for (int i = 0; i < wrongs.size(); i++) {
            assertThat(status(rs256(wrongs.get(i)))).as("wrong claim " + i).isEqualTo(401);
        }
    }

    @Test
    void theSignatureIsChecked() throws Exception {
        var stranger = new RSAKeyGenerator(2_048).keyID("rsa-1").generate();
        String good = rs256(c -> c);
        String[] parts = good.split("\\.");
        // The classic: the public key, taken for the secret of an HMAC.
        byte[] publicKey = rsa.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);

        assertThat(status(good)).isEqualTo(200);
        for (String bad : List.of(
                sign(JWSAlgorithm.RS256, "rsa-1", new RSASSASigner(stranger), claims().build()),
                sign(JWSAlgorithm.RS512, "rsa-1", new RSASSASigner(rsa), claims().build()),
                sign(JWSAlgorithm.HS256, "rsa-1", new MACSigner(publicKey), claims().build()),
                new PlainJWT(claims().build()).serialize(),
                parts[0] + "." + parts[1] + ".",
                parts[0] + "." + parts[1] + "." + parts[2].substring(4),
                parts[0] + "." + "e30" + "." + parts[2],
                good + "x")) {
            assertThat(status(bad)).isEqualTo(401);
        }
    }

    @Test
    void theIssuerMayChangeItsKeys() throws Exception {
        assertThat(status(rs256(c -> c))).isEqualTo(200);
        int before = fetches.get();
        assertThat(status(rs256(c -> c))).isEqualTo(200);
        assertThat(fetches.get()).isEqualTo(before);

        var next = new RSAKeyGenerator(2_048).keyID("rsa-2").generate();
        keys = List.of(rsa.toPublicJWK(), next.toPublicJWK(), ec.toPublicJWK());
        nanos.addAndGet(Duration.ofSeconds(6).toNanos());
        String token = sign(JWSAlgorithm.RS256, "rsa-2", new RSASSASigner(next), claims().build());
        assertThat(status(token)).isEqualTo(200);
        assertThat(fetches.get()).isEqualTo(before + 1);
    }

    /** Else anybody could have the issuer asked as often as they like. */
    @Test
    void unknownKeysDoNotHaveTheIssuerAskedAllTheTime() throws Exception {
        assertThat(status(rs256(c -> c))).isEqualTo(200);
        int before = fetches.get();
        nanos.addAndGet(Duration.ofSeconds(6).toNanos());
        for (int i = 0; i < 20; i++) {
            assertThat(status(sign(JWSAlgorithm.RS256, "unknown-" + i, new RSASSASigner(rsa), claims().build())))
                    .isEqualTo(401);
        }
        assertThat(fetches.get()).isEqualTo(before + 1);
    }

    @Test
    void oldKeysServeWhileTheIssuerIsDown() {
        assertThat(status(rs256(c -> c))).isEqualTo(200);
        status = 500;
        nanos.addAndGet(Duration.ofHours(1).toNanos());

        assertThat(status(rs256(c -> c))).isEqualTo(200);
    }

    @Test
    void withoutKeysTheIssuersTokensMustWaitAndOthersNeedNot() throws IOException {
        var settings = new NodeConfig.Jwt(URI.create("http://127.0.0.1:1/keys"), ISSUER, "mooring", "mooring_role",
                "mooring_tenant", "mooring_extension");
        try (var lonely = new ApiUnderTest(tenant -> List.of(), vertx -> Optional.of(new JwtVerifier(settings,
                new IssuerKeys(vertx, settings.keys(), System::nanoTime), Clock.systemUTC())))) {
            problem(lonely.as(rs256(c -> c), "GET", "/v1/me", ""), 503, "unavailable");
            problem(lonely.as(rs256(c -> c), "GET", "/v1/me", ""), 503, "unavailable");
            problem(lonely.as("nonsense", "GET", "/v1/me", ""), 401, "unauthorized");
            assertThat(lonely.get("/v1/me").path("role").asText()).isEqualTo("operator");
        }
    }
}
