package io.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.Application;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that are told of one another by the DNS alone, as by a headless service of Kubernetes: one name, an address for each, the same port at all. The
 * names are in a file that the JDK reads instead of asking a server.
 */
class DnsMembersIT {
    private static final String NAME = "mooring-nodes.mooring.svc";
    private static final Duration SOON = Duration.ofSeconds(40);

    @TempDir
    private Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.destroyForcibly().onExit().join());
        http.close();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** @return the port of its metrics */
    private int start(String address, int clusterPort) throws IOException {
        int admin = freePort();
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + folder.resolve("hosts"),
                "-Dhazelcast.socket.client.bind.any=false",
                "--add-opens", "java.base/java.lang=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), Application.class.getName());
        builder.environment().keySet().removeIf(name -> name.startsWith("MOORING_"));
        builder.environment()
                .putAll(Map.of(
                        "MOORING_NODE", address,
                        "MOORING_EDGE_LISTEN", address + ":0",
                        "MOORING_API_LISTEN", address + ":0",
                        "MOORING_ADMIN_LISTEN", "127.0.0.1:" + admin,
                        "MOORING_EDGE_TOKEN", "edge",
                        "MOORING_OPERATOR_TOKEN", "operator",
                        "MOORING_MUSIC_FILE", "/music.wav",
                        "MOORING_CLUSTER_LISTEN", address + ":" + clusterPort,
                        "MOORING_CLUSTER_DNS", NAME));
        nodes.add(builder.redirectErrorStream(true).redirectOutput(folder.resolve(address + ".log").toFile()).start());
        return admin;
    }

    private void nameHas(String... addresses) throws IOException {
        Files.write(folder.resolve("hosts"), List.of(addresses).stream().map(address -> address + " " + NAME).toList());
    }

    private void awaitShardsHeld(int admin, int count) {
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(100)).ignoreExceptions().untilAsserted(() -> {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/metrics")).build();
            assertThat(http.send(request, BodyHandlers.ofString()).body())
                    .contains("mooring_shards_held " + count + ".0");
        });
    }

    @Test
    void whoeverTheNameHasIsAMember() throws Exception {
        int port = freePort();
        nameHas("127.0.0.2");
        int first = start("127.0.0.2", port);
        awaitShardsHeld(first, 16);

        nameHas("127.0.0.2", "127.0.0.3");
        int second = start("127.0.0.3", port);

        awaitShardsHeld(second, 8);
        awaitShardsHeld(first, 8);
    }
}
