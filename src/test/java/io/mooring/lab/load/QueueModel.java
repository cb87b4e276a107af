package io.mooring.lab.load;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A queueing network on which cycles of park and retrieve run: a simulation of what happens when there are more of them, or more machines. Cycles come at random
 * (Poisson); each goes through its visits one after the other; a visit waits for a free server of its station, first come first served, and takes an
 * exponentially distributed time. What is not in it: the network, the phones, pauses for garbage.
 */
public final class QueueModel {
    /** A tenth of the cycles is simulated before anything counts. */
    private static final int WARM_UP_PART = 10;

    private final long seed;

    /**
     * Servers that take visits from one queue.
     *
     * @param servers CPU cores that the part can use; 1 for Redis, which uses no more
     */
    public record Station(String name, int servers) {}

    /** A visit of a cycle: where, and how long it takes on average. */
    public record Visit(Station station, double meanMillis) {}

    /**
     * What came of it.
     *
     * @param millis from the first visit's beginning to wait until the last one's end
     * @param utilisation share of the time in which a server of a station was busy
     */
    public record Result(Percentiles millis, Map<Station, Double> utilisation) {}

    private static final class Cycle {
        private final double began;
        private int next;

        private Cycle(double began) {
            this.began = began;
        }
    }

    private static final class Busy {
        private int servers;
        private double millis;
        private final ArrayList<Cycle> waiting = new ArrayList<>();
        private int head;
    }

    private record Event(double at, boolean arrival, Cycle cycle) {}

    /** @param seed the same one gives the same figures */
    public QueueModel(long seed) {
        this.seed = seed;
    }

    /**
     * Simulates.
     *
     * @param perSecond cycles that come, on average
     * @param visits of each, in their order
     * @param cycles how many
     */
    public Result run(double perSecond, List<Visit> visits, int cycles) {
        var random = new Random(seed);
        var events = new PriorityQueue<>(Comparator.comparingDouble(Event::at));
        Map<Station, Busy> stations = new HashMap<>();
        visits.forEach(visit -> stations.computeIfAbsent(visit.station, it -> new Busy()));
        double[] taken = new double[cycles - cycles / WARM_UP_PART];
        int begun = 0;
        int done = 0;
        double now = 0;
        events.add(arrival(0, perSecond, random));
        while (!events.isEmpty()) {
            Event event = events.remove();
            now = event.at;
            Cycle cycle = event.cycle;
            if (event.arrival) {
                begun++;
                if (begun < cycles) {
                    events.add(arrival(now, perSecond, random));
                }
            } else {
                leave(stations, visits.get(cycle.next), now, visits, events, random);
                cycle.next++;
            }
            if (cycle.next < visits.size()) {
                enter(stations, visits, cycle, now, events, random);
            } else {
                if (done >= cycles / WARM_UP_PART) {
                    taken[done - cycles / WARM_UP_PART] = now - cycle.began;
                }
                done++;
            }
        }
        Map<Station, Double> utilisation = new HashMap<>();
        double total = now;
        stations.forEach((station, busy) -> utilisation.put(station, busy.millis / total / station.servers));
        return new Result(Percentiles.of(taken), utilisation);
    }

    private static Event arrival(double now, double perSecond, Random random) {
        double at = now + exponential(1_000 / perSecond, random);
        return new Event(at, true, new Cycle(at));
    }

    private static void enter(Map<Station, Busy> stations, List<Visit> visits, Cycle cycle, double now,
            PriorityQueue<Event> events, Random random) {
        Visit visit = visits.get(cycle.next);
        Busy busy = stations.get(visit.station);
        if (busy.servers < visit.station.servers) {
            busy.servers++;
            serve(busy, visit, cycle, now, events, random);
        } else {
            busy.waiting.add(cycle);
        }
    }

    private static void leave(Map<Station, Busy> stations, Visit left, double now, List<Visit> visits,
            PriorityQueue<Event> events, Random random) {
        Busy busy = stations.get(left.station);
        if (busy.head < busy.waiting.size()) {
            Cycle next = busy.waiting.set(busy.head, null);
            busy.head++;
            serve(busy, visits.get(next.next), next, now, events, random);
        } else {
            busy.servers--;
        }
    }

    private static void serve(Busy busy, Visit visit, Cycle cycle, double now, PriorityQueue<Event> events,
            Random random) {
        double takes = exponential(visit.meanMillis, random);
        busy.millis += takes;
        events.add(new Event(now + takes, false, cycle));
    }

    private static double exponential(double mean, Random random) {
        return -mean * Math.log(1 - random.nextDouble());
    }
}
