package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.EdgeHost;
import io.mooring.lab.Match;
import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * What {@link EdgesInNamespacesIT} runs in a namespace: nodes, Redis, rtpengine, phones and trunk, at addresses of their own; two edges are on hosts of their
 * own, and one of these vanishes. The exit status is 0 when all went as it shall.
 */
final class EdgeHostCalls {
    /** Last numbers, less one, of the addresses of phones and of the trunk. */
    static final List<Integer> PHONES = IntStream.concat(IntStream.rangeClosed(100, 110), IntStream.of(200, 201))
            .boxed()
            .toList();

    private static final Duration RUNG = Duration.ofSeconds(10);
    /** What "vanishes" means: no answer, and no refusal, for so long. */
    private static final int SILENT_MILLIS = 700;
    /** Longer than an edge waits for a contact that does not answer. */
    private static final Duration GIVEN_UP = Duration.ofSeconds(20);
    private static final long AT_ONCE_MILLIS = 1_000;
    /** For how long the host is away at the least: {@code -Dmooring.cut.seconds}. */
    private static final Duration CUT = Duration.ofSeconds(Integer.getInteger("mooring.cut.seconds", 0));
    private static final Duration SHARED = Duration.ofSeconds(15);

    private final Stack stack;
    private final EdgeHost first;
    private final EdgeHost second;
    private final Scene scene;
    private final String network;

    private EdgeHostCalls(Stack stack, EdgeHost first, EdgeHost second, Scene scene, String site) {
        this.stack = stack;
        this.first = first;
        this.second = second;
        this.scene = scene;
        this.network = site.substring(0, site.lastIndexOf('.') + 1);
    }

    /** @param arguments address of this host; name and address of the one of the first edge, and of the second */
    public static void main(String[] arguments) {
        var status = 1;
        var site = arguments[0];
        var settings = Map.of("MOORING_EDGE_PEERS", arguments[2] + "," + arguments[4], "MOORING_PEER_PORT", "5062");
        try (var stack = Stack.start(2, Map.of("MOORING_BIND", site))) {
            // The one that every stack has: the edges of this one are elsewhere.
            stack.part("stop", "kamailio");
            try (var first = new EdgeHost(stack, arguments[1], arguments[2], site, settings);
                    var second = new EdgeHost(stack, arguments[3], arguments[4], site, settings);
                    var scene = new Scene(stack, "udp")) {
                new EdgeHostCalls(stack, first, second, scene, site).run();
            }
            status = 0;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        }
        System.exit(status);
    }

    private void run() throws Exception {
        provision();
        var bob = at(first, "101");
        var alice = at(second, "102");
        var ted = at(first, "103");
        at(first, "104");
        var gone = at(second, "106");
        awaitShared("101 102 103 104 106");
        eachReachesTheOther(bob, alice);

        var carol = outside(first, "carol");
        var parked = scene.park(scene.talk(carol, bob), "*68");
        var dora = outside(first, "dora");
        var forgotten = scene.park(scene.talk(dora, ted), "*68");

        try (var others = new Others()) {
            others.await(4);
            others.begin("with both edges");
            others.await(6);
            others.begin("with one edge cut off");
            long cut = System.nanoTime();
            first.cutOff();
            assertVanished();
            say("known to have vanished", cut);
            long began = System.nanoTime();
            var inVain = alice.call("104");
            theParkedCallIsRetrieved(bob, alice, carol, parked, cut);
            theForgottenCallComesBack(ted, dora, forgotten);
            whoIsNotBackIsNotReached(alice, inVain, began);
            others.await(6);
            TimeUnit.MILLISECONDS.sleep(Math.max(0, CUT.toMillis() - millisSince(cut)));
            others.begin("with both again");
            var late = at(second, "105");
            gone.unregister();
            first.heal();
            long healed = System.nanoTime();
            theTwoShareAgain(healed, bob, late);
            others.await(4);
        }
    }

    private void provision() {
        stack.api().putTrunk(address(200), "lan-trunk", scene.tenant());
        for (var extension = 107; extension <= 109; extension++) {
            stack.api().putExtension(scene.tenant(), "" + extension, "secret-" + extension);
        }
        stack.api()
                .putPolicy(scene.tenant(), "everyone",
                        "{\"name\": \"Everyone\", \"recall\": {\"recallTimeoutSeconds\": 300, \"ringSeconds\": 60}}");
    }

    private String address(int number) {
        return network + (number + 1);
    }

