package io.mooring.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.migration.Migration.Policy;
import io.mooring.tenant.ParkPolicy.Orbits;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AsteriskLotsTest {

    private static List<String> notes(Migration migration) {
        return migration.notes().stream().map(it -> it.at() + " " + it.outcome()).toList();
    }

    private static Policy lot(Migration migration, String name) {
        return migration.policies().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void allOptionsOfALot() {
        Migration read = AsteriskLots.read("""
                [general]
                parkeddynamic = yes

                [default]                ; the lot of everybody
                parkext => 700
                parkpos => 701-720       ; twenty of them
                context => parkedcalls
                parkinghints = yes
                parkingtime => 120
                comebacktoorigin = yes
                comebackdialtime = 20
                courtesytone = beep
                findslot => first
                parkedmusicclass = jazz
                """);

        Policy lot = lot(read, "default");
        assertThat(lot.orbits()).contains(new Orbits(701, 720));
        assertThat(lot.everybody()).isTrue();
        assertThat(lot.parkingAllowed()).isTrue();
        assertThat(lot.orbitDialled()).isTrue();
        assertThat(lot.recall().settings().recallTimeoutSeconds()).contains(120);
        assertThat(lot.recall().settings().ringSeconds()).contains(20);
        assertThat(notes(read)).containsExactlyInAnyOrder("line 2 not-carried", "line 5 not-carried",
                "line 7 not-carried", "line 8 not-carried", "line 12 not-carried", "line 13 not-carried",
                "line 14 not-carried");
    }

    @Test
    void whatIsNotSaidIsAsAsteriskHasIt() {
        Policy lot = lot(AsteriskLots.read("[sales]"), "sales");

        assertThat(lot.orbits()).contains(new Orbits(701, 750));
        assertThat(lot.everybody()).isFalse();
        assertThat(lot.orbitDialled()).isFalse();
        assertThat(lot.recall().settings().recallTimeoutSeconds()).contains(45);
        assertThat(lot.recall().settings().ringSeconds()).contains(30);
    }

    @Test
    void templatesAreInheritedAsAsteriskDoes() {
        Migration read = AsteriskLots.read("""
                [base](!)
                parkingtime = 60
                comebackdialtime = 15
                [fast](!,base)
                parkingtime = 40
                [sales](fast)
                parkpos = 800-809
                [support](base,fast)
                parkpos = 810-819
                comebackdialtime = 25
                [base](+TEMPLATES=include)
                parkingtime = 500
                [sales](+)
                comebackdialtime = 35
                [late](base)
                parkpos = 820-829
                """);

        assertThat(read.policies()).extracting(Policy::name).containsExactly("sales", "support", "late");
        assertThat(lot(read, "sales").recall().settings().recallTimeoutSeconds()).contains(40);
        assertThat(lot(read, "sales").recall().settings().ringSeconds()).contains(35);
        assertThat(lot(read, "support").recall().settings().recallTimeoutSeconds()).contains(40);
        assertThat(lot(read, "support").recall().settings().ringSeconds()).contains(25);
        assertThat(lot(read, "late").recall().settings().recallTimeoutSeconds()).contains(500);
        assertThat(read.notes()).isEmpty();
    }

    @Test
    void commentsEscapesAndAdditions() {
        Migration read = AsteriskLots.read("""
                ;-- all of this
                [none]
                --; [a]
                parkpos = 800
                parkpos +=-809 ; behind
                ;--- not a long one
                PARKINGTIME=>60
                context = a\\;b
                """);

        assertThat(read.policies()).extracting(Policy::name).containsExactly("a");
        assertThat(lot(read, "a").orbits()).contains(new Orbits(800, 809));
        assertThat(lot(read, "a").recall().settings().recallTimeoutSeconds()).contains(60);
        assertThat(notes(read)).containsExactly("line 8 not-carried");
    }

    @Test
    void theSameLotTwiceIsOneAndItsLastValueCounts() {
        Migration read = AsteriskLots.read("[a]\nparkpos=800-809\n[A]\nparkpos=810-819\n");

        assertThat(read.policies()).hasSize(1);
        assertThat(lot(read, "a").orbits()).contains(new Orbits(810, 819));
    }

    @Test
    void whatDoesNotFitIsMadeToFitAndSaid() {
        Migration read = AsteriskLots.read("""
                [a]
                parkpos = 1-20
                parkingtime = 10
                comebacktoorigin = no
                comebackcontext = elsewhere
                [b]
                parkpos = 70000-70010
                [c]
                parkpos = 15-30
                #include more.conf
                nonsense
                colour = blue
                """);

        assertThat(lot(read, "a").orbits()).contains(new Orbits(10, 20));
        assertThat(lot(read, "a").recall().settings().recallTimeoutSeconds()).contains(30);
        assertThat(lot(read, "b").orbits()).isEqualTo(Optional.empty());
        assertThat(notes(read)).containsExactlyInAnyOrder("line 2 adjusted", "line 3 adjusted", "line 4 adjusted",
                "line 5 not-carried", "line 7 not-carried", "line 10 not-carried", "line 11 not-carried",
                "line 12 not-carried", "line 8 adjusted");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | there is no parking lot in it",
        "'[general]' | there is no parking lot in it",
        "'parkpos = 1-2' | line 1: there is no [section] above",
        "'[a' | line 1: there is no ]",
        "'[a](b' | line 1: there is no )",
        "'[a](b)' | line 1: there is no section b above to inherit from",
        "'[a](+)' | line 1: there is no section a above",
        "'[a](!)\n[a](+)' | line 2: there is no section a above",
        "'[a]\n[a](+x=y)' | line 2: (+x=y) is not known here",
        "'[a]\nparkpos = 5' | line 2: parkpos must be two numbers",
        "'[a]\nparkpos = 20-10' | line 2: parkpos must be a range",
        "'[a]\nparkingtime = soon' | line 2: parkingtime must be a whole number of seconds",
        "'[a]\nfindslot = any' | line 2: findslot must be first or next"})
    void whatAsteriskRefusesIsRefusedWithItsLine(String text, String detail) {
        assertThatThrownBy(() -> AsteriskLots.read(text))
                .isInstanceOf(MalformedSourceException.class)
                .hasMessageStartingWith(detail);
    }

    @Test
    void inheritanceDoesNotMultiplyWithoutEnd() {
        var text = new StringBuilder("[t0](!)\na=1\n");
        for (int i = 1; i < 60; i++) {
            text.append("[t" + i + "](!,t" + (i - 1) + ",t" + (i - 1) + ")\n");
        }

        assertThatThrownBy(() -> AsteriskLots.read(text.toString()))
                .isInstanceOf(MalformedSourceException.class)
                .hasMessageContaining("more than 100000 settings");
    }
}
