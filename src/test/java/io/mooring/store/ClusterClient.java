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
    private static final int SLOTS = 16_384;
    private static final int FIRST_SLOTS = 8;

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

    /**
     * Those of a cluster that have slots now, as the first server says that answers.
     *
     * @throws JedisException when they do not have all slots between them: a primary is dead, and nobody has taken its place yet
     */
    static List<HostAndPort> primaries(String servers) {
        return primaries(servers, RedisUsers.config());
    }

    private static List<HostAndPort> primaries(String servers, JedisClientConfig config) {
        for (String server : servers.split(",")) {
            String nodes;
            try (var jedis = new Jedis(HostAndPort.from(server), config)) {
                nodes = jedis.clusterNodes();
            } catch (JedisException e) {
                continue;
            }
            return primariesIn(nodes);
        }
        throw new JedisException("no server of the cluster answers");
    }

    /** @param nodes as CLUSTER NODES tells them */
    static List<HostAndPort> primariesIn(String nodes) {
        List<String[]> primaries = nodes.lines()
                .map(line -> line.split(" "))
                .filter(words -> words[2].contains("master") && !words[2].contains("fail"))
                .filter(words -> words.length > FIRST_SLOTS)
                .toList();
        int slots = primaries.stream()
                .flatMap(words -> Stream.of(words).skip(FIRST_SLOTS))
                .filter(range -> !range.startsWith("["))
                .map(range -> range.split("-"))
                .mapToInt(ends -> Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1)
                .sum();
        if (slots != SLOTS) {
            throw new JedisException("primaries for " + slots + " slots of " + SLOTS);
        }
        return primaries.stream().map(words -> HostAndPort.from(words[1].replaceAll("@.*", ""))).toList();
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
