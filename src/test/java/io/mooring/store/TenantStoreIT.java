package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.call.Feature;
import io.mooring.metrics.Metrics;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

class TenantStoreIT {

    private static final Ha1 FIRST = new Ha1("0".repeat(32));
    private static final Ha1 SECOND = new Ha1("1".repeat(32));
    private static final Tenant ACME = new Tenant("acme.example", "Acme", FeatureCodes.DEFAULT);

    private static RedisServer server;
    private static Vertx vertx;
    private static RedisAccess redis;
    private static Jedis jedis;

    private final AtomicLong nanos = new AtomicLong();
    private final TenantStore store = new TenantStore(redis, nanos::get);

    @BeforeAll
    static void start() {
        server = new RedisServer();
        vertx = Vertx.vertx();
        redis = RedisAccess.connect(vertx, server.url(), Duration.ofSeconds(10), new Metrics());
        jedis = new Jedis(URI.create(server.url()));
    }

    @AfterAll
    static void stop() throws Exception {
        jedis.close();
        redis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        server.close();
    }

    @BeforeEach
    void empty() {
        jedis.flushAll();
    }

    @Test
    void aTenantIsWrittenTogetherWithItsCodesForTheEdge() {
        assertThat(store.put(ACME)).isEqualTo(PutOutcome.CREATED);
        assertThat(store.put(ACME)).isEqualTo(PutOutcome.REPLACED);

        assertThat(store.freshTenant("acme.example")).contains(ACME);
        assertThat(jedis.hgetAll("edge:tenant:acme.example")).isEqualTo(Map.of("codes", "^(\\*68|\\*88)[0-9]*$"));
    }

    @Test
    void listsAreSortedAndPaged() {
        for (String domain : List.of("c.example", "a.example", "b.example")) {
            store.put(new Tenant(domain, "", FeatureCodes.DEFAULT));
        }

        assertThat(store.tenants(0, 2).items()).extracting(Tenant::domain).containsExactly("a.example", "b.example");
        assertThat(store.tenants(2, 2).items()).extracting(Tenant::domain).containsExactly("c.example");
        assertThat(store.tenants(0, 2).total()).isEqualTo(3);
        assertThat(store.trunks(0, 10)).isEqualTo(new Page<>(List.of(), 0));
    }

    @Test
    void anExtensionKeepsItsCredentialsUnlessNewOnesAreGiven() {
        store.put(ACME);
        var bob = new Extension("101", "Bob");

        assertThat(store.put("acme.example", bob, Optional.empty(), FIRST))
                .isEqualTo(new TenantStore.ExtensionPut(PutOutcome.CREATED, true));
        assertThat(ha1()).isEqualTo(FIRST.hex());
        assertThat(store.put("acme.example", bob, Optional.empty(), SECOND))
                .isEqualTo(new TenantStore.ExtensionPut(PutOutcome.REPLACED, false));
        assertThat(ha1()).isEqualTo(FIRST.hex());
        assertThat(store.put("acme.example", bob, Optional.of(SECOND), FIRST))
                .isEqualTo(new TenantStore.ExtensionPut(PutOutcome.REPLACED, false));
        assertThat(ha1()).isEqualTo(SECOND.hex());
        assertThat(store.extension("acme.example", "101")).contains(bob);
        assertThat(store.hasExtension("acme.example", "101")).isTrue();
        assertThat(store.hasExtension("acme.example", "102")).isFalse();
    }

    private static String ha1() {
        return jedis.hget("edge:sub:acme.example:101", "ha1");
    }

    @Test
    void nothingIsWrittenForATenantThatDoesNotExist() {
        var put = store.put("acme.example", new Extension("101", ""), Optional.of(FIRST), SECOND);
        var trunk = store.put(new Trunk(TrunkAddress.parse("192.0.2.1"), "t", "acme.example"));

        assertThat(put.outcome()).isEqualTo(PutOutcome.UNKNOWN_TENANT);
        assertThat(trunk).isEqualTo(PutOutcome.UNKNOWN_TENANT);
        assertThat(jedis.keys("*")).isEmpty();
    }

