package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/** What a test that looks into a cluster may believe. */
class ClusterClientTest {
    private static final String WELL = """
            a1 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-5460
            a2 127.0.0.1:7002@17002 master - 0 0 2 connected 5461 5462-10922 [5461->-a1]
            a3 127.0.0.1:7003@17003 %s - 0 0 3 %s
            a4 127.0.0.1:7004@17004 slave a1 0 0 1 connected
            a5 127.0.0.1:7005@17005 %s
            """;

    @Test
    void allPrimariesAreAsked() {
        assertThat(ClusterClient
                .primariesIn(WELL.formatted("master", "connected 10923-16383", "slave a3 0 0 3 connected")))
                .extracting(HostAndPort::getPort)
                .containsExactly(7001, 7002, 7003);
    }

    @Test
    void aReplicaThatHasTakenOverIsAskedInItsPlace() {
        assertThat(ClusterClient.primariesIn(
                WELL.formatted("master,fail", "disconnected", "master - 0 0 4 connected 10923-16383")))
                .extracting(HostAndPort::getPort)
                .containsExactly(7001, 7002, 7005);
    }

    /** What is there would seem to be gone. */
    @Test
    void nothingIsSaidOfAClusterThatLacksAPrimary() {
        assertThatExceptionOfType(JedisException.class).isThrownBy(() -> ClusterClient
                .primariesIn(WELL.formatted("master,fail", "disconnected 10923-16383", "slave a3 0 0 3 connected")))
                .withMessageContaining("10923 slots");
    }
}
