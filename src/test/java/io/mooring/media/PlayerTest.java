package io.mooring.media;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Hearing;
import io.mooring.call.SoundVersion;
import io.mooring.config.HostPort;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlayerTest {

    private static final Hearing JAZZ = new Hearing.TenantMusic("acme.example", new SoundVersion("jazz", "1", "00"));

    private final Vertx vertx = Vertx.vertx();
    private final Metrics metrics = new Metrics();
    private final NgClient ng = new NgClient(vertx, new HostPort("127.0.0.1", 9), Duration.ofSeconds(1), metrics);

    @AfterEach
    void stop() throws Exception {
        ng.close();
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
    }

    private Optional<Path> prepare(AudioSource source, Hearing hearing) throws Exception {
        return new Player(vertx, ng, "/music.wav", source, Optional.empty(), metrics)
                .prepare(hearing)
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void nobodyWaitsLongForASound() throws Exception {
        Promise<Path> never = Promise.promise();
        assertThat(prepare(hearing -> never.future(), JAZZ)).isEmpty();
        assertThat(metrics.scrape()).contains("mooring_sound_fallbacks_total{reason=\"late\"} 1.0");
    }

    @Test
    void aSoundThatIsNotThereIsTheMusicOfTheNode() throws Exception {
        assertThat(prepare(hearing -> Future.failedFuture("gone"), JAZZ)).isEmpty();
        assertThat(metrics.scrape()).contains("mooring_sound_fallbacks_total{reason=\"unavailable\"} 1.0");
    }

    @Test
    void theMusicOfTheNodeIsNotAskedFor() throws Exception {
        AudioSource source = hearing -> {
            throw new AssertionError("asked for " + hearing);
        };
        assertThat(prepare(source, new Hearing.NodeMusic())).isEmpty();
        assertThat(prepare(hearing -> Future.succeededFuture(Path.of("/jazz.wav")), JAZZ))
                .contains(Path.of("/jazz.wav"));
        assertThat(metrics.scrape()).doesNotContain("mooring_sound_fallbacks");
    }
}
