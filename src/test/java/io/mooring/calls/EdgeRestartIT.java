package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The only edge there is ends and starts anew: it knows its phones still, and what was ringing when it was told to end has been answered. */
class EdgeRestartIT {
    /** Until a timer that is due fires, and a phone rings. */
    private static final Duration RUNG = Duration.ofSeconds(10);
    /** Longer than what has changed is kept from the file. */
    private static final Duration WRITTEN = Duration.ofSeconds(5);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2, Map.of("MOORING_EDGE_DRAIN_SECONDS", "10"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static boolean isRegistered(Scene scene, String extension) {
        return OtherEdge.registered(stack, stack.edgeControl(), scene.tenant(), extension).contains(extension);
    }

    private static void restart(String verb) {
        stack.part(verb, "kamailio");
        stack.part("start", "kamailio");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill"})
    void aPhoneIsRungForARecallWithoutRegisteringAgain(String verb) {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            await().atMost(WRITTEN).until(() -> stack.edgeInside().hasWritten(scene.tenant(), "101"));
            restart(verb);
            stack.bringForward(scene.tenant(), "recall:");
            var recall = talk.callee().awaitCall(RUNG).answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), talk.callee(), recall).assertBothHear();
            scene.hangUp(talk.callerSide(), recall);
        }
    }

    /** Nobody can reach it before it connects again, and a call for it must not wait for that. */
    @Test
    void aPhoneWhoseConnectionHasEndedIsNotRegistered() {
        try (var scene = new Scene(stack, "tcp"); var other = new Scene(stack, "udp")) {
            scene.phone("101");
            other.phone("101");
            await().atMost(WRITTEN)
                    .until(() -> stack.edgeInside().hasWritten(scene.tenant(), "101")
                            && stack.edgeInside().hasWritten(other.tenant(), "101"));
            restart("kill");
            assertThat(isRegistered(scene, "101")).as("over TCP").isFalse();
            assertThat(isRegistered(other, "101")).as("over UDP").isTrue();
        }
    }

    /** Its processes start one after the other, and one of them reads the file. */
    @Test
    void nobodyIsCalledAwayWhileTheFileIsRead() {
        try (var scene = new Scene(stack, "udp")) {
            scene.phone("101");
            await().atMost(WRITTEN).until(() -> stack.edgeInside().hasWritten(scene.tenant(), "101"));
            stack.part("kill", "kamailio");
            stack.edgeInside().registerBefore(scene.tenant(), "101", 50_000);
            var started = CompletableFuture.runAsync(() -> stack.part("start", "kamailio"));
            var answers = new ArrayList<Boolean>();
            await().atMost(SOON)
                    .pollInterval(Duration.ofMillis(1))
                    .ignoreExceptionsInstanceOf(
                            UncheckedIOException.class)
                    .until(() -> answers.add(isRegistered(scene, "101")));
            started.join();
            assertThat(answers).as("its first answer").containsExactly(true);
        }
    }

    @Test
    void aFileThatCannotBeReadKeepsNoEdgeFromStarting() throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            scene.phone("101");
            stack.part("kill", "kamailio");
            Files.writeString(stack.edgeInside().registrations(), "no database at all");
            stack.part("start", "kamailio");
            assertThat(isRegistered(scene, "101")).isFalse();
            var again = scene.phone("102");
            assertThat(isRegistered(scene, "102")).isTrue();
            assertThat(again.hasCall()).isFalse();
        }
    }

    /** An edge that was killed while it made its file found the half of it for ever. */
    @Test
    void aFileThatWasHalfMadeKeepsNoEdgeFromStarting() throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            stack.part("kill", "kamailio");
            Path file = stack.edgeInside().registrations();
            Files.move(file, file.resolveSibling(file.getFileName() + ".new"), StandardCopyOption.REPLACE_EXISTING);
            stack.part("start", "kamailio");
            scene.phone("101");
            assertThat(isRegistered(scene, "101")).isTrue();
        }
    }

    /** Whoever begins something is told to come later, so that a phone that knows another edge goes there. */
    @Test
    void whatRingsIsAnsweredBeforeItEnds() {
        try (var scene = new Scene(stack, "udp")) {
            var callee = scene.phone("101");
            var late = scene.phone("102");
            var call = scene.carol().call("101");
            var ringing = callee.awaitCall(SOON);
            ringing.ring();
            call.awaitRinging();
            var stopped = CompletableFuture.runAsync(() -> stack.part("stop", "kamailio"));
            await().atMost(SOON).until(() -> stack.edgeHealth().contains("DRAINING"));

            var refused = late.call("101");
            assertThat(refused.awaitFinalStatus(SOON)).isEqualTo(503);
            assertThat(stopped).as("it waits for the call that rings").isNotDone();
            ringing.answer();
            call.awaitAnswered();
            stopped.join();
            stack.part("start", "kamailio");
            assertThat(call.bye().status()).isEqualTo(200);
            ringing.awaitEnded();
        }
    }
}
