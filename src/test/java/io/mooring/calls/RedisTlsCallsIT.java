package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.store.TlsRedis;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Nodes speak TLS with Redis, and the edge by stunnel; each as a user with no more rights than it needs. */
class RedisTlsCallsIT {

    @Test
    void aCallIsParkedAndRetrieved() {
        try (var redis = new TlsRedis();
                var stack = Stack.start(2, redis.settings());
                var scene = new Scene(stack, "udp");
                var keys = redis.client()) {
            var waiting = scene.talk();
            scene.park(waiting, "*68");
            assertThat(keys.keys("{s*}:place:" + scene.tenant() + ":ext:101")).hasSize(1);
            assertThat(keys.zrange("{cfg}:edge:controls", 0, -1)).containsExactly(stack.edgeControl());
            var taken = scene.retrieve(waiting.caller(), waiting.callerSide(), scene.phone("102"), "*88101");
            assertThat(taken.callerSide().bye().status()).isEqualTo(200);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .until(
                            () -> keys.keys("{s*}:place:" + scene.tenant() + ":*").isEmpty());
        }
    }
}
