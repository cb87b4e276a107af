package io.mooring.edge;

import io.mooring.config.Secret;
import io.mooring.loop.ClientLoop;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What nodes ask of edges by themselves: actions that no event asked for, and who is registered. Safe to share between threads. */
public final class EdgeClient implements AutoCloseable {

    /** By which an edge knows a post that comes twice. */
    private static final String POST_ID = "X-Mooring-Post";
    private static final String PATH = "/edge/v1/actions";
    private static final String HEALTH = "/edge/v1/health";
    private static final String REGISTERED = "/edge/v1/registered";
    private static final String DIALOGS = "/edge/v1/dialogs";
    private static final String DIALOG = "/edge/v1/dialog";
    /** That are asked about at once; the edge's loops have an end. */
    private static final int USERS_A_QUESTION = 100;
    private static final long BOOT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int IDLE_SECONDS = 30;
    private static final long AGAIN_MILLIS = 50;
    /** Connections to one edge; its HTTP workers are few. */
    static final int POOL_SIZE = 8;
    /** Requests waiting for a connection to one edge; more are refused at once. */
    private static final int QUEUE_SIZE = 1_024;

    private final Vertx vertx;
    private final HttpClient http;
    /** Every step of a post is done there: the body of an answer has to be asked for at once, or it never comes. */
    private final ClientLoop loop;
    private final String authorization;
    private final long limitMillis;
    private final Metrics metrics;
    /** By control URI; used on the loop only. */
    private final Map<String, Asked> boots = new HashMap<>();

    /** Whether an ordinary call may change. */
    public enum Hold {
        /** As before. */
        AS_IT_WAS("no"),
        /** Not for two seconds, in which it can be taken over. */
        BEGIN("yes"),
        /** Again. */
        END("end");

        private final String text;

        Hold(String text) {
            this.text = text;
        }
    }

    private record Asked(Future<String> boot, long atNanos) {}

