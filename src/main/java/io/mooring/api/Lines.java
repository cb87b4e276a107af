package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Requests stand in lines: those of a tenant in one, and those of an address whose credentials nobody knows yet. Of each line so many
 * are worked on at once; the rest of the line waits, and the other lines do not wait for it. Used on one context.
 */
final class Lines {

    /** Worked on at once, of one line. More would not be faster: a node has few cores, and others wait for each step of each. */
    static final int AT_ONCE = 8;
    /** Requests at this node. */
    private static final int MOST = 1_024;
    /** With more than this at the node, nobody waits: so a few tenants do not fill it. */
    private static final int PLENTY = MOST / 2;
    private static final int LONGEST_WAIT_SECONDS = 5;

    private final Map<String, Line> lines = new HashMap<>();
    private int present;

    private static final class Line {
        private int present;
        private int working;
        private final Deque<Promise<Void>> waiting = new ArrayDeque<>();
    }

    /** A request that is in a line. To be closed when it is answered. */
    interface Place extends AutoCloseable {

        /** Does it when it is this request's turn; it may wait. */
        <T> T work(Supplier<T> task);

        @Override
        void close();
    }

    /** A place for whom no line is kept: the operator, and who only wants what everybody may have. */
    Place enter() {
        count();
        return new Place() {

            @Override
            public <T> T work(Supplier<T> task) {
                return task.get();
            }

            @Override
            public void close() {
                present--;
            }
        };
    }

    /**
     * A place in a line.
     *
     * @param name whose it is
     * @param most places that it has; fewer when the node has many requests
     * @param full what is said when all are taken
     */
    Place enter(String name, int most, String full) {
        int there = lines.containsKey(name) ? lines.get(name).present : 0;
        if (there >= (present < PLENTY ? most : AT_ONCE)) {
            throw Admission.tooMany(full, 1);
        }
        count();
        Line line = lines.computeIfAbsent(name, it -> new Line());
        line.present++;
        return new Place() {

            @Override
            public <T> T work(Supplier<T> task) {
                take(line);
                try {
                    return task.get();
                } finally {
                    give(line);
                }
            }

            @Override
            public void close() {
                present--;
                line.present--;
                if (line.present == 0) {
                    lines.remove(name);
                }
            }
        };
    }

    private void count() {
        if (present >= MOST) {
            throw new ProblemException(ProblemType.OVERLOADED, "too many requests are in flight");
        }
        present++;
    }

    private static void take(Line line) {
        if (line.working < AT_ONCE) {
            line.working++;
            return;
        }
        Promise<Void> turn = Promise.promise();
        line.waiting.add(turn);
        try {
            turn.future().timeout(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS).await();
        } catch (Throwable late) {
            if (!line.waiting.remove(turn)) {
                give(line);
            }
            throw Admission.tooMany("others of the tenant were waited for too long", 1);
        }
    }

    /** The turn goes to the next who waits. */
    private static void give(Line line) {
        Promise<Void> next = line.waiting.poll();
        if (next == null) {
            line.working--;
        } else {
            next.complete();
        }
    }
}
