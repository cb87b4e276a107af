package io.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.NodeConfig;
import io.mooring.metrics.Metrics;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nodes of one Hazelcast cluster that share 16 shards out. */
class ShardsIT {
    private static final int COUNT = 16;
    private static final Duration SOON = Duration.ofSeconds(20);

    private final List<Member> members = new ArrayList<>();

    private static final class Member extends VerticleBase {
        private final Vertx node;
        private final Shards shards;
        private final ConcurrentLinkedQueue<Integer> taken = new ConcurrentLinkedQueue<>();

        Member(Vertx node) {
            this.node = node;
            this.shards = new Shards(node, Members.of(node), COUNT);
        }

        @Override
        public Future<?> start() {
            shards.start(taken::add);
            return Future.succeededFuture();
        }

        @Override
        public Future<?> stop() {
            return shards.leave();
        }
    }

    @AfterEach
    void close() throws Exception {
        for (Member member : members) {
            get(member.node.close());
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Member join(int port, List<Integer> all) throws Exception {
        var settings = new HashMap<>(Map.of("MOORING_EDGE_TOKEN", "0123456789abcdef0123456789abcdef",
                "MOORING_OPERATOR_TOKEN", "0123456789abcdef0123456789abcdef", "MOORING_MUSIC_FILE", "/music.wav"));
        if (port > 0) {
            settings.put("MOORING_CLUSTER_LISTEN", "127.0.0.1:" + port);
            settings.put("MOORING_CLUSTER_MEMBERS", String.join(",", all.stream().map(p -> "127.0.0.1:" + p).toList()));
        }
        var member = new Member(get(VertxStarter.start(NodeConfig.from(settings), new Metrics())));
        members.add(member);
        get(member.node.deployVerticle(member,
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        return member;
    }

    private List<Integer> held() {
        return members.stream().map(member -> member.shards.held()).sorted().toList();
    }

    /** Each shard is held by one node. */
    private void awaitHeld(Integer... counts) {
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            assertThat(held()).containsExactly(counts);
            for (int shard = 0; shard < COUNT; shard++) {
                int number = shard;
                assertThat(members.stream().filter(member -> member.shards.holds(number))).as("holders of " + shard)
                        .hasSize(1);
            }
        });
    }

    private List<Integer> ports() throws Exception {
        return List.of(freePort(), freePort(), freePort());
    }

    private void leave(Member member) throws Exception {
        get(Future.all(member.node.deploymentIDs().stream().map(member.node::undeploy).toList()));
    }

    @ParameterizedTest
    @CsvSource({"16, 1, 16", "16, 2, 8", "16, 3, 6", "1, 3, 1", "16, 0, 16"})
    void aShareIsTheSameForAllAndLeavesNothingOver(int shards, int nodes, int share) {
        assertThat(Shards.share(shards, nodes)).isEqualTo(share);
    }

    @Test
    void aNodeAloneHoldsAll() throws Exception {
        Member alone = join(0, List.of());
        awaitHeld(COUNT);
        assertThat(alone.taken).containsExactlyInAnyOrderElementsOf(IntStream.range(0, COUNT).boxed().toList());
    }

    @Test
    void nodesThatComeAndGoHaveTheirShares() throws Exception {
        List<Integer> ports = ports();
        join(ports.get(0), ports);
        awaitHeld(COUNT);
        join(ports.get(1), ports);
        awaitHeld(8, 8);
        Member third = join(ports.get(2), ports);
        awaitHeld(4, 6, 6);

        leave(third);
        awaitHeld(0, 8, 8);
        get(third.node.close());
        members.remove(third);
        awaitHeld(8, 8);
    }

    /** Else they would take its shards when they miss it, half a second later. */
    @Test
    void theOthersHearOfANodeThatClosesAsSoonAsItHasLeft() throws Exception {
        List<Integer> ports = ports();
        Member first = join(ports.get(0), ports);
        Member second = join(ports.get(1), ports);
        awaitHeld(8, 8);
        var heard = new ConcurrentLinkedQueue<String>();
        get(first.node.eventBus()
                .<String>consumer("mooring.shards.given-up", message -> heard.add(message.body()))
                .completion());
        String gone = Members.of(second.node).self();
        leave(second);
        get(second.node.close());
        members.remove(second);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> heard.contains(gone));
        awaitHeld(COUNT);
    }

    /** What a node that stood still, or was on the wrong side of a split, finds when it is back. */
    @Test
    void aNodeThatHasLostItsShardsDoesNotTakeTheLocksAway() throws Exception {
        List<Integer> ports = ports();
        Member first = join(ports.get(0), ports);
        awaitHeld(COUNT);
        Member second = join(ports.get(1), ports);
        awaitHeld(8, 8);
        int shard = IntStream.range(0, COUNT).filter(first.shards::holds).findFirst().orElseThrow();
        // As if the second had it by now: the first has not been told.
        get(get(first.node.sharedData().<Integer, String>getAsyncMap("mooring.shard-holders"))
                .put(shard, Members.of(second.node).self()));
        Awaitility.await().atMost(SOON).until(() -> !first.shards.holds(shard));
        assertThatThrownBy(() -> get(second.node.sharedData().getLockWithTimeout("mooring.shard." + shard, 300)))
                .as("the lock that the first has not released")
                .hasMessageContaining("Timed out");
        assertThat(second.shards.holds(shard)).isFalse();
    }
}
