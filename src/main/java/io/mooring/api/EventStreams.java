package io.mooring.api;

import io.mooring.access.Principal;
import io.mooring.event.EventView;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.CallEvents.Kept;
import io.mooring.store.ConfigStore;
import io.mooring.store.StoreUnavailableException;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.Tenant;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Live events of calls as server-sent events [WHATWG HTML 9.2], resumed after the last one that a reader got. Readers that are equally
 * far share what is read from the store. Used on one context, with virtual threads.
 */
final class EventStreams {
    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

    private static final long LOOK_MILLIS = 200;
    /** Shorter than what is between us and a reader keeps a silent connection, and than our own limit. */
    private static final long STILL_HERE_MILLIS = 15_000;
    private static final Duration COUNTED = Duration.ofMillis(3 * STILL_HERE_MILLIS);
    /** Who reads nothing for so long is let go; it can resume. */
    private static final long STUCK_MILLIS = 30_000;
    private static final int AT_ONCE = 500;
    private static final int MOST_READERS = 5_000;
    private static final int LONGEST_SECONDS = 86_400;
    private static final int RETRY_SECONDS = 30;
    /** How soon a browser comes again [WHATWG HTML 9.2.6]. */
    private static final String HEAD = "retry: 1000\n\n";

    private final Vertx vertx;
    private final TenantStore tenants;
    private final CallEvents events;
    private final Function<String, Optional<Principal>> identify;
    private final Clock clock;
    private final Set<Reader> readers = new LinkedHashSet<>();
    private final Seats seats = new Seats(MOST_READERS);
    private long timer = -1;
    private boolean looking;

    /** @param identify who presents an Authorization, if anybody may with it */
    EventStreams(Vertx vertx, TenantStore tenants, CallEvents events, Function<String, Optional<Principal>> identify,
            Clock clock) {
        this.vertx = vertx;
        this.tenants = tenants;
        this.events = events;
        this.identify = identify;
        this.clock = clock;
    }

    /** Somebody who reads, and how far. */
    private static final class Reader {
        private final String id = ConfigStore.newId();
        private final String tenant;
        private final ApiRequest request;
        private final HttpServerResponse response;
        private final long untilMillis;
        private String position;
        private long heardMillis;
        private long stuckSinceMillis;
        private boolean begun;

        Reader(String tenant, ApiRequest request, HttpServerResponse response, long untilMillis, String position,
                long nowMillis) {
            this.tenant = tenant;
            this.request = request;
            this.response = response;
            this.untilMillis = untilMillis;
            this.position = position;
            this.heardMillis = nowMillis;
        }

        void begin(String text, long nowMillis) {
            begun = true;
            write(text, nowMillis);
        }

        void write(String text, long nowMillis) {
            if (!isGone()) {
                response.write(text);
                heardMillis = nowMillis;
            }
        }

        boolean isGone() {
            return response.ended() || response.closed();
        }
    }

    private record Position(String tenant, String id) {}

    /** Begins a stream: after the event that the reader names, else with the next one. */
    ApiResponse follow(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        Optional<String> known = known(request);
        long now = clock.millis();
        long until = seconds(request).map(seconds -> now + seconds * 1_000L).orElse(Long.MAX_VALUE);
        String latest = events.latest(domain);
        boolean missed = known.isPresent() && events.hasLost(domain, known.get());
        String start = known.filter(id -> CallEvents.compare(id, latest) <= 0).orElse(latest);
        return new ApiResponse(200, "text/event-stream", Buffer.buffer(), "", response -> {
            var reader = new Reader(domain, request, response, until, start, now);
            if (!seats.take(domain)) {
                throw new ProblemException(ProblemType.OVERLOADED,
                        "this node has as many event streams as it can take");
            }
            readers.add(reader);
            if (!count(reader, now)) {
                leave(reader);
                throw Admission.tooMany("the tenant has as many subscriptions as its quota allows", RETRY_SECONDS);
            }
            response.putHeader("X-Accel-Buffering", "no").setChunked(true);
            response.closeHandler(closed -> leave(reader)).exceptionHandler(failure -> leave(reader));
            String note = missed ? "event: missed\ndata: {\"after\":\"" + known.orElse("") + "\"}\n\n" : "";
            reader.begin(HEAD + note, now);
            if (timer < 0) {
                timer = vertx.setPeriodic(LOOK_MILLIS, tick -> look());
            }
        });
    }

    /** A browser that comes again tells it in a header. */
    private static Optional<String> known(ApiRequest request) {
        Optional<String> header = Optional.ofNullable(request.headers().get("Last-Event-ID"));
        return header.isPresent()
                ? EventOperations.known("Last-Event-ID", header)
                : EventOperations.known("after", request.filter("after"));
    }

