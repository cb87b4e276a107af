package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Three real redis-servers, one of them the primary, and three Sentinels that watch over it. A primary that has lost both replicas
 * takes no writes: with one replica alone it would take none either after the first fail-over.
 */
public final class RedisWithSentinels implements RedisLab {
    public static final String MASTER = "mymaster";
    private static final String LAB_KEY = "lab";
    private static final int TIMEOUT_MILLIS = 1_000;
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A machine with a server and a Sentinel, or what stands for one. */
    public record Place(String address, List<String> prefix) {
        private static final Place HERE = new Place("127.0.0.1", List.of());

        /** @param prefix in front of each command that is started there */
        public Place {
            prefix = List.copyOf(prefix);
        }
    }

    private final Path state;
    private final List<Place> places;
    private final List<Integer> servers;
    private final List<Integer> sentinels;
    private final Map<Integer, Process> processes = new ConcurrentHashMap<>();

    /** Starts them, and waits until all know one another. */
    public RedisWithSentinels() {
        this(List.of(Place.HERE, Place.HERE, Place.HERE));
    }

    /** @param places three; the first is that of the primary, also later when it can be chosen */
    public RedisWithSentinels(List<Place> places) {
        this.places = List.copyOf(places);
        var ports = RedisLab.freePorts(2 * places.size());
        servers = ports.subList(0, places.size());
        sentinels = ports.subList(places.size(), ports.size());
        try {
            state = Files.createTempDirectory("mooring-sentinels-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servers.forEach(this::startServer);
        // What a Sentinel does not see at its start, it looks for ten seconds later.
        Awaitility.await("replicas").atMost(SOON).ignoreExceptions().until(this::hasReplicas);
        sentinels.forEach(this::startSentinel);
        awaitWhole();
    }

    /** The Sentinels have it write into its file. */
    private void startServer(int port) {
        try {
            Path file = state.resolve(port + ".conf");
            if (!Files.exists(file)) {
                Files.writeString(file, """
                        include %s
                        port %d
                        dir %s
                        bind %s
                        protected-mode no
                        replica-priority %d
                        repl-diskless-sync-delay 0
                        min-replicas-to-write 1
                        min-replicas-max-lag 2
                        %s
                        """.formatted(Path.of("redis", "redis.conf").toAbsolutePath(), port,
                        Files.createDirectories(state.resolve("" + port)), bound(port),
                        port == servers.getFirst() ? 10 : 100,
                        port == servers.getFirst()
                                ? ""
                                : "replicaof " + place(servers.getFirst()).address + " " + servers.getFirst()));
            }
            start(port, List.of("redis-server", file.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void startSentinel(int port) {
        try {
            Path file = Files.writeString(state.resolve(port + ".conf"), """
                    port %d
                    bind %s
                    dir %s
                    sentinel monitor mymaster %s %d 2
                    sentinel down-after-milliseconds mymaster 1000
                    sentinel failover-timeout mymaster 5000
                    sentinel parallel-syncs mymaster 2
                    """.formatted(port, bound(port), state, place(servers.getFirst()).address, servers.getFirst()));
            start(port, List.of("redis-server", file.toString(), "--sentinel"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Place place(int port) {
        return places.get(Math.max(servers.indexOf(port), sentinels.indexOf(port)));
    }

    /** On its own machine, loopback is another way to it. */
    private String bound(int port) {
        var address = place(port).address;
        return address.equals(Place.HERE.address) ? address : address + " " + Place.HERE.address;
    }

    private Jedis client(int port) {
        return new Jedis(place(port).address, port, TIMEOUT_MILLIS);
    }

    private void start(int port, List<String> program) {
        try {
            var command = new ArrayList<>(place(port).prefix);
            command.addAll(program);
            processes.put(port, new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(state.resolve(port + ".log").toFile())
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until every Sentinel knows the others, none of them is about to make another one the primary, and the primary has all its
     * replicas.
     */
    public void awaitWhole() {
        Awaitility.await("Redis and its Sentinels").atMost(SOON).ignoreExceptions().until(() -> {
            var seen = new HashSet<String>();
            for (Map<String, String> known : masters()) {
                if (!known.get("num-slaves").equals("2") || !known.get("num-other-sentinels").equals("2")
                        || !known.get("flags").equals("master")) {
                    return false;
                }
                seen.add(known.get("ip") + ":" + known.get("port"));
            }
            return seen.size() == 1 && hasReplicas();
        });
    }

    /** Waits until one of the Sentinels has begun to make another server the primary. */
    void awaitFailOver() {
        Awaitility.await("a fail-over")
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> masters().stream()
                        .anyMatch(known -> known.get("flags").contains("failover_in_progress")));
    }

    /** What each Sentinel knows of the primary. */
    private List<Map<String, String>> masters() {
        var all = new ArrayList<Map<String, String>>();
        for (int port : sentinels) {
            try (var sentinel = client(port)) {
                all.add(sentinel.sentinelMaster(MASTER));
            }
        }
        return all;
    }

    /** What INFO says of them may be of before they were stopped for a while; what they acknowledge is of now. */
    private boolean hasReplicas() {
        try (var jedis = primary()) {
            String replication = jedis.info("replication");
            if (!replication.contains("connected_slaves:2") || !replication.contains("min_slaves_good_slaves:2")) {
                return false;
            }
            jedis.set(LAB_KEY, "");
            jedis.del(LAB_KEY);
            return jedis.waitReplicas(2, TIMEOUT_MILLIS / 2) == 2;
        }
    }

    /** {@code host:port} of the Sentinels, comma between. */
    public String sentinels() {
        return listed(sentinels);
    }

    /** {@code host:port} of the servers, comma between. */
    public String servers() {
        return listed(servers);
    }

    private String listed(List<Integer> ports) {
        return ports.stream().map(port -> place(port).address + ":" + port).collect(Collectors.joining(","));
    }

    /** Of the server that is the primary now; one that was it before and has come back may say so of itself for a while. */
    public int primaryPort() {
        for (int port : sentinels) {
            try (var sentinel = client(port)) {
                return Integer.parseInt(sentinel.sentinelGetMasterAddrByName(MASTER).getLast());
            } catch (JedisException e) {
                continue;
            }
        }
        // No Sentinel has been started yet.
        return servers.getFirst();
    }

    /** True when the server at the first place is the primary, in the eyes of the first Sentinel that answers. */
    public boolean isPrimaryAtFirstPlace() {
        return primaryPort() == servers.getFirst();
    }

    /** Waits until the server at the first place is the primary, which it is asked to be when it is not. */
    public void makePrimaryAtFirstPlace() {
        Awaitility.await("the primary at its first place").atMost(SOON).ignoreExceptions().until(() -> {
            awaitWhole();
            if (isPrimaryAtFirstPlace()) {
                return true;
            }
            try (var sentinel = client(sentinels.getLast())) {
                sentinel.sentinelFailover(MASTER);
            }
            return false;
        });
    }

    /** Makes another one the primary as {@code redis/fail-over} does. @return how long it took */
    public Duration failOver() {
        try {
            long started = System.nanoTime();
            var script = new ProcessBuilder("redis/fail-over", "--sentinels", sentinels(), "--master", MASTER)
                    .redirectErrorStream(true)
                    .start();
            var said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (script.waitFor() != 0) {
                throw new IllegalStateException(said);
            }
            return Duration.ofNanos(System.nanoTime() - started);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Tells a server to go (SIGTERM), and starts another one in its place with its data, as for a new version. */
    public void replace(int port) {
        // One that writes its first append-only file after a resynchronisation takes SIGTERM for a mistake, and stays.
        Awaitility.await("the append-only file of " + port).atMost(SOON).ignoreExceptions().until(() -> {
            try (var server = client(port)) {
                return server.info("persistence").contains("aof_rewrite_in_progress:0");
            }
        });
        Process old = processes.get(port);
        old.destroy();
        old.onExit().join();
        startServer(port);
        awaitWhole();
    }

    /** The ports of the servers, in the order of their places. */
    public List<Integer> serverPorts() {
        return servers;
    }

    /** A client of the primary; to be closed. */
    public Jedis primary() {
        return client(primaryPort());
    }

    /** Clients of the replicas; to be closed. */
    public List<Jedis> replicas() {
        int primary = primaryPort();
        return servers.stream().filter(port -> port != primary).map(port -> client(port)).toList();
    }

    /** kill -9. @return what brings it back, as whatever the Sentinels want it to be */
    public Runnable killPrimary() {
        int port = primaryPort();
        processes.get(port).destroyForcibly().onExit().join();
        return () -> startServer(port);
    }

    /**
     * The primary is alone with whoever can reach it: no replica hears anything, and none can take over. The Sentinels go on: one that
     * stood still trusts nothing that it sees for 30 s.
     *
     * @return what heals it
     */
    public Runnable cutPrimaryOff() {
        int primary = primaryPort();
        List<Integer> others = servers.stream().filter(port -> port != primary).toList();
        others.forEach(port -> signal("-STOP", port));
        return () -> others.forEach(port -> signal("-CONT", port));
    }

    private void signal(String signal, int port) {
        RedisLab.signal(signal, List.of(processes.get(port)));
    }

    @Override
    public RedisSetup setup() {
        return RedisSetup.sentinels(URI.create("redis://127.0.0.1:1"), List.of(sentinels().split(",")), MASTER);
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("MOORING_REDIS_SENTINELS", sentinels(), "MOORING_REDIS_MASTER", MASTER,
                "MOORING_REDIS_SERVERS", servers());
    }

    @Override
    public UnifiedJedis client() {
        return new JedisPooled(place(primaryPort()).address, primaryPort());
    }

    @Override
    public List<Jedis> primaries() {
        return List.of(primary());
    }

    private List<Process> serverProcesses() {
        return servers.stream().map(processes::get).toList();
    }

    @Override
    public void kill() {
        serverProcesses().forEach(process -> process.destroyForcibly().onExit().join());
    }

    @Override
    public void restart() {
        servers.stream().filter(port -> !processes.get(port).isAlive()).forEach(this::startServer);
        awaitWhole();
    }

    /** The Sentinels go on: one that stood still trusts nothing that it sees for 30 s. */
    @Override
    public void freeze() {
        RedisLab.signal("-STOP", serverProcesses());
    }

    @Override
    public void thaw() {
        RedisLab.signal("-CONT", serverProcesses());
        awaitWhole();
    }

    @Override
    public void release() {
        if (!Shared.is(this)) {
            close();
        }
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
