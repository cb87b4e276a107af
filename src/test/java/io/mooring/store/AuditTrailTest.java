package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditTrailTest {
    private final AuditTrail trail = new AuditTrail();

    @Test
    void changesOfOneRequestShareAnEntry() {
        trail.add("{\"a\":1}");
        trail.add("{\"a\":2}");
        assertThat(trail.commands("audit")).containsExactly(List.of("XADD", "audit", "MAXLEN", "~", "10000", "*",
                "entry", "{\"a\":1}", "entry", "{\"a\":2}"));
    }

    @Test
    void anEntryHasAHundredChanges() {
        for (int i = 0; i < 201; i++) {
            trail.add("{}");
        }
        assertThat(trail.commands("audit")).extracting(List::size).containsExactly(206, 206, 8);
    }

    @Test
    void largeChangesAreKeptForAShorterTime() {
        String large = "x".repeat(50_000);
        for (int i = 0; i < 3; i++) {
            trail.add(large);
        }
        assertThat(trail.commands("audit")).hasSize(3).allSatisfy(it -> assertThat(it.get(4)).isEqualTo("167"));
    }

    @ParameterizedTest
    @CsvSource({"1-2, true", "1-2.1, true", "1-2.99, true", "1-2.0, false", "1-2., false", "1, false", "1-2.x, false",
        "'', false"})
    void idsHaveAForm(String id, boolean good) {
        assertThat(AuditTrail.ID.matcher(id).matches()).isEqualTo(good);
    }
}
