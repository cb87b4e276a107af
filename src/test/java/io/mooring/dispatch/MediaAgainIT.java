package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Role;
import io.mooring.dispatch.CallWorld.Asked;
import io.mooring.dispatch.CallWorld.Dialog;
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

/** What one call needs when rtpengine has started anew. */
class MediaAgainIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Duration SOON = Duration.ofSeconds(2);
    private static final String PLAY = "play media";
    private static final String STOP = "stop media";

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

    private void refer() throws Exception {
        world.request(world.parker, "REFER", "Refer-To: <sip:*68@acme.example>\r\n", "");
    }

    private Call parked() throws Exception {
        refer();
        world.answerAll();
        world.request(world.parker, "BYE", "", "");
        Call call = world.call().orElseThrow();
        assertThat(call.state).isEqualTo(CallState.PARKED);
        return call;
    }

    private Dialog retrieve() throws Exception {
        return world.dials("102", "*88101", "", CallWorld.sdp("10.0.0.5"));
    }

    private Call retrieved() throws Exception {
        parked();
        Dialog retriever = retrieve();
        world.answerAll();
        world.acknowledge(retriever);
        Call call = world.call().orElseThrow();
        assertThat(call.state).isEqualTo(CallState.RETRIEVED);
        return call;
    }

    private boolean restore() throws Exception {
        String owner = CallWorld.TENANT + "/" + world.id();
        boolean settled = lab.virtual(() -> lab.nodes.getFirst().mediaAgain().restore(owner));
        world.takePosted();
        return settled;
    }

    private static List<String> played(String session) {
        return lab.rtpengine.commandsFor(session)
                .stream()
                .filter(name -> name.equals(PLAY) || name.equals(STOP))
                .toList();
    }

    @Test
    void aParkedPartyHearsItsMusicAgain() throws Exception {
        Call call = parked();
        lab.rtpengine.commands.clear();
        assertThat(restore()).isTrue();
        assertThat(lab.rtpengine.commandsFor(call.music)).containsExactly(PLAY);
        assertThat(world.asked).as("what phones are asked").isEmpty();
        assertThat(world.call().orElseThrow().place).isEqualTo("ext:101");
        world.settle();
    }

    @Test
    void aPartyHearsItsMusicAgainWhilePhonesRingForIt() throws Exception {
        Call call = parked();
        world.later(2_000);
        assertThat(world.call().orElseThrow().state).isEqualTo(CallState.RECALLING);
        lab.rtpengine.commands.clear();
        assertThat(restore()).isTrue();
        assertThat(played(call.music)).containsExactly(PLAY);
        assertThat(world.asked).allMatch(Asked::opens);
        world.settle();
    }

    @Test
    void aParkerWhoListensToThePlaceHearsItAgain() throws Exception {
        Dialog parker = world.dialsAlone("101", "", CallWorld.sdp("10.0.0.5"));
        world.acknowledge(parker);
        Call call = world.call().orElseThrow();
        assertThat(call.leg(Role.ANNOUNCEMENT)).isPresent();
        lab.rtpengine.commands.clear();
        assertThat(restore()).isTrue();
        assertThat(lab.rtpengine.commandsFor(call.music)).containsExactly(PLAY);
        world.settle();
    }

    @Test
    void aCallThatIsBeingMovedIsLeftAlone() throws Exception {
        refer();
        lab.rtpengine.commands.clear();
        assertThat(restore()).isFalse();
        assertThat(lab.rtpengine.commands).isEmpty();
        world.answerAll();
        assertThat(restore()).isTrue();
        world.settle();
    }

    @Test
    void aPartyWhoseSessionIsGoneIsInvitedToItsMusic() throws Exception {
        Call before = parked();
        lab.rtpengine.sessions.clear();
        assertThat(restore()).isTrue();
        assertThat(world.asked).singleElement().satisfies(one -> {
            assertThat(one.request.method()).isEqualTo("INVITE");
            assertThat(one.dialog).isSameAs(world.party);
        });
        world.answerAll();
        Call call = world.call().orElseThrow();
        assertThat(call.state).isEqualTo(CallState.PARKED);
        assertThat(call.place).isEqualTo("ext:101");
        assertThat(call.music).isNotEqualTo(before.music);
        assertThat(lab.rtpengine.commandsFor(call.music)).containsExactly("offer", "answer", PLAY);
        world.settle();
    }

    @Test
    void twoWhoTalkInASessionThatIsThereAreLeftAlone() throws Exception {
        Call call = retrieved();
        lab.rtpengine.commands.clear();
        assertThat(restore()).isTrue();
        assertThat(lab.rtpengine.commandsFor(call.media)).containsExactly("query");
        assertThat(world.call().orElseThrow().epoch).isEqualTo(call.epoch);
        world.settle();
    }

    @Test
    void twoWhoTalkInASessionThatIsGoneAreBothInvited() throws Exception {
        Call call = retrieved();
        lab.rtpengine.sessions.clear();
        assertThat(restore()).isTrue();
        Asked first = world.asked.getFirst();
        assertThat(first.dialog.user).isEqualTo("102");
        assertThat(first.request.body()).contains("m=audio 31000");
        world.answer(first, 200, CallWorld.sdp("10.0.0.5"));
        assertThat(world.asked).singleElement().satisfies(one -> {
            assertThat(one.dialog).isSameAs(world.party);
            assertThat(one.request.body()).contains("m=audio 31000");
        });
        world.answerAll();
        assertThat(world.call().orElseThrow().media).isEqualTo(call.media);
        assertThat(world.call().orElseThrow().pending).isEmpty();
        world.settle();
    }

    /** What the node orders reaches rtpengine when the retriever is joined already: it must not hear the music. */
    @Test
    void whoRetrievesAtThatMomentHearsNoMusic() throws Exception {
        Call call = parked();
        lab.rtpengine.commands.clear();
        lab.rtpengine.lost.add(PLAY);
        int before = lab.rtpengine.losses.get();
        var restored = new CompletableFuture<Boolean>();
        Thread.ofPlatform().start(() -> {
            try {
                restored.complete(lab.virtual(() -> lab.nodes.getFirst().mediaAgain().restore(call.owner())));
            } catch (Exception e) {
                restored.completeExceptionally(e);
            }
        });
        Awaitility.await().pollDelay(Duration.ZERO).until(() -> lab.rtpengine.losses.get() > before);
        Dialog retriever = retrieve();
        assertThat(world.asked).as("nobody is asked").isEmpty();
        Awaitility.await().pollDelay(Duration.ZERO).until(() -> played(call.music).equals(List.of(STOP)));

        // The command is sent again.
        lab.rtpengine.lost.clear();
        restored.get(10, TimeUnit.SECONDS);
        Awaitility.await()
                .atMost(SOON)
                .pollDelay(Duration.ZERO)
                .untilAsserted(() -> assertThat(played(call.music)).containsExactly(STOP, PLAY, STOP));
        world.acknowledge(retriever);
        assertThat(world.call().orElseThrow().state).isEqualTo(CallState.RETRIEVED);
        world.settle();
    }
}
