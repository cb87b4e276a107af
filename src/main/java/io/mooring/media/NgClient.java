package io.mooring.media;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The ng protocol of rtpengine over HTTP: {@code POST /ng}, body {@code <cookie> <JSON dictionary>}. One time limit for
 * every command, a bounded pool, and a bounded queue before it.
 */
public final class NgClient implements AutoCloseable {
    private static final String CONTENT_TYPE = "application/x-rtpengine-ng";
    private static final int POOL_SIZE = 16;
    private static final int QUEUE_SIZE = 1_024;
    /** Less than the 5 s after which rtpengine closes an idle connection. */
    private static final int IDLE_SECONDS = 3;

    private final HttpClient http;
    private final String url;
    private final long limitMillis;
    private final Vertx vertx;
    private final ClientLoop loop;
    private final Metrics metrics;
    private final AtomicLong cookies = new AtomicLong();
    private final String cookiePrefix;

    /**
     * @param url of the ng listener, e.g. {@code http://127.0.0.1:2225/ng}
     * @param limit longest time for one command, connecting included
     */
    public NgClient(Vertx vertx, String url, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.loop = new ClientLoop(vertx);
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) limit.toMillis())
                        .setKeepAliveTimeout(IDLE_SECONDS)
                        .setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(POOL_SIZE).setMaxWaitQueueSize(QUEUE_SIZE));
        this.url = url;
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
        this.cookiePrefix = Long.toString(System.nanoTime(), 36) + "-";
    }

    /** Sends a command; fails with {@link MediaUnavailableException} unless the result is {@code ok}. */
    Future<JsonObject> submit(JsonObject command) {
        String name = String.valueOf(command.getString("command"));
        long started = System.nanoTime();
        String body = cookiePrefix + cookies.incrementAndGet() + " " + command.encode();
        return loop.run(() -> post(body)
                // It may have closed an idle connection as we wrote to it. The cookie keeps a command from being done twice.
                .recover(failure -> failure instanceof HttpClosedException ? post(body) : Future.failedFuture(failure))
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .map(answer -> result(name, answer.toString()))
                .recover(failure -> Future.failedFuture(
                        failure instanceof MediaUnavailableException
                                ? failure
                                : new MediaUnavailableException(
                                        "rtpengine: " + failure.getClass().getSimpleName(), failure)))
                .onComplete(done -> metrics.rtpengine(
                        name, done.succeeded() ? "ok" : "failed", System.nanoTime() - started)));
    }

    Future<?> pause(long millis) {
        return vertx.timer(millis, TimeUnit.MILLISECONDS);
    }

    private Future<Buffer> post(String body) {
        return http.request(new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(url))
                .compose(request -> request.putHeader("content-type", CONTENT_TYPE)
                        .send(Buffer.buffer(body))
                        .compose(HttpClientResponse::body));
    }

    private static JsonObject result(String name, String answer) {
        int space = answer.indexOf(' ');
        if (space < 0) {
            throw new MediaUnavailableException("rtpengine answered something that is not ng");
        }
        var result = new JsonObject(answer.substring(space + 1));
        if (!"ok".equals(result.getString("result"))) {
            throw new MediaUnavailableException("rtpengine refused " + name + ": " + result.getString("error-reason"));
        }
        return result;
    }

    @Override
    public void close() {
        http.close();
    }
}
