package io.mooring.dispatch;

import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.media.MediaUnavailableException;
import io.mooring.metrics.Metrics;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests that are refused: with which name, and how they are told. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private static final int TAG_LENGTH = 12;
    private static final Set<String> UNDERSTOOD = Set.of("timer", "replaces", "norefersub");

    private final Metrics metrics;

    Refusals(Metrics metrics) {
        this.metrics = metrics;
    }

    /** What is said of a request that could not be carried out. */
    static Refusal reason(EdgeEvent event, RuntimeException failure) {
        return switch (failure) {
            case RefusedException refused -> refused.refusal();
            case MediaUnavailableException _ -> {
                LOG.atWarn()
                        .addKeyValue("correlation", event.correlation())
                        .log("No media: {}", String.valueOf(failure.getMessage()));
                yield Refusal.MEDIA_UNAVAILABLE;
            }
            case SipParseException _ -> {
                LOG.atInfo()
                        .addKeyValue("correlation", event.correlation())
                        .log("Malformed: {}", String.valueOf(failure.getMessage()));
                yield Refusal.MALFORMED;
            }
            default -> throw failure;
        };
    }

    /** The reply that says so; none to a request that gets none. */
    List<EdgeAction> reply(EdgeEvent event, @Nullable SipMessage message, Refusal refusal) {
        if (message != null && message.method().equals("REFER")) {
            metrics.park(refusal.slug());
        } else if (message != null && message.method().equals("INVITE")) {
            metrics.retrieve(refusal.slug());
        }
        if (event.transaction().isEmpty() || (message != null && message.method().equals("CANCEL"))) {
            return List.of();
        }
        return List.of(new EdgeAction.Reply(
                event.transaction(),
                refusal.status(),
                Sip.phrase(refusal.status()),
                Sip.token(TAG_LENGTH),
                Sip.refusalHeaders(refusal) + unsupported(message, refusal),
                ""));
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
