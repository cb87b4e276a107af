package io.mooring.park;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.call.Feature;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkRequest;
import io.mooring.call.ParkRights;
import io.mooring.call.ParkTerms;
import io.mooring.call.PlaceWish;
import io.mooring.call.RecallPlan;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalRule;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ParkDecisionTest {
    private static final ParkTerms TERMS = new ParkTerms(RetrievalRule.SAME_POLICY, "p", "sales", true, true, 3,
            RecallPlan.NONE);
    private static final Set<ParkMode> ALL = EnumSet.allOf(ParkMode.class);
    private static final Map<ParkMode, Feature.Parking> DIALLED = Map.of(
            ParkMode.OWN_EXTENSION, new Feature.Park(""),
            ParkMode.EXTENSION, new Feature.Park("102"),
            ParkMode.PARK_GROUP, new Feature.ParkToGroup(),
            ParkMode.NEXT_ORBIT, new Feature.ParkAtNextOrbit(),
            ParkMode.CHOSEN_ORBIT, new Feature.ParkAtOrbit(20));

    private static ParkRights rights(boolean allowed, Set<ParkMode> modes) {
        return new ParkRights(allowed, modes, 20, 29, TERMS, true, List.of("103", "101", "102"), false, 50);
    }

    private static ParkRights group(ParkTerms terms, boolean hunts, String... members) {
        return new ParkRights(true, ALL, 20, 29, terms, true, List.of(members), hunts, 50);
    }

    private static ParkRequest decide(Feature.Parking wanted, ParkRights rights) {
        return ParkDecision.decide(wanted, "101", rights);
    }

    private static void refused(Refusal refusal, Feature.Parking wanted, ParkRights rights) {
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> decide(wanted, rights))
                .satisfies(e -> assertThat(e.refusal()).isEqualTo(refusal));
    }

    @Test
    void nobodyParksWhoMayNot() {
        DIALLED.values().forEach(wanted -> refused(Refusal.PARKING_OFF, wanted, rights(false, ALL)));
    }

    /** Every set of modes, every way to park. */
    @Test
    void onlyTheModesOfThePolicyAreAllowed() {
        var modes = ParkMode.values();
        for (int bits = 0; bits < 1 << modes.length; bits++) {
            var allowed = EnumSet.noneOf(ParkMode.class);
            for (ParkMode mode : modes) {
                if ((bits >> mode.ordinal() & 1) == 1) {
                    allowed.add(mode);
                }
            }
            for (ParkMode mode : modes) {
                if (allowed.contains(mode)) {
                    assertThat(decide(DIALLED.get(mode), rights(true, allowed)).terms()).isEqualTo(TERMS);
                } else {
                    refused(Refusal.MODE_NOT_ALLOWED, DIALLED.get(mode), rights(true, allowed));
                }
            }
        }
    }

    @Test
    void anExtensionIsAPlace() {
        var own = decide(new Feature.Park(""), rights(true, ALL));
        assertThat(own).isEqualTo(new ParkRequest("101", new PlaceWish.At("ext:101"), TERMS, 50, List.of()));
        assertThat(decide(new Feature.Park("101"), rights(true, Set.of(ParkMode.OWN_EXTENSION)))).isEqualTo(own);
        assertThat(decide(new Feature.Park("102"), rights(true, ALL)))
                .isEqualTo(new ParkRequest("101", new PlaceWish.At("ext:102"), TERMS, 50, List.of("102")));
    }

    @Test
    void anUnknownExtensionIsNone() {
        var rights = new ParkRights(true, ALL, 20, 29, TERMS, false, List.of(), false, 50);
        refused(Refusal.UNKNOWN_EXTENSION, new Feature.Park("199"), rights);
    }

    @Test
    void aGroupThatWaitsTogetherIsAPlaceOfWhichTheOthersAreTold() {
        assertThat(decide(new Feature.ParkToGroup(), group(TERMS, false, "103", "101", "102"))).isEqualTo(
                new ParkRequest("101", new PlaceWish.At("grp:sales"), TERMS, 50, List.of("103", "102")));
        assertThat(decide(new Feature.ParkToGroup(), group(TERMS, false, "101")).told()).isEmpty();
    }

    @Test
    void aGroupThatHuntsIsTheFirstOtherMemberWithRoom() {
        var request = decide(new Feature.ParkToGroup(), group(TERMS, true, "103", "101", "102"));
        assertThat(request.wish()).isEqualTo(new PlaceWish.FirstOf(List.of("ext:103", "ext:102")));
        assertThat(request.noRoom()).isEqualTo(Refusal.NOBODY_AVAILABLE);
        refused(Refusal.NOBODY_AVAILABLE, new Feature.ParkToGroup(), group(TERMS, true, "101"));
    }

    @Test
    void whoIsInNoGroupParksToNone() {
        refused(Refusal.NO_PARK_GROUP, new Feature.ParkToGroup(),
                group(new ParkTerms(RetrievalRule.TENANT, "p", "", false, true, 1, RecallPlan.NONE), false));
    }

    @Test
    void theNextOrbitIsOneOfTheRange() {
        var request = decide(new Feature.ParkAtNextOrbit(), rights(true, ALL));
        assertThat(request.wish()).isEqualTo(new PlaceWish.NextOrbit(20, 29));
        assertThat(request.told()).as("who cannot know it").containsExactly("101");
    }

    @Test
    void aChosenOrbitLiesInTheRange() {
        for (int orbit = 10; orbit <= 9_999; orbit++) {
            var wanted = new Feature.ParkAtOrbit(orbit);
            if (orbit >= 20 && orbit <= 29) {
                assertThat(decide(wanted, rights(true, ALL)).wish()).isEqualTo(new PlaceWish.At("orbit:" + orbit));
            } else {
                refused(Refusal.ORBIT_OUT_OF_RANGE, wanted, rights(true, ALL));
            }
        }
    }

    @Test
    void nobodyIsToldWhenThePolicySaysSo() {
        var silent = new ParkTerms(RetrievalRule.TENANT, "p", "sales", false, false, 1, RecallPlan.NONE);
        DIALLED.values()
                .forEach(wanted -> assertThat(decide(wanted, group(silent, true, "102")).told()).isEmpty());
    }
}
