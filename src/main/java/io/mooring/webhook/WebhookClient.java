package io.mooring.webhook;

import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.mooring.tenant.Webhook;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Posts to receivers, whom nobody trusts: only to addresses that are allowed, looked at after the name was resolved, and connected to as they
 * were looked at, so that a name that means something else a moment later gets nobody further; no redirect is followed; no
 * answer is read further than it takes to use the connection again. Safe to share between threads.
 */
public final class WebhookClient implements AutoCloseable {
    /** Of an answer; a receiver that says more loses its connection. */
    private static final int MOST_BYTES = 64 * 1_024;
    private static final int POOL_SIZE = 256;
    private static final int IDLE_SECONDS = 30;
    private static final int MAX_RETRY_AFTER_SECONDS = 3_600;

    private final Vertx vertx;
    private final HttpClient http;
    private final ClientLoop loop;
    private final WebhookRules rules;
    private final Function<String, Future<List<InetAddress>>> resolver;
    private final long limitMillis;
    private final Metrics metrics;

    /**
     * What became of a post.
     *
     * @param error why it was not delivered, a name of a small fixed set but for the number of a status; empty when it was
     * @param status HTTP status; 0 without an answer
     * @param retryAfterSeconds how long the receiver wants to be left alone; 0: it says nothing
     * @param nanos how long it took
     */
    public record Outcome(String error, int status, int retryAfterSeconds, long nanos) {

        /** True when the receiver has it. */
        public boolean isDelivered() {
            return error.isEmpty();
        }
    }

    private static final class RefusedAddressException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RefusedAddressException() {
            super("the address is not public", null, false, false);
        }
    }

    private static final class UnknownNameException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownNameException(Throwable cause) {
            super("the name is not known", cause, false, false);
        }
    }

    /** @param limit longest time until a receiver has answered, everything included */
    public WebhookClient(Vertx vertx, WebhookRules rules, Duration limit, Metrics metrics) {
        this(vertx, rules, name -> resolve(vertx, name), new HttpClientOptions(), limit, metrics);
    }

    WebhookClient(Vertx vertx, WebhookRules rules, Function<String, Future<List<InetAddress>>> resolver,
            HttpClientOptions options, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.http = vertx.createHttpClient(
                options
                        .setConnectTimeout((int) limit.toMillis())
                        .setKeepAliveTimeout(IDLE_SECONDS)
                        .setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(POOL_SIZE));
        this.loop = new ClientLoop(vertx);
        this.rules = rules;
        this.resolver = resolver;
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
    }

    private static Future<List<InetAddress>> resolve(Vertx vertx, String name) {
        Promise<List<InetSocketAddress>> found = Promise.promise();
        ((VertxInternal) vertx).nameResolver().resolveAll(name, found::handle);
        return found.future().map(all -> all.stream().map(InetSocketAddress::getAddress).toList());
    }

    /** Posts a body; never fails, the outcome says it. */
    public Future<Outcome> post(URI uri, MultiMap headers, Buffer body) {
        long started = System.nanoTime();
        return loop.run(() -> resolver.apply(Webhook.host(uri))
                .recover(failure -> Future.failedFuture(new UnknownNameException(failure)))
                .compose(addresses -> http.request(options(uri, allowed(addresses), headers)))
                .compose(request -> answer(request, body))
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .map(response -> outcome(response, started)))
                // Outside: what throws before there is a future, too.
                .otherwise(failure -> new Outcome(name(failure), 0, 0, System.nanoTime() - started))
                .onSuccess(outcome -> metrics.webhook(label(outcome), outcome.nanos));
    }

    private InetAddress allowed(List<InetAddress> addresses) {
        return addresses.stream().filter(rules::permits).findFirst().orElseThrow(RefusedAddressException::new);
    }

    private RequestOptions options(URI uri, InetAddress address, MultiMap headers) {
        boolean tls = uri.getScheme().equals("https");
        int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                // The name is for the Host header and the certificate; where it goes was decided above.
                .setServer(SocketAddress.inetSocketAddress(port, Objects.requireNonNull(address.getHostAddress())))
                .setHost(uri.getHost())
                .setPort(port)
                .setSsl(tls)
                .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
                .setTimeout(limitMillis)
                .setFollowRedirects(false)
                .setHeaders(headers);
    }

    /** The head of the answer; who gives none in time loses the connection. */
    private Future<HttpClientResponse> answer(HttpClientRequest request, Buffer body) {
        long timer = vertx.setTimer(limitMillis, late -> request.reset());
        return request.send(body)
                .onFailure(failure -> vertx.cancelTimer(timer))
                .onSuccess(response -> readOn(request, response, timer));
    }

    private void readOn(HttpClientRequest request, HttpClientResponse response, long timer) {
        long[] left = {MOST_BYTES};
        response.handler(part -> {
            left[0] -= part.length();
            if (left[0] < 0) {
                request.reset();
            }
        });
        response.exceptionHandler(broken -> vertx.cancelTimer(timer));
        response.endHandler(end -> vertx.cancelTimer(timer));
    }

    private static Outcome outcome(HttpClientResponse response, long started) {
        int status = response.statusCode();
        String error = status >= 200 && status < 300
                ? ""
                : status >= 300 && status < 400 ? "redirect" : "status-" + status;
        return new Outcome(error, status, retryAfter(response.getHeader("Retry-After")), System.nanoTime() - started);
    }

    private static int retryAfter(@Nullable String header) {
        return header != null && header.matches("[0-9]{1,9}")
                ? Math.min(Integer.parseInt(header), MAX_RETRY_AFTER_SECONDS)
                : 0;
    }

    private static String name(Throwable failure) {
        return switch (failure) {
            case RefusedAddressException e -> "address-refused";
            case UnknownNameException e -> "unknown-host";
            case TimeoutException e -> "timeout";
            case ConnectException e -> "unreachable";
            case SSLException e -> "tls";
            default -> failure.getCause() instanceof SSLException ? "tls" : "broken";
        };
    }

    private static String label(Outcome outcome) {
        if (outcome.isDelivered()) {
            return "ok";
        }
        return outcome.status == 0 || outcome.error.equals("redirect")
                ? outcome.error
                : outcome.status < 500 ? "status-4xx" : "status-5xx";
    }

    @Override
    public void close() {
        http.close();
    }
}
