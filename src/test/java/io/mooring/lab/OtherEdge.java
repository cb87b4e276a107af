package io.mooring.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A Kamailio beside that of a {@link Stack}: the same ports, settings and nodes, another loopback address. It ends with {@link #close}, and
 * also when this Java machine ends in any other way.
 */
public final class OtherEdge implements AutoCloseable {

    /** Where the edge of a stack is. */
    public static final String FIRST = "127.0.0.1";

    private static final Duration KNOWN = Duration.ofSeconds(20);
    private static final Duration STARTED = Duration.ofSeconds(20);
    /** Ends Kamailio, children and all, when it is told to, or when whoever holds its standard input is gone. */
    private static final String KEEPER = """
            mkdir -p "$MOORING_RUN_DIR" || exit
            setsid "$0" -m 64 </dev/null &
            read -r
            kill -KILL -- "-$!"
            """;

    private final Stack stack;
    private final String address;
    private final List<String> host;
    private final Map<String, String> settings;
    private final Path folder;
    private Process keeper;

    /** @param settings what the stack was started with; {@link #peers} among them */
    public OtherEdge(Stack stack, String address, Map<String, String> settings) {
        this(stack, address, List.of(), settings);
    }

    /** @param host in front of a command that shall run where the edge is to be; empty: here */
    OtherEdge(Stack stack, String address, List<String> host, Map<String, String> settings) {
        this.stack = stack;
        this.address = address;
        this.host = host;
        this.settings = settings;
        try {
            this.folder = Files.createTempDirectory("mooring-edge-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.keeper = launch();
    }

    /** The settings by which the edges at these addresses, and that of a stack, know one another: a port that is free. */
    public static Map<String, String> peers(String... addresses) {
        var all = Stream.concat(Stream.of(FIRST), Stream.of(addresses)).toList();
        return Map.of("MOORING_EDGE_PEERS", String.join(",", all), "MOORING_PEER_PORT", "" + freePort(all));
    }

    private static int freePort(List<String> addresses) {
        while (true) {
            try (var socket = new ServerSocket(0, 1, InetAddress.getByName(FIRST))) {
                if (addresses.stream().skip(1).allMatch(address -> isFree(address, socket.getLocalPort()))) {
                    return socket.getLocalPort();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static boolean isFree(String address, int port) {
        try (var socket = new ServerSocket(port, 1, InetAddress.getByName(address))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private Process launch() {
        var control = URI.create(stack.edgeControl());
        var command = new ArrayList<>(host);
        command.addAll(List.of("bash", "-c", KEEPER, Path.of("kamailio/run-edge").toString()));
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(settings);
        builder.environment().putAll(stack.redisSettings());
        builder.environment()
                .putAll(Map.of(
                        "MOORING_EDGE_ID", "edge-at-" + address,
                        "MOORING_NODES",
                        stack.nodes().stream().map(Stack.Node::edge).collect(Collectors.joining(",")),
                        "MOORING_EDGE_TOKEN_FILE", stack.edgeTokenFile().toString(),
                        "MOORING_RUN_DIR", folder.toString(),
                        "MOORING_SIP_ADDRESS", address,
                        "MOORING_SIP_PORT", "" + stack.sip().getPort(),
                        "MOORING_CONTROL_ADDRESS", address,
                        "MOORING_CONTROL_PORT", "" + control.getPort(),
                        "MOORING_REDIS_PORT", "" + URI.create(stack.redisUrl()).getPort()));
        try {
            var process = builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
            Awaitility.await("the other edge")
                    .atMost(STARTED)
                    .ignoreExceptions()
                    .until(
                            () -> Stack.get(control() + "/edge/v1/health").contains("UP"));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where phones find it. */
    public InetSocketAddress sip() {
        return new InetSocketAddress(address, stack.sip().getPort());
    }

    /** URL at which it takes actions. */
    public String control() {
        return "http://" + address + ":" + URI.create(stack.edgeControl()).getPort();
    }

    public Path log() {
        return folder.resolve("kamailio.log");
    }

    /** Lines of its log that contain the text. */
    public List<String> logLines(String text) {
        try (var lines = Files.lines(log())) {
            return lines.filter(line -> line.contains(text)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until this edge and the stack's know that extensions have a phone. They tell one another as soon as a phone has its answer, and not before;
     * what one misses in the first seconds of the other it is told ten seconds later.
     *
     * @param users with blanks between, in the order of their names
     */
    public void awaitKnown(String tenant, String users) {
        for (var each : List.of(stack.edgeControl(), control())) {
            var known = new AtomicReference<>("");
            try {
                Awaitility.await()
                        .atMost(KNOWN)
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> {
                            known.set(registered(stack, each, tenant, users));
                            return known.get().equals(users + " ");
                        });
            } catch (ConditionTimeoutException | UncheckedIOException e) {
                // It may not answer at all: what is said here asks it for nothing more by HTTP.
                throw new AssertionError("the edge at " + each + " said last that it knows '" + known + "' of " + users
                        + ". That of the stack sees\n" + others(stack.edgeInside()) + "and the other one\n"
                        + others(new EdgeInside(keeper.pid(), folder.resolve("ctl.sock"))), e);
            }
        }
    }

    /** Which other edges it sees, or why it does not say so. */
    private static String others(EdgeInside edge) {
        try {
            return edge.ask("dmq.list_nodes");
        } catch (IllegalStateException e) {
            return e.getMessage() + "\n";
        }
    }

    /** Asks an edge which of some extensions, with blanks between, have a phone. */
    public static String registered(Stack stack, String control, String tenant, String users) {
        var request = HttpRequest.newBuilder(URI.create(control + "/edge/v1/registered"))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(5))
                .header("Authorization", "Bearer " + stack.edgeToken())
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"tenant\": \"" + tenant + "\", \"users\": \"" + users + "\"}"))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            var body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return new ObjectMapper().readTree(body).get("registered").asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** False after {@link #kill}. */
    public boolean isThere() {
        return keeper.isAlive();
    }

    /** Ends it at once: its connections break, and it says nothing more. */
    public void kill() {
        try (OutputStream end = keeper.getOutputStream()) {
            end.write("\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            if (!keeper.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the edge at " + address + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Starts it again, as it was configured, after {@link #kill}. */
    public void start() {
        keeper = launch();
    }

    @Override
    public void close() {
        if (keeper.isAlive()) {
            kill();
        }
        try {
            var kept = Files.createDirectories(Path.of("target", "lab-logs", folder.getFileName().toString()));
            Files.copy(log(), kept.resolve("kamailio.log"));
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
