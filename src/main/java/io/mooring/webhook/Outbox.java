package io.mooring.webhook;

import io.mooring.store.CallEvents.Kept;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Deliveries.Health;
import io.mooring.store.Deliveries.Progress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a webhook has before it: a window of the tenant's events, from the first that is not done. Events of one call follow one another,
 * each when the one before was delivered or given up; those of other calls need not wait for that. Pure; times are given.
 *
 * <p>A receiver that fails is asked with one event at a time, more and more seldom; when it answers again, all go on at once.
 */
final class Outbox {
    /** Events from the first that is not done to the last that was read. */
    static final int WINDOW = 512;

    private static final int AT_ONCE = 8;
    /** From so many failures in a row the receiver is taken to be down. */
    private static final int DOWN = 5;
    /** Attempts at an event for which all others would have to wait, before it is given up. */
    private static final int IN_THE_WAY = 5;

    private final Backoff backoff;
    private final DoubleSupplier random;
    private final Map<String, Entry> window = new LinkedHashMap<>();
    private final Map<String, Entry> again = new LinkedHashMap<>();
    private final Set<String> doneBefore;
    private final List<DeadLetter> given = new ArrayList<>();
    private String cursor;
    private String read;
    private int inFlight;
    private long pausedUntilMillis;
    private Health health;
    private boolean closed;

    private enum State {
        WAITING, IN_FLIGHT, DONE
    }

    /** An event, and how far it is. */
    static final class Entry {
        private final Kept event;
        private final boolean isAgain;
        private State state = State.WAITING;
        private int attempts;
        private long dueAtMillis;

        private Entry(Kept event, boolean isAgain) {
            this.event = event;
            this.isAgain = isAgain;
        }

        Kept event() {
            return event;
        }

        /** True when it was given up before, and somebody wants it delivered. */
        boolean isAgain() {
            return isAgain;
        }

        /** What goes in order; a refusal is no call's, and goes by itself. */
        private String lane() {
            String call = event.text("call");
            return call.isEmpty() ? event.id() : call;
        }
    }

    /** @param random 0 to 1, for the back-off */
    Outbox(Progress progress, Backoff backoff, DoubleSupplier random) {
        this.cursor = progress.cursor();
        this.read = progress.cursor();
        this.doneBefore = new HashSet<>(progress.ahead());
        this.health = progress.health();
        this.backoff = backoff;
        this.random = random;
    }

    /** Id of the last event that was read. */
    String read() {
        return read;
    }

    /** How many more may be read. */
    int room() {
        return WINDOW - window.size();
    }

    /** Takes events that follow the last one. */
    void add(List<Kept> events, Predicate<Kept> wanted) {
        for (Kept event : events) {
            var entry = new Entry(event, false);
            if (doneBefore.remove(event.id()) || !wanted.test(event)) {
                entry.state = State.DONE;
            }
            window.put(event.id(), entry);
            read = event.id();
        }
        advance();
    }

    /** Takes one that was given up before. */
    void addAgain(DeadLetter letter) {
        again.putIfAbsent(letter.event().id(), new Entry(letter.event(), true));
    }

    /** The next to be sent, if any may be now; it is in flight then. */
    Optional<Entry> next(long nowMillis) {
        if (closed || nowMillis < pausedUntilMillis || inFlight >= (health.failures() > 0 ? 1 : AT_ONCE)) {
            return Optional.empty();
        }
        Entry found = first(again, nowMillis);
        if (found == null) {
            found = first(window, nowMillis);
        }
        if (found != null) {
            found.state = State.IN_FLIGHT;
            inFlight++;
        }
        return Optional.ofNullable(found);
    }

    /** Of those that may go now the one that was tried least: when the receiver is down, no event uses up its attempts for all. */
    private static @Nullable Entry first(Map<String, Entry> entries, long nowMillis) {
        Set<String> busy = new HashSet<>();
        Entry least = null;
        for (Entry entry : entries.values()) {
            if (entry.state != State.DONE && busy.add(entry.lane())
                    && entry.state == State.WAITING && entry.dueAtMillis <= nowMillis) {
                if (entry.attempts == 0) {
                    return entry;
                }
                least = least == null || entry.attempts < least.attempts ? entry : least;
            }
        }
        return least;
    }

    /** Nothing more is sent. */
    void close() {
        closed = true;
    }

    /** The receiver has it. */
    void delivered(Entry entry, long nowMillis) {
        inFlight--;
        if (health.failures() >= DOWN) {
            Stream.concat(window.values().stream(), again.values().stream()).forEach(it -> it.dueAtMillis = nowMillis);
        }
        pausedUntilMillis = 0;
        health = new Health(nowMillis, health.lastFailureAtMillis(), health.lastError(), 0, health.missedAtMillis());
        done(entry);
    }

    /**
     * The receiver has not taken it.
     *
     * @param retryAfterMillis for which it wants to be left alone; 0: it says nothing
     */
    void failed(Entry entry, String error, long retryAfterMillis, long nowMillis) {
        inFlight--;
        entry.state = State.WAITING;
        entry.attempts++;
        int failures = health.failures() + 1;
        health = new Health(health.lastSuccessAtMillis(), nowMillis, error, failures, health.missedAtMillis());
        entry.dueAtMillis = nowMillis + Math.max(retryAfterMillis, backoff.millis(entry.attempts, random));
        if (failures > 1) {
            pausedUntilMillis = nowMillis + backoff.millis(failures - 1, random);
        }
        pausedUntilMillis = Math.max(pausedUntilMillis, retryAfterMillis == 0 ? 0 : nowMillis + retryAfterMillis);
        boolean inTheWay = room() <= 0 && !entry.isAgain && failures < DOWN && entry.attempts >= IN_THE_WAY
                && window.values().iterator().next() == entry;
        if (entry.attempts >= backoff.attempts() || inTheWay) {
            given.add(new DeadLetter(entry.event, entry.attempts, error, nowMillis, false));
            done(entry);
        }
    }

    private void done(Entry entry) {
        entry.state = State.DONE;
        if (entry.isAgain) {
            again.remove(entry.event.id());
        }
        advance();
    }

    private void advance() {
        var entries = window.values().iterator();
        while (entries.hasNext()) {
            Entry first = entries.next();
            if (first.state != State.DONE) {
                return;
            }
            cursor = first.event.id();
            entries.remove();
        }
    }

    /** Events were cut off before they could be delivered. */
    void missed(long nowMillis) {
        health = new Health(health.lastSuccessAtMillis(), health.lastFailureAtMillis(), health.lastError(),
                health.failures(), nowMillis);
    }

    /** How far it is. */
    Progress progress() {
        return new Progress("", cursor,
                window.values().stream().filter(it -> it.state == State.DONE).map(it -> it.event.id()).toList(),
                health);
    }

    /** What was given up since this was asked last. */
    List<DeadLetter> takeGivenUp() {
        List<DeadLetter> taken = List.copyOf(given);
        given.clear();
        return taken;
    }

    /** Takes them back, to be asked for again. */
    void giveBack(List<DeadLetter> letters) {
        given.addAll(0, letters);
    }

    int inFlight() {
        return inFlight;
    }

    /** How many are not done. */
    int waiting() {
        return (int) window.values().stream().filter(it -> it.state != State.DONE).count() + again.size();
    }
}
