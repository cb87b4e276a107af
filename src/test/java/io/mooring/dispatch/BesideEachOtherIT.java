package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Feature;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkedAt;
import io.mooring.call.RecallPlan;
import io.mooring.dispatch.CallWorld.Asked;
import io.mooring.dispatch.CallWorld.Dialog;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.store.DueTimes.Due;
import io.mooring.store.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one node does with a call while another one, or a phone, is just about to do something with it. */
class BesideEachOtherIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static TwoRouters lab;
    private CallWorld world;

    @BeforeAll
    static void start() throws Exception {
        lab = new TwoRouters(REDIS);
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
    }

    @BeforeEach
    void call() {
        lab.rtpengine.reset();
        world = new CallWorld(lab, REDIS);
    }

    private void park() throws Exception {
        world.request(world.parker, "REFER", "Refer-To: <sip:*68@acme.example>\r\n", "");
        world.answerAll();
        world.request(world.parker, "BYE", "", "");
    }

    /** One of them is too late; it has not used up a turn of its own. */
    @Test
    void twoNodesThatRecallACallTakeOneTurnOfItsRingGroup() throws Exception {
        lab.directory.recall = new RecallPlan(
                List.of(new RecallPlan.Stage(1_000, List.of("101"), 20_000, ""),
                        new RecallPlan.Stage(1_000, List.of("103"), 20_000, "")),
                600_000, "", new RecallPlan.Rotation("desk", 0), 0);
        park();
        String owner = CallWorld.TENANT + "/" + world.id();
        lab.aheadMillis.addAndGet(2_000);
        lab.directory.afterTurn.set(() -> lab.nodes.getLast().schedule().now(new Due(owner, 0, 0)));
        lab.due(lab.nodes.getFirst(), owner);
        world.takePosted();
        assertThat(world.call().orElseThrow().state).isEqualTo(CallState.RECALLING);
        assertThat(world.asked.stream().filter(Asked::opens)).singleElement()
                .satisfies(one -> assertThat(one.dialog.user).isEqualTo("101"));
        world.settle();
    }

    /** The network brings a REFER to a second node when the call that it began is over: nothing begins anew, which nobody would end. */
    @Test
    void aReferThatComesWhenItsCallIsOverBeginsNone() throws Exception {
        park();
        EdgeEvent refer = world.asking.values()
                .stream()
                .filter(one -> one.request.method().equals("REFER"))
                .findFirst()
                .orElseThrow().event;
        world.request(world.party, "BYE", "", "");
        assertThat(world.call()).isEmpty();

        List<EdgeAction> again = lab.virtual(() -> lab.nodes.getLast().handle(refer));
        assertThat(again).filteredOn(EdgeAction.Reply.class::isInstance)
                .singleElement()
                .satisfies(it -> assertThat(((EdgeAction.Reply) it).status()).isEqualTo(202));
        try (var jedis = REDIS.jedis()) {
            assertThat(jedis.keys("*:call:*")).as("calls").isEmpty();
        }
    }

    /** The phone has taken the call, and its ACK is under way: a park that is ordered now waits for it. */
    @Test
    void anOrderedParkWaitsForAnAckThatIsUnderWay() throws Exception {
        park();
        Dialog retriever = world.dials("102", "*88101", "", CallWorld.sdp("10.0.0.5"));
        world.answerAll();
        Call call = world.call().orElseThrow();
        assertThat(call.isSettling()).isTrue();

        var parked = new CompletableFuture<ParkedAt>();
        Thread.ofPlatform().start(() -> {
            try {
                parked.complete(lab.virtual(() -> lab.nodes.getFirst()
                        .control()
                        .park(CallWorld.TENANT, new ParkOrder("102", new Feature.Park("103"), call.id))));
            } catch (Exception e) {
                parked.completeExceptionally(e);
            }
        });
        Awaitility.await().during(Duration.ofMillis(200)).atMost(Duration.ofSeconds(2)).until(() -> !parked.isDone());
        world.acknowledge(retriever);
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
            world.takePosted();
            world.answerAll();
            return parked.isDone();
        });
        assertThat(parked.get(1, TimeUnit.SECONDS).place()).isEqualTo("ext:103");
        world.answerAll();
        world.settle();
    }
}
