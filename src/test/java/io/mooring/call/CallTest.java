package io.mooring.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallTest {
    private final Call call = new Call();

    private Leg leg(String id, Role role) {
        var leg = new Leg();
        leg.id = id;
        leg.role = role;
        leg.callId = "c";
        leg.localTag = "l" + id;
        leg.remoteTag = "r" + id;
        call.legs.put(id, leg);
        return leg;
    }

    /** All five roles at once: more than any call has, in the order that is least helpful. */
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "RESERVED,   PARKED, PARKER", "RESERVED,   PARKER, PARKED", "RESERVED,  RETRIEVER, -",
        "FAILED,     PARKED, PARKER", "FAILED,     PARKER, PARKED", "FAILED,    TARGET, -",
        "RETRIEVED,  PARKED, RETRIEVER", "RETRIEVED, RETRIEVER, PARKED", "RETRIEVED, PARKER, -",
        "RETRIEVED,  TARGET, -", "RETRIEVED, ANNOUNCEMENT, -",
        "RECALLED,   PARKED, RETRIEVER", "RECALLED, RETRIEVER, PARKED", "RECALLED,  PARKER, -",
        "PARKED,     PARKED, -", "PARKED, PARKER, -", "RECALLING, PARKED, -", "CONNECTING, PARKED, -",
        "CONNECTING, RETRIEVER, -", "ENDED, PARKED, -"})
    void knowsWhoTalksToWhom(CallState state, Role from, Role to) {
        for (Role role : new Role[]{Role.TARGET, Role.ANNOUNCEMENT, Role.PARKER, Role.PARKED, Role.RETRIEVER}) {
            leg(role.name(), role);
        }
        call.state = state;
        assertThat(call.peerOf(call.legs.get(from.name())).map(l -> l.role).orElse(null)).isEqualTo(to);
    }

    @Test
    void hasNoPeerWhenAlone() {
        Leg parked = leg("W", Role.PARKED);
        for (CallState state : CallState.values()) {
            call.state = state;
            assertThat(call.peerOf(parked)).isEmpty();
        }
    }

    @Test
    void findsLegsByTheirTags() {
        Leg w = leg("W", Role.PARKED);
        Leg p = leg("P", Role.PARKER);
        assertThat(call.legOf("c", "rW")).containsSame(w);
        assertThat(call.legOf("c", "rP")).containsSame(p);
        assertThat(call.legOf("c", "lW")).isEmpty();
        assertThat(call.legOf("other", "rW")).isEmpty();
        assertThat(call.legOfOurs("c", "lW")).containsSame(w);
        assertThat(call.legOfOurs("c", "rW")).isEmpty();
        assertThat(call.leg(Role.PARKER)).containsSame(p);
        assertThat(call.leg(Role.RETRIEVER)).isEmpty();
        assertThat(call.legById("x")).isNull();
    }

    @Test
    void knowsItsReinvites() {
        Leg w = leg("W", Role.PARKED);
        Leg p = leg("P", Role.PARKER);
        var info = new Pending("P", 3, "INFO", Pending.Purpose.RELAY, "", "", 1, null, "");
        var invite = new Pending("W", 4, "INVITE", Pending.Purpose.PARK, "m", "s", 1, null, "");
        call.pending.put(info.key(), info);
        call.pending.put(invite.key(), invite);
        assertThat(call.isInviting(w)).isTrue();
        assertThat(call.isInviting(p)).isFalse();
        assertThat(call.pendingFor(Pending.Purpose.PARK)).contains(invite);
        assertThat(call.pendingFor(Pending.Purpose.DIAL)).isEmpty();
        assertThat(invite.key()).isEqualTo("W:4");
        assertThat(invite.as(Pending.Purpose.CONNECT).purpose()).isEqualTo(Pending.Purpose.CONNECT);
    }

    @Test
    void isDueWhenItsFirstTimerIs() {
        assertThat(call.nextDueAtMillis()).isEmpty();
        call.timers.put("bye:a", 300L);
        call.timers.put("ack:b", 200L);
        call.timers.put("retry:c", 400L);
        assertThat(call.nextDueAtMillis()).hasValue(200);
    }

    @Test
    void isDueForItsRecallAndItsEndFromWhenItWasParked() {
        var stage = new RecallPlan.Stage(30, List.of("101"), 20, "");
        call.terms = new ParkTerms(RetrievalRule.TENANT, "", "", false, false, 1,
                new RecallPlan(List.of(stage, new RecallPlan.Stage(5, List.of("102"), 20, "")), 600, ""));
        call.recallStage = 1;
        call.awaitPickUp(1_000);
        assertThat(call.parkedAtMillis).isEqualTo(1_000);
        assertThat(call.recallStage).isZero();
        assertThat(call.timers).isEqualTo(Map.of(Call.RECALL, 1_030L, Call.END, 1_600L));
        call.recallStage = 1;
        call.scheduleRecall(2_000);
        assertThat(call.timers).containsEntry(Call.RECALL, 2_005L);
    }

    @Test
    void isDueForNothingWithoutAPlan() {
        call.awaitPickUp(1_000);
        assertThat(call.timers).isEmpty();
    }

    @Test
    void namesItsOwner() {
        call.tenant = "acme.example";
        call.id = "x";
        assertThat(call.owner()).isEqualTo("acme.example/x");
    }
}
