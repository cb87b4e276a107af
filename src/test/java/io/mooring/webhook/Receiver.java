package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.tenant.TenantJson;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A program that takes webhooks, well or badly. It checks each signature. */
final class Receiver {
    static final SigningSecret SECRET = SigningSecret.generate();

    private final int port;
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    /** All that came, also what it did not take. */
    final List<Post> posts = new CopyOnWriteArrayList<>();
    /** What it took. */
    final List<Post> taken = new CopyOnWriteArrayList<>();
    /** What it does. */
    volatile Behaviour behaviour = (post, response) -> response.end();

    /** What came. */
    record Post(String id, String host, JsonNode body) {
        String event() {
            return body.at("/data/id").asText();
        }

        String call() {
            return body.at("/data/call").asText();
        }
    }

    @FunctionalInterface
    interface Behaviour {
        void answer(Post post, HttpServerResponse response);
    }

    Receiver(Vertx vertx) throws Exception {
        port = vertx.createHttpServer()
                .connectionHandler(connection -> {
                    connections.incrementAndGet();
                    connection.closeHandler(gone -> closed.incrementAndGet());
                })
                .requestHandler(request -> request.body().onSuccess(body -> got(request, body)))
                .listen(0, "127.0.0.1")
                .await(10, TimeUnit.SECONDS)
                .actualPort();
    }

    private void got(HttpServerRequest request, Buffer body) {
        String id = request.getHeader("webhook-id");
        long at = Long.parseLong(request.getHeader("webhook-timestamp"));
        if (!SECRET.sign(id, at, body).equals(request.getHeader("webhook-signature"))
                || Math.abs(System.currentTimeMillis() / 1_000 - at) > 60) {
            request.response().setStatusCode(401).end();
            return;
        }
        var post = new Post(id, request.getHeader("Host"), TenantJson.parse(body.toString()));
        posts.add(post);
        behaviour.answer(post, request.response().endHandler(ended -> {
            if (request.response().ended() && request.response().getStatusCode() < 300) {
                taken.add(post);
            }
        }));
    }

    static Behaviour status(int status) {
        return (post, response) -> response.setStatusCode(status).end();
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port + "/hook?x=1";
    }

    List<String> calls() {
        return taken.stream().map(Post::call).toList();
    }

    List<String> events() {
        return taken.stream().map(Post::event).toList();
    }

    /** Each event once, in the order in which it came first. */
    List<String> eventsOnce() {
        return taken.stream().map(Post::event).distinct().toList();
    }

    void assertIdsAreThoseOfTheirEvents() {
        assertThat(posts.stream().map(it -> it.id() + " " + it.event()).distinct().count())
                .isEqualTo(posts.stream().map(Post::event).distinct().count())
                .isEqualTo(posts.stream().map(Post::id).distinct().count());
    }
}
