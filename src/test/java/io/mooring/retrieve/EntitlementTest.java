package io.mooring.retrieve;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.ParkTerms;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalRule;
import io.mooring.call.Standing;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Parked by 101, who has the policy {@code p} and is in the group {@code g}. */
class EntitlementTest {
    private static final List<Standing> EVERYBODY = List.of(new Standing("p", "g"), new Standing("p", ""),
            new Standing("q", "g"), new Standing("q", "h"), new Standing("", ""));

    private static boolean may(RetrievalRule rule, String place, String user, Standing standing, String policy,
            String group) {
        var call = new Call();
        call.parker = "101";
        call.place = place;
        call.terms = new ParkTerms(rule, policy, group, false, false, 1, RecallPlan.NONE);
        try {
            Entitlement.check(call, user, () -> standing);
            return true;
        } catch (RefusedException e) {
            assertThat(e.refusal()).isEqualTo(Refusal.RETRIEVAL_NOT_ALLOWED);
            return false;
        }
    }

    /** Who of everybody may, as {@code policy/group}. */
    private static Set<String> who(RetrievalRule rule, String place, String policy, String group) {
        var may = new TreeSet<String>();
        for (Standing standing : EVERYBODY) {
            if (may(rule, place, "102", standing, policy, group)) {
                may.add(standing.policy() + "/" + standing.parkGroup());
            }
        }
        return may;
    }

    @Test
    void everyRuleAtEveryPlace() {
        for (String place : List.of("ext:101", "ext:103", "orbit:42", "grp:g")) {
            assertThat(who(RetrievalRule.TENANT, place, "p", "g")).hasSize(5);
            assertThat(who(RetrievalRule.PARKER, place, "p", "g")).isEmpty();
            assertThat(who(RetrievalRule.SAME_PARK_GROUP, place, "p", "g")).containsExactly("p/g", "q/g");
            assertThat(who(RetrievalRule.SAME_POLICY, place, "p", "g")).isEqualTo(
                    place.equals("grp:g") ? Set.of("p/g", "p/", "q/g") : Set.of("p/g", "p/"));
        }
    }

    @Test
    void whoHasNothingHasNothingInCommon() {
        assertThat(who(RetrievalRule.SAME_PARK_GROUP, "orbit:42", "p", "")).isEmpty();
        assertThat(who(RetrievalRule.SAME_POLICY, "orbit:42", "", "")).isEmpty();
    }

    @Test
    void theParkerAlwaysMay() {
        for (RetrievalRule rule : RetrievalRule.values()) {
            assertThat(may(rule, "ext:103", "101", new Standing("", ""), "p", "g")).isTrue();
        }
    }

    @Test
    void whoItIsParkedForMayUnlessItIsTheParkersAlone() {
        for (RetrievalRule rule : RetrievalRule.values()) {
            assertThat(may(rule, "ext:102", "102", new Standing("", ""), "p", "g"))
                    .isEqualTo(rule != RetrievalRule.PARKER);
        }
    }

    @Test
    void nobodyIsLookedUpForNothing() {
        for (RetrievalRule rule : List.of(RetrievalRule.TENANT, RetrievalRule.PARKER)) {
            var call = new Call();
            call.parker = "101";
            call.terms = new ParkTerms(rule, "p", "g", false, false, 1, RecallPlan.NONE);
            try {
                Entitlement.check(call, "102", () -> {
                    throw new AssertionError("looked up");
                });
            } catch (RefusedException e) {
                assertThat(rule).isEqualTo(RetrievalRule.PARKER);
            }
        }
    }
}
