package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Three real redis-servers, one of them the primary, and three Sentinels that watch over it. A primary that has lost both replicas
 * takes no writes: with one replica alone it would take none either after the first fail-over.
 */
public final class RedisWithSentinels implements AutoCloseable {
    public static final String MASTER = "mymaster";
    private static final int EACH = 3;
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Path state;
    private final List<Integer> servers = freePorts();
    private final List<Integer> sentinels = freePorts();
    private final Map<Integer, Process> processes = new java.util.concurrent.ConcurrentHashMap<>();

    /** Starts them, and waits until all know one another. */
    public RedisWithSentinels() {
        try {
            state = Files.createTempDirectory("mooring-sentinels-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servers.forEach(this::startServer);
        sentinels.forEach(this::startSentinel);
        awaitWhole();
    }

    private void startServer(int port) {
        var command = new ArrayList<>(
                List.of("redis-server", Path.of("redis", "redis.conf").toString(), "--port", "" + port,
                        "--dir", state.resolve("" + port).toString(), "--repl-diskless-sync-delay", "0",
                        "--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"));
        if (port != servers.getFirst()) {
            command.addAll(List.of("--replicaof", "127.0.0.1 " + servers.getFirst()));
        }
        start(port, command);
    }

    private void startSentinel(int port) {
        try {
            Path file = Files.writeString(state.resolve(port + ".conf"), """
                    port %d
                    bind 127.0.0.1
                    dir %s
                    sentinel monitor mymaster 127.0.0.1 %d 2
                    sentinel down-after-milliseconds mymaster 1000
                    sentinel failover-timeout mymaster 5000
                    sentinel parallel-syncs mymaster 2
                    """.formatted(port, state, servers.getFirst()));
            start(port, List.of("redis-server", file.toString(), "--sentinel"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void start(int port, List<String> command) {
        try {
            Files.createDirectories(state.resolve("" + port));
            processes.put(port, new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(state.resolve(port + ".log").toFile())
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until every Sentinel knows the others, and the primary has all its replicas. */
    public void awaitWhole() {
        Awaitility.await("Redis and its Sentinels").atMost(SOON).ignoreExceptions().until(() -> {
            for (int port : sentinels) {
                try (var sentinel = new Jedis("127.0.0.1", port)) {
                    Map<String, String> known = sentinel.sentinelMaster(MASTER);
                    if (!known.get("num-slaves").equals("2") || !known.get("num-other-sentinels").equals("2")) {
                        return false;
                    }
                }
            }
            try (var jedis = primary()) {
                return jedis.info("replication").contains("connected_slaves:2")
                        && jedis.info("replication").contains("min_slaves_good_slaves:2");
            }
        });
    }

    /** {@code host:port} of the Sentinels, comma between. */
    public String sentinels() {
        return listed(sentinels);
    }

    /** {@code host:port} of the servers, comma between. */
    public String servers() {
        return listed(servers);
    }

    private static String listed(List<Integer> ports) {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    private int primaryPort() {
        return servers.stream()
                .filter(port -> processes.get(port).isAlive())
                .filter(port -> {
                    try (var jedis = new Jedis("127.0.0.1", port)) {
                        return jedis.info("replication").contains("role:master");
                    } catch (JedisException e) {
                        return false;
                    }
                })
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no primary"));
    }

    /** A client of the primary; to be closed. */
    public Jedis primary() {
        return new Jedis("127.0.0.1", primaryPort());
    }

    /** Clients of the replicas; to be closed. */
    public List<Jedis> replicas() {
        int primary = primaryPort();
        return servers.stream().filter(port -> port != primary).map(port -> new Jedis("127.0.0.1", port)).toList();
    }

    /** kill -9. @return what brings it back, as whatever the Sentinels want it to be */
    public Runnable killPrimary() {
        int port = primaryPort();
        processes.get(port).destroyForcibly().onExit().join();
        return () -> start(port, List.of("redis-server", Path.of("redis", "redis.conf").toString(), "--port", "" + port,
                "--dir", state.resolve("" + port).toString(), "--repl-diskless-sync-delay", "0",
                "--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"));
    }

    /** The primary, and whoever can reach it, is alone: nobody of the others hears anything. @return what heals it */
    public Runnable cutPrimaryOff() {
        int primary = primaryPort();
        List<Integer> others = Stream.concat(servers.stream(), sentinels.stream())
                .filter(port -> port != primary)
                .toList();
        others.forEach(port -> signal("-STOP", port));
        return () -> others.forEach(port -> signal("-CONT", port));
    }

    private void signal(String signal, int port) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(processes.get(port).pid())).start().onExit().join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> freePorts() {
        return IntStream.range(0, EACH).mapToObj(i -> {
            try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).toList();
    }

    @Override
    public void close() {
        processes.values().forEach(process -> process.destroyForcibly().onExit().join());
        try (Stream<Path> files = Files.walk(state)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
