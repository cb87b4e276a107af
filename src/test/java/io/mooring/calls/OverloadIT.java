package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** More than the nodes can carry: the edge refuses what begins, and nothing else; figures are in {@code ./mooring bench overload}. */
class OverloadIT {
    /** What frozen nodes hold is given up by the edge after four seconds each. */
    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private static final Duration GIVEN_UP = Duration.ofSeconds(15);

    private static final String TOO_MUCH = "X-Mooring;cause=503;text=\"too much to do\"";

    private static Stack stack;

    @BeforeAll
    static void start() {
        // Two parks, or four retrieves.
        stack = Stack.start(2, Map.of("MOORING_EVENTS_AT_ONCE", "2", "MOORING_NODE_TIMEOUT_SECONDS", "4"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    /** The edge asks a node that was silent again after a while. */
    @AfterEach
    void thaw() {
        stack.nodes().forEach(node -> stack.part("thaw", node.name()));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(() -> {
                    try (var scene = new Scene(stack, "udp")) {
                        assertThat(scene.phone("101").call("*88").awaitFinalStatus(SOON)).isEqualTo(404);
                    }
                });
    }

    @Test
    void whatIsTooMuchIsRefusedAtOnceAndTheRestGoesOn() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var phones = List.of(scene.phone("102"), scene.phone("103"), scene.phone("104"), scene.phone("105"));
            stack.nodes().forEach(node -> stack.part("freeze", node.name()));
            var first = dial(phones.get(0));
            var second = dial(phones.get(1));
            Awaitility.await().atMost(SOON).untilAsserted(() -> assertRefused(talk.calleeSide().refer("*68")));
            var third = dial(phones.get(2));
            assertThat(third.awaitFinalStatus(GIVEN_UP)).as("a retrieve may come when no park may")
                    .isEqualTo(503);
            assertNotRefusedForLoad(first, second, third);
            thaw();
            var parked = scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), parked, phones.get(0), "*88101");
            scene.hangUp(parked, retrieved.callerSide());
        }
        assertThat(metric("mooring_kamailio_requests_refused_total{reason=\"overload\"}")).isPositive();
        assertThat(metric("mooring_kamailio_events_total{result=\"ok\"}")).isGreaterThan(3);
        // An event that is not counted off would take its room for ever.
        Awaitility.await().atMost(SOON).until(() -> metric("mooring_kamailio_events_in_flight") == 0);
    }

    @Test
    void aRetrieveTooManyIsRefusedAtOnceAndPhonesStillCallOneAnother() {
        try (var scene = new Scene(stack, "udp")) {
            var phones = List.of(scene.phone("102"), scene.phone("103"), scene.phone("104"), scene.phone("105"),
                    scene.phone("106"));
            stack.nodes().forEach(node -> stack.part("freeze", node.name()));
            var taken = phones.subList(0, 4).stream().map(OverloadIT::dial).toArray(Call[]::new);
            Awaitility.await().atMost(SOON).untilAsserted(() -> {
                var refused = phones.get(4).call("*88");
                assertThat(refused.awaitFinalStatus(AT_ONCE)).isEqualTo(503);
                assertRefused(refused.await(Match.replyTo("INVITE").withStatus(503), SOON));
            });
            assertThat(taken).allMatch(call -> call.state() != Call.State.ENDED);
            scene.assertStillTalking(scene.talk());
            assertNotRefusedForLoad(taken);
            thaw();
        }
    }

    private static long metric(String name) {
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(stack.edgeControl() + "/metrics")).build();
            return http.send(request, BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The edge has its credentials, and so the INVITE is with the nodes next. */
    private static Call dial(TestPhone phone) {
        var call = phone.call("*88");
        call.await(Match.replyTo("INVITE").withStatus(407), SOON);
        return call;
    }

    private static void assertRefused(SipMessage answer) {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Reason")).contains(TOO_MUCH);
        assertThat(answer.header("Retry-After").map(Integer::parseInt)).hasValueSatisfying(
                seconds -> assertThat(seconds).isBetween(1, 4));
    }

    /** They were with the nodes, which said nothing. */
    private static void assertNotRefusedForLoad(Call... calls) {
        for (var call : calls) {
            call.awaitFinalStatus(GIVEN_UP);
            assertThat(call.await(Match.replyTo("INVITE").withStatus(503), SOON).header("Reason"))
                    .hasValueSatisfying(reason -> assertThat(reason).doesNotContain(TOO_MUCH));
        }
    }
}
