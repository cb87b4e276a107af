package io.mooring.dispatch;

import io.mooring.call.CallEvent;
import io.mooring.call.Directory;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.store.CallEvents;
import io.mooring.store.StoreUnavailableException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests that are refused: with which name, and how they are told. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    /** What a phone does again by itself, and what a store cannot note that does not answer. */
    private static final Set<Refusal> TRANSIENT = Set.of(Refusal.IN_PROGRESS, Refusal.MERGED, Refusal.STATE_UNAVAILABLE,
            Refusal.CANCELLED);
    private static final int TAG_LENGTH = 12;
    private static final Set<String> UNDERSTOOD = Set.of("timer", "replaces", "norefersub");

    /** Refusals of one tenant that this node notes in a second: a phone that goes mad shall not push out the history. */
    private static final int NOTED_A_SECOND = 5;

    private final Metrics metrics;
    private final CallEvents events;
    private final Directory directory;
    private final Clock clock;
    private final Map<String, Integer> noted = new ConcurrentHashMap<>();
    private final AtomicLong second = new AtomicLong();

    Refusals(Metrics metrics, CallEvents events, Directory directory, Clock clock) {
        this.metrics = metrics;
        this.events = events;
        this.directory = directory;
        this.clock = clock;
    }

    /** What is said of a request that could not be carried out. */
    static RefusedException reason(EdgeEvent event, RuntimeException failure) {
        return switch (failure) {
            case RefusedException refused -> refused;
            case MediaUnavailableException _ -> {
                LOG.atWarn()
                        .addKeyValue("correlation", event.correlation())
                        .log("No media: {}", String.valueOf(failure.getMessage()));
                yield new RefusedException(Refusal.MEDIA_UNAVAILABLE);
            }
            case SipParseException _ -> {
                LOG.atInfo()
                        .addKeyValue("correlation", event.correlation())
                        .log("Malformed: {}", String.valueOf(failure.getMessage()));
                yield new RefusedException(Refusal.MALFORMED);
            }
            default -> throw failure;
        };
    }

    /** The reply that says so; none to a request that gets none. */
    List<EdgeAction> reply(EdgeEvent event, @Nullable SipMessage message, RefusedException refused) {
        Refusal refusal = refused.refusal();
        if (message != null && message.method().equals("REFER")) {
            metrics.park(refusal.slug());
            note(event.tenant(), event.user(), message.header("refer-to").orElse(""), refusal);
        } else if (message != null && message.method().equals("INVITE")) {
            metrics.retrieve(refusal.slug());
            if (event.owner().isEmpty()) {
                note(event.tenant(), event.user(), "<" + message.requestUri() + ">", refusal);
            }
        }
        if (event.transaction().isEmpty() || (message != null && message.method().equals("CANCEL"))) {
            return List.of();
        }
        return List.of(new EdgeAction.Reply(
                event.transaction(),
                refusal.status(),
                Sip.phrase(refusal.status()),
                Sip.token(TAG_LENGTH),
                Sip.refusalHeaders(refusal, refused.takenBy()) + unsupported(message, refusal),
                ""));
    }

    /**
     * For the history, when a user of a tenant has asked.
     *
     * @param target what it has dialled, as in To
     */
    void note(String tenant, String user, String target, Refusal refusal) {
        if (tenant.isEmpty() || user.isEmpty() || TRANSIENT.contains(refusal)) {
            return;
        }
        long now = clock.millis() / 1_000;
        if (second.getAndSet(now) != now) {
            noted.clear();
        }
        if (noted.merge(tenant, 1, Integer::sum) <= NOTED_A_SECOND) {
            events.note(tenant, CallEvent.refused(user, dialled(tenant, target), refusal));
        }
    }

    /** Without a PIN. */
    private String dialled(String tenant, String target) {
        try {
            return directory.shown(tenant, NameAddr.parse(target).sipUri().plainUser());
        } catch (SipParseException | StoreUnavailableException e) {
            return "";
        }
    }

    /** What a 420 has to name [RFC 3261 8.2.2.3]. */
    private static String unsupported(@Nullable SipMessage message, Refusal refusal) {
        if (message == null || refusal != Refusal.BAD_EXTENSION) {
            return "";
        }
        return message.list("require")
                .stream()
                .filter(option -> !UNDERSTOOD.contains(option))
                .map(option -> "Unsupported: " + option + "\r\n")
                .collect(Collectors.joining());
    }

    /** Reliable provisional replies and the like are more than we do [RFC 3261 8.2.2.3]. */
    static void requireOnly(SipMessage request) {
        if (!UNDERSTOOD.containsAll(request.list("require"))) {
            throw new RefusedException(Refusal.BAD_EXTENSION);
        }
    }
}
