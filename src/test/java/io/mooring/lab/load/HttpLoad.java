package io.mooring.lab.load;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import java.util.stream.DoubleStream;

/**
 * Clients that send one request after the other, as fast as they are answered.
 *
 * @param statuses how often each was answered
 * @param perSecond requests a second
 * @param times from a request to its whole answer, in milliseconds
 */
public record HttpLoad(Map<Integer, Integer> statuses, double perSecond, Percentiles times) {

    /** Makes a request and tells its status; its argument counts from 0. */
    public interface Client extends IntUnaryOperator {}

    /** Until the time is over. */
    public static HttpLoad run(int clients, Duration length, Client client) {
        var statuses = new ConcurrentSkipListMap<Integer, Integer>();
        var count = new AtomicInteger();
        var millis = new DoubleStream.Builder[clients];
        long began = System.nanoTime();
        long end = began + length.toNanos();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                var times = DoubleStream.builder();
                millis[i] = times;
                threads.execute(() -> {
                    while (System.nanoTime() < end) {
                        long sent = System.nanoTime();
                        int status = client.applyAsInt(count.getAndIncrement());
                        times.add((System.nanoTime() - sent) / 1e6);
                        statuses.merge(status, 1, Integer::sum);
                    }
                });
            }
        }
        double elapsed = (System.nanoTime() - began) / 1e9;
        double[] all = DoubleStream.empty().toArray();
        for (var times : millis) {
            all = DoubleStream.concat(DoubleStream.of(all), times.build()).toArray();
        }
        return new HttpLoad(new TreeMap<>(statuses), all.length / elapsed, Percentiles.of(all));
    }
}
