package io.mooring.store;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/** A client of a cluster that asks all primaries where other Redis are asked once. */
public final class ClusterClient extends JedisCluster {
    private final String servers;
    private final JedisClientConfig config;

    /** @param servers {@code host:port}, comma between */
    public ClusterClient(String servers) {
        this(servers, RedisUsers.config());
    }

    /** @param servers {@code host:port}, comma between */
    public ClusterClient(String servers, String password) {
        this(servers, DefaultJedisClientConfig.builder().password(password).build());
    }

    private ClusterClient(String servers, JedisClientConfig config) {
        super(Stream.of(servers.split(",")).map(HostAndPort::from).collect(Collectors.toSet()), config);
        this.servers = servers;
        this.config = config;
    }

    /** Those of a cluster that have slots now, as the first server says that answers. */
    static List<HostAndPort> primaries(String servers) {
        return primaries(servers, RedisUsers.config());
    }

    private static List<HostAndPort> primaries(String servers, JedisClientConfig config) {
        for (String server : servers.split(",")) {
            try (var jedis = new Jedis(HostAndPort.from(server), config)) {
                return jedis.clusterNodes()
                        .lines()
                        .map(line -> line.split(" "))
                        .filter(words -> words[2].contains("master") && !words[2].contains("fail") && words.length > 8)
                        .map(words -> HostAndPort.from(words[1].replaceAll("@.*", "")))
                        .toList();
            } catch (JedisException e) {
                continue;
            }
        }
        throw new JedisException("no server of the cluster answers");
    }

    @Override
    public String flushAll() {
        for (HostAndPort primary : primaries(servers, config)) {
            try (var jedis = new Jedis(primary, config)) {
                jedis.flushAll();
            }
        }
        return "OK";
    }

    @Override
    public Set<String> keys(String pattern) {
        var found = new TreeSet<String>();
        for (HostAndPort primary : primaries(servers, config)) {
            try (var jedis = new Jedis(primary, config)) {
                found.addAll(jedis.keys(pattern));
            }
        }
        return found;
    }
}
