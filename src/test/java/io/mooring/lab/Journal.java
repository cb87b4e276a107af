package io.mooring.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/** Everything a phone, or one of its calls, sent and received, in order. Retransmissions are left to the SIP stack. */
public final class Journal {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final List<SipMessage> messages = new ArrayList<>();

    void add(SipMessage message) {
        lock.lock();
        try {
            messages.add(message);
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public List<SipMessage> messages() {
        lock.lock();
        try {
            return List.copyOf(messages);
        } finally {
            lock.unlock();
        }
    }

    /** A place in the journal: what comes later can be asked for. */
    public int mark() {
        lock.lock();
        try {
            return messages.size();
        } finally {
            lock.unlock();
        }
    }

    /** The first message of the kind, which may have come already. */
    public SipMessage await(Match match, Duration within) {
        return awaitSince(0, match, within);
    }

    /** The first message of the kind after the mark. */
    public SipMessage awaitSince(int mark, Match match, Duration within) {
        var deadline = System.nanoTime() + within.toNanos();
        lock.lock();
        try {
            var next = mark;
            while (true) {
                for (; next < messages.size(); next++) {
                    if (match.test(messages.get(next))) {
                        return messages.get(next);
                    }
                }
                var left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new AssertionError("waited " + within + " for " + match + "; the journal:\n" + this);
                }
                var unused = grown.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    public Optional<SipMessage> first(Match match) {
        return messages().stream().filter(match).findFirst();
    }

    public List<SipMessage> all(Match match) {
        return messages().stream().filter(match).toList();
    }

    public long count(Match match) {
        return messages().stream().filter(match).count();
    }

    @Override
    public String toString() {
        var all = messages();
        if (all.isEmpty()) {
            return "  (empty)";
        }
        var start = all.getFirst().atNanos();
        return all.stream()
                .map(message -> "  %8.1f ms %s".formatted((message.atNanos() - start) / 1e6, message.summary()))
                .collect(Collectors.joining("\n"));
    }
}
