package io.mooring.media;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * {@code play media} with the audio in the command, for an rtpengine that does not see our files: over HTTP, because a datagram takes
 * 64 KB, and in bencode, because JSON has no bytes.
 */
public final class NgBlobs implements AutoCloseable {
    private static final int CONNECTIONS = 4;
    private static final int QUEUE_SIZE = 256;

    private final HttpClient http;
    private final ClientLoop loop;
    private final String url;
    private final long limitMillis;
    private final Metrics metrics;

    /**
     * @param rtpengine URI of its HTTP listener
     * @param limit longest time for one command
     */
    public NgBlobs(Vertx vertx, URI rtpengine, Duration limit, Metrics metrics) {
        this.http = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout((int) limit.toMillis() / 2).setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(QUEUE_SIZE));
        this.loop = new ClientLoop(vertx);
        this.url = rtpengine.resolve("/ng").toString();
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
    }

    /** Plays a file to a leg; fails with {@link MediaUnavailableException} unless it is taken. */
    Future<Void> play(String session, String leg, Buffer audio, int repeatTimes) {
        long started = System.nanoTime();
        Buffer command = command(session, leg, audio, repeatTimes);
        var options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(url)
                .setTimeout(limitMillis)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-rtpengine-ng");
        return loop.run(() -> http.request(options)
                .compose(request -> request.send(command))
                .compose(response -> response.body())
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(
                        new MediaUnavailableException("rtpengine does not take audio over HTTP", failure)))
                .compose(NgBlobs::result)
                .onComplete(done -> metrics.rtpengine("play blob", done.succeeded() ? "ok" : "failed",
                        System.nanoTime() - started)));
    }

    /** The keys of a dictionary in their order [bencode, BEP 3]. */
    private static Buffer command(String session, String leg, Buffer audio, int repeatTimes) {
        Buffer command = Buffer.buffer(audio.length() + 256).appendString(UUID.randomUUID() + " d4:blob");
        command.appendString(audio.length() + ":").appendBuffer(audio);
        text(command, "call-id", session);
        text(command, "command", "play media");
        text(command, "from-tag", leg);
        return command.appendString("12:repeat-timesi" + repeatTimes + "ee");
    }

    private static void text(Buffer command, String key, String value) {
        command.appendString(key.length() + ":" + key + value.getBytes(StandardCharsets.UTF_8).length + ":" + value);
    }

    private static Future<Void> result(Buffer answer) {
        String text = answer.toString(StandardCharsets.ISO_8859_1);
        if (text.contains("6:result2:ok")) {
            return Future.succeededFuture();
        }
        String message = "rtpengine refused play blob: " + text;
        return Future.failedFuture(NgClient.isGone(text)
                ? new SessionGoneException(message)
                : new MediaUnavailableException(message));
    }

    @Override
    public void close() {
        http.close();
    }
}
