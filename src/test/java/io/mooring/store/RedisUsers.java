package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;

/** The users of {@code redis/users.acl}, with {@code -Dmooring.redis.users=acl}; else everybody may do everything. */
final class RedisUsers {
    static final String EDGE_PASSWORD = "edge-secret";
    static final String NODE_PASSWORD = "node-secret";
    static final String REPLICA_PASSWORD = "replica-secret";
    static final String ADMIN_PASSWORD = "admin-secret";

    private RedisUsers() {}

    static boolean areAsked() {
        return System.getProperty("mooring.redis.users", "").equals("acl");
    }

    /** The file with passwords in it. */
    static Path file(Path folder) {
        try {
            Path file = Files.writeString(folder.resolve("users.acl"), Files.readString(Path.of("redis", "users.acl"))
                    .replace("EDGE_PASSWORD", EDGE_PASSWORD)
                    .replace("NODE_PASSWORD", NODE_PASSWORD)
                    .replace("REPLICA_PASSWORD", REPLICA_PASSWORD)
                    .replace("SENTINEL_PASSWORD", "sentinel-secret")
                    .replace("ADMIN_PASSWORD", ADMIN_PASSWORD));
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In front of an address, in the URL of a node. */
    static String ofNode(boolean areThere) {
        return areThere ? "node:" + NODE_PASSWORD + "@" : "";
    }

    /** A client that may do everything. */
    static Jedis admin(HostAndPort server) {
        return new Jedis(server, config());
    }

    static JedisClientConfig config() {
        var config = DefaultJedisClientConfig.builder().connectionTimeoutMillis(1_000).socketTimeoutMillis(1_000);
        return (areAsked() ? config.user("admin").password(ADMIN_PASSWORD) : config).build();
    }
}
