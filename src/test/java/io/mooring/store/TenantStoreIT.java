package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.call.Feature;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkRights;
import io.mooring.call.ParkTerms;
import io.mooring.call.RetrievalRule;
import io.mooring.call.SoundVersion;
import io.mooring.call.Standing;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.GroupStrategy;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.RecallPlanner;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.RingStrategy;
import io.mooring.tenant.Sound;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.UnifiedJedis;

class TenantStoreIT {

    private static final Ha1 HA1 = new Ha1("0".repeat(32));
    private static final Scope SCOPE = Scope.of("acme.example");
    private static final Tenant ACME = new Tenant("acme.example", "Acme", FeatureCodes.DEFAULT);

    private static RedisServer server;
    private static Vertx vertx;
    private static RedisAccess redis;
    private static UnifiedJedis jedis;

    private final AtomicLong nanos = new AtomicLong();
    private final TenantStore store = new TenantStore(redis, nanos::get);
    private final ConfigStore config = store.config();

    @BeforeAll
    static void start() {
        server = new RedisServer();
        vertx = Vertx.vertx();
        redis = server.connect(vertx, Duration.ofSeconds(10));
        jedis = server.jedis();
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

    private String put(Tenant tenant) {
        return config.change(List.of(Scope.of(tenant.domain())), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, tenant.domain(), tenant);
            return draft.version();
        });
    }

    private void putExtension(String domain, String number) {
        config.change(List.of(Scope.of(domain)), draft -> {
            draft.put(Scope.of(domain), Kind.EXTENSION, number, new Extension(number, "Bob"));
            draft.putCredentials(domain, number, HA1);
            return true;
        });
    }

    @Test
    void aTenantIsWrittenTogetherWithItsCodesForTheEdge() {
        String version = put(ACME);

        assertThat(store.freshTenant("acme.example")).contains(ACME);
        assertThat(config.find(Scope.GLOBAL, Kind.TENANT, "acme.example").map(Item::version)).contains(version);
        assertThat(jedis.hgetAll("{cfg}:edge:tenant:acme.example"))
                .isEqualTo(Map.of("codes", "^((\\*68|\\*58|\\*59|\\*88)[0-9]*|\\*88[0-9]*\\*[0-9]*)$", "rate", "100"));
        assertThat(put(ACME)).isNotEqualTo(version);
    }

    @Test
    void anExtensionIsWrittenWithItsCredentials() {
        putExtension("acme.example", "101");

        assertThat(jedis.hget("{cfg}:edge:sub:acme.example:101", "ha1")).isEqualTo(HA1.hex());
        assertThat(store.hasExtension("acme.example", "101")).isTrue();
        assertThat(store.hasExtension("acme.example", "102")).isFalse();
        assertThat(store.hasExtension("other.example", "101")).isFalse();

        config.change(List.of(SCOPE), draft -> {
            draft.deleteExtension("acme.example", "101");
            return true;
        });
        assertThat(store.hasExtension("acme.example", "101")).isFalse();
        assertThat(jedis.exists("{cfg}:edge:sub:acme.example:101")).isFalse();
    }

    @Test
    void listsAreInTheOrderOfTheIds() {
        for (String id : List.of("c", "a", "b-1", "b")) {
            config.change(List.of(SCOPE), draft -> {
                draft.put(SCOPE, Kind.RING_GROUP, id, new RingGroup(id, RingStrategy.ALL, List.of()));
                return true;
            });
        }

        assertThat(config.list(SCOPE, Kind.RING_GROUP, "", 3)).extracting(Item::id).containsExactly("a", "b", "b-1");
        assertThat(config.list(SCOPE, Kind.RING_GROUP, "b", 3)).extracting(Item::id).containsExactly("b-1", "c");
        assertThat(config.list(SCOPE, Kind.RING_GROUP, "bb", 3)).extracting(Item::id).containsExactly("c");
        assertThat(config.all(SCOPE, Kind.RING_GROUP)).hasSize(4);
        assertThat(config.all(Scope.of("acme"), Kind.RING_GROUP)).isEmpty();
    }

    /** Two nodes count: without the comparison of revisions some would count the same. */
    @Test
    void changesOfOneScopeFollowOneAnother() throws Exception {
        try (var second = server.connect(vertx, Duration.ofSeconds(10))) {
            var other = new TenantStore(second).config();
            var decisions = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (var node : List.of(config, other, config, other)) {
                threads.add(Thread.startVirtualThread(() -> IntStream.range(0, 25)
                        .forEach(i -> count(node,
                                decisions))));
            }
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(config.find(SCOPE, Kind.GRANT, "counter").orElseThrow().json().path("n").asInt()).isEqualTo(100);
            assertThat(decisions.get()).isGreaterThan(100);
        }
    }

    private static void count(ConfigStore node, AtomicInteger decisions) {
        node.change(List.of(SCOPE), draft -> {
            decisions.incrementAndGet();
            int n = node.find(SCOPE, Kind.GRANT, "counter").map(it -> it.json().path("n").asInt()).orElse(0);
            draft.put(SCOPE, Kind.GRANT, "counter", TenantJson.object().put("n", n + 1));
            return n;
        });
    }

    @Test
    void nothingIsWrittenByADecisionThatFails() {
        assertThatThrownBy(() -> config.change(List.of(SCOPE), draft -> {
            draft.put(SCOPE, Kind.GRANT, "101", TenantJson.object());
            throw new IllegalArgumentException("no");
        })).isInstanceOf(IllegalArgumentException.class);

        assertThat(jedis.keys("*")).isEmpty();
        putExtension("acme.example", "101");
    }

    @Test
    void aTrunkIsWrittenAsTheEdgeAsksForIt() {
        var trunk = new Trunk(TrunkAddress.parse("[2001:db8::1]:5060"), "carrier", "*", true);
        config.change(List.of(Scope.GLOBAL), draft -> {
            draft.put(Scope.GLOBAL, Kind.TRUNK, trunk.address().toString(), trunk);
            return true;
        });

        assertThat(jedis.hgetAll("{cfg}:edge:trunk:2001:db8:0:0:0:0:0:1:5060"))
                .isEqualTo(Map.of("name", "carrier", "tenant", "*"));
        assertThat(config.all(Scope.GLOBAL, Kind.TRUNK, Trunk.class).values()).containsExactly(trunk);

        config.change(List.of(Scope.GLOBAL), draft -> {
            draft.deleteTrunk(trunk);
            return true;
        });
        assertThat(jedis.keys("*")).containsExactly("{cfg}:rev");
    }

    @Test
    void aTenantLeavesNothingButItsAudit() {
        put(ACME);
        putExtension("acme.example", "101");
        config.change(List.of(SCOPE), draft -> {
            draft.put(SCOPE, Kind.RING_GROUP, "one", new RingGroup("a", RingStrategy.ALL, List.of("101")));
            draft.audit(SCOPE, TenantJson.object().put("n", 1));
            return true;
        });
        put(new Tenant("acme.example.org", "", FeatureCodes.DEFAULT));
        putExtension("acme.example.org", "101");

        config.change(List.of(Scope.GLOBAL, SCOPE), draft -> {
            draft.deleteTenant("acme.example", config.ids(SCOPE, Kind.EXTENSION));
            return true;
        });

        assertThat(jedis.keys("*")).containsExactlyInAnyOrder("{cfg}:tenants", "{cfg}:tenants:ids", "{cfg}:rev",
                "{cfg}:audit:acme.example",
                "{cfg}:tenant:acme.example.org:rev", "{cfg}:tenant:acme.example.org:extensions",
                "{cfg}:tenant:acme.example.org:extensions:ids", "{cfg}:edge:tenant:acme.example.org",
                "{cfg}:edge:sub:acme.example.org:101");
        assertThat(jedis.ttl("{cfg}:audit:acme.example")).isBetween(1L, 90L * 86_400);
    }

    @Test
    void anAuditIsReadFromItsEnd() {
        for (int i = 0; i < 5; i++) {
            int n = i;
            config.change(List.of(SCOPE), draft -> {
                draft.audit(SCOPE, TenantJson.object().put("n", n));
                return true;
            });
        }

        var first = config.audit(SCOPE, "", 2);
        assertThat(first.values()).extracting(it -> it.path("n").asInt()).containsExactly(4, 3);
        var rest = config.audit(SCOPE, List.copyOf(first.keySet()).getLast(), 10);
        assertThat(rest.values()).extracting(it -> it.path("n").asInt()).containsExactly(2, 1, 0);
        assertThat(config.audit(Scope.GLOBAL, "", 10)).isEmpty();
    }

    @Test
    void changesOfOneRequestAreReadOneByOne() {
        for (int request = 0; request < 3; request++) {
            int first = 100 * request;
            config.change(List.of(SCOPE), draft -> {
                IntStream.range(0, 3).forEach(i -> draft.audit(SCOPE, TenantJson.object().put("n", first + i)));
                return true;
            });
        }

        var all = config.audit(SCOPE, "", 10);
        assertThat(all.values()).extracting(it -> it.path("n").asInt())
                .containsExactly(202, 201, 200, 102, 101, 100, 2, 1, 0);
        var ids = List.copyOf(all.keySet());
        assertThat(ids).allMatch(id -> AuditTrail.ID.matcher(id).matches()).doesNotHaveDuplicates();
        for (int i = 0; i < ids.size(); i++) {
            var rest = config.audit(SCOPE, ids.get(i), 10);
            assertThat(List.copyOf(rest.keySet())).as("before " + ids.get(i)).isEqualTo(ids.subList(i + 1, ids.size()));
        }
    }

    @Test
    void anAuditOfLargeEntriesIsShorter() {
        var large = TenantJson.object().put("text", "x".repeat(100_000));
        for (int i = 0; i < 400; i++) {
            config.change(List.of(SCOPE), draft -> {
                draft.audit(SCOPE, large);
                return true;
            });
        }

        assertThat(jedis.xlen("{cfg}:audit:acme.example")).isBetween(83L, 250L);
    }

    @Test
    void theHotPathReadsATenantTwiceASecond() {
        put(ACME);
        assertThat(store.feature("acme.example", "*68102")).isEqualTo(new Feature.Park("102"));

        jedis.flushAll();

        nanos.addAndGet(Duration.ofMillis(499).toNanos());
        assertThat(store.feature("acme.example", "*88")).isEqualTo(new Feature.Retrieve(""));
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(store.feature("acme.example", "*88")).isEqualTo(new Feature.None());
    }

    @Test
    void aNodeSeesItsOwnWritesAtOnce() {
        assertThat(store.tenant("acme.example")).isEmpty();
        put(ACME);
        assertThat(store.tenant("acme.example")).contains(ACME);
        config.change(List.of(Scope.GLOBAL, SCOPE), draft -> {
            draft.deleteTenant("acme.example", List.of());
            return true;
        });
        assertThat(store.tenant("acme.example")).isEmpty();
    }

    @Test
    void aBucketGivesWhatASecondBringsAndSaysWhenThereIsMore() {
        var access = new AccessStore(redis);

        assertThat(IntStream.range(0, 5).mapToLong(i -> access.takeRequest("acme.example", 5))).containsOnly(0L);
        assertThat(access.takeRequest("acme.example", 5)).isBetween(1L, 200L);
        assertThat(access.takeRequest("other.example", 5)).isZero();
        assertThat(jedis.pttl("rate:acme.example")).isBetween(1L, 3_000L);
        jedis.hset("rate:acme.example", "atMicros", "1");
        assertThat(IntStream.range(0, 5).mapToLong(i -> access.takeRequest("acme.example", 5))).containsOnly(0L);
    }

    /** Then whoever asked once for very much is let in again after two seconds at the latest. */
    @Test
    void whatABucketDoesNotHaveIsOwedUpToWhatASecondBrings() {
        var access = new AccessStore(redis);

        access.charge("acme.example", 5, 3);
        assertThat(access.takeRequest("acme.example", 5)).isZero();
        access.charge("acme.example", 5, 1_000);
        assertThat(access.takeRequest("acme.example", 5)).isBetween(1_000L, 1_200L);
    }

    @Test
    void aTokenIsKnownUntilItExpiresAndItsUseIsNotedToTheMinute() {
        var access = new AccessStore(redis);
        long now = System.currentTimeMillis();
        config.change(List.of(SCOPE), draft -> {
            draft.putToken("abc", TenantJson.object().put("id", "t"), now + 60_000);
            return true;
        });

        assertThat(access.usedAtMillis(List.of("abc", "none"))).containsExactly(Optional.empty(), Optional.empty());
        assertThat(access.use("abc", now)).contains(TenantJson.object().put("id", "t"));
        access.use("abc", now + 59_999);
        assertThat(access.usedAtMillis(List.of("abc"))).containsExactly(Optional.of(now));
        access.use("abc", now + 60_000);
        assertThat(access.usedAtMillis(List.of("abc"))).containsExactly(Optional.of(now + 60_000));
        assertThat(jedis.pttl("{cfg}:auth:abc")).isBetween(1L, 60_000L);
        jedis.del("{cfg}:auth:abc");
        assertThat(access.use("abc", now)).isEmpty();
        assertThat(jedis.exists("{cfg}:auth:abc")).isFalse();
    }

    @Test
    void aStoreThatIsDownIsSaidToBe() {
        try (var other = RedisServer.standalone();
                var access = other.connect(vertx, Duration.ofSeconds(10))) {
            var down = new TenantStore(access);
            other.kill();

            assertThatThrownBy(() -> down.tenant("acme.example")).isInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> down.config().change(List.of(SCOPE), draft -> true))
                    .isInstanceOf(StoreUnavailableException.class);
        }
    }

    // --- what a user may park ---------------------------------------------------------------------------------------

    private static ParkPolicy policy(String name, RetrievalRule rule, ParkMode... modes) {
        return new ParkPolicy(name, true, List.of(modes), new ParkPolicy.Orbits(200, 299), rule, true, false, false,
                RecallSettings.NONE);
    }

    /** Extensions 101 to 103; 101 has a grant, 102 the default; 101 and 103 are in a group. */
    private void provisionParking(Optional<String> defaultPolicy) {
        List.of("101", "102", "103").forEach(number -> putExtension("acme.example", number));
        put(new Tenant("acme.example", "", FeatureCodes.DEFAULT, new Quotas(7, 1, 10, 10, 1, 5, 1), 3, defaultPolicy,
                Optional.empty()));
        config.change(List.of(SCOPE), draft -> {
            draft.put(SCOPE, Kind.PARK_POLICY, "boss", policy("Boss", RetrievalRule.PARKER, ParkMode.NEXT_ORBIT));
            draft.put(SCOPE, Kind.PARK_POLICY, "all", policy("All", RetrievalRule.TENANT, ParkMode.EXTENSION));
            draft.put(SCOPE, Kind.GRANT, "101", new TenantStore.Grant("boss"));
            draft.put(SCOPE, Kind.PARK_GROUP, "sales", new ParkGroup("Sales", GroupStrategy.FIRST_AVAILABLE,
                    List.of("103", "101"), RecallSettings.NONE));
            return true;
        });
    }

    private SoundVersion putSound(String id) {
        String sha256 = Integer.toHexString(id.hashCode()).repeat(64).substring(0, 64);
        String version = config.change(List.of(SCOPE), draft -> {
            draft.putSound(SCOPE, id, new Sound(Sound.Encoding.ALAW, 1, 8_000, 1_000, 8_044, sha256), Optional.empty());
            return draft.version();
        });
        return new SoundVersion(id, version, sha256);
    }

    @Test
    void theMusicIsThePolicysElseTheTenants() {
        provisionParking(Optional.of("all"));
        assertThat(store.parkRights("acme.example", "101", new Feature.ParkAtNextOrbit()).terms().music())
                .isEqualTo(SoundVersion.NONE);
        SoundVersion jazz = putSound("jazz");
        SoundVersion blues = putSound("blues");
        put(new Tenant("acme.example", "", FeatureCodes.DEFAULT, new Quotas(7, 1, 10, 10, 1, 5, 1), 3,
                Optional.of("all"),
                Optional.of("jazz")));
        config.change(List.of(SCOPE), draft -> {
            draft.put(SCOPE, Kind.PARK_POLICY, "boss", new ParkPolicy("Boss", true, ParkPolicy.EVERY_MODE,
                    ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT, false, true, false, RecallSettings.NONE,
                    Optional.of("blues")));
            return true;
        });
        assertThat(store.parkRights("acme.example", "101", new Feature.Park("")).terms().music()).isEqualTo(blues);
        assertThat(store.parkRights("acme.example", "102", new Feature.Park("")).terms().music()).isEqualTo(jazz);
        assertThat(config.sounds("acme.example", List.of("blues", "none", "jazz")).await())
                .isEqualTo(Map.of("blues", blues, "jazz", jazz));
        assertThat(config.audio("acme.example", jazz).await()).isEmpty();
    }

    @Test
    void aGrantComesBeforeTheDefaultPolicy() {
        provisionParking(Optional.of("all"));
        assertThat(store.parkRights("acme.example", "101", new Feature.ParkAtNextOrbit())).isEqualTo(new ParkRights(
                true, Set.of(ParkMode.NEXT_ORBIT), 200, 299,
                new ParkTerms(RetrievalRule.PARKER, "boss", "sales", true, false, 3,
                        RecallPlanner.plan(RecallSettings.NONE, "101", Optional.empty())),
                false, List.of(), false, 7));
        assertThat(store.parkRights("acme.example", "102", new Feature.ParkAtNextOrbit()).terms())
                .isEqualTo(new ParkTerms(RetrievalRule.TENANT, "all", "", true, false, 3,
                        RecallPlanner.plan(RecallSettings.NONE, "102", Optional.empty())));
        assertThat(store.standing("acme.example", "101")).isEqualTo(new Standing("boss", "sales"));
        assertThat(store.standing("acme.example", "102")).isEqualTo(new Standing("all", ""));
        assertThat(store.standing("other.example", "102")).isEqualTo(new Standing("", ""));
    }

    @Test
    void withoutAGrantAndADefaultParkingIsOff() {
        provisionParking(Optional.empty());
        assertThat(store.parkRights("acme.example", "102", new Feature.Park("")).parkingAllowed()).isFalse();
        assertThat(store.parkRights("acme.example", "101", new Feature.Park("")).parkingAllowed()).isTrue();
    }

    @Test
    void theExtensionThatIsAskedAboutIsLookedUp() {
        provisionParking(Optional.of("all"));
        assertThat(store.parkRights("acme.example", "102", new Feature.Park("")).extensionExists()).isTrue();
        assertThat(store.parkRights("acme.example", "102", new Feature.Park("103")).extensionExists()).isTrue();
        assertThat(store.parkRights("acme.example", "102", new Feature.Park("199")).extensionExists()).isFalse();
    }

    @Test
    void theParkGroupIsReadWhenItIsAskedFor() {
        provisionParking(Optional.of("all"));
        ParkRights rights = store.parkRights("acme.example", "101", new Feature.ParkToGroup());
        assertThat(rights.groupMembers()).containsExactly("103", "101");
        assertThat(rights.groupHunts()).isTrue();
        assertThat(store.parkRights("acme.example", "102", new Feature.ParkToGroup()).groupMembers()).isEmpty();
    }

    @Test
    void aParkTakesOneTurnHoweverOftenItAsks() {
        assertThat(store.turn("acme.example", "desk", "a:1")).isZero();
        assertThat(store.turn("acme.example", "desk", "a:1")).isZero();
        assertThat(store.turn("acme.example", "desk", "b:1")).isEqualTo(1);
        assertThat(store.turn("acme.example", "desk", "a:1")).isZero();
        assertThat(store.turn("acme.example", "desk", "a:2")).isEqualTo(2);
        assertThat(store.turn("acme.example", "door", "c:1")).isZero();
    }

    /** As many as the look-up of an extension was before there were policies. */
    @Test
    void whatAUserMayParkIsOneRoundTrip() {
        provisionParking(Optional.of("all"));
        store.parkRights("acme.example", "101", new Feature.ParkToGroup());
        // What a script does is counted with what clients do: all of it is this script's.
        assertThat(server.statsOf(() -> store.parkRights("acme.example", "101", new Feature.Park("103")))
                .stream()
                .map(line -> line.replaceAll("^cmdstat_|,usec.*", "")))
                .containsExactlyInAnyOrder("evalsha:calls=1", "hget:calls=3", "hexists:calls=1");
    }
}
