package io.mooring.call;

import static io.mooring.call.CallState.ABANDONED;
import static io.mooring.call.CallState.CLOSING;
import static io.mooring.call.CallState.CONNECTING;
import static io.mooring.call.CallState.ENDED;
import static io.mooring.call.CallState.EXPIRED;
import static io.mooring.call.CallState.FAILED;
import static io.mooring.call.CallState.PARKED;
import static io.mooring.call.CallState.RECALLED;
import static io.mooring.call.CallState.RECALLING;
import static io.mooring.call.CallState.RESERVED;
import static io.mooring.call.CallState.RETRIEVED;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CallStateTest {
    private static final Map<CallState, Set<CallState>> ALLOWED = Map.ofEntries(
            entry(RESERVED, Set.of(PARKED, FAILED, CLOSING, ABANDONED, ENDED)),
            entry(PARKED, Set.of(RECALLING, CONNECTING, CLOSING, ABANDONED, EXPIRED, ENDED)),
            entry(RECALLING, Set.of(PARKED, CONNECTING, RECALLED, CLOSING, ABANDONED, EXPIRED, ENDED)),
            entry(CONNECTING, Set.of(PARKED, RETRIEVED, RECALLED, CLOSING, ABANDONED)),
            entry(RETRIEVED, Set.of(RESERVED, PARKED, CLOSING, ENDED)),
            entry(RECALLED, Set.of(RESERVED, PARKED, CLOSING, ENDED)),
            entry(FAILED, Set.of(RESERVED, RETRIEVED, CLOSING, ENDED)),
            entry(CLOSING, Set.of(ENDED)),
            entry(ABANDONED, Set.of()),
            entry(EXPIRED, Set.of()),
            entry(ENDED, Set.of()));

    static Stream<Arguments> pairs() {
        return Arrays.stream(CallState.values())
                .flatMap(from -> Arrays.stream(CallState.values()).map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void goesFromOneStateToAnotherOnlyWhereAllowed(CallState from, CallState to) {
        var call = new Call();
        call.state = from;
        boolean allowed = ALLOWED.get(from).contains(to);
        assertThat(from.canBecome(to)).isEqualTo(allowed);
        if (allowed) {
            call.become(to);
            assertThat(call.state).isEqualTo(to);
        } else {
            assertThatIllegalStateException().isThrownBy(() -> call.become(to));
            assertThat(call.state).isEqualTo(from);
        }
    }

    @ParameterizedTest
    @EnumSource(CallState.class)
    void isReachable(CallState state) {
        var seen = EnumSet.of(RESERVED);
        for (int i = 0; i < CallState.values().length; i++) {
            EnumSet.copyOf(seen).forEach(s -> seen.addAll(s.next()));
        }
        assertThat(seen).contains(state);
    }

    @ParameterizedTest
    @EnumSource(CallState.class)
    void comesToAnEnd(CallState state) {
        var seen = EnumSet.of(state);
        for (int i = 0; i < CallState.values().length; i++) {
            EnumSet.copyOf(seen).forEach(s -> seen.addAll(s.next()));
        }
        assertThat(seen).anyMatch(CallState::isOver);
    }

    @Test
    void knowsItsKinds() {
        assertThat(EnumSet.allOf(CallState.class)).filteredOn(CallState::isOver)
                .containsExactlyInAnyOrder(ABANDONED, EXPIRED, ENDED);
        assertThat(EnumSet.allOf(CallState.class)).filteredOn(CallState::isJoined)
                .containsExactlyInAnyOrder(RETRIEVED, RECALLED, FAILED);
        assertThat(EnumSet.allOf(CallState.class)).filteredOn(CallState::isWaiting)
                .containsExactlyInAnyOrder(PARKED, RECALLING);
    }

    @Test
    void nobodyChangesTheTable() {
        PARKED.next().clear();
        assertThat(PARKED.next()).isNotEmpty();
    }
}
