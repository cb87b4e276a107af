package io.mooring.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.metrics.Metrics;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NgClientIT {

    private static final JsonObject PING = new JsonObject().put("command", "ping");

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final List<String> received = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private NgClient client(Handler<HttpServerRequest> rtpengine) throws Exception {
        var server = vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
            received.add(body.toString());
            rtpengine.handle(request);
        })).listen(0, "127.0.0.1").await(5, TimeUnit.SECONDS);
        return new NgClient(vertx, "http://127.0.0.1:" + server.actualPort() + "/ng", Duration.ofSeconds(30), metrics);
    }

    @Test
    void sendsACommandAgainWithItsCookieWhenTheConnectionClosesUnderIt() throws Exception {
        try (var client = client(request -> {
            if (received.size() == 1) {
                request.connection().close();
            } else {
                request.response().end(received.getLast().split(" ", 2)[0] + " {\"result\": \"ok\"}");
            }
        })) {
            assertThat(client.submit(PING).await(40, TimeUnit.SECONDS).getString("result")).isEqualTo("ok");
            assertThat(received).hasSize(2);
            assertThat(received.get(1)).isEqualTo(received.get(0));
        }
    }

    @Test
    void givesUpWhenItClosesAgain() throws Exception {
        try (var client = client(request -> request.connection().close())) {
            assertThatThrownBy(() -> client.submit(PING).await(40, TimeUnit.SECONDS))
                    .isInstanceOf(MediaUnavailableException.class);
            assertThat(received).hasSize(2);
        }
    }
}
