package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.OtherEdge;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With {@code MOORING_HIDE_TOPOLOGY} no message that a phone or the trunk gets names the address of another one, but for the media that two offer each other in an
 * ordinary call; and all goes as without it.
 */
class HiddenTopologyIT {
    private static final String OTHER = "127.0.0.12";
    /** Until a timer that is due fires, and a phone rings. */
    private static final Duration RUNG = Duration.ofSeconds(10);
    private static final AtomicInteger ADDRESS = new AtomicInteger(10);

    private static TwoEdges edges;
    private static Stack stack;
    private static OtherEdge other;

    @BeforeAll
    static void start() {
        var settings = new HashMap<>(OtherEdge.peers(OTHER));
        settings.put("MOORING_HIDE_TOPOLOGY", "yes");
        edges = TwoEdges.start(OTHER, settings);
        stack = edges.stack();
        other = edges.other();
    }

    @AfterAll
    static void stop() {
        edges.close();
    }

    /** A phone with an address that nobody else has. */
    private static TestPhone phone(Scene scene, String extension) {
        return scene.open(scene.extension(extension).address(address())).register();
    }

    private static TestPhone atOther(Scene scene, String extension) {
        var phone = scene.open(scene.extension(extension).address(address()).edge(other.sip())).register();
        other.awaitKnown(scene.tenant(), extension);
        return phone;
    }

    private static String address() {
        return "127.0.200." + ADDRESS.getAndIncrement();
    }

    private static void assertNobodyKnowsWhereAnotherIs(TestPhone... phones) {
        for (var phone : phones) {
            assertThat(phone.journal().messages().stream().filter(SipMessage::received)).isNotEmpty();
            var others = Stream.of(phones)
                    .map(it -> it.address().getAddress().getHostAddress())
                    .filter(it -> !it.equals(phone.address().getAddress().getHostAddress()))
                    .toList();
            for (var message : phone.journal().messages()) {
                if (message.received()) {
                    assertThat(withoutMedia(message)).as("what %s got", phone).doesNotContain(others);
                }
            }
        }
    }

    private static String withoutMedia(SipMessage message) {
        return message.sdp().isEmpty()
                ? message.toString()
                : message.toString().lines().takeWhile(line -> !line.isBlank()).collect(Collectors.joining("\n"));
    }

    private static void holdsAndResumes(Call call) {
        assertThat(call.hold().status()).isEqualTo(200);
        assertThat(call.resume().status()).isEqualTo(200);
    }

    /** Either side changes the call, and either hangs up. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void phonesCallOneAnother(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var bob = phone(scene, "101");
            var alice = phone(scene, "102");
            for (var pair : List.of(List.of(bob, alice), List.of(alice, bob))) {
                var talk = scene.talk(pair.getFirst(), pair.getLast());
                holdsAndResumes(talk.callerSide());
                holdsAndResumes(talk.calleeSide());
                talk.assertBothHear();
                scene.hangUp(talk.calleeSide(), talk.callerSide());
                var again = scene.talk(pair.getFirst(), pair.getLast());
                scene.hangUp(again.callerSide(), again.calleeSide());
            }
            assertNobodyKnowsWhereAnotherIs(bob, alice);
        }
    }

    @Test
    void aCallFromTheTrunkIsParkedAndRetrieved() {
        try (var scene = new Scene(stack, "udp")) {
            var bob = phone(scene, "101");
            var alice = phone(scene, "102");
            var carol = scene.carol();
            var talk = scene.talk(carol, bob);
            holdsAndResumes(talk.calleeSide());
            var parked = scene.park(talk, "*68");
            var retrieved = scene.retrieve(carol, parked, alice, "*88101");
            holdsAndResumes(retrieved.callerSide());
            holdsAndResumes(parked);
            retrieved.assertBothHear();
            scene.hangUp(parked, retrieved.callerSide());
            assertNobodyKnowsWhereAnotherIs(bob, alice, carol);
        }
    }

    /** The parker is the one who has called, and its party's Contact was masked for it. */
    @Test
    void whoHasCalledParksTheOneWhoHasAnswered() {
        try (var scene = new Scene(stack, "tcp")) {
            var bob = phone(scene, "101");
            var alice = phone(scene, "102");
            var talk = scene.talk(alice, bob);
            assertThat(talk.callerSide().refer("*68").status()).isEqualTo(202);
            talk.callerSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            talk.callerSide().hangUp();
            scene.assertHearsMusic(talk.calleeSide());
            var retrieved = scene.retrieve(bob, talk.calleeSide(), alice, "*88102");
            scene.hangUp(retrieved.callerSide(), talk.calleeSide());
            assertNobodyKnowsWhereAnotherIs(bob, alice);
        }
    }

