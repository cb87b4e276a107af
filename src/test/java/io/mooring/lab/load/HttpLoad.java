package io.mooring.lab.load;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;

/**
 * Clients that send one request after the other, as fast as they are answered or at a pace.
 *
 * @param statuses how often each was answered
 * @param perSecond requests a second
 * @param times from a request to its whole answer, in milliseconds
 */
public record HttpLoad(Map<Integer, Integer> statuses, double perSecond, Percentiles times) {

    /** Makes a request; its argument counts from 0. */
    public interface Client extends IntFunction<HttpResponse<String>> {}

    /** As fast as the answers come. */
    public static HttpLoad run(int clients, Duration length, Client client) {
        return run(clients, length, Duration.ZERO, client);
    }

    /** @param pace time from one request of a client to its next; a late answer delays no other */
    public static HttpLoad run(int clients, Duration length, Duration pace, Client client) {
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
                    long due = began;
                    while (System.nanoTime() < end) {
                        LockSupport.parkNanos(due - System.nanoTime());
                        due += pace.toNanos();
                        long sent = System.nanoTime();
                        var answer = client.apply(count.getAndIncrement());
                        times.add((System.nanoTime() - sent) / 1e6);
                        statuses.merge(answer.statusCode(), 1, Integer::sum);
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
