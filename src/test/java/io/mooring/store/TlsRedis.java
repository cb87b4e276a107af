package io.mooring.store;

import io.mooring.lab.tls.Authority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.clients.jedis.Jedis;

/** A real redis-server that speaks TLS only and asks for certificates, and a stunnel in front of it for who speaks none. */
public final class TlsRedis implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final Path folder;
    private final int port;
    private final int plainPort;
    private final List<Process> processes = new ArrayList<>();

    /** Makes certificates and starts both. */
    public TlsRedis() {
        List<Integer> ports = RedisLab.freePorts(2);
        port = ports.getFirst();
        plainPort = ports.getLast();
        try {
            folder = Files.createTempDirectory("mooring-tls-");
            var authority = Authority.create(folder, "ca");
            Authority.create(folder, "other");
            authority.sign("server", "IP:127.0.0.1");
            authority.sign("client", "DNS:node.example");
            processes.add(new ProcessBuilder("redis-server", "--bind", HOST, "--port", "0", "--tls-port", "" + port,
                    "--tls-cert-file", file("server.pem"), "--tls-key-file", file("server.key"),
                    "--tls-ca-cert-file", file("ca.pem"), "--tls-auth-clients", "yes", "--save", "", "--dir",
                    folder.toString(), "--aclfile", RedisUsers.file(folder).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("redis.log").toFile())
                    .start());
            Path conf = folder.resolve("stunnel.conf");
            Files.writeString(conf, Files.readString(Path.of("kamailio", "stunnel.conf"))
                    .replace("127.0.0.1:6379", HOST + ":" + plainPort)
                    .replace("redis.example:6380", HOST + ":" + port)
                    .replace("checkHost = redis.example", "checkIP = " + HOST)
                    .replace("/etc/mooring/secrets/redis-ca.pem", file("ca.pem"))
                    .replace("/etc/mooring/secrets/redis-client.pem", file("client.pem"))
                    .replace("/etc/mooring/secrets/redis-client.key", file("client.key")));
            processes.add(new ProcessBuilder("stunnel4", conf.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("stunnel.log").toFile())
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("stunnel and Redis").atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
            try (var jedis = new Jedis(HOST, plainPort)) {
                return jedis.auth("admin", RedisUsers.ADMIN_PASSWORD).equals("OK");
            }
        });
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    /** What is in a file. */
    String text(String name) {
        try {
            return Files.readString(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connection string of a node. */
    String url() {
        return "rediss://node:" + RedisUsers.NODE_PASSWORD + "@" + HOST + ":" + port;
    }

    /** The same by a name that is not in the certificate. */
    String urlByAnotherName() {
        return "rediss://node:" + RedisUsers.NODE_PASSWORD + "@localhost:" + port;
    }

    /** Settings of nodes, and of edges, which reach it by stunnel. */
    public Map<String, String> settings() {
        return Map.of("MOORING_REDIS", url(), "MOORING_REDIS_CA_FILE", file("ca.pem"), "MOORING_REDIS_CERTIFICATE_FILE",
                file("client.pem"), "MOORING_REDIS_KEY_FILE", file("client.key"), "MOORING_REDIS_SERVERS",
                HOST + ":" + plainPort, "MOORING_REDIS_PASSWORD", RedisUsers.EDGE_PASSWORD);
    }

    /** A client with all rights, by stunnel; to be closed. */
    public Jedis client() {
        var jedis = new Jedis(HOST, plainPort);
        jedis.auth("admin", RedisUsers.ADMIN_PASSWORD);
        return jedis;
    }

    @Override
    public void close() {
        processes.forEach(process -> process.destroyForcibly().onExit().join());
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
