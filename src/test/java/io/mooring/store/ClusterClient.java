package io.mooring.store;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/** A client of a cluster that asks all primaries where other Redis are asked once. */
public final class ClusterClient extends JedisCluster {
    private final String servers;

    /** @param servers {@code host:port}, comma between */
    public ClusterClient(String servers) {
        super(Stream.of(servers.split(",")).map(HostAndPort::from).collect(Collectors.toSet()), RedisUsers.config());
        this.servers = servers;
    }

    /** Those of a cluster that have slots now, as the first server says that answers. */
    static List<HostAndPort> primaries(String servers) {
        for (String server : servers.split(",")) {
            try (var jedis = RedisUsers.admin(HostAndPort.from(server))) {
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
        for (HostAndPort primary : primaries(servers)) {
            try (var jedis = RedisUsers.admin(primary)) {
                jedis.flushAll();
            }
        }
        return "OK";
    }

    @Override
    public Set<String> keys(String pattern) {
        var found = new TreeSet<String>();
        for (HostAndPort primary : primaries(servers)) {
            try (var jedis = RedisUsers.admin(primary)) {
                found.addAll(jedis.keys(pattern));
            }
        }
        return found;
    }
}
