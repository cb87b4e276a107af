package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.UnifiedJedis;

/** One real redis-server, which keeps nothing. */
final class SingleRedis implements RedisLab {
    private final boolean hasUsers;
    private final int port = RedisLab.freePorts(1).getFirst();
    private final List<String> users;
    private Process process;

    SingleRedis() {
        this(RedisUsers.areAsked());
    }

    SingleRedis(boolean hasUsers) {
        this.hasUsers = hasUsers;
        this.users = hasUsers ? List.of("--aclfile", RedisUsers.file(folder()).toString()) : List.of();
        this.process = launch();
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("mooring-redis-");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    @Override
    public RedisSetup setup() {
        return RedisSetup.one("redis://" + RedisUsers.ofNode(hasUsers) + "127.0.0.1:" + port);
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("MOORING_REDIS", setup().uri().toString(), "MOORING_REDIS_SERVERS", "127.0.0.1:" + port,
                "MOORING_REDIS_PASSWORD", hasUsers ? RedisUsers.EDGE_PASSWORD : "");
    }

    @Override
    public UnifiedJedis client() {
        return new JedisPooled(new HostAndPort("127.0.0.1", port), RedisUsers.config());
    }

    @Override
    public List<Jedis> primaries() {
        return List.of(RedisUsers.admin(new HostAndPort("127.0.0.1", port)));
    }

    @Override
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void restart() {
        if (!process.isAlive()) {
            process = launch();
        }
    }

    @Override
    public void close() {
        kill();
    }

    @Override
    public void freeze() {
        RedisLab.signal("-STOP", List.of(process));
    }

    @Override
    public void thaw() {
        RedisLab.signal("-CONT", List.of(process));
    }

    private Process launch() {
        try {
            var command = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port), "--bind",
                    "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder().toString()));
            command.addAll(users);
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Awaitility.await("redis-server")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(5))
                    .until(this::answers);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
