package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * What computes for long: documents, lists and sounds. It is done in threads of the system, which interrupts them: virtual threads run
 * until they wait, and all others of the node would wait for the end of a document. A tenant does one at a time, and rests after a long one,
 * so that it has a fifth of the time at most. Used on one context.
 */
final class LongWork {

    /** At once, at this node: each may take some ten megabytes of memory. */
    private static final int MOST = 2;
    /** After what took no longer, nobody rests. */
    private static final long SHORT_NANOS = Duration.ofMillis(250).toNanos();
    /** How much longer than the work the rest is. */
    private static final int REST = 4;
    private static final long LONGEST_REST_NANOS = Duration.ofSeconds(20).toNanos();
    private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();
    /** Tenants that are remembered as resting. */
    private static final int MOST_RESTING = 10_000;

    private final ExecutorService threads = Executors.newFixedThreadPool(MOST,
            Thread.ofPlatform().name("api-long-", 0).daemon().factory());
    private final Set<String> busy = new HashSet<>();
    private final Map<String, Long> restUntilNanos = new HashMap<>();
    private int present;

    /** A request that may bring something large. To be closed when it is answered. */
    @FunctionalInterface
    interface Room extends AutoCloseable {

        @Override
        void close();
    }

    /**
     * Lets a request with a large body in, before the body is read.
     *
     * @param tenant empty for the operator, who does as many as there is room for, and does not rest
     */
    Room enter(Optional<String> tenant) {
        if (present >= MOST) {
            throw new ProblemException(ProblemType.OVERLOADED, "other large bodies are being worked on");
        }
        tenant.ifPresent(this::refuse);
        present++;
        return () -> {
            present--;
            tenant.ifPresent(busy::remove);
        };
    }

    private void refuse(String tenant) {
        long rest = restUntilNanos.getOrDefault(tenant, System.nanoTime()) - System.nanoTime();
        if (rest > 0) {
            throw Admission.tooMany("the tenant's last document took long: others are next",
                    (int) (rest / SECOND_NANOS) + 1);
        }
        restUntilNanos.remove(tenant);
        if (!busy.add(tenant)) {
            throw Admission.tooMany("the tenant imports a document already", 1);
        }
    }

    /** Does it in a thread of its own, and waits for that. */
    <T> T run(Optional<String> tenant, Supplier<T> work) {
        Promise<T> result = Promise.promise();
        long began = System.nanoTime();
        threads.execute(() -> {
            try {
                result.complete(work.get());
            } catch (Throwable e) {
                result.fail(e);
            }
        });
        try {
            return result.future().await();
        } finally {
            tenant.ifPresent(it -> rest(it, System.nanoTime() - began));
        }
    }

    private void rest(String tenant, long tookNanos) {
        if (tookNanos <= SHORT_NANOS) {
            return;
        }
        if (restUntilNanos.size() >= MOST_RESTING) {
            restUntilNanos.clear();
        }
        restUntilNanos.put(tenant, System.nanoTime() + Math.min(REST * tookNanos, LONGEST_REST_NANOS));
    }

    /** Takes no more. */
    void shutdown() {
        threads.shutdown();
    }
}
