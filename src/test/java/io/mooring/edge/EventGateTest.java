package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventGateTest {

    @Test
    void admitsAsManyAsItsLimit() {
        var gate = new EventGate(2);

        assertThat(gate.enter()).isEqualTo(EventGate.Pass.ADMITTED);
        assertThat(gate.enter()).isEqualTo(EventGate.Pass.ADMITTED);
        assertThat(gate.enter()).isEqualTo(EventGate.Pass.FULL);
        gate.leave();
        assertThat(gate.enter()).isEqualTo(EventGate.Pass.ADMITTED);
        assertThat(gate.inFlight()).isEqualTo(2);
    }

    @Test
    void whenShutItAdmitsNothingAndTellsWhenTheLastHasLeft() {
        var gate = new EventGate(2);
        gate.enter();

        var idle = gate.shut();

        assertThat(idle.isComplete()).isFalse();
        assertThat(gate.enter()).isEqualTo(EventGate.Pass.SHUT);
        assertThat(idle.isComplete()).isFalse();
        gate.leave();
        assertThat(idle.isComplete()).isTrue();
    }

    @Test
    void anEmptyGateIsIdleAtOnce() {
        assertThat(new EventGate(1).shut().isComplete()).isTrue();
    }
}
