package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.metrics.Metrics;
import io.mooring.store.RedisSetup.Tls;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node trusts who it was told to trust, by the name that it was told, and shows who it is. */
class RedisTlsIT {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private static TlsRedis redis;
    private static Vertx vertx;

    @BeforeAll
    static void start() {
        redis = new TlsRedis();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        redis.close();
    }

    private static String ping(String url, Tls tls) throws Exception {
        try (var access = RedisAccess.connect(vertx, RedisSetup.one(url).with(tls), LIMIT, new Metrics())) {
            return String.valueOf(access.submit(Request.cmd(Command.SET).arg("barrier").arg("1"))
                    .await(20, TimeUnit.SECONDS));
        }
    }

    private static void assertNoWayIn(String url, Tls tls) {
        assertThatThrownBy(() -> ping(url, tls)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void aNodeGetsInWithItsCertificate() throws Exception {
        assertThat(ping(redis.url(), new Tls(redis.text("ca.pem"), redis.text("client.pem"), redis.text("client.key"))))
                .isEqualTo("OK");
    }

    @Test
    void whoIsNotTrustedIsNotSpokenTo() {
        assertNoWayIn(redis.url(),
                new Tls(redis.text("other.pem"), redis.text("client.pem"), redis.text("client.key")));
        assertNoWayIn(redis.url(), new Tls("", redis.text("client.pem"), redis.text("client.key")));
        assertNoWayIn(redis.urlByAnotherName(),
                new Tls(redis.text("ca.pem"), redis.text("client.pem"), redis.text("client.key")));
    }

    @Test
    void whoShowsNoCertificateIsNotLetIn() {
        assertNoWayIn(redis.url(), new Tls(redis.text("ca.pem"), "", ""));
    }
}
