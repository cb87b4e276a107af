package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.calls.Scene.Talk;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.load.SteadyCycles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * rtpengine ends and is started again: killed as if by the kernel, and told to go as for an upgrade. Who was parked hears music again, who talks hears the
 * other again, and nobody was told anything.
 *
 * <p>{@code -Dmooring.restart.rate=20 -Dmooring.restart.parked=200} is a larger load; among all tests it is less.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MediaRestartIT {
    private static final int RATE = Integer.getInteger("mooring.restart.rate", 5);
    private static final int PARKED = Integer.getInteger("mooring.restart.parked", 40);
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2);
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    /** Each on a thread of its own: they take seconds of listening. */
    private static <T> void atOnce(List<T> all, Consumer<T> work) {
        CompletableFuture.allOf(all.stream()
                .map(one -> CompletableFuture.runAsync(() -> work.accept(one), task -> Thread.ofVirtual().start(task)))
                .toArray(CompletableFuture[]::new)).join();
    }

    /** Some who wait and some who talk. */
    private static final class Calls implements AutoCloseable {
        private final Scene scene = new Scene(stack, "udp");
        private final List<Talk> parked = new CopyOnWriteArrayList<>();
        private final List<Talk> joined = new CopyOnWriteArrayList<>();

        Calls() {
            for (String extension : List.of("101", "102", "103", "104", "105")) {
                parked.add(scene.talk(scene.open(scene.outside("caller-" + extension)), scene.phone(extension)));
            }
            atOnce(parked, talk -> scene.park(talk, "*68"));
            atOnce(List.copyOf(parked.subList(3, 5)), this::take);
        }

        /** Its own extension takes it. */
        private void take(Talk talk) {
            parked.remove(talk);
            joined.add(scene.retrieve(talk.caller(), talk.callerSide(), talk.callee(), "*88" + talk.callee().user()));
        }

        /** As before, to the ear. */
        void assertAllHear() {
            List<Runnable> all = new ArrayList<>();
            parked.forEach(talk -> all.add(() -> scene.assertHearsMusic(talk.callerSide())));
            joined.forEach(talk -> all.add(talk::assertBothHear));
            atOnce(all, Runnable::run);
        }

        long reinvites() {
            return Stream.concat(parked.stream().map(Talk::callerSide),
                    joined.stream().flatMap(talk -> Stream.of(talk.callerSide(), talk.calleeSide())))
                    .mapToLong(call -> call.journal().count(Match.requestOf("INVITE")))
                    .sum();
        }

        /** Each is retrieved, and all hang up. */
        void takeAndEnd() {
            atOnce(List.copyOf(parked), this::take);
            for (Talk talk : joined) {
                assertThat(talk.callerSide().bye().status()).isEqualTo(200);
                talk.calleeSide().awaitEnded();
            }
        }

        @Override
        public void close() {
            scene.close();
        }
    }

    private static void restart(String verb) {
        stack.part(verb, "rtpengine");
        stack.part("start", "rtpengine");
    }

    private static void assertNothingIsKept() {
        stack.awaitNothingLeft(SOON);
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(stack.keptMediaSessions())
                        .as("sessions that rtpengine would bring back")
                        .isZero());
    }

    @Test
    @Order(1)
    void everybodyHearsAgainWhatHeHeard() {
        try (var calls = new Calls()) {
            assertThat(stack.keptMediaSessions()).isEqualTo(5);
            var before = calls.reinvites();
            for (var verb : List.of("kill", "stop")) {
                restart(verb);
                var startedNanos = System.nanoTime();
                calls.assertAllHear();
                System.out.printf("rtpengine, %s and start: two seconds of music were heard %d ms after the start%n",
                        verb, (System.nanoTime() - startedNanos) / 1_000_000);
            }
            assertThat(calls.reinvites()).as("re-INVITEs to anybody").isEqualTo(before);

            // Without its Redis it has no session any more: everybody is invited anew.
            stack.part("kill", "rtpengine");
            stack.forgetMediaSessions();
            stack.part("start", "rtpengine");
            calls.assertAllHear();
            assertThat(calls.reinvites()).as("re-INVITEs: one to each who waits or talks").isEqualTo(before + 7);
            calls.takeAndEnd();
            assertNothingIsKept();
        }
    }

    @Test
    @Order(2)
    void noCallIsLostWhileRtpengineIsStartedAnew(@TempDir Path folder) throws Exception {
        try (var cycles = new SteadyCycles(stack, folder, RATE, PARKED, 3)) {
            cycles.start();
            for (var verb : List.of("stop", "kill")) {
                var retrieves = retrieves();
                Awaitility.await().atMost(SOON).until(() -> retrieves() >= retrieves + 2 * RATE);
                restart(verb);
            }
            var outcome = cycles.finish();
            System.out.printf(
                    "rtpengine, stop and start, kill and start, %d cycles a second, %d parked: %s; media: %s%n",
                    RATE, PARKED, outcome, stack.sum("mooring_media_again_total"));

            assertThat(outcome.retrieved()).as("retrieved: %s", outcome).isEqualTo(outcome.cycles());
            assertThat(outcome.parked()).as("parked, and hung up on in the end: %s", outcome)
                    .isEqualTo(outcome.cycles());
            assertNothingIsKept();
        }
    }

    private static long retrieves() {
        return stack.counter(Stack.RETRIEVES).values().stream().mapToLong(Long::longValue).sum();
    }
}
