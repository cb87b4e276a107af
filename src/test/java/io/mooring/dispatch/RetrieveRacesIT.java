package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.RetrievalRule;
import io.mooring.call.Role;
import io.mooring.dispatch.ManyPhones.Phone;
import io.mooring.dispatch.ManyPhones.Talk;
import io.mooring.store.CallStore;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.store.TenantStore.Grant;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whoever retrieves a call meets, a thousand times, what else may happen to it at that moment at another node: its caller hangs up, its
 * orbit is given to another call, its policy changes, somebody else retrieves it. Two nodes, one real Redis with a real tenant in it;
 * what became of the calls is read from Redis and from the history, and compared with what the phones were told.
 */
class RetrieveRacesIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final int ROUNDS = 1_000;
    private static final String TENANT = "acme.example";
    private static final Scope SCOPE = Scope.of(TENANT);
    private static final Keys KEYS = new Keys(4);

    private static TwoNodes nodes;
    private static CallStore store;
    private static FakeRtpengine rtpengine;
    private static TenantStore tenants;
    private static ManyPhones phones;

    /** How often what happened. */
    private final Map<String, Integer> outcomes = new TreeMap<>();

    @BeforeAll
    static void start() throws Exception {
        nodes = new TwoNodes(REDIS, KEYS);
        store = nodes.store;
        rtpengine = nodes.rtpengine;
        tenants = nodes.tenants;
    }

    @AfterAll
    static void stop() throws Exception {
        nodes.close();
    }

    /** One orbit, 10, and three extensions. */
    @BeforeEach
    void tenant() {
        rtpengine.reset();
        phones = nodes.phones(TENANT);
        tenants.config().change(List.of(SCOPE), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, TENANT,
                    new Tenant(TENANT, "Acme", FeatureCodes.DEFAULT).withDefaultParkPolicy("p"));
            List.of("101", "102", "103")
                    .forEach(it -> draft.put(SCOPE, Kind.EXTENSION, it, new Extension(it, it)));
            draft.put(SCOPE, Kind.PARK_POLICY, "p", policy(RetrievalRule.TENANT, true));
            draft.put(SCOPE, Kind.PARK_POLICY, "q", policy(RetrievalRule.TENANT, true));
            return true;
        });
    }

    private static ParkPolicy policy(RetrievalRule rule, boolean parkingAllowed) {
        return new ParkPolicy(rule + "" + parkingAllowed, parkingAllowed, ParkPolicy.EVERY_MODE,
                new ParkPolicy.Orbits(10, 10), rule, false, false, false, RecallSettings.NONE);
    }

    // --- what phones do ---------------------------------------------------------------------------------------------

    /** Up to the time that a retrieve takes, so that what crosses it meets every stage of it. */
    private static long aMoment() {
        return ThreadLocalRandom.current().nextLong(4_000_000);
    }

    private static void settle() {
        phones.settle();
        assertThat(phones.failures).isEmpty();
    }

    private static void park(Talk talk, String code, long delayNanos) {
        phones.send(talk.user(), "REFER", "x", "Refer-To: <sip:" + code + "@" + TENANT + ">\r\n", delayNanos);
    }

    /** A call at its place; its parker has hung up. */
    private static Talk parked(String code) {
        Talk talk = phones.talk("101");
        park(talk, code, 0);
        settle();
        assertThat(talk.user().status).as(talk.user().headers).isEqualTo(202);
        assertThat(talk.user().notified).isEqualTo("SIP/2.0 200 OK");
        phones.send(talk.user(), "BYE", "x", "", 0);
        settle();
        return talk;
    }

    /** As soon as the place is free; not before its REFER is accepted, but while the rest is under way. */
    private static void parkAtLast(Talk talk, String code) {
        do {
            park(talk, code, aMoment() / 4);
            phones.awaitReply(talk.user());
            assertThat(talk.user().status).isIn(202, 486);
        } while (talk.user().status == 486);
    }

    private static Phone retrieve(String user, String code, boolean asked, long delayNanos) {
        Phone phone = phones.phone(user, code, asked);
        phones.send(phone, "INVITE", code, "", delayNanos);
        return phone;
    }

    private static Phone bye(Phone phone, long delayNanos) {
        phones.send(phone, "BYE", "x", "", delayNanos);
        return phone;
    }

    // --- what is true afterwards --------------------------------------------------------------------------------------

    private static String key(String kind) {
        return "{s" + KEYS.shard(TENANT) + "}:" + kind + ":" + TENANT;
    }

    private static Call load(Phone phone) {
        return store.load(phone.owner).orElseThrow();
    }

    /** What happened to a call: types, the first that happened first. */
    private static List<String> history(String owner) {
        String id = owner.substring(owner.indexOf('/') + 1);
        try (var jedis = REDIS.jedis()) {
            return jedis.xrevrange(key("events"), "+", "-", 30)
                    .reversed()
                    .stream()
                    .map(entry -> new JsonObject(entry.getFields().get("event")))
                    .filter(event -> id.equals(event.getString("call")))
                    .map(event -> event.getString("type"))
                    .toList();
        }
    }

    /** Owners of the calls at a place. */
    private static List<String> at(String place) {
        try (var jedis = REDIS.jedis()) {
            return jedis.zrange(key("place") + ":" + place, 0, -1);
        }
    }

    private static boolean isTaken(int orbit) {
        try (var jedis = REDIS.jedis()) {
            return jedis.getbit(key("orbits"), orbit);
        }
    }

    /** It has this retriever and no other, in this media session; its place is free for another call. */
    private static void assertHas(Talk talk, Phone winner) {
        Call call = load(winner);
        assertThat(winner.owner).isEqualTo(talk.party().owner);
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        assertThat(call.retriever).isEqualTo(winner.user);
        assertThat(call.place).isEmpty();
        assertThat(call.legs.values().stream().filter(leg -> leg.role == Role.RETRIEVER).map(leg -> leg.callId))
                .containsExactly(winner.callId);
        assertThat(winner.body).contains(" " + call.media + "\r\n");
        assertThat(history(winner.owner)).containsExactly("PARKED", "RETRIEVED");
    }

    private static void assertStillParked(Talk talk, String place) {
        Call call = load(talk.party());
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.place).isEqualTo(place);
        assertThat(call.music).isNotEmpty();
        assertThat(call.legs.values().stream().map((Leg leg) -> leg.role)).containsExactly(Role.PARKED);
        assertThat(at(place)).containsExactly(talk.party().owner);
        assertThat(talk.party().hungUp).isFalse();
    }

    private static void assertCleanRefusal(Phone phone, Integer... statuses) {
        assertThat(phone.status).as(phone.headers).isIn((Object[]) statuses);
        assertThat(phone.headers).contains("Reason: X-Mooring;cause=" + phone.status + ";text=\"");
        assertThat(phone.hungUp).as("a BYE where there is no dialog").isFalse();
    }

    private void count(String outcome) {
        outcomes.merge(outcome, 1, Integer::sum);
    }

    private static void assertNoCallLeft() {
        try (var jedis = REDIS.jedis()) {
            assertThat(Stream.of("call", "place", "held", "parked", "due")
                    .flatMap(it -> jedis.keys("*:" + it + "*").stream()))
                    .isEmpty();
            assertThat(jedis.bitcount(key("orbits"))).isZero();
        }
    }

    /** Somebody of each call hangs up, the others are hung up, and nothing of it is left. */
    private static void end(List<Phone> parties, List<Phone> others) {
        parties.forEach(party -> bye(party, 0));
        settle();
        others.stream()
                .filter(phone -> !phone.toTag.isEmpty())
                .forEach(phone -> assertThat(phone.hungUp).as(phone.user).isTrue());
        assertNoCallLeft();
        phones.forget(parties);
        phones.forget(others);
    }

    /** Media sessions that a claim may still have used are deleted some seconds later. */
    private void assertAllOver() {
        System.out.println(outcomes);
        Awaitility.await()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(rtpengine.sessions).isEmpty());
    }

    // --- the races ----------------------------------------------------------------------------------------------------

    @Test
    void oneOfThreeRetrieversHasTheCall() {
        for (int round = 0; round < ROUNDS; round++) {
            Talk talk = parked("*59");
            var retrievers = List.of(retrieve("101", "*8810", round % 2 == 0, aMoment()),
                    retrieve("102", "*8810", round % 3 == 0, aMoment()),
                    retrieve("103", "*8810", round % 5 == 0, aMoment()));
            settle();
            List<Phone> winners = retrievers.stream().filter(phone -> phone.status == 200).toList();
            assertThat(winners).hasSize(1);
            assertHas(talk, winners.getFirst());
            retrievers.stream()
                    .filter(phone -> phone.status != 200)
                    .forEach(phone -> assertCleanRefusal(phone, 404, 486));
            count("won by " + winners.getFirst().user);
            end(List.of(talk.party()), retrievers);
        }
        assertAllOver();
        assertThat(outcomes).hasSize(3);
    }

    @Test
    void theCallerHangsUpWhileItIsRetrieved() {
        for (int round = 0; round < ROUNDS; round++) {
            Talk talk = parked("*59");
            Phone alice = retrieve("102", "*8810", round % 2 == 0, aMoment());
            bye(talk.party(), aMoment());
            settle();
            assertThat(talk.party().status).as("the BYE").isEqualTo(200);
            if (alice.status == 200) {
                assertThat(alice.hungUp).as("who was connected to a caller who hung up").isTrue();
                assertThat(history(talk.party().owner)).containsExactly("PARKED", "RETRIEVED", "ENDED");
                count("connected first");
            } else {
                assertCleanRefusal(alice, 404, 487);
                assertThat(history(talk.party().owner)).containsExactly("PARKED", "ABANDONED");
                count("refused " + alice.status);
            }
            assertNoCallLeft();
            phones.forget(List.of(talk.user(), talk.party(), alice));
        }
        assertAllOver();
        assertThat(outcomes).hasSizeGreaterThan(1);
    }

    /** The orbit of a call is given to another one at the moment that it is free, and two want what is there. */
    @Test
    void anotherCallIsParkedAtTheOrbitThatIsBeingFreed() {
        for (int round = 0; round < ROUNDS; round++) {
            Talk first = parked("*5910");
            Talk second = phones.talk("103");
            Phone alice = retrieve("102", "*8810", round % 2 == 0, aMoment());
            Phone dora = phones.phone("101", "*8810", round % 3 == 0);
            boolean atOnce = round % 4 == 0;
            if (atOnce) {
                phones.send(dora, "INVITE", "*8810", "", aMoment());
            }
            parkAtLast(second, "*5910");
            if (!atOnce) {
                phones.send(dora, "INVITE", "*8810", "", aMoment());
            }
            settle();
            phones.send(second.user(), "BYE", "x", "", 0);
            settle();

            List<Phone> winners = Stream.of(alice, dora).filter(phone -> phone.status == 200).toList();
            Stream.of(alice, dora)
                    .filter(phone -> phone.status != 200)
                    .forEach(phone -> assertCleanRefusal(phone, 404, 486));
            assertThat(winners.stream().map(phone -> phone.owner)).as("each its own call").doesNotHaveDuplicates();
            Phone hasFirst = winners.stream()
                    .filter(phone -> phone.owner.equals(first.party().owner))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("the first call was lost"));
            assertHas(first, hasFirst);
            Optional<Phone> hasSecond = winners.stream().filter(phone -> phone != hasFirst).findFirst();
            if (hasSecond.isPresent()) {
                assertHas(second, hasSecond.get());
                assertThat(at("orbit:10")).isEmpty();
                count("both retrieved");
            } else {
                assertStillParked(second, "orbit:10");
                count("the second waits");
            }
            assertThat(isTaken(10)).isEqualTo(hasSecond.isEmpty());
            end(List.of(first.party(), second.party()), List.of(alice, dora));
        }
        assertAllOver();
        assertThat(outcomes).hasSize(2);
    }

    private static void change(RetrievalRule rule, boolean parkingAllowed, String grantOf103) {
        tenants.config().change(List.of(SCOPE), draft -> {
            draft.put(SCOPE, Kind.PARK_POLICY, "p", policy(rule, parkingAllowed));
            draft.put(SCOPE, Kind.GRANT, "103", new Grant(grantOf103));
            return true;
        });
    }

    /** The policy changes while the call is parked under it, and again while two retrieve it. */
    @Test
    void thePolicyChangesWhileTheCallIsParkedAndRetrieved() {
        var random = ThreadLocalRandom.current();
        RetrievalRule[] rules = {RetrievalRule.TENANT, RetrievalRule.PARKER, RetrievalRule.SAME_POLICY};
        for (int round = 0; round < ROUNDS; round++) {
            Talk talk = phones.talk("101");
            park(talk, "*59", aMoment());
            change(rules[random.nextInt(3)], random.nextInt(8) > 0, random.nextBoolean() ? "p" : "q");
            settle();
            if (talk.user().status == 403) {
                count("not parked");
                assertNoCallLeft();
                phones.forget(List.of(talk.user(), talk.party()));
                continue;
            }
            phones.send(talk.user(), "BYE", "x", "", 0);
            settle();
            RetrievalRule rule = load(talk.party()).terms.retrieval();

            Phone alice = retrieve("102", "*8810", round % 2 == 0, aMoment());
            Phone eve = retrieve("103", "*8810", round % 3 == 0, aMoment());
            change(rules[random.nextInt(3)], random.nextInt(8) > 0, random.nextBoolean() ? "p" : "q");
            settle();
            Stream.of(alice, eve)
                    .filter(phone -> phone.status != 200)
                    .forEach(phone -> assertCleanRefusal(phone, 403, 404, 486));
            List<Phone> winners = Stream.of(alice, eve).filter(phone -> phone.status == 200).toList();
            if (rule == RetrievalRule.PARKER) {
                assertThat(winners).isEmpty();
                assertStillParked(talk, "orbit:10");
                Phone bob = retrieve("101", "*8810", false, 0);
                settle();
                assertHas(talk, bob);
                end(List.of(talk.party()), List.of(bob, alice, eve));
            } else {
                assertThat(winners).hasSize(1);
                assertHas(talk, winners.getFirst());
                end(List.of(talk.party()), List.of(alice, eve));
            }
            count(rule + " " + alice.status + " " + eve.status);
        }
        assertAllOver();
        assertThat(outcomes).containsKey("not parked").hasSizeGreaterThan(6);
    }
}
