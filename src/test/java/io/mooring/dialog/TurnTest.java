package io.mooring.dialog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.ParkRequest;
import io.mooring.call.ParkTerms;
import io.mooring.call.Pending;
import io.mooring.call.PlaceWish;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.edge.EdgeAction;
import io.mooring.store.PlaceOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TurnTest {
    private static final long START = 1_000_000;
    private static final long TIMEOUT = 8_000;

    private final Call call = new Call();
    private final Leg leg = SipTest.leg();
    private Turn turn;

    @BeforeEach
    void begin() {
        call.id = "x";
        call.tenant = "acme.example";
        leg.role = Role.RETRIEVER;
        call.legs.put(leg.id, leg);
        turn = at(START);
    }

    private Turn at(long millis) {
        return new Turn(call, millis, TIMEOUT);
    }

    private static ServerTransaction transaction(String method, String transport) {
        return new ServerTransaction(method, 5, "1:2", "http://edge", List.of("V"), List.of(),
                "<sip:102@acme.example>;tag=theirs", "<sip:*88@acme.example>", transport + ":10.0.0.1:41002");
    }

    private List<EdgeAction> actions() {
        return turn.actions().getOrDefault("http://edge", List.of());
    }

    /** The edge repeats it for 5 s; we do until 64*T1 after the first. */
    @Test
    void repeatsA2xxUntilItIsGivenUp() {
        leg.inviteInProgress = true;
        turn.accept(transaction("INVITE", "udp"), leg, "v=0\r\n", "");
        var reply = (EdgeAction.Reply) actions().getFirst();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.toTag()).isEqualTo("ours");
        assertThat(reply.headers()).contains("Contact: ", "Allow: ", "Supported: ",
                "Content-Type: application/sdp\r\n");
        assertThat(leg.awaitsAck).isTrue();
        assertThat(leg.inviteInProgress).isFalse();
        assertThat(leg.localSdp).isEqualTo("v=0\r\n");

        var repeated = new ArrayList<Long>();
        long now = START;
        for (int i = 0; i < 20; i++) {
            now = call.timers.get("ack:abc");
            turn = at(now);
            if (!turn.repeat2xx(leg)) {
                break;
            }
            assertThat(actions()).hasSize(1).first().isInstanceOfSatisfying(EdgeAction.Raw.class, raw -> {
                assertThat(raw.next()).isEqualTo("sip:10.0.0.1:41002;transport=udp");
                assertThat(raw.message()).startsWith("SIP/2.0 200 OK\r\nVia: V\r\n").endsWith("\r\n\r\nv=0\r\n");
            });
            repeated.add(now - START);
        }
        assertThat(repeated).containsExactly(5_500L, 9_500L, 13_500L, 17_500L, 21_500L, 25_500L, 29_500L);
        assertThat(now - START).isEqualTo(32_000);
    }

    /** Over TCP too: there may be a proxy with UDP behind it [RFC 3261 13.3.1.4]. */
    @Test
    void repeatsOverTcpToo() {
        turn.accept(transaction("INVITE", "tcp"), leg, "v=0\r\n", "");
        turn = at(START + 5_500);
        assertThat(turn.repeat2xx(leg)).isTrue();
        assertThat(actions()).singleElement()
                .isInstanceOfSatisfying(EdgeAction.Raw.class,
                        raw -> assertThat(raw.next()).isEqualTo("sip:10.0.0.1:41002;transport=tcp"));
    }

    @Test
    void anAckEndsTheRepetition() {
        turn.accept(transaction("INVITE", "udp"), leg, "v=0\r\n", "");
        turn.acknowledged(leg);
        assertThat(leg.awaitsAck).isFalse();
        assertThat(call.timers).isEmpty();
        assertThat(call.unacknowledged).isEmpty();
        assertThat(turn.repeat2xx(leg)).as("a timer that comes late").isTrue();
    }

    @Test
    void anUpdateNeedsNoAck() {
        turn.accept(transaction("UPDATE", "udp"), leg, "", "X: y\r\n");
        var reply = (EdgeAction.Reply) actions().getFirst();
        assertThat(reply.headers()).contains("X: y\r\n").doesNotContain("Content-Type");
        assertThat(call.timers).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"100, Trying, false, active;expires=60", "200, OK, true, terminated;reason=noresource",
        "488, Not Acceptable Here, true, terminated;reason=noresource"})
    void notifiesWithASipfrag(int status, String reason, boolean last, String subscription) {
        leg.notifies = true;
        turn.notify(leg, status, reason, last);
        var send = (EdgeAction.Send) actions().getFirst();
        var notify = SipTest.read(send);
        assertThat(notify.required("event")).isEqualTo("refer");
        assertThat(notify.required("subscription-state")).isEqualTo(subscription);
        assertThat(notify.required("content-type")).isEqualTo("message/sipfrag;version=2.0");
        assertThat(notify.body()).isEqualTo("SIP/2.0 " + status + " " + reason + "\r\n");
        assertThat(leg.notifies).isEqualTo(!last);
        turn.notify(leg, 200, "OK", true);
        assertThat(actions()).as("nothing after the last").hasSize(last ? 1 : 2);
    }

    @Test
    void sendsAReinviteAndWaitsForIt() {
        turn.invite(leg, Pending.Purpose.PARK, "m1", "v=0\r\n", "");
        Pending pending = call.pending.get("abc:8");
        assertThat(pending.purpose()).isEqualTo(Pending.Purpose.PARK);
        assertThat(pending.attempt()).isEqualTo(1);
        assertThat(call.timers).containsEntry("pending:abc:8", START + TIMEOUT);
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> turn.invite(leg, Pending.Purpose.PARK, "m1", "v=0\r\n", ""))
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(Refusal.IN_PROGRESS));
        turn.settle(pending);
        assertThat(call.timers).isEmpty();
        assertThat(call.pending).isEmpty();
    }

    /** 2.1 to 4 s when the Call-ID is ours, else up to 2 s [RFC 3261 14.1]. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void backsOffAfterA491(boolean ours) {
        leg.callIdIsOurs = ours;
        for (int i = 0; i < 2_000; i++) {
            var pending = new Pending(leg.id, i, "INVITE", Pending.Purpose.PARK, "m", "s", 1, null, "");
            call.timers.put("pending:" + pending.key(), 1L);
            assertThat(Retries.later(turn, pending, leg)).isTrue();
            assertThat(call.timers.get("retry:" + pending.key()) - START)
                    .isBetween(ours ? 2_100L : 10L, ours ? 4_000L : 2_000L);
            assertThat(call.timers).doesNotContainKey("pending:" + pending.key());
        }
    }

    @Test
    void triesOftenEnoughAndNoMore() {
        turn.invite(leg, Pending.Purpose.PARK, "m1", "v=0\r\n", "");
        for (int attempt = 1; attempt < 4; attempt++) {
            Pending pending = call.pendingFor(Pending.Purpose.PARK).orElseThrow();
            assertThat(pending.attempt()).isEqualTo(attempt);
            assertThat(Retries.later(turn, pending, leg)).isTrue();
            turn.retry(leg, pending);
            assertThat(call.pending).hasSize(1);
            assertThat(call.timers).hasSize(1);
        }
        assertThat(Retries.later(turn, call.pendingFor(Pending.Purpose.PARK).orElseThrow(), leg)).isFalse();
        assertThat(leg.localCseq).isEqualTo(11);
    }

    @Test
    void forgetsADialogWithItsLastLeg() {
        Leg other = SipTest.leg();
        other.id = "other";
        call.legs.put(other.id, other);
        turn.expectBye(leg);
        assertThat(call.timers).containsEntry("bye:abc", START + 5_000);
        turn.hangUp(leg, "");
        assertThat(actions()).hasSize(1);
        assertThat(call.timers).isEmpty();
        turn.hangUp(other, "Reason: x\r\n");
        assertThat(actions()).last().isEqualTo(new EdgeAction.Disown("call-1@phone"));
        assertThat(turn.releasedDialogs()).containsExactly("call-1@phone");
    }

    @Test
    void theEndLeavesNothingOpen() {
        call.state = CallState.CONNECTING;
        call.music = "m1";
        Leg parked = SipTest.leg();
        parked.id = "w";
        parked.callId = "call-2";
        parked.role = Role.PARKED;
        call.legs.put(parked.id, parked);
        turn.invite(parked, Pending.Purpose.CONNECT, "m2", "v=0\r\n", "", transaction("INVITE", "udp"), leg);
        turn.end(CallState.ABANDONED, Refusal.CALLER_GONE, "");
        assertThat(actions()).filteredOn(EdgeAction.Reply.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(EdgeAction.Reply.class, r -> assertThat(r.status()).isEqualTo(404));
        assertThat(actions()).filteredOn(EdgeAction.Send.class::isInstance)
                .extracting(a -> ((EdgeAction.Send) a).method())
                .as("no BYE for an INVITE that was refused")
                .containsExactly("INVITE", "BYE");
        assertThat(turn.media().closed()).containsExactlyInAnyOrder("m1", "m2");
        assertThat(call.legs).isEmpty();
        assertThat(call.pending).isEmpty();
        assertThat(call.timers).isEmpty();
        assertThat(call.state).isEqualTo(CallState.ABANDONED);
    }

    @Test
    void theEndCancelsWhatRings() {
        call.state = CallState.RETRIEVED;
        leg.role = Role.TARGET;
        turn.open(leg, Pending.Purpose.DIAL, "m3", "v=0\r\n", "", 60_000);
        assertThat(call.timers).containsEntry("pending:abc:8", START + 60_000);
        turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
        assertThat(actions()).contains(new EdgeAction.Cancel("call-1@phone", 8))
                .noneMatch(a -> a instanceof EdgeAction.Send s && s.method().equals("BYE"));
        assertThat(turn.media().closed()).containsExactly("m3");
    }

    @Test
    void changesThePlaceWithTheWrite() {
        assertThat(turn.place().order()).isEqualTo(PlaceOrder.NONE);
        call.place = "ext:101";
        turn.place().keep();
        assertThat(turn.place().order()).isEqualTo(PlaceOrder.hold("ext:101"));
        turn.place().free();
        assertThat(turn.place().order()).isEqualTo(PlaceOrder.free("ext:101"));
        assertThat(call.place).isEmpty();
    }

    private static ParkRequest park(String place) {
        return new ParkRequest("103", new PlaceWish.At(place), ParkTerms.NONE, 9, List.of("104"));
    }

    @Test
    void givesOnePlaceUpForAnother() {
        call.place = "ext:101";
        turn.place().free();
        turn.place().take(park("ext:102"));
        assertThat(turn.place().order())
                .isEqualTo(PlaceOrder.take(new PlaceWish.At("ext:102"), 1, 9).insteadOf("ext:101"));
        assertThat(call.place).as("not known before it is written").isEmpty();
        assertThat(call.parker).isEqualTo("103");
        assertThat(call.told).containsExactly("104");
    }

    @Test
    void aCallThatEndsTakesNoPlace() {
        turn.place().take(park("ext:102"));
        turn.place().free();
        assertThat(turn.place().order()).isEqualTo(PlaceOrder.NONE);
    }

    @Test
    void keepsTheActionsOfEachEdgeApart() {
        Leg other = SipTest.leg();
        other.control = "http://other";
        turn.request(leg, "INFO", "", "");
        turn.request(other, "INFO", "", "");
        turn.own(leg);
        assertThat(turn.actions()).containsOnlyKeys("http://edge", "http://other");
        assertThat(actions()).hasSize(2).last().isEqualTo(new EdgeAction.Own("call-1@phone", "acme.example/x"));
    }
}
