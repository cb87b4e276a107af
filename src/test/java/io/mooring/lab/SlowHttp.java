package io.mooring.lab;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A relay of HTTP between an edge and a node, or the other way round, on a port of its own. While it {@link #misbehave}s, some requests come late, some
 * come twice, and the answers to some are lost. What a client has given up meanwhile is delivered all the same, as by a network: the request, and
 * right behind it the end of the connection.
 */
public final class SlowHttp implements AutoCloseable {
    private static final int CONNECTIONS = 64;
    private static final double LATE = 0.4;
    private static final double LATE_OR_TWICE = 0.8;
    private static final double ALL_WELL = 1;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(1_000),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS));
    private final int port;
    private final AtomicInteger late = new AtomicInteger();
    private final AtomicInteger twice = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile String target = "";
    private volatile double harmedPart;
    private volatile boolean losesAnswers;
    private volatile boolean losesRequests;
    private volatile int longestDelayMillis;

    public SlowHttp() {
        port = vertx.createHttpServer()
                .requestHandler(this::receive)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Where requests go from now on. */
    public void relayTo(String url) {
        target = url;
    }

    /**
     * @param part of the requests that are posted, to which something is done from now on: 0 to 1
     * @param longestDelayMillis of what comes late
     */
    public void misbehave(double part, int longestDelayMillis) {
        this.longestDelayMillis = longestDelayMillis;
        harmedPart = part;
    }

    /** What is posted is not answered from now on. @param delivers whether it is delivered at least */
    public void loseAnswers(boolean delivers) {
        losesRequests = !delivers;
        losesAnswers = true;
    }

    /** Everything is delivered at once, once, and answered. */
    public void behave() {
        harmedPart = 0;
        losesAnswers = false;
    }

    /** Requests that came late, that came twice, and whose answer was lost. */
    @Override
    public String toString() {
        return late + " late, " + twice + " twice, " + unanswered + " unanswered";
    }

    /** That something was done to. */
    public int harmed() {
        return late.get() + twice.get() + unanswered.get();
    }

    private void receive(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            if (losesAnswers && request.method().equals(HttpMethod.POST)) {
                if (!losesRequests) {
                    deliver(request, body);
                }
                return;
            }
            double dice = request.method().equals(HttpMethod.POST)
                    ? ThreadLocalRandom.current().nextDouble() / harmedPart
                    : ALL_WELL;
            if (dice < LATE) {
                late.incrementAndGet();
                vertx.timer(ThreadLocalRandom.current().nextInt(1, longestDelayMillis), TimeUnit.MILLISECONDS)
                        .onSuccess(over -> relay(request, body));
            } else if (dice < LATE_OR_TWICE) {
                twice.incrementAndGet();
                deliver(request, body);
                relay(request, body);
            } else if (dice < ALL_WELL) {
                unanswered.incrementAndGet();
                deliver(request, body).onComplete(delivered -> request.connection().close());
            } else {
                relay(request, body);
            }
        });
    }

    private void relay(HttpServerRequest request, Buffer body) {
        if (request.response().closed()) {
            open(request).compose(sending -> sending.end(body).onComplete(sent -> sending.connection().close()));
            return;
        }
        deliver(request, body)
                .compose(answer -> {
                    var response = request.response().setStatusCode(answer.status);
                    response.headers().setAll(answer.headers).remove(HttpHeaders.TRANSFER_ENCODING);
                    return response.end(answer.body);
                })
                .onFailure(failure -> request.connection().close());
    }

    private record Answer(int status, MultiMap headers, Buffer body) {}

    private Future<Answer> deliver(HttpServerRequest request, Buffer body) {
        return open(request)
                .compose(sending -> sending.send(body))
                .compose(answer -> answer.body()
                        .map(content -> new Answer(answer.statusCode(), answer.headers(), content)));
    }

    private Future<HttpClientRequest> open(HttpServerRequest request) {
        var options = new RequestOptions().setMethod(request.method()).setAbsoluteURI(target + request.uri());
        request.headers().forEach((name, value) -> {
            if (!name.equalsIgnoreCase("host") && !name.equalsIgnoreCase("expect")) {
                options.putHeader(name, value);
            }
        });
        return client.request(options);
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
