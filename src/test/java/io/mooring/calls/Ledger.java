package io.mooring.calls;

import io.mooring.lab.Call;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** What the phones of a fault test saw. */
final class Ledger {
    private static final long SLOW_MILLIS = 10_000;

    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger retrieved = new AtomicInteger();
    private final AtomicInteger recalled = new AtomicInteger();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<String> slow = new ConcurrentLinkedQueue<>();
    private final Queue<String> twice = new ConcurrentLinkedQueue<>();
    private final AtomicLong longestMillis = new AtomicLong();
    private volatile long faultNanos;

    void fault() {
        faultNanos = System.nanoTime();
    }

    /** The parker was told that the call is parked. */
    void acknowledged() {
        acknowledged.incrementAndGet();
    }

    /** The call was not parked, or never came about: a trouble of the fault, and no loss. */
    void refused() {
        refused.incrementAndGet();
    }

    /**
     * @param since when it was wanted first, {@link System#nanoTime()}
     * @param tried the calls that it took
     */
    void retrieved(long since, List<Call> tried) {
        retrieved.incrementAndGet();
        took("retrieved", since, tried);
    }

    void recalled(long since, List<Call> tried) {
        recalled.incrementAndGet();
        took("recalled", since, tried);
    }

    private void took(String what, long since, List<Call> tried) {
        long millis = Duration.ofNanos(System.nanoTime() - since).toMillis();
        longestMillis.accumulateAndGet(millis, Math::max);
        if (millis > SLOW_MILLIS) {
            slow.add(when() + what + " only after " + millis + " ms:\n"
                    + tried.stream().map(call -> call.journal().toString()).collect(Collectors.joining("\n")));
        }
    }

    /** What may explain why something takes long. */
    void note(String what) {
        slow.add(when() + what);
    }

    /** What took long, with what the phones saw of it. */
    List<String> slow() {
        return List.copyOf(slow);
    }

    void lost(String what) {
        lost.add(when() + what);
    }

    void twice(String what) {
        twice.add(when() + what);
    }

    private String when() {
        return faultNanos == 0
                ? "before the fault: "
                : Duration.ofNanos(System.nanoTime() - faultNanos).toMillis() + " ms after the fault: ";
    }

    List<String> lost() {
        return List.copyOf(lost);
    }

    List<String> twice() {
        return List.copyOf(twice);
    }

    int done() {
        return retrieved.get() + recalled.get();
    }

    /** Parks acknowledged, lost, done twice, longest gap in milliseconds, with tabs between. */
    String row() {
        return acknowledged + "\t" + lost.size() + "\t" + twice.size() + "\t" + longestMillis;
    }

    @Override
    public String toString() {
        return "%s parks acknowledged, %s calls not parked; %s retrieved, %s recalled; lost %d, twice %d; longest gap %s ms"
                .formatted(acknowledged, refused, retrieved, recalled, lost.size(), twice.size(), longestMillis);
    }
}
