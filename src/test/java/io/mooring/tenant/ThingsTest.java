package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.call.ParkMode;
import io.mooring.call.RetrievalRule;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThingsTest {

    private static void refused(ThrowingCallable call, String... fields) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InvalidValueException.class,
                e -> assertThat(e.violations()).extracting(Violation::field).containsExactly(fields));
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(i -> Integer.toString(10_000 + i)).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " a", "a ", "a\nb", "\ud800"})
    void noNames(String name) {
        assertThatThrownBy(() -> new RingGroup(name, RingStrategy.ALL, List.of()))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo("name"));
        assertThatThrownBy(() -> new ParkGroup(name, GroupStrategy.ALL, List.of(), RecallSettings.NONE))
                .isInstanceOf(InvalidValueException.class);
    }

    @Test
    void membersAreExtensionsEachOnce() {
        refused(() -> new RingGroup("a", RingStrategy.ALL, List.of("101", "x", "102", "101")), "members.1",
                "members.3");
        refused(() -> new ParkGroup("", GroupStrategy.ALL, List.of("1"), RecallSettings.NONE), "name", "members.0");
    }

    @Test
    void groupsHaveASizeLimit() {
        assertThat(new RingGroup("a", RingStrategy.ALL, numbers(100)).members()).hasSize(100);
        assertThat(new ParkGroup("a", GroupStrategy.ALL, numbers(1_000), RecallSettings.NONE).members()).hasSize(1_000);
        refused(() -> new RingGroup("a", RingStrategy.ALL, numbers(101)), "members");
        refused(() -> new RingGroup("a", RingStrategy.ALL, List.of(), Optional.of(4)), "ringSeconds");
        refused(() -> new ParkGroup("a", GroupStrategy.ALL, numbers(10_000), RecallSettings.NONE), "members");
        assertThatThrownBy(
                () -> new ParkGroup("a", GroupStrategy.ALL, Collections.nCopies(10_000, "101"), RecallSettings.NONE))
                .isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @CsvSource({"9, 99, start", "10, 10000, end", "20, 19, end", "-1, 5, start"})
    void orbitsHaveARange(int start, int end, String field) {
        assertThatThrownBy(() -> new ParkPolicy.Orbits(start, end))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void oneOrbitAndAllOrbitsAreRanges() {
        assertThat(new ParkPolicy.Orbits(10, 10).end()).isEqualTo(10);
        assertThat(new ParkPolicy.Orbits(10, 9_999).end()).isEqualTo(9_999);
        assertThat(ParkPolicy.Orbits.DEFAULT).isEqualTo(new ParkPolicy.Orbits(10, 99));
    }

    @Test
    void quotasHaveRanges() {
        refused(() -> new Quotas(-1, 0, -1, -1, -1, -1, -1), "parkedCalls", "requestsPerSecond", "extensions",
                "subscriptions",
                "soundMegabytes",
                "sipRequestsPerSecond", "webhooks");
    }

    @Test
    void aTenantOfAnOlderVersionHasTheDefaultOfANewQuota() {
        var stored = TenantJson.write(new Quotas(1, 2, 3, 4, 5, 6, 7));
        stored.remove(List.of("sipRequestsPerSecond", "webhooks"));

        assertThat(TenantJson.read(stored, Quotas.class))
                .isEqualTo(new Quotas(1, 2, 3, 4, 5, Quotas.DEFAULT.sipRequestsPerSecond(),
                        Quotas.DEFAULT.webhooks()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "A", "a_b", "a:b", "a b", "a/b", "123456789012345678901234567890123"})
    void noIds(String id) {
        assertThatThrownBy(() -> Tenant.checkId("id", id)).isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "sales-1", "12345678901234567890123456789012"})
    void ids(String id) {
        assertThat(Tenant.checkId("id", id)).isEqualTo(id);
    }

    /** What is stored is read again by another node, maybe of another version. */
    @Test
    void everythingSurvivesTheStore() {
        var tenant = new Tenant("acme.example", "Acme", FeatureCodes.DEFAULT, new Quotas(1, 2, 3, 4, 5, 6, 7), 5,
                Optional.of("p"), Optional.of("jazz"));
        var policy = new ParkPolicy("P", false, List.of(ParkMode.NEXT_ORBIT), new ParkPolicy.Orbits(100, 200),
                RetrievalRule.SAME_PARK_GROUP, true, false, true, RecallSettings.BUILT_IN);
        var group = new ParkGroup("G", GroupStrategy.FIRST_AVAILABLE, List.of("101"), RecallSettings.NONE);
        var ring = new RingGroup("R", RingStrategy.IN_ORDER, List.of("102", "101"));
        var trunk = new Trunk(TrunkAddress.parse("[2001:db8::1]:5060"), "carrier", "*", true);

        for (Object value : List.of(tenant, policy, group, ring, trunk, new Extension("101", "Bob"))) {
            assertThat((Object) TenantJson.read(TenantJson.parse(TenantJson.write(value).toString()), value.getClass()))
                    .isEqualTo(value);
        }
        assertThat(TenantJson.read(TenantJson.write(ring).put("fromTheFuture", 1), RingGroup.class)).isEqualTo(ring);
    }

    /** What an earlier version has written says nothing of what there was not yet. */
    @Test
    void whatIsNotStoredIsTheDefault() {
        var tenant = TenantJson.write(new Tenant("acme.example", "", FeatureCodes.DEFAULT));
        tenant.remove("callsPerPlace");
        assertThat(TenantJson.read(tenant, Tenant.class).callsPerPlace()).isEqualTo(1);
        var group = TenantJson.write(new ParkGroup("G", GroupStrategy.FIRST_AVAILABLE, List.of(), RecallSettings.NONE));
        group.remove("strategy");
        assertThat(TenantJson.read(group, ParkGroup.class).strategy()).isEqualTo(GroupStrategy.ALL);
        var policy = TenantJson.write(EffectivePolicy.OFF);
        policy.remove(List.of("modes", "messages"));
        assertThat(TenantJson.read(policy, ParkPolicy.class)).isEqualTo(EffectivePolicy.OFF);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 101})
    void aPlaceTakesOneToAHundredCalls(int calls) {
        refused(() -> new Tenant("acme.example", "", FeatureCodes.DEFAULT, Quotas.DEFAULT, calls, Optional.empty(),
                Optional.empty()),
                "callsPerPlace");
    }

    @Test
    void aModeIsAllowedOnce() {
        refused(() -> new ParkPolicy("P", true, List.of(ParkMode.EXTENSION, ParkMode.EXTENSION),
                ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT, false, true, false, RecallSettings.NONE), "modes");
    }
}
