package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SeatsTest {
    private final Seats seats = new Seats(8);

    private int taken(String tenant) {
        int taken = 0;
        while (seats.take(tenant)) {
            taken++;
        }
        return taken;
    }

    @Test
    void nobodyHasMoreThanAreFree() {
        assertThat(taken("greedy")).isEqualTo(4);
        assertThat(taken("second")).isEqualTo(2);
        assertThat(taken("third")).isEqualTo(1);
        assertThat(taken("last")).as("there is something left for whoever comes next").isEqualTo(1);
        assertThat(taken("late")).isZero();
    }

    @Test
    void aPlaceThatIsGivenBackIsFree() {
        taken("greedy");
        seats.leave("greedy");
        assertThat(taken("greedy")).isEqualTo(1);
        for (int i = 0; i < 4; i++) {
            seats.leave("greedy");
        }
        assertThat(taken("other")).isEqualTo(4);
    }

    @Test
    void whoHasNoneCannotGiveOneBack() {
        assertThatThrownBy(() -> seats.leave("nobody")).isInstanceOf(IllegalStateException.class);
    }
}
