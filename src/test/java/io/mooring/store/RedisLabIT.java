package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.exceptions.JedisException;

/** The servers of tests: what is said to be gone is gone. */
class RedisLabIT {

    static Stream<Supplier<RedisLab>> labs() {
        return Stream.of(SingleRedis::new, ClusteredRedis::new);
    }

    /** It was begun a second time, the second one ended because its port was taken, and that one was killed from then on. */
    @ParameterizedTest
    @MethodSource("labs")
    void whatIsStartedAgainWhileItRunsCanBeKilled(Supplier<RedisLab> start) {
        try (var lab = start.get()) {
            lab.restart();
            lab.primaries().forEach(primary -> {
                try (primary) {
                    assertThat(primary.ping()).isEqualTo("PONG");
                }
            });
            lab.kill();
            assertThatThrownBy(() -> {
                try (var client = lab.client()) {
                    client.get("key");
                }
            }).isInstanceOfAny(JedisException.class, IllegalStateException.class);
        }
    }

    /** Sentinels went on with a fail-over that they had begun meanwhile, and what came next found no primary with replicas. */
    @Test
    void whatWasStoppedForLongTakesWritesFromThenOn() {
        try (var lab = new RedisWithSentinels()) {
            lab.freeze();
            lab.awaitFailOver();
            lab.thaw();
            int primary = lab.primaryPort();
            Awaitility.await().during(Duration.ofSeconds(6)).atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                lab.flush();
                assertThat(lab.primaryPort()).isEqualTo(primary);
            });
        }
    }
}
