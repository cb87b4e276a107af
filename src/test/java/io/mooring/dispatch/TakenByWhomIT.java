package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalRule;
import io.mooring.call.RetrieveOrder;
import io.mooring.dispatch.ManyPhones.Phone;
import io.mooring.dispatch.ManyPhones.Talk;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes too late is told who was faster, and who was shown a call gets that one or none. */
class TakenByWhomIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final String TENANT = "acme.example";
    private static final Scope SCOPE = Scope.of(TENANT);
    private static final Keys KEYS = new Keys(4);

    private static TwoNodes nodes;
    private static ManyPhones phones;

    @BeforeAll
    static void start() throws Exception {
        nodes = new TwoNodes(REDIS, KEYS);
    }

    @AfterAll
    static void stop() throws Exception {
        nodes.close();
    }

    @BeforeEach
    void tenant() {
        phones = nodes.phones(TENANT);
        policy(RetrievalRule.TENANT);
    }

    private static void policy(RetrievalRule rule) {
        nodes.tenants.config().change(List.of(SCOPE), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, TENANT,
                    new Tenant(TENANT, "Acme", FeatureCodes.DEFAULT).withDefaultParkPolicy("p"));
            List.of("101", "102", "103")
                    .forEach(it -> draft.put(SCOPE, Kind.EXTENSION, it, new Extension(it, it)));
            draft.put(SCOPE, Kind.PARK_POLICY, "p", new ParkPolicy("P", true, ParkPolicy.EVERY_MODE,
                    new ParkPolicy.Orbits(10, 10), rule, true, false, false, RecallSettings.NONE));
            return true;
        });
    }

    private static void settle() {
        phones.settle();
        assertThat(phones.failures).isEmpty();
    }

    private static Talk parked() {
        Talk talk = phones.talk("101");
        phones.send(talk.user(), "REFER", "x", "Refer-To: <sip:*59@" + TENANT + ">\r\n", 0);
        settle();
        assertThat(talk.user().notified).isEqualTo("SIP/2.0 200 OK");
        return talk;
    }

    private static Phone dial(String user, String code, String more) {
        Phone phone = phones.phone(user, code, false);
        phones.send(phone, "INVITE", code, more, 0);
        settle();
        return phone;
    }

    private static String ticket(Talk talk) {
        return talk.user().notifyHeaders
                .lines()
                .filter(line -> line.startsWith("X-Mooring-Ticket: "))
                .findFirst()
                .orElseThrow()
                .substring(18);
    }

    private static void assertTold(Phone late, String text) {
        assertThat(late.status).isEqualTo(404);
        assertThat(late.headers).contains("Reason: X-Mooring;cause=404;text=\"" + text + "\"\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*8810", "10"})
    void whoDialsThePlaceAMomentLaterIsToldWhoHasTheCall(String code) {
        parked();
        assertThat(dial("102", code, "").status).isEqualTo(200);
        Phone late = dial("103", code, "");
        assertTold(late, "the call was retrieved already (102)");
        assertThat(late.headers).contains("X-Mooring-Taken-By: 102\r\n");
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.keys("*:taken:*")).singleElement()
                    .satisfies(key -> assertThat(jedis.ttl(key)).isBetween(20L, 30L));
        }
    }

    @Test
    void whoIsNotToBeNamedIsNotNamed() {
        parked();
        assertThat(dial("102", "*8810", "Privacy: id;critical\r\n").status).isEqualTo(200);
        Phone late = dial("103", "*8810", "");
        assertTold(late, "the call was retrieved already");
        assertThat(late.headers).doesNotContain("102");
    }

    /** What one may not have is not one's business. */
    @Test
    void whoCouldNotHaveHadTheCallIsToldNothingOfIt() {
        policy(RetrievalRule.PARKER);
        parked();
        assertThat(dial("101", "*8810", "").status).isEqualTo(200);
        assertTold(dial("103", "*8810", ""), "nothing is parked there");
    }

    /** The one who is missed is the caller who hung up, not the one before. */
    @Test
    void aCallThatEndedThereSinceThenIsNotSaidToBeTaken() {
        parked();
        dial("102", "*8810", "");
        Talk second = parked();
        phones.send(second.party(), "BYE", "x", "", 0);
        settle();
        assertTold(dial("103", "*8810", ""), "nothing is parked there");
    }

    // --- claim tickets ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"*8810, header", "*8810, uri", "10, header", "*88, header"})
    void aTicketGetsTheCallThatItNames(String code, String where) {
        Talk talk = parked();
        Phone phone = where.equals("uri")
                ? withUri(code, ticket(talk))
                : dial("102", code, "X-Mooring-Ticket: " + ticket(talk) + "\r\n");
        assertThat(phone.status).as(phone.headers).isEqualTo(200);
        assertThat(phone.owner).isEqualTo(talk.party().owner);
    }

    private static Phone withUri(String code, String ticket) {
        Phone phone = phones.phone("102", code, false);
        phones.send(phone, "INVITE", code, ";ticket=" + ticket, "", 0);
        settle();
        return phone;
    }

    /** The orbit has another caller by now: without the ticket it would be hers. */
    @Test
    void aTicketNeverGetsAnotherCall() {
        Talk first = parked();
        String ticket = ticket(first);
        dial("103", "*8810", "");
        Talk second = parked();
        Phone late = dial("102", "*8810", "X-Mooring-Ticket: " + ticket + "\r\n");
        assertTold(late, "the call was retrieved already (103)");
        Call call = nodes.store.load(second.party().owner).orElseThrow();
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(dial("102", "*8810", "").owner).isEqualTo(call.owner());
    }

    @Test
    void aTicketOfACallerWhoHungUpGetsNobody() {
        Talk first = parked();
        phones.send(first.party(), "BYE", "x", "", 0);
        settle();
        parked();
        assertTold(dial("102", "*8810", "X-Mooring-Ticket: " + ticket(first) + "\r\n"), "the parked party hung up");
    }

    /** She was retrieved and parked again since then, by somebody who may have told her something. */
    @Test
    void aTicketOfAnEarlierParkIsNotForTheNext() {
        Talk talk = parked();
        String ticket = ticket(talk);
        Phone alice = dial("102", "*8810", "");
        phones.send(alice, "REFER", "x", "Refer-To: <sip:*59@" + TENANT + ">\r\n", 0);
        settle();
        assertThat(alice.notified).isEqualTo("SIP/2.0 200 OK");
        assertThat(dial("103", "*8810", "X-Mooring-Ticket: " + ticket + "\r\n").status).isEqualTo(404);
        assertThat(dial("103", "*8810", "").status).isEqualTo(200);
    }

    @Test
    void aTicketIsForThePlaceThatItWasGivenFor() {
        Talk talk = parked();
        assertTold(dial("102", "*88103", "X-Mooring-Ticket: " + ticket(talk) + "\r\n"), "nothing is parked there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1.2.3", "../a.1", "a.99999999999"})
    void whatIsNoTicketIsMalformed(String ticket) {
        parked();
        assertThat(dial("102", "*8810", "X-Mooring-Ticket: " + ticket + "\r\n").status).isEqualTo(400);
    }

    @Test
    void aTicketHoldsOverTheApiToo() {
        Talk talk = parked();
        String owner = talk.party().owner;
        String id = owner.substring(owner.indexOf('/') + 1);
        String ticket = ticket(talk);
        assertThat(nodes.store.load(owner).orElseThrow().ticket()).isEqualTo(ticket);
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> nodes.ring(TENANT, id, new RetrieveOrder("103", true, id + ".7")))
                .matches(e -> e.refusal() == Refusal.RETRIEVED_BY_OTHER);
        dial("102", "*8810", "");
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> nodes.ring(TENANT, id, new RetrieveOrder("103", true, ticket)))
                .matches(e -> e.takenBy().equals("102"));
    }
}