    /** The parker dials the code, and names the other call by what it knows of it: the masked Contact. */
    @Test
    void aCallIsParkedByAnAttendedTransfer() {
        try (var scene = new Scene(stack, "udp")) {
            var bob = phone(scene, "101");
            var alice = phone(scene, "102");
            var carol = scene.carol();
            var talk = scene.talk(carol, bob);
            talk.calleeSide().hold();
            var announcement = bob.call("*68").awaitAnswered();
            assertThat(announcement.referTo(talk.calleeSide().remoteTarget(), talk.calleeSide()).reply().status())
                    .isEqualTo(202);
            var parked = carol.awaitCall(SOON).answer();
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            announcement.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            talk.calleeSide().awaitEnded();
            announcement.hangUp();
            scene.assertHearsMusic(parked);
            var retrieved = scene.retrieve(carol, parked, alice, "*88101");
            scene.hangUp(retrieved.callerSide(), parked);
            assertNobodyKnowsWhereAnotherIs(bob, alice, carol);
        }
    }

    @Test
    void aCallThatNobodyPicksUpComesBack() {
        try (var scene = new Scene(stack, "tcp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var bob = phone(scene, "101");
            var carol = scene.carol();
            var parked = scene.park(scene.talk(carol, bob), "*68");
            stack.bringForward(scene.tenant(), "recall:");
            var recall = bob.awaitCall(RUNG);
            recall.ring();
            recall.answer();
            var again = new Scene.Talk(carol, parked, bob, recall).assertBothHear();
            holdsAndResumes(recall);
            again.assertBothHear();
            scene.hangUp(recall, parked);
            assertNobodyKnowsWhereAnotherIs(bob, carol);
        }
    }

    /** The caller comes in by one edge, the parker is at the other, and a phone at the first retrieves; a recall goes the same way. */
    @Test
    void allOfThatPassesTwoEdges() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var here = phone(scene, "102");
            var there = atOther(scene, "101");
            other.awaitKnown(scene.tenant(), "101 102");
            var between = scene.talk(here, there);
            holdsAndResumes(between.callerSide());
            holdsAndResumes(between.calleeSide());
            between.assertBothHear();
            scene.hangUp(between.calleeSide(), between.callerSide());
            var back = scene.talk(there, here);
            scene.hangUp(back.callerSide(), back.calleeSide());

            var carol = scene.carol();
            var talk = scene.talk(carol, there);
            var parked = scene.park(talk, "*68");
            var retrieved = scene.retrieve(carol, parked, here, "*88101");
            holdsAndResumes(retrieved.callerSide());
            scene.park(new Scene.Talk(carol, parked, here, retrieved.callerSide()), "*68");
            stack.bringForward(scene.tenant(), "recall:");
            var recall = here.awaitCall(RUNG).answer();
            new Scene.Talk(carol, parked, here, recall).assertBothHear();
            scene.hangUp(recall, parked);

            var last = scene.park(scene.talk(carol, there), "*68");
            stack.bringForward(scene.tenant(), "recall:");
            var away = there.awaitCall(RUNG).answer();
            new Scene.Talk(carol, last, there, away).assertBothHear();
            scene.hangUp(away, last);
            assertNobodyKnowsWhereAnotherIs(here, there, carol);
        }
    }

    /** That the others are looked for in the right way. */
    @Test
    void whoIsSentElsewhereLearnsWhere() {
        try (var scene = new Scene(stack, "udp")) {
            var bob = phone(scene, "101");
            var carol = scene.carol();
            var call = carol.call("101");
            bob.awaitCall(SOON).divert("sip:103@" + bob.where());
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(302);
            assertThat(carol.journal().messages().stream().filter(it -> it.status() == 302))
                    .anySatisfy(it -> assertThat(it.toString()).contains(bob.where()));
        }
    }
}
