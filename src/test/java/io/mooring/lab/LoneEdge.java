package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A Kamailio as edge, with its configuration, and nothing behind it: no node, no Redis. */
public final class LoneEdge implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final Duration STARTED = Duration.ofSeconds(20);
    private static final long ENDED_SECONDS = 5;

    private final HttpClient http = HttpClient.newHttpClient();
    private final int control = freePort();
    private final Path folder;
    private final Process process;

    public LoneEdge() {
        try {
            folder = Files.createTempDirectory("mooring-edge-");
            var builder = new ProcessBuilder("kamailio/run-edge", "-m", "64");
            builder.environment()
                    .putAll(Map.of("MOORING_EDGE_ID", "lone", "MOORING_EDGE_TOKEN", "lone-token", "MOORING_NODES",
                            "http://127.0.0.1:1,http://127.0.0.1:2", "MOORING_RUN_DIR", folder.toString(),
                            "MOORING_SIP_PORT", "" + freePort(), "MOORING_CONTROL_PORT", "" + control,
                            "MOORING_REDIS_PORT", "1"));
            process = builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            Awaitility.await("the edge")
                    .atMost(STARTED)
                    .ignoreExceptions()
                    .until(
                            () -> get("/edge/v1/health").contains("UP"));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Over TCP and UDP. */
    private static int freePort() {
        while (true) {
            try (var tcp = new ServerSocket(0, 1, InetAddress.getByName(HOST));
                    var udp = new DatagramSocket(new InetSocketAddress(HOST, tcp.getLocalPort()))) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                continue;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What its control port answers. */
    public String get(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://" + HOST + ":" + control + path)).build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(ENDED_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        http.close();
    }
}
