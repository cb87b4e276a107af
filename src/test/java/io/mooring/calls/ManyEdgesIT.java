package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Match;
import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two edges that both live: each phone is reached through the one that it has registered at. */
class ManyEdgesIT {

    private static final String OTHER = "127.0.0.12";
    /** Until a timer that is due fires, and a phone rings. */
    private static final Duration RUNG = Duration.ofSeconds(10);

    private static final String BUSY = "mooring_recalls_total{result=\"busy\"}";

    private static Map<String, String> peers;
    private static TwoEdges edges;
    private static Stack stack;
    private static OtherEdge other;

    @BeforeAll
    static void start() {
        peers = OtherEdge.peers(OTHER);
        edges = TwoEdges.start(OTHER, peers);
        stack = edges.stack();
        other = edges.other();
    }

    @AfterAll
    static void stop() {
        edges.close();
    }

    private static TestPhone atOther(Scene scene, String extension) {
        return edges.atOther(scene, extension);
    }

    private static TestPhone here(Scene scene, String extension) {
        return edges.here(scene, extension);
    }

    /** The request came to the phone from this edge, and bears nothing that is between edges. */
    private static void assertThrough(String edge, io.mooring.lab.SipMessage request) {
        assertThat(request.headers("Via").getFirst()).contains(" " + edge + ":" + stack.sip().getPort());
        assertThat(request.headers("X-Mooring-Edge")).isEmpty();
        assertThat(request.headers("X-Mooring-Key")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void phonesCallOneAnother(String transport) {
        try (var scene = new Scene(stack, transport)) {
            var here = here(scene, "101");
            var there = atOther(scene, "102");
            var talk = scene.talk(here, there);
            assertThrough(OTHER, talk.calleeSide().invite());
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.calleeSide().resume().status()).isEqualTo(200);
            scene.hangUp(talk.calleeSide(), talk.callerSide());
            var back = scene.talk(there, here);
            assertThrough(OtherEdge.FIRST, back.calleeSide().invite());
            scene.hangUp(back.callerSide(), back.calleeSide());
        }
    }

    @Test
    void whoUnregistersAtOneIsGoneAtBoth() {
        try (var scene = new Scene(stack, "udp")) {
            var there = atOther(scene, "102");
            var carol = scene.carol();
            var ringing = carol.call("102");
            there.awaitCall(SOON).reject(486);
            assertThat(ringing.awaitFinalStatus(SOON)).isEqualTo(486);
            there.unregister();
            Awaitility.await()
                    .atMost(SOON)
                    .pollInterval(Duration.ofMillis(5))
                    .until(
                            () -> OtherEdge.registered(stack, stack.edgeControl(), scene.tenant(), "102").isEmpty());
            assertThat(carol.call("102").awaitFinalStatus(SOON)).isEqualTo(480);
        }
    }

    /** The caller comes in by one edge, the parker is at the other, and a phone at the first retrieves; and the other way round. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aCallThatPassesBothIsParkedAndRetrieved(String transport) {
        try (var scene = new Scene(stack, transport)) {
            edges.parkAndRetrieveOverBoth(scene);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aRecallRingsThePhoneThroughItsEdge(String transport) {
        try (var scene = new Scene(stack, transport)) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var here = here(scene, "102");
            var talk = scene.talk(scene.carol(), here);
            var there = atOther(scene, "101");
            // Parked for 101, who is told, and rung.
            var parked = scene.park(talk, "*68101");
            var told = there.await(Match.requestOf("MESSAGE"), SOON);
            assertThrough(OTHER, told);
            here.unregister();
            there.await(Match.requestOf("MESSAGE"), SOON);
            assertThat(parked.state()).isEqualTo(io.mooring.lab.Call.State.ANSWERED);
            var again = scene.retrieve(talk.caller(), parked, there, "*88101");
            scene.park(new Scene.Talk(talk.caller(), parked, there, again.callerSide()), "*68");
            stack.bringForward(scene.tenant(), "recall:");
            var recall = there.awaitCall(RUNG);
            assertThrough(OTHER, recall.invite());
            recall.answer();
            new Scene.Talk(talk.caller(), parked, there, recall).assertBothHear();
            assertThat(recall.hold().status()).isEqualTo(200);
            assertThat(parked.resume().status()).isEqualTo(200);
            scene.hangUp(recall, parked);
        }
    }

    @Test
    void eachEdgeAnswersForThePhonesOfAll() {
        try (var scene = new Scene(stack, "udp")) {
            here(scene, "101");
            atOther(scene, "102");
            for (var control : List.of(stack.edgeControl(), other.control())) {
                assertThat(OtherEdge.registered(stack, control, scene.tenant(), "101 102 103")).isEqualTo("101 102 ");
            }
        }
    }

    /** The edge that rings it proxies no call of it; another one does. */
    @Test
    void aParkerWhoTalksThroughAnotherEdgeIsNotRungUntilItHasHungUp() {
        try (var scene = new Scene(stack, "udp")) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone",
                            "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 30, \"ringSeconds\": 60}}");
            var bob = atOther(scene, "101");
            var talk = scene.talk(scene.carol(), bob);
            var parked = scene.park(talk, "*68");
            var otherTalk = scene.talk(bob, atOther(scene, "103"));
            var before = stack.counter(BUSY);
            stack.bringForward(scene.tenant(), "recall:");
            Awaitility.await().atMost(RUNG).until(() -> !stack.whoCounted(BUSY, before).isEmpty());
            assertThat(bob.hasCall()).isFalse();
            otherTalk.callerSide().hangUp();
            stack.bringForward(scene.tenant(), "recall:");
            var recall = bob.awaitCall(RUNG).answer();
            new Scene.Talk(talk.caller(), parked, bob, recall).assertBothHear();
            scene.hangUp(recall, parked);
        }
    }

    /** The phone has another address by now, and says that it is the same one. */
    @Test
    void aPhoneThatHasMovedHasNoSecondBranch() {
        try (var scene = new Scene(stack, "udp")) {
            var before = scene.open(scene.extension("101").edge(other.sip()).instance("urn:uuid:0001")).register();
            var after = scene.open(scene.extension("101").instance("urn:uuid:0001")).register();
            var call = scene.carol().call("101");
            after.awaitCall(SOON).reject(486);
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(486);
            assertThat(before.hasCall()).isFalse();
            var back = scene.open(scene.outside("dora").edge(other.sip())).call("101");
            after.awaitCall(SOON).reject(486);
            assertThat(back.awaitFinalStatus(SOON)).isEqualTo(486);
            assertThat(before.hasCall()).isFalse();
        }
    }

    /** The same address: the registration has moved. */
    @Test
    void aPhoneThatRegistersAtTheOtherEdgeIsReachedThroughThatOne() {
        try (var scene = new Scene(stack, "udp")) {
            var phone = here(scene, "101");
            phone.goTo(other.sip()).register();
            // Until the first edge is told, it rings the phone itself.
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> stack.edgeInside()
                            .ask("ul.lookup", "location", "101@" + scene.tenant())
                            .contains("sip:" + OTHER));
            var call = scene.carol().call("101");
            var rung = phone.awaitCall(SOON);
            assertThrough(OTHER, rung.invite());
            rung.reject(486);
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(486);
            assertThat(phone.hasCall()).isFalse();
        }
    }

    /** It speaks as an edge does, and even knows the token: that helps nobody who is not at the address of one, and neither does the address alone. */
    @Test
    void whoPretendsToBeAnEdgeIsRefused() throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            var phone = atOther(scene, "101");
            var where = "sip:101@" + phone.where();
            var route = "sip:" + OTHER + ":" + peerPort() + ";transport=tcp;lr;flow=udp~"
                    + phone.where().replace(':', '~');
            var replayed = between("INVITE", where, route, "replayed", stack.edgeToken());
            assertThat(say("127.0.0.99", replayed)).startsWith("SIP/2.0 403");
            assertThat(say(OtherEdge.FIRST, between("INVITE", where, route, "unmarked", "not-the-token")))
                    .startsWith("SIP/2.0 403");
            assertThat(phone.hasCall()).isFalse();
            // That it was well said: an edge is believed.
            assertThat(say(OtherEdge.FIRST, replayed)).startsWith("SIP/2.0 100");
            phone.awaitCall(SOON).reject(486);

            var registration = "{\"action\":1,\"aor\":\"103@" + scene.tenant()
                    + "\",\"ruid\":\"x\",\"c\":\"sip:103@127.0.0.99:5060\",\"expires\":4000000000,\"callid\":\"y\",\"cseq\":1}";
            var told = marked("KDMQ", "sip:usrloc@" + OTHER + ":" + peerPort(), "", "told", registration,
                    stack.edgeToken());
            assertThat(say("127.0.0.99", told)).startsWith("SIP/2.0 403");
            assertThat(scene.open(scene.extension("102").edge(other.sip()))
                    .register()
                    .request("KDMQ", "usrloc", "", "application/json", registration)
                    .status()).isNotEqualTo(200);
            assertThat(OtherEdge.registered(stack, other.control(), scene.tenant(), "103")).isEmpty();
        }
    }

    private static String peerPort() {
        return peers.get("MOORING_PEER_PORT");
    }

    private static String between(String method, String uri, String route, String id, String token) throws Exception {
        return marked(method, uri, "Route: <" + route + ">\r\nContact: <sip:x@127.0.0.99>\r\n", id, "", token);
    }

    private static String marked(String method, String uri, String headers, String id, String body, String token)
            throws Exception {
        var text = String.join("|", method, uri, id, "1", "f", token, body);
        var mark = HexFormat.of()
                .formatHex(
                        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        return method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.99:5060;branch=z9hG4bK" + id + Math.random()
                + "\r\nMax-Forwards: 70\r\nFrom: <sip:x@127.0.0.99>;tag=f\r\nTo: <" + uri + ">\r\nCall-ID: " + id
                + "\r\nCSeq: 1 "
                + method + "\r\n" + headers + "X-Mooring-Edge: " + mark
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    /** Says it at the port of the edges, from an address. @return the first line of what comes back */
    private static String say(String from, String message) throws IOException {
        try (var socket = new Socket()) {
            socket.bind(new InetSocketAddress(from, 0));
            socket.setSoTimeout((int) SOON.toMillis());
            socket.connect(new InetSocketAddress(OTHER, Integer.parseInt(peerPort())));
            socket.getOutputStream().write(message.getBytes(StandardCharsets.UTF_8));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }
}