    /**
     * @param token shared by edges and nodes
     * @param limit longest time for one post; half of it may go to connecting, again and again while the edge refuses
     */
    public EdgeClient(Vertx vertx, Secret token, Duration limit, Metrics metrics) {
        this.vertx = vertx;
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) limit.toMillis() / 2)
                        .setKeepAliveTimeout(IDLE_SECONDS)
                        .setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(POOL_SIZE).setMaxWaitQueueSize(QUEUE_SIZE));
        this.loop = new ClientLoop(vertx);
        this.authorization = "Bearer " + token.value();
        this.limitMillis = limit.toMillis();
        this.metrics = metrics;
    }

    /**
     * Has an edge carry out actions, in order.
     *
     * @param control the edge's control URI, as its events said
     * @param correlation id for the logs of both sides
     * @param actions what to do
     * @return when that edge was started, as it says, once it has carried them out; empty text when it does not say; fails with {@link UnavailableException} when it does not
     *     answer within the time limit or refuses: whether it carried anything out is then not known, unless it refused
     */
    public Future<String> post(String control, String correlation, List<EdgeAction> actions) {
        long started = System.nanoTime();
        Buffer body = Buffer.buffer(EdgeJson.writeActions(actions));
        String id = Long.toHexString(ThreadLocalRandom.current().nextLong());
        long connectedBy = started + TimeUnit.MILLISECONDS.toNanos(limitMillis) / 2;
        return loop.run(() -> post(control, correlation, id, body, connectedBy)
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(unavailable(failure)))
                .onComplete(done -> metrics.edgeActions(
                        done.succeeded() ? "ok" : "failed", System.nanoTime() - started)));
    }

    /** An edge that starts anew refuses connections for a fifth of a second: what it has not taken, it has not done. */
    private Future<String> post(String control, String correlation, String id, Buffer body, long connectedByNanos) {
        return request(control, HttpMethod.POST, PATH, correlation)
                .compose(request -> send(request.putHeader(POST_ID, id), body))
                .recover(failure -> failure instanceof ConnectException && System.nanoTime() < connectedByNanos
                        ? vertx.timer(AGAIN_MILLIS, TimeUnit.MILLISECONDS)
                                .compose(nothing -> post(control, correlation, id, body, connectedByNanos))
                        : Future.failedFuture(failure));
    }

    private Future<HttpClientRequest> request(
            String control, HttpMethod method, String path, String correlation) {
        RequestOptions options;
        try {
            options = new RequestOptions()
                    .setMethod(method)
                    .setAbsoluteURI(control + path)
                    .setTimeout(limitMillis)
                    .putHeader(HttpHeaders.AUTHORIZATION, authorization)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader("X-Correlation-Id", correlation);
        } catch (RuntimeException e) {
            return Future.failedFuture(new UnavailableException("the control URI of the edge is malformed", e));
        }
        return http.request(options);
    }

    /**
     * When an edge was started, as it says itself: another value than before means that its transactions are gone. An edge is asked once
     * a second at the most.
     *
     * @return empty text when the edge does not say; fails with {@link UnavailableException} when it does not answer
     */
    public Future<String> boot(String control) {
        return loop.run(() -> {
            Asked last = boots.get(control);
            if (last == null || System.nanoTime() - last.atNanos > BOOT_NANOS) {
                last = new Asked(askBoot(control), System.nanoTime());
                boots.put(control, last);
            }
            return last.boot;
        });
    }

    /**
     * Which of some extensions have a phone that is registered at an edge.
     *
     * @param control the edge's control URI
     * @return fails with {@link UnavailableException} when it does not answer
     */
    public Future<Set<String>> registered(String control, String tenant, List<String> extensions) {
        List<Future<Set<String>>> answers = new ArrayList<>();
        for (int from = 0; from < extensions.size(); from += USERS_A_QUESTION) {
            Buffer question = new JsonObject()
                    .put("tenant", tenant)
                    .put("users", String.join(" ",
                            extensions.subList(from, Math.min(from + USERS_A_QUESTION, extensions.size()))))
                    .toBuffer();
            answers.add(loop.run(() -> request(control, HttpMethod.POST, REGISTERED, "-")
                    .compose(request -> request.send(question))
                    .compose(EdgeClient::body)
                    .map(body -> Set.of(body.toJsonObject().getString("registered", "").strip().split(" ")))
                    .timeout(limitMillis, TimeUnit.MILLISECONDS)
                    .recover(failure -> Future.failedFuture(unavailable(failure)))));
        }
        return Future.all(answers)
                .map(done -> answers.stream()
                        .flatMap(answer -> answer.result().stream())
                        .collect(Collectors.toSet()));
    }

    /**
     * Call-IDs of the ordinary calls of an extension that are up at an edge.
     *
     * @param control the edge's control URI
     * @return fails with {@link UnavailableException} when it does not answer
     */
    public Future<List<String>> dialogs(String control, String tenant, String extension) {
        Buffer question = new JsonObject().put("tenant", tenant).put("user", extension).toBuffer();
        return ask(control, DIALOGS, question, response -> body(response)
                .map(body -> Stream.of(body.toJsonObject().getString("dialogs", "").split(" "))
                        .filter(callId -> !callId.isEmpty())
                        .toList()));
    }

    /**
     * One of those calls.
     *
     * @param control the edge's control URI
     * @param hold what becomes of it
     * @return empty when it is up no more; fails with {@link UnavailableException} when the edge does not answer
     */
    public Future<Optional<ProxiedDialog>> dialog(String control, String callId, Hold hold) {
        Buffer question = new JsonObject().put("dialog", callId).put("hold", hold.text).toBuffer();
        return ask(control, DIALOG, question, response -> response.statusCode() == 404
                ? response.body().map(nothing -> Optional.empty())
                : body(response)
                        .map(body -> Optional.of(EdgeDialogs.read(control, callId, body.toJsonObject()))));
    }

    private <T> Future<T> ask(
            String control, String path, Buffer question, Function<HttpClientResponse, Future<T>> answer) {
        return loop.run(() -> request(control, HttpMethod.POST, path, "-")
                .compose(request -> request.send(question))
                .compose(answer)
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(unavailable(failure))));
    }

    private Future<String> askBoot(String control) {
        return request(control, HttpMethod.GET, HEALTH, "-")
                .compose(HttpClientRequest::send)
                .compose(EdgeClient::body)
                .map(EdgeClient::bootIn)
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(unavailable(failure)));
    }

    private static Future<String> send(HttpClientRequest request, Buffer actions) {
        return request.send(actions).compose(EdgeClient::body).map(EdgeClient::bootIn);
    }

    private static String bootIn(Buffer answer) {
        return answer.toJsonObject().getString("boot", "");
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        return response.body()
                .compose(body -> response.statusCode() == 200
                        ? Future.succeededFuture(body)
                        : Future.failedFuture(
                                new UnavailableException("the edge answered " + response.statusCode())));
    }

    private static Throwable unavailable(Throwable failure) {
        return failure instanceof UnavailableException
                ? failure
                : new UnavailableException("the edge does not answer: " + failure.getClass().getSimpleName(), failure);
    }

    @Override
    public void close() {
        http.close();
    }
}