    private static Optional<Integer> seconds(ApiRequest request) {
        return request.filter("seconds").map(text -> {
            try {
                int seconds = Integer.parseInt(text);
                if (seconds >= 1 && seconds <= LONGEST_SECONDS) {
                    return seconds;
                }
            } catch (NumberFormatException e) {
                // The problem below says it better.
            }
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be a whole number 1.." + LONGEST_SECONDS,
                    "seconds");
        });
    }

    private boolean count(Reader reader, long now) {
        int most = tenants.tenant(reader.tenant).map(Tenant::quotas).orElse(Quotas.DEFAULT).subscriptions();
        return events.follow(reader.tenant, reader.id, now, COUNTED, most);
    }

    private void leave(Reader reader) {
        if (readers.remove(reader)) {
            seats.leave(reader.tenant);
            events.unfollow(reader.tenant, reader.id);
        }
        if (readers.isEmpty() && timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    private void end(Reader reader) {
        leave(reader);
        if (!reader.isGone()) {
            reader.response.end();
        }
    }

    /** Ends all streams: their readers come again, to another node. */
    void close() {
        List.copyOf(readers).forEach(this::end);
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        try {
            long now = clock.millis();
            List.copyOf(readers).forEach(reader -> alone(reader, it -> check(it, now)));
            pass(now);
        } catch (StoreUnavailableException e) {
            LOG.atDebug().addKeyValue("cause", e.getMessage()).log("no events for a moment");
        } finally {
            looking = false;
        }
    }

    /** One whose stream fails is let go, and concerns no other. */
    private void alone(Reader reader, Consumer<Reader> action) {
        if (!reader.begun) {
            return;
        }
        try {
            action.accept(reader);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).addKeyValue("tenant", reader.tenant).log("an event stream failed, and is ended");
            leave(reader);
            reader.response.reset();
        }
    }

    /** Whoever may no longer read, has read long enough, or does not read, is let go. */
    private void check(Reader reader, long now) {
        if (reader.isGone() || now >= reader.untilMillis) {
            end(reader);
        } else if (reader.response.writeQueueFull()) {
            reader.stuckSinceMillis = reader.stuckSinceMillis == 0 ? now : reader.stuckSinceMillis;
            if (now - reader.stuckSinceMillis > STUCK_MILLIS) {
                leave(reader);
                reader.response.reset();
            }
        } else {
            reader.stuckSinceMillis = 0;
            if (now - reader.heardMillis >= STILL_HERE_MILLIS) {
                if (mayRead(reader) && count(reader, now)) {
                    reader.write(": still here\n\n", now);
                } else {
                    end(reader);
                }
            }
        }
    }

    private boolean mayRead(Reader reader) {
        String authorization = Objects.requireNonNullElse(reader.request.headers().get(HttpHeaders.AUTHORIZATION), "");
        return identify.apply(authorization).equals(Optional.of(reader.request.principal()))
                && tenants.tenant(reader.tenant).isPresent();
    }

    /** Reads what is new, once for all who are equally far. */
    private void pass(long now) {
        Map<Position, List<Reader>> waiting = new LinkedHashMap<>();
        for (Reader reader : readers) {
            if (reader.begun && reader.stuckSinceMillis == 0) {
                waiting.computeIfAbsent(new Position(reader.tenant, reader.position), it -> new ArrayList<>())
                        .add(reader);
            }
        }
        Map<Position, Future<List<Kept>>> asked = new LinkedHashMap<>();
        waiting.keySet().forEach(at -> asked.put(at, events.after(at.tenant, at.id, AT_ONCE)));
        asked.forEach((at, answer) -> {
            List<Kept> found = answer.await();
            if (!found.isEmpty()) {
                waiting.getOrDefault(at, List.of()).forEach(reader -> alone(reader, it -> write(it, found, now)));
            }
        });
    }

    private static void write(Reader reader, List<Kept> found, long now) {
        var text = new StringBuilder();
        for (Kept event : found) {
            if (EventView.isSeenBy(event, reader.request.principal())) {
                var json = EventView.json(event, reader.request.principal());
                text.append("id: ")
                        .append(event.id())
                        .append("\nevent: ")
                        .append(json.path("type").asText())
                        .append("\ndata: ")
                        .append(json)
                        .append("\n\n");
            }
        }
        reader.position = found.getLast().id();
        if (!text.isEmpty()) {
            reader.write(text.toString(), now);
        }
    }
}