    private TestPhone at(EdgeHost edge, String extension) {
        var phone = scene.open(
                scene.extension(extension).address(address(Integer.parseInt(extension))).edge(edge.sip()));
        return phone.register();
    }

    private TestPhone outside(EdgeHost edge, String user) {
        return scene.open(scene.outside(user).address(address(200)).edge(edge.sip()));
    }

    private void awaitShared(String extensions) {
        for (var edge : List.of(first, second)) {
            Awaitility.await().atMost(SHARED).until(() -> knows(edge, extensions));
        }
    }

    private boolean knows(EdgeHost edge, String extensions) {
        return OtherEdge.registered(stack, edge.control(), scene.tenant(), extensions).equals(extensions + " ");
    }

    private void eachReachesTheOther(TestPhone bob, TestPhone alice) {
        for (var pair : List.of(List.of(bob, alice), List.of(alice, bob))) {
            var talk = scene.talk(pair.getFirst(), pair.getLast());
            assertThat(talk.callerSide().hold().status()).isEqualTo(200);
            assertThat(talk.callerSide().resume().status()).isEqualTo(200);
            talk.assertBothHear();
            scene.hangUp(talk.calleeSide(), talk.callerSide());
        }
    }

    /** Neither an answer nor a refusal comes from where the edge was. */
    private void assertVanished() throws Exception {
        try (var udp = new DatagramSocket(0, InetAddress.getByName(address(201)))) {
            udp.connect(first.sip());
            udp.setSoTimeout(SILENT_MILLIS);
            var options = ("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP " + address(201) + ":" + udp.getLocalPort()
                    + ";branch=z9hG4bKgone\r\nFrom: <sip:x@x>;tag=1\r\nTo: <sip:x>\r\nCall-ID: gone\r\nCSeq: 1 OPTIONS\r\n"
                    + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.UTF_8);
            udp.send(new DatagramPacket(options, options.length));
            assertThat(outcome(() -> udp.receive(new DatagramPacket(new byte[1_500], 1_500))))
                    .isInstanceOf(SocketTimeoutException.class);
        }
        try (var tcp = new Socket()) {
            assertThat(outcome(() -> tcp.connect(first.sip(), SILENT_MILLIS)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static Throwable outcome(Attempt attempt) {
        try {
            attempt.run();
            return new AssertionError("it went well");
        } catch (Exception e) {
            return e;
        }
    }

    private void theParkedCallIsRetrieved(TestPhone bob, TestPhone alice, TestPhone carol, Call parked, long cut) {
        long began = System.nanoTime();
        bob.goTo(second.sip()).register();
        say("a phone has registered at the other edge, which took", began);
        began = System.nanoTime();
        var retriever = alice.call("*88101").awaitAnswered();
        say("retrieved, since the INVITE", began);
        say("retrieved, since the cut", cut);
        var talk = new Scene.Talk(alice, retriever, carol, parked).assertBothHear();
        assertThat(talk.callerSide().hold().status()).isEqualTo(200);
        assertThat(talk.callerSide().resume().status()).isEqualTo(200);
        talk.assertBothHear();
        // And again, by who has moved.
        var toAlice = scene.talk(bob, alice);
        assertThat(toAlice.callerSide().bye().status()).isEqualTo(200);
        toAlice.calleeSide().awaitEnded();
        assertThat(retriever.bye().status()).isEqualTo(200);
        parked.awaitEnded();
    }

    /** @param call to a phone of the edge that has vanished, begun a while ago */
    private void whoIsNotBackIsNotReached(TestPhone alice, Call call, long began) {
        assertThat(call.awaitFinalStatus(GIVEN_UP)).isIn(408, 480);
        var refusal = call.await(Match.replyTo("INVITE").withStatus(call.finalStatus()), SOON);
        System.out.printf("a call to a phone that is not back is refused after: %d ms%n",
                TimeUnit.NANOSECONDS.toMillis(refusal.atNanos() - began));
        Awaitility.await().atMost(GIVEN_UP).untilAsserted(() -> {
            long again = System.nanoTime();
            var refused = alice.call("104");
            assertThat(refused.awaitFinalStatus(GIVEN_UP)).isEqualTo(480);
            refused.await(Match.replyTo("INVITE").withHeader("Reason", "X-Mooring;"), SOON);
            assertThat(millisSince(again)).isLessThan(AT_ONCE_MILLIS);
            say("and later after", again);
        });
    }

    private void theForgottenCallComesBack(TestPhone ted, TestPhone dora, Call forgotten) {
        ted.goTo(second.sip()).register();
        long began = System.nanoTime();
        stack.bringForward(scene.tenant(), "recall:");
        var recall = ted.awaitCall(RUNG);
        say("a call that nobody has picked up rings after", began);
        recall.ring();
        recall.answer();
        new Scene.Talk(dora, forgotten, ted, recall).assertBothHear();
        assertThat(ted.journal().count(Match.requestOf("INVITE").inCall(recall.callId()))).isEqualTo(1);
        assertThat(recall.bye().status()).isEqualTo(200);
        forgotten.awaitEnded();
    }

    private void theTwoShareAgain(long healed, TestPhone bob, TestPhone late) {
        Awaitility.await().atMost(SHARED).until(() -> knows(first, "105"));
        say("who registered at one meanwhile is known at the other after", healed);
        at(first, "107");
        Awaitility.await().atMost(SHARED).until(() -> knows(second, "107"));
        say("who registers at the other is known at the one after", healed);
        for (var edge : List.of(first, second)) {
            Awaitility.await("106 is gone at " + edge.control())
                    .atMost(SHARED)
                    .until(() -> OtherEdge.registered(stack, edge.control(), scene.tenant(), "106").isEmpty());
        }
        say("who has gone meanwhile is gone at both after", healed);
        for (var edge : List.of(first, second)) {
            var caller = outside(edge, "eve");
            for (var phone : List.of(bob, late)) {
                var call = caller.call(phone.user());
                var rung = phone.awaitCall(SOON);
                assertThat(rung.invite().headers("Via").getFirst())
                        .contains(second.sip().getAddress().getHostAddress());
                rung.reject(486);
                assertThat(call.awaitFinalStatus(SOON)).isEqualTo(486);
                assertThat(phone.journal().count(Match.requestOf("INVITE").inCall(rung.callId()))).isEqualTo(1);
            }
        }
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static void say(String what, long since) {
        System.out.printf("%s: %d ms%n", what, millisSince(since));
    }

    /** Who has nothing to do with the edge that vanishes: calls that are parked and retrieved at the other one, one after the other. */
    private final class Others implements AutoCloseable {
        private final TestPhone caller = outside(second, "frank");
        private final TestPhone parker = at(second, "108");
        private final TestPhone retriever = at(second, "109");
        private final AtomicBoolean over = new AtomicBoolean();
        private final Map<String, List<Long>> parks = new HashMap<>();
        private final Map<String, List<Long>> retrieves = new HashMap<>();
        private volatile String when = "at first";
        private volatile int done;
        private final CompletableFuture<Void> work = CompletableFuture.runAsync(this::calls,
                Thread::startVirtualThread);

        void begin(String name) {
            when = name;
        }

        void await(int more) {
            var wanted = done + more;
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> work.isDone() || done >= wanted);
            if (work.isDone()) {
                work.join();
            }
        }

        private void calls() {
            while (!over.get()) {
                var call = caller.call(parker.user());
                var taken = parker.awaitCall(SOON).answer();
                call.awaitAnswered();
                taken.await(Match.requestOf("ACK"), SOON);
                long began = System.nanoTime();
                assertThat(taken.refer("*68").status()).isEqualTo(202);
                taken.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
                note(parks, began);
                taken.hangUp();
                began = System.nanoTime();
                var retrieved = retriever.call("*88" + parker.user()).awaitAnswered();
                note(retrieves, began);
                assertThat(retrieved.bye().status()).isEqualTo(200);
                call.awaitEnded();
                done++;
            }
        }

        private void note(Map<String, List<Long>> times, long began) {
            times.computeIfAbsent(when, name -> Collections.synchronizedList(new ArrayList<>()))
                    .add(millisSince(began));
        }

        @Override
        public void close() {
            over.set(true);
            work.orTimeout(20, TimeUnit.SECONDS).join();
            parks.forEach((name, times) -> System.out.printf("others, %s: parks %s, retrieves %s ms%n", name,
                    summary(times), summary(retrieves.getOrDefault(name, List.of()))));
        }

        private static String summary(List<Long> times) {
            var sorted = times.stream().sorted().toList();
            return sorted.isEmpty()
                    ? "none"
                    : "%d: median %d, longest %d".formatted(sorted.size(), sorted.get(sorted.size() / 2),
                            sorted.getLast());
        }
    }
}
