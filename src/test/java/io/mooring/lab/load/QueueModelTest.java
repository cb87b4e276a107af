package io.mooring.lab.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mooring.lab.load.QueueModel.Station;
import io.mooring.lab.load.QueueModel.Visit;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against what is known in closed form. */
class QueueModelTest {
    private static final int CYCLES = 200_000;

    /** M/M/1: the time in the system is exponential, with the mean 1 / (mu - lambda); its 99th percentile is ln 100 times that. */
    @Test
    void oneServer() {
        var result = new QueueModel(1).run(70, List.of(new Visit(new Station("one", 1), 10)), CYCLES);
        double mean = 1_000.0 / (100 - 70);
        assertThat(result.millis().p50()).isCloseTo(mean * Math.log(2), within(mean * 0.07));
        assertThat(result.millis().p99()).isCloseTo(mean * Math.log(100), within(mean * Math.log(100) * 0.1));
        assertThat(result.utilisation().values()).singleElement()
                .satisfies(it -> assertThat(it).isCloseTo(0.7, within(0.02)));
    }

    /** Two of them in a row (Jackson): the mean is the sum, and the median that of an Erlang distribution. */
    @Test
    void twoInARow() {
        var visits = List.of(new Visit(new Station("a", 1), 10), new Visit(new Station("b", 1), 10));
        double mean = 1_000.0 / (100 - 70);
        assertThat(new QueueModel(2).run(70, visits, CYCLES).millis().p50()).isCloseTo(1.678 * mean,
                within(mean * 0.12));
    }

    /** Servers add up: ten with a tenth of the load each wait less than one. */
    @Test
    void manyServersWaitLess() {
        double one = new QueueModel(3).run(80, List.of(new Visit(new Station("x", 1), 10)), CYCLES).millis().p99();
        double ten = new QueueModel(3).run(800, List.of(new Visit(new Station("x", 10), 10)), CYCLES).millis().p99();
        assertThat(ten).isLessThan(one / 3).isGreaterThan(10 * Math.log(100) * 0.95);
    }

    /** More comes than can be done: whoever comes last has waited for all others. */
    @Test
    void whatIsTooMuchPilesUp() {
        var visits = IntStream.range(0, 2).mapToObj(i -> new Visit(new Station("x", 1), 10)).toList();
        var result = new QueueModel(4).run(100, visits, 10_000);
        assertThat(result.millis().max()).isGreaterThan(60_000);
        assertThat(result.utilisation().values()).allSatisfy(it -> assertThat(it).isGreaterThan(0.97));
    }
}
