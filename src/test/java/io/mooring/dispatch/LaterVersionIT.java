package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.RetrievalRule;
import io.mooring.dispatch.ManyPhones.Talk;
import io.mooring.edge.UnavailableException;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.store.StoreUnavailableException;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.UnifiedJedis;

/** Nodes find calls that a node of a later version has written beside them. */
class LaterVersionIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final Scope SCOPE = Scope.of(TENANT);

    private static TwoNodes nodes;
    private static ManyPhones phones;

    @BeforeAll
    static void start() throws Exception {
        nodes = new TwoNodes(REDIS, new Keys(4));
    }

    @AfterAll
    static void stop() throws Exception {
        nodes.close();
    }

    @BeforeEach
    void tenant() {
        phones = nodes.phones(TENANT);
        nodes.tenants.config().change(List.of(SCOPE), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, TENANT,
                    new Tenant(TENANT, "Acme", FeatureCodes.DEFAULT).withDefaultParkPolicy("p"));
            List.of("101", "102").forEach(it -> draft.put(SCOPE, Kind.EXTENSION, it, new Extension(it, it)));
            draft.put(SCOPE, Kind.PARK_POLICY, "p", new ParkPolicy("P", true, ParkPolicy.EVERY_MODE,
                    new ParkPolicy.Orbits(10, 10), RetrievalRule.TENANT, true, false, false, RecallSettings.NONE));
            return true;
        });
    }

    private static Talk parked() {
        Talk talk = phones.talk("101");
        phones.send(talk.user(), "REFER", "x", "Refer-To: <sip:*68@" + TENANT + ">\r\n", 0);
        phones.settle();
        assertThat(talk.user().notified).isEqualTo("SIP/2.0 200 OK");
        phones.send(talk.user(), "BYE", "x", "", 0);
        phones.settle();
        assertThat(phones.failures).isEmpty();
        return talk;
    }

    private static String key(UnifiedJedis jedis) {
        return jedis.keys("*:call:*").iterator().next();
    }

    private static String data() {
        try (var jedis = REDIS.jedis()) {
            return jedis.hget(key(jedis), "data");
        }
    }

    /** As the node of the later version does. */
    private static void write(UnaryOperator<String> change) {
        try (var jedis = REDIS.jedis()) {
            jedis.hset(key(jedis), "data", change.apply(data()));
        }
    }

    private static ManyPhones.Phone dial(String code) {
        var phone = phones.phone("102", code, false);
        phones.send(phone, "INVITE", code, "", 0);
        phones.settle();
        return phone;
    }

    @Test
    void aCallOfALaterVersionIsLeftToOtherNodes() {
        Talk talk = parked();
        write(json -> json.replace("\"version\":1", "\"version\":2").replace("PARKED\",", "PARKED\",\"colour\":7,"));
        var written = data();

        var retriever = dial("*88101");
        phones.send(talk.party(), "BYE", "x", "", 0);
        phones.settle();

        assertThat(phones.failures).hasSize(2)
                .allSatisfy(it -> assertThat(it).isInstanceOf(UnavailableException.class));
        phones.failures.clear();
        assertThat(retriever.status).as("nothing was answered").isZero();
        assertThat(talk.party().hungUp).isFalse();
        assertThat(data()).as("nothing was written").isEqualTo(written);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(() -> nodes.store.parked(TENANT, 10))
                .withMessageContaining("version 2");

        // The node that knows it brings it back to what all know.
        write(json -> json.replace("\"version\":2", "\"version\":1"));
        assertThat(dial("*88101").status).isEqualTo(200);
        assertThat(phones.failures).isEmpty();
    }

    @Test
    void whatItDoesNotKnowOfACallIsKeptFromParkToRetrieve() {
        parked();
        write(json -> "{\"colour\":{\"of\":[\"tomorrow\",1.5]},"
                + json.substring(1).replace("{\"id\"", "{\"tint\":true,\"id\""));

        assertThat(dial("*88101").status).isEqualTo(200);

        assertThat(phones.failures).isEmpty();
        assertThat(data()).contains("RETRIEVED", "\"colour\":{\"of\":[\"tomorrow\",1.5]}", "\"tint\":true",
                "\"version\":" + Call.VERSION);
    }
}
