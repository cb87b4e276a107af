package io.mooring.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.RetrievalRule;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantRules;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CarriedTest {

    private static final TenantConfig EMPTY = TenantConfig.empty(new Tenant("acme.example", "", FeatureCodes.DEFAULT));

    private static ParkPolicy policy(String name, int maxParkSeconds) {
        var recall = new RecallSettings(Optional.of(30), Optional.empty(), Optional.empty(), Optional.of(5),
                Optional.empty(), Optional.empty(), Optional.of(maxParkSeconds), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty());
        return new ParkPolicy(name, true, ParkPolicy.EVERY_MODE, ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT, false,
                true, false,
                recall);
    }

    /** Found by fuzzing: the import was refused, by a rule about a field that the source does not have. */
    @Test
    void aPolicyThatEndedSoonLastsLongEnoughForOneRecall() {
        TenantConfig before = EMPTY.with("sales", policy("Sales", 60));

        Carried carried = Carried.into(before, AsteriskLots.read("[Sales]\nparkingtime = 90\n"));

        assertThat(TenantRules.check(carried.config())).isEmpty();
        assertThat(carried.policies().get("sales").recall().maxParkSeconds()).contains(120);
        assertThat(carried.notes()).extracting(Note::detail).anyMatch(it -> it.startsWith("maxParkSeconds"));
    }

    @Test
    void idsAreMadeOfNamesAndNeverTaken() {
        TenantConfig before = EMPTY.with("a-b", policy("Mine", 7_200));

        Carried carried = Carried.into(before, AsteriskLots.read("""
                [A b]
                [a/B]
                [\u00e4\u00f6]
                [12345678901234567890123456789012345]
                """));

        assertThat(carried.policies().keySet()).containsExactly("a-b-2", "a-b-3", "imported",
                "12345678901234567890123456789012");
    }
}