    @Test
    void aTrunkIsWrittenAsTheEdgeAsksForIt() {
        var trunk = new Trunk(TrunkAddress.parse("[2001:db8::1]:5060"), "carrier", "*");

        assertThat(store.put(trunk)).isEqualTo(PutOutcome.CREATED);

        assertThat(jedis.hgetAll("edge:trunk:2001:db8:0:0:0:0:0:1:5060"))
                .isEqualTo(Map.of("name", "carrier", "tenant", "*"));
        assertThat(store.trunk(trunk.address())).contains(trunk);
        assertThat(store.trunks(0, 10).items()).containsExactly(trunk);
        assertThat(store.deleteTrunk(trunk.address())).isTrue();
        assertThat(store.deleteTrunk(trunk.address())).isFalse();
        assertThat(jedis.keys("*")).isEmpty();
    }

    @Test
    void aTenantTakesItsExtensionsAndItsOwnTrunksAlongAndNothingElse() {
        store.put(ACME);
        store.put("acme.example", new Extension("101", ""), Optional.of(FIRST), SECOND);
        store.put(new Trunk(TrunkAddress.parse("192.0.2.1"), "own", "acme.example"));
        var others = new Tenant("acme.example.org", "", FeatureCodes.DEFAULT);
        store.put(others);
        store.put("acme.example.org", new Extension("101", ""), Optional.of(FIRST), SECOND);
        store.put(new Trunk(TrunkAddress.parse("192.0.2.2"), "shared", "*"));

        assertThat(store.deleteTenant("acme.example")).isTrue();

        assertThat(store.deleteTenant("acme.example")).isFalse();
        assertThat(jedis.keys("*")).containsExactlyInAnyOrder("tenants", "trunks", "tenant:acme.example.org",
                "tenant:acme.example.org:exts", "tenant:acme.example.org:ext:101", "edge:tenant:acme.example.org",
                "edge:sub:acme.example.org:101", "trunk:192.0.2.2", "edge:trunk:192.0.2.2");
        assertThat(jedis.smembers("tenants")).containsExactly("acme.example.org");
        assertThat(jedis.smembers("trunks")).containsExactly("192.0.2.2");
    }

    @Test
    void anExtensionGoesWithItsCredentials() {
        store.put(ACME);
        store.put("acme.example", new Extension("101", ""), Optional.of(FIRST), SECOND);

        assertThat(store.deleteExtension("acme.example", "101")).isTrue();
        assertThat(store.deleteExtension("acme.example", "101")).isFalse();
        assertThat(jedis.exists("edge:sub:acme.example:101")).isFalse();
        assertThat(store.extensions("acme.example", 0, 10).items()).isEmpty();
    }

    @Test
    void theHotPathReadsATenantOnceASecond() {
        store.put(ACME);
        assertThat(store.feature("acme.example", "*68102")).isEqualTo(new Feature.Park("102"));

        jedis.flushAll();

        nanos.addAndGet(Duration.ofMillis(999).toNanos());
        assertThat(store.feature("acme.example", "*88")).isEqualTo(new Feature.Retrieve(""));
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(store.feature("acme.example", "*88")).isEqualTo(new Feature.None());
    }

    @Test
    void aNodeSeesItsOwnWritesAtOnce() {
        assertThat(store.tenant("acme.example")).isEmpty();
        store.put(ACME);
        assertThat(store.tenant("acme.example")).contains(ACME);
        store.deleteTenant("acme.example");
        assertThat(store.tenant("acme.example")).isEmpty();
    }

    @Test
    void aStoreThatIsDownIsSaidToBe() {
        try (var other = new RedisServer();
                var access = RedisAccess.connect(vertx, other.url(), Duration.ofSeconds(10), new Metrics())) {
            var down = new TenantStore(access);
            other.kill();

            assertThatThrownBy(() -> down.tenant("acme.example")).isInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> down.put(ACME)).isInstanceOf(StoreUnavailableException.class);
        }
    }
}
