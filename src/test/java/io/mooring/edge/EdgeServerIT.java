package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.HostPort;
import io.mooring.config.Secret;
import io.mooring.http.BearerToken;
import io.mooring.http.Listening;
import io.mooring.metrics.Metrics;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EdgeServerIT {

    private static final int LIMIT = 4;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Metrics metrics = new Metrics();
    private final EventGate gate = new EventGate(LIMIT);
    private final AtomicReference<EdgeEventHandler> handler = new AtomicReference<>(event -> List.of());
    private final Listening listening = new Listening("TEST", new HostPort("127.0.0.1", 0));

    @BeforeEach
    void start() throws Exception {
        var token = new BearerToken(new Secret("secret"));
        vertx.deployVerticle(
                () -> new EdgeServer(listening, token, gate, event -> handler.get().handle(event), metrics),
                new DeploymentOptions().setInstances(2))
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        http.close();
        metrics.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listening.port() + path))
                .header("Authorization", "Bearer secret");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder post(String body) {
        return request(EdgeServer.PATH).POST(BodyPublishers.ofString(body));
    }

    private static String problem(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
        var json = new JsonObject(response.body());
        assertThat(json.getInteger("status")).isEqualTo(response.statusCode());
        return json.getString("type").replace("urn:mooring:problem:", "");
    }

    @Test
    void answersWithTheActionsOfTheHandlerWhichMayWait() throws Exception {
        handler.set(event -> {
            vertx.timer(1, TimeUnit.MILLISECONDS).await();
            assertThat(Thread.currentThread().isVirtual()).isTrue();
            return List.of(new EdgeAction.Own(event.transaction(), event.user()));
        });

        var response = send(post(EdgeJsonTest.EVENT));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.body())
                .isEqualTo("{\"actions\":[{\"do\":\"own\",\"dialog\":\"45812:1093384\",\"owner\":\"101\"}]}");
        assertThat(metrics.scrape()).contains("mooring_edge_event_seconds_count{method=\"REFER\",result=\"ok\"} 1");
    }

    @Test
    void eventsThatWaitDoNotHoldUpOthersAndTooManyAreRefusedAtOnce() throws Exception {
        Promise<Void> release = Promise.promise();
        handler.set(event -> {
            release.future().await();
            return List.of();
        });
        var waiting = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int i = 0; i < LIMIT; i++) {
            waiting.add(http.sendAsync(post(EdgeJsonTest.EVENT).build(), BodyHandlers.ofString()));
        }
        Awaitility.await().until(() -> gate.inFlight() == LIMIT);

        var refused = send(post(EdgeJsonTest.EVENT));

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(problem(refused)).isEqualTo("overloaded");
        assertThat(refused.headers().firstValue("retry-after")).contains("1");
        release.complete();
        for (var one : waiting) {
            assertThat(one.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        Awaitility.await().until(() -> gate.inFlight() == 0);
    }

    @Test
    void whenShutItRefusesNewEventsAndFinishesTheOld() throws Exception {
        Promise<Void> release = Promise.promise();
        handler.set(event -> {
            release.future().await();
            return List.of();
        });
        var old = http.sendAsync(post(EdgeJsonTest.EVENT).build(), BodyHandlers.ofString());
        Awaitility.await().until(() -> gate.inFlight() == 1);

        var idle = gate.shut();

        assertThat(problem(send(post(EdgeJsonTest.EVENT)))).isEqualTo("draining");
        assertThat(idle.isComplete()).isFalse();
        release.complete();
        assertThat(old.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        idle.await(5, TimeUnit.SECONDS);
    }

    @Test
    void whatTheHandlerThrowsSendsTheEdgeToAnotherNode() throws Exception {
        handler.set(event -> {
            throw new UnavailableException("Redis is down");
        });
        var unavailable = send(post(EdgeJsonTest.EVENT));
        assertThat(unavailable.statusCode()).isEqualTo(503);
        assertThat(problem(unavailable)).isEqualTo("unavailable");
        assertThat(unavailable.body()).contains("Redis is down");

        handler.set(event -> {
            throw new AssertionError("secret of the handler");
        });
        var defect = send(post(EdgeJsonTest.EVENT));
        assertThat(problem(defect)).isEqualTo("defect");
        assertThat(defect.body()).doesNotContain("secret");
        Awaitility.await().until(() -> gate.inFlight() == 0);
    }

    @ParameterizedTest
    @CsvSource({"'', 400, malformed-json", "'{', 400, malformed-json", "'[]', 400, invalid-body",
        "'{\"kind\": 1}', 400, invalid-body"})
    void malformedEvents(String body, int status, String type) throws Exception {
        var response = send(post(body));

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(problem(response)).isIn(type, "invalid-body");
        assertThat(gate.inFlight()).isZero();
    }

    @Test
    void wrongTokensPathsAndMethods() throws Exception {
        var wrong = send(post(EdgeJsonTest.EVENT).setHeader("Authorization", "Bearer wrong"));
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(problem(wrong)).isEqualTo("unauthorized");
        assertThat(problem(send(request("/edge/v2/events").GET()))).isEqualTo("not-found");
        var method = send(request(EdgeServer.PATH).GET());
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("allow")).contains("POST");
    }

    @Test
    void bodiesHaveALimitWhetherTheirLengthIsAnnouncedOrNot() throws Exception {
        byte[] large = new byte[EdgeServer.BODY_LIMIT_BYTES + 1];
        assertThat(send(request(EdgeServer.PATH).POST(BodyPublishers.ofByteArray(large))).statusCode()).isEqualTo(413);

        try (var socket = new Socket("127.0.0.1", listening.port())) {
            var out = socket.getOutputStream();
            out.write(("POST " + EdgeServer.PATH + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(large.length) + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(large);
            out.flush();
            byte[] head = socket.getInputStream().readNBytes(12);
            assertThat(new String(head, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    /** A second packet would wait for the peer's delayed acknowledgement: 40 ms. */
    @Test
    void headAndBodyOfAnAnswerLeaveInOnePacket() throws Exception {
        byte[] body = EdgeJsonTest.EVENT.getBytes(StandardCharsets.UTF_8);
        try (var socket = new Socket("127.0.0.1", listening.port())) {
            socket.getOutputStream()
                    .write(("POST " + EdgeServer.PATH + " HTTP/1.1\r\nHost: x\r\n"
                            + "Authorization: Bearer secret\r\nContent-Length: " + body.length + "\r\n\r\n"
                            + EdgeJsonTest.EVENT)
                            .getBytes(StandardCharsets.UTF_8));
            byte[] buffer = new byte[4_096];
            int read = socket.getInputStream().read(buffer);
            assertThat(new String(buffer, 0, read, StandardCharsets.UTF_8)).endsWith("{\"actions\":[]}");
        }
    }

    @ParameterizedTest
    @CsvSource({"REFER, false", "INVITE, false", "BYE, true"})
    void aNodeThatStoodStillDoesNotBeginWhatItsEdgeGaveUp(String method, boolean handled) throws Exception {
        var seen = new ArrayList<String>();
        handler.set(event -> {
            synchronized (seen) {
                seen.add(event.message().substring(0, event.message().indexOf(' ')));
            }
            return List.of();
        });
        var released = new java.util.concurrent.CountDownLatch(1);
        for (var loop : ((io.vertx.core.internal.VertxInternal) vertx).nettyEventLoopGroup()) {
            loop.execute(() -> {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        var body = EdgeJsonTest.EVENT.replace("REFER sip:", method + " sip:");
        try (var socket = new Socket("127.0.0.1", listening.port())) {
            socket.getOutputStream()
                    .write(("POST " + EdgeServer.PATH
                            + " HTTP/1.1\r\nHost: n\r\nAuthorization: Bearer secret\r\nContent-Length: "
                            + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
        }
        released.countDown();
        // Both outcomes leave the gate; the one that is not handled is counted.
        Awaitility.await().untilAsserted(() -> {
            assertThat(metrics.scrape().contains("reason=\"given-up\"")).isEqualTo(!handled);
            assertThat(seen).hasSize(handled ? 1 : 0);
        });
    }
}
