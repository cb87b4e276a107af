package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/** What the users of {@code redis/users.acl} may do, and what they may not. */
class RedisUsersIT {
    private static final SingleRedis REDIS = new SingleRedis(true);

    @AfterAll
    static void stop() {
        REDIS.close();
    }

    private static Jedis login(String user, String password) {
        return new Jedis(new HostAndPort("127.0.0.1", REDIS.port()),
                DefaultJedisClientConfig.builder().user(user).password(password).build());
    }

    private static void assertRefused(ThrowingCallable command) {
        assertThatThrownBy(command).isInstanceOf(JedisDataException.class).hasMessageContaining("NOPERM");
    }

    @Test
    void theEdgeReadsWhatItNeedsAndChangesNothing() {
        try (var node = login("node", RedisUsers.NODE_PASSWORD);
                var edge = new Jedis("127.0.0.1", REDIS.port())) {
            node.hset("{cfg}:edge:sub:acme.example:101", Map.of("ha1", "x"));
            node.set("own:call-1", "acme.example/1");
            node.hset("{cfg}:tenant:acme.example:extensions", Map.of("101", "{}"));
            node.set("{s1}:call:acme.example:1", "x");
            // As ndb_redis does.
            edge.auth(RedisUsers.EDGE_PASSWORD);

            assertThat(edge.hmget("{cfg}:edge:sub:acme.example:101", "ha1")).containsExactly("x");
            assertThat(edge.get("own:call-1")).isEqualTo("acme.example/1");
            assertThat(edge.set("cancelled:call-1|1", "1", SetParams.setParams().ex(32))).isEqualTo("OK");
            assertThat(edge.zadd("{cfg}:edge:controls", 1, "http://127.0.0.1:5080")).isEqualTo(1);
            assertThat(edge.role()).isNotEmpty();

            assertRefused(edge::flushAll);
            assertRefused(edge::flushDB);
            assertRefused(() -> edge.keys("*"));
            assertRefused(() -> edge.configGet("*"));
            assertRefused(() -> edge.set("own:call-1", "evil.example/1"));
            assertRefused(() -> edge.zadd("{cfg}:edge:sub:acme.example:101", 1, "x"));
            assertRefused(() -> edge.hset("{cfg}:edge:sub:acme.example:101", "ha1", "y"));
            assertRefused(() -> edge.hset("{cfg}:tenants", "evil.example", "{}"));
            assertRefused(() -> edge.hmget("{cfg}:tenant:acme.example:extensions", "101"));
            assertRefused(() -> edge.get("{s1}:call:acme.example:1"));
            assertRefused(() -> edge.get("cancelled:call-1|1"));
            assertRefused(() -> edge.eval("return redis.call('FLUSHALL')"));
        }
    }

    @Test
    void aNodeDoesNothingToTheServer() {
        try (var node = login("node", RedisUsers.NODE_PASSWORD)) {
            assertThat(node.set("{s1}:call:acme.example:1", "x")).isEqualTo("OK");
            assertRefused(node::flushAll);
            assertRefused(() -> node.keys("*"));
            assertRefused(() -> node.configSet("maxmemory", "1"));
            assertRefused(() -> node.set("something else", "x"));
            assertThatThrownBy(() -> node.eval("return redis.call('SET', KEYS[1], 'x')", List.of("other"), List.of()))
                    .isInstanceOf(JedisDataException.class);
        }
    }

    @Test
    void nobodyIsLetInWithoutAPassword() {
        try (var stranger = new Jedis("127.0.0.1", REDIS.port())) {
            assertThatThrownBy(stranger::ping).isInstanceOf(JedisDataException.class).hasMessageContaining("NOAUTH");
            assertThatThrownBy(() -> stranger.auth("node", "wrong")).isInstanceOf(JedisAccessControlException.class);
        }
    }
}
