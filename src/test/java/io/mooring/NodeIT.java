package io.mooring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.ConfigException;
import io.mooring.config.NodeConfig;
import io.mooring.store.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeIT {

    private final RedisServer redis = RedisServer.standalone();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        http.close();
        redis.close();
    }

    private NodeConfig config(Map<String, String> more) throws ConfigException {
        var environment = new HashMap<>(Map.of(
                "MOORING_NODE", "n",
                "MOORING_EDGE_LISTEN", "127.0.0.1:0",
                "MOORING_API_LISTEN", "127.0.0.1:0",
                "MOORING_ADMIN_LISTEN", "127.0.0.1:0",
                "MOORING_EDGE_TOKEN", "edge",
                "MOORING_OPERATOR_TOKEN", "operator",
                "MOORING_MUSIC_FILE", "/music.wav",
                "MOORING_REDIS", redis.url(),
                "MOORING_DRAIN_SECONDS", "5"));
        environment.putAll(more);
        return NodeConfig.from(environment);
    }

    private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer operator");
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** On a busy machine the first commands to Redis may take longer than a command may. */
    private void awaitServing(Node node) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(get(node.adminPort(), "/readyz").statusCode()).isEqualTo(200);
            assertThat(get(node.apiPort(), "/v1/tenants").statusCode()).isEqualTo(200);
        });
    }

    @Test
    void startsServesAndDrains() throws Exception {
        Node node = Node.start(config(Map.of()));
        try {
            assertThat(get(node.adminPort(), "/startupz").statusCode()).isEqualTo(200);
            awaitServing(node);
            assertThat(get(node.adminPort(), "/readyz").body()).contains("\"status\":\"ready\"");
            var event = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.edgePort() + "/edge/v1/events"))
                    .header("Authorization", "Bearer edge")
                    .POST(BodyPublishers.ofString("{}"));
            assertThat(http.send(event.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(400);
        } finally {
            node.drain();
        }
        for (int port : new int[]{node.adminPort(), node.apiPort(), node.edgePort()}) {
            assertThatThrownBy(() -> get(port, "/")).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void startsWithoutRedisAndSaysSoUntilItIsThere() throws Exception {
        redis.kill();
        Node node = Node.start(config(Map.of()));
        try {
            var notReady = get(node.adminPort(), "/readyz");
            assertThat(notReady.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(notReady.body()).getJsonObject("dependencies")
                    .getJsonObject("redis")
                    .getString("status")).isEqualTo("down");
            assertThat(get(node.adminPort(), "/livez").statusCode()).isEqualTo(200);
            assertThat(get(node.apiPort(), "/v1/tenants").statusCode()).isEqualTo(503);

            redis.restart();

            awaitServing(node);
        } finally {
            node.drain();
        }
    }

    @Test
    void aPortInUseIsOneClearLineThatNamesTheSetting() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var config = config(Map.of("MOORING_API_LISTEN", "127.0.0.1:" + taken.getLocalPort()));

            assertThatThrownBy(() -> Node.start(config))
                    .isInstanceOf(StartException.class)
                    .hasMessageStartingWith("MOORING_API_LISTEN: cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void twoNodesFormAClusterAndOneMayLeave() throws Exception {
        int first = freePort();
        int second = freePort();
        String members = "127.0.0.1:" + first + ",127.0.0.1:" + second;
        Node one = Node.start(config(Map.of(
                "MOORING_CLUSTER_LISTEN", "127.0.0.1:" + first, "MOORING_CLUSTER_MEMBERS", members)));
        try {
            Node two = Node.start(config(Map.of(
                    "MOORING_CLUSTER_LISTEN", "127.0.0.1:" + second, "MOORING_CLUSTER_MEMBERS", members)));
            awaitServing(two);
            two.drain();
            awaitServing(one);
        } finally {
            one.drain();
        }
    }
}
