package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/** A real Redis Cluster: three primaries with a replica each. */
public final class ClusteredRedis implements RedisLab {
    private static final String HOST = "127.0.0.1";
    private static final int PRIMARIES = 3;
    private static final int TIMEOUT_MILLIS = 1_000;
    private static final Duration SOON = Duration.ofSeconds(40);

    private final Path state;
    private final List<Integer> servers;
    private final Map<Integer, Integer> busPorts = new LinkedHashMap<>();
    private final Map<Integer, Process> processes = new ConcurrentHashMap<>();

    /** Starts the servers, makes them a cluster, and waits until every primary has its replica. */
    public ClusteredRedis() {
        List<Integer> ports = RedisLab.freePorts(4 * PRIMARIES);
        servers = ports.subList(0, 2 * PRIMARIES);
        servers.forEach(port -> busPorts.put(port, ports.get(2 * PRIMARIES + servers.indexOf(port))));
        try {
            state = Files.createTempDirectory("mooring-cluster-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servers.forEach(this::startServer);
        var command = new ArrayList<>(List.of("redis-cli", "--cluster", "create"));
        servers.forEach(port -> command.add(HOST + ":" + port));
        command.addAll(List.of("--cluster-replicas", "1", "--cluster-yes"));
        if (RedisUsers.areAsked()) {
            command.addAll(List.of("--user", "admin", "--pass", RedisUsers.ADMIN_PASSWORD, "--no-auth-warning"));
        }
        Awaitility.await("servers").atMost(SOON).ignoreExceptions().until(() -> {
            for (int port : servers) {
                try (var server = client(port)) {
                    server.ping();
                }
            }
            return true;
        });
        try {
            Process created = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(state.resolve("create.log").toFile())
                    .start();
            if (created.onExit().join().exitValue() != 0) {
                throw new IllegalStateException(Files.readString(state.resolve("create.log")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitWhole();
    }

    private void startServer(int port) {
        try {
            Path folder = Files.createDirectories(state.resolve("" + port));
            Path file = Files.writeString(state.resolve(port + ".conf"), """
                    include %s
                    port %d
                    dir %s
                    bind %s
                    cluster-enabled yes
                    cluster-port %d
                    cluster-node-timeout 2000
                    cluster-require-full-coverage no
                    repl-diskless-sync-delay 0
                    %s
                    """.formatted(Path.of("redis", "redis.conf").toAbsolutePath(), port, folder, HOST,
                    busPorts.get(port), RedisUsers.areAsked()
                            ? "aclfile " + RedisUsers.file(folder) + "\nmasteruser replica\nmasterauth "
                                    + RedisUsers.REPLICA_PASSWORD
                            : ""));
            processes.put(port, new ProcessBuilder("redis-server", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(state.resolve(port + ".log").toFile()))
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Jedis client(int port) {
        return RedisUsers.admin(new HostAndPort(HOST, port));
    }

    /** Waits until every server thinks that the cluster works, and each primary has a replica that has all it has. */
    public void awaitWhole() {
        Awaitility.await("the cluster").atMost(SOON).ignoreExceptions().until(() -> {
            int primaries = 0;
            for (int port : servers) {
                try (var server = client(port)) {
                    String info = server.clusterInfo();
                    if (!info.contains("cluster_state:ok") || !info.contains("cluster_slots_ok:16384")
                            || !info.contains("cluster_size:" + PRIMARIES)) {
                        return false;
                    }
                    String replication = server.info("replication");
                    if (replication.contains("role:master")) {
                        primaries++;
                        if (!replication.contains("connected_slaves:1") || !replication.contains("state=online")) {
                            return false;
                        }
                    } else if (!replication.contains("master_link_status:up")) {
                        return false;
                    }
                }
            }
            return primaries == PRIMARIES;
        });
    }

    /** {@code host:port} of the servers, comma between. */
    public String servers() {
        return servers.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","));
    }

    @Override
    public RedisSetup setup() {
        return RedisSetup.cluster(URI.create("redis://" + RedisUsers.ofNode(RedisUsers.areAsked()) + HOST),
                List.of(servers().split(",")));
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("MOORING_REDIS", setup().uri().toString(), "MOORING_REDIS_CLUSTER", servers(),
                "MOORING_REDIS_PASSWORD", RedisUsers.areAsked() ? RedisUsers.EDGE_PASSWORD : "");
    }

    @Override
    public UnifiedJedis client() {
        return new ClusterClient(servers());
    }

    @Override
    public List<Jedis> primaries() {
        return primaryPorts().stream().map(ClusteredRedis::client).toList();
    }

    /** The ports of those that have slots now. */
    public List<Integer> primaryPorts() {
        return ClusterClient.primaries(servers()).stream().map(HostAndPort::getPort).toList();
    }

    /** The port of the primary that has a key. */
    public int primaryOf(String key) {
        for (int port : servers) {
            try (var server = client(port)) {
                long slot = HashSlot.of(key);
                return server.clusterSlots()
                        .stream()
                        .map(range -> (List<?>) range)
                        .filter(range -> (Long) range.get(0) <= slot && slot <= (Long) range.get(1))
                        .map(range -> ((Long) ((List<?>) range.get(2)).get(1)).intValue())
                        .findFirst()
                        .orElseThrow();
            } catch (JedisException e) {
                continue;
            }
        }
        throw new IllegalStateException("no server of the cluster answers");
    }

    /** kill -9. @return what brings it back */
    public Runnable kill(int port) {
        processes.get(port).destroyForcibly().onExit().join();
        return () -> startServer(port);
    }

    /** Stops a server in its tracks. @return what lets it go on */
    public Runnable freeze(int port) {
        RedisLab.signal("-STOP", List.of(processes.get(port)));
        return () -> RedisLab.signal("-CONT", List.of(processes.get(port)));
    }

    /** Moves a slot with its keys to another primary, as an administrator does who has added one. */
    public void moveSlot(int slot, int from, int to) {
        try (var source = client(from); var target = client(to)) {
            beginToMove(slot, from, to);
            List<String> keys = source.clusterGetKeysInSlot(slot, 1_000);
            if (!keys.isEmpty()) {
                source.migrate(HOST, to, TIMEOUT_MILLIS, new redis.clients.jedis.params.MigrateParams(),
                        keys.toArray(String[]::new));
            }
            target.clusterSetSlotNode(slot, target.clusterMyId());
            source.clusterSetSlotNode(slot, target.clusterMyId());
        }
    }

    /** The first half of that: keys that are there are there yet, new ones are at the other. */
    public void beginToMove(int slot, int from, int to) {
        try (var source = client(from); var target = client(to)) {
            target.clusterSetSlotImporting(slot, source.clusterMyId());
            source.clusterSetSlotMigrating(slot, target.clusterMyId());
        }
    }

    @Override
    public void kill() {
        processes.values().forEach(process -> process.destroyForcibly().onExit().join());
    }

    @Override
    public void restart() {
        servers.stream().filter(port -> !processes.get(port).isAlive()).forEach(this::startServer);
        awaitWhole();
    }

    @Override
    public void freeze() {
        RedisLab.signal("-STOP", processes.values());
    }

    @Override
    public void thaw() {
        RedisLab.signal("-CONT", processes.values());
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
        kill();
        try (Stream<Path> files = Files.walk(state)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
