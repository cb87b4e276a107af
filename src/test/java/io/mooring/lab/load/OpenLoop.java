package io.mooring.lab.load;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * Requests at a steady rate, whether the ones before were answered or not. Each is timed from when it was due: who is
 * answered late does not ask less often, and what waited behind it counts.
 *
 * @param statuses how often each was answered
 * @param times from when a request was due to its whole answer, in milliseconds
 */
public record OpenLoop(Map<Integer, Integer> statuses, Percentiles times) {

    /**
     * @param pace time from one request to the next
     * @param request makes one, and tells its status
     */
    public static OpenLoop run(Duration length, Duration pace, IntSupplier request) throws InterruptedException {
        var statuses = new ConcurrentSkipListMap<Integer, Integer>();
        var millis = new ConcurrentLinkedQueue<Double>();
        try (var requests = Executors.newVirtualThreadPerTaskExecutor();
                var clock = Executors.newSingleThreadScheduledExecutor()) {
            long began = System.nanoTime();
            var due = new AtomicLong(began);
            clock.scheduleAtFixedRate(() -> {
                long at = due.getAndAdd(pace.toNanos());
                requests.execute(() -> {
                    int status = request.getAsInt();
                    millis.add((System.nanoTime() - at) / 1e6);
                    statuses.merge(status, 1, Integer::sum);
                });
            }, 0, pace.toNanos(), TimeUnit.NANOSECONDS);
            clock.schedule(clock::shutdown, length.toNanos(), TimeUnit.NANOSECONDS);
            clock.awaitTermination(2 * length.toNanos(), TimeUnit.NANOSECONDS);
        }
        return new OpenLoop(new TreeMap<>(statuses),
                Percentiles.of(millis.stream().mapToDouble(Double::doubleValue).toArray()));
    }
}
