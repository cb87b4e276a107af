package io.mooring.media;

import io.mooring.config.HostPort;
import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The ng protocol of rtpengine over UDP, with JSON dictionaries. One time limit for every command, a bounded number under way, and
 * a bounded queue before it. Safe to share between threads.
 */
public final class NgClient implements AutoCloseable {
    /** Its reason for a session that it does not know; some commands write {@code call-ID}. */
    private static final String UNKNOWN = "unknown call-id";

    private final Vertx vertx;
    private final ClientLoop loop;
    private final NgExchanges exchanges;
    private final Metrics metrics;

    /**
     * @param rtpengine where it listens for ng over UDP
     * @param limit longest time for one command, copies included
     */
    public NgClient(Vertx vertx, HostPort rtpengine, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.loop = new ClientLoop(vertx);
        this.exchanges = new NgExchanges(vertx, loop, rtpengine, limit, metrics::rtpengineRepeat);
        this.metrics = metrics;
    }

    /** Sends a command; fails with {@link MediaUnavailableException} unless the result is {@code ok}. */
    Future<JsonObject> submit(JsonObject command) {
        String name = String.valueOf(command.getString("command"));
        long started = System.nanoTime();
        String body = command.encode();
        return loop.run(() -> exchanges.request(body)
                .map(answer -> result(name, answer))
                .onComplete(done -> metrics.rtpengine(
                        name, done.succeeded() ? "ok" : "failed", System.nanoTime() - started)));
    }

    Future<?> pause(long millis) {
        return vertx.timer(millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Reads an answer.
     *
     * @throws SessionGoneException when the session is not known
     * @throws MediaUnavailableException when it is none, or another refusal
     */
    static JsonObject result(String name, String answer) {
        JsonObject result = dictionary(answer);
        if (!"ok".equals(result.getString("result"))) {
            String reason = String.valueOf(result.getString("error-reason"));
            String message = "rtpengine refused " + name + ": " + reason;
            throw isGone(reason)
                    ? new SessionGoneException(message)
                    : new MediaUnavailableException(message);
        }
        return result;
    }

    /** True when a refusal says that the session is not known. */
    static boolean isGone(String refusal) {
        return refusal.toLowerCase(Locale.ROOT).contains(UNKNOWN);
    }

    private static JsonObject dictionary(String answer) {
        try {
            if (Json.decodeValue(answer) instanceof JsonObject dictionary) {
                return dictionary;
            }
        } catch (DecodeException e) {
            throw new MediaUnavailableException("rtpengine answered something that is not JSON", e);
        }
        throw new MediaUnavailableException("rtpengine answered something that is not a dictionary");
    }

    /** Fails the commands that have no answer yet, and all that come afterwards. */
    @Override
    public void close() {
        loop.run(() -> {
            exchanges.close();
            return Future.succeededFuture();
        });
    }
}
