package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.media.MediaUnavailableException;
import io.mooring.store.DueTimes;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.Keys;
import io.mooring.store.MediaRuns;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.TenantStore;
import io.mooring.store.UnknownVersionException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which calls are seen to when rtpengine has started anew, and in which order. */
class MediaWatchIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Keys KEYS = new Keys(4);
    private static final List<String> OWNERS = List.of("acme.example/1", "acme.example/2", "acme.example/3",
            "other.example/4", "third.example/5");

    private Vertx vertx;
    private RedisAccess redis;
    private MediaRuns runs;
    private final List<String> seen = new ArrayList<>();

    @BeforeEach
    void callsOfAnEarlierRun() throws Exception {
        REDIS.flush();
        vertx = Vertx.vertx();
        redis = REDIS.connect(vertx, LIMIT);
        runs = new MediaRuns(redis, KEYS, new TenantStore(redis).config());
        var times = new DueTimes(redis, KEYS);
        waits(() -> {
            for (int shard = 0; shard < KEYS.shards(); shard++) {
                runs.note(shard, "before");
            }
            OWNERS.forEach(owner -> times.note(new Due(owner, 0, 1)));
        });
    }

    @AfterEach
    void close() throws Exception {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** On a virtual thread of Vert.x. */
    private void waits(Runnable work) throws Exception {
        vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                work.run();
                return Future.succeededFuture();
            }
        }, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private MediaWatch watch(Predicate<String> restored) {
        return new MediaWatch(vertx, () -> "now", runs, owner -> {
            seen.add(owner);
            return restored.test(owner);
        });
    }

    private Set<String> playsTo() throws Exception {
        var found = new ArrayList<String>();
        waits(() -> found.addAll(runs.noted().values()));
        return Set.copyOf(found);
    }

    private void look(MediaWatch watch) throws Exception {
        waits(() -> watch.look(shard -> true));
    }

    @Test
    void allCallsAreSeenToOnce() throws Exception {
        MediaWatch watch = watch(owner -> true);
        look(watch);
        look(watch);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(OWNERS);
        assertThat(playsTo()).containsExactly("now");
    }

    /** As that of a later version, whose node sees to it, or one that meets a defect. */
    @Test
    void aCallThatCannotBeSeenToDoesNotKeepTheOthersFromIt() throws Exception {
        MediaWatch watch = watch(owner -> switch (owner) {
            case "acme.example/1" -> throw new UnknownVersionException(2);
            case "other.example/4" -> throw new IllegalStateException("a defect");
            default -> true;
        });
        look(watch);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(OWNERS);
        seen.clear();
        look(watch);
        assertThat(seen).containsExactlyInAnyOrder("acme.example/1", "other.example/4");
        assertThat(playsTo()).contains("before");
    }

    /** Perhaps it is away altogether: the look is over; but the next one begins with the others. */
    @Test
    void aCallThatRtpengineDoesNotAnswerForComesLast() throws Exception {
        MediaWatch watch = watch(owner -> {
            if (owner.equals("acme.example/1")) {
                throw new MediaUnavailableException("told to");
            }
            return true;
        });
        look(watch);
        look(watch);
        assertThat(seen).containsAll(OWNERS);
    }

    @Test
    void aCallThatIsBeingMovedIsLookedAtAgain() throws Exception {
        MediaWatch watch = watch(owner -> seen.size() > OWNERS.size());
        look(watch);
        assertThat(playsTo()).contains("before");
        look(watch);
        assertThat(seen).hasSize(2 * OWNERS.size());
        assertThat(playsTo()).containsExactly("now");
    }

    @Test
    void theShardsOfOthersAreTheirs() throws Exception {
        MediaWatch watch = watch(owner -> true);
        int mine = KEYS.shard("other.example");
        waits(() -> watch.look(shard -> shard == mine));
        assertThat(seen).isNotEmpty().allMatch(owner -> KEYS.shard(owner.substring(0, owner.indexOf('/'))) == mine);
        look(watch);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(OWNERS);
    }
}
