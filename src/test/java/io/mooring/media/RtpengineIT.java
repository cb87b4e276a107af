package io.mooring.media;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.HostPort;
import io.mooring.metrics.Metrics;
import io.mooring.store.RedisServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client and a real rtpengine. */
class RtpengineIT {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            + "m=audio 5000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final Metrics metrics = new Metrics();
    private RtpengineServer rtpengine;

    @BeforeEach
    void start() throws IOException {
        rtpengine = new RtpengineServer();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
        rtpengine.close();
    }

    private NgClient client(HostPort address, Duration limit) {
        return new NgClient(vertx, address, limit, metrics);
    }

    private static JsonObject get(Future<JsonObject> answer) throws Exception {
        return answer.await(40, TimeUnit.SECONDS);
    }

    private static JsonObject command(String name, String session) {
        return new JsonObject().put("command", name).put("call-id", session).put("from-tag", "a");
    }

    private static boolean isOpen(NgClient client, String session) {
        try {
            return "ok".equals(get(client.submit(command("query", session))).getString("result"));
        } catch (MediaUnavailableException e) {
            assertThat(e).hasMessageContaining("Unknown call-id");
            return false;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anOfferOf60KilobytesIsAnsweredWhole() throws Exception {
        try (var client = client(rtpengine.address(), LONG)) {
            for (int lines : new int[]{0, 40, 200, 1_200}) {
                var sdp = SDP + ("a=x-filler:" + "y".repeat(37) + "\r\n").repeat(lines);
                String answer = get(client.submit(command("offer", "big-" + lines).put("sdp", sdp))).getString("sdp");
                assertThat(answer).endsWith("\r\n").hasSizeGreaterThan(50 * lines);
                assertThat(answer.lines().filter(line -> line.startsWith("a=x-filler:")).count()).isEqualTo(lines);
            }
        }
    }

    /** Between a client and rtpengine; loses what it is told to. */
    private static final class Relay implements AutoCloseable {
        private final DatagramSocket front = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        private final DatagramSocket back = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        private final SocketAddress rtpengine;
        private final List<String> answers = new CopyOnWriteArrayList<>();
        private final int losses;
        private volatile SocketAddress client;

        Relay(HostPort rtpengine, int losses) throws IOException {
            this.rtpengine = new InetSocketAddress(rtpengine.host(), rtpengine.port());
            this.losses = losses;
            Thread.ofPlatform().daemon().start(() -> pass(front));
            Thread.ofPlatform().daemon().start(() -> pass(back));
        }

        HostPort address() {
            return new HostPort("127.0.0.1", front.getLocalPort());
        }

        private void pass(DatagramSocket from) {
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            try {
                while (true) {
                    packet.setLength(packet.getData().length);
                    from.receive(packet);
                    if (from == front) {
                        client = packet.getSocketAddress();
                        packet.setSocketAddress(rtpengine);
                        back.send(packet);
                    } else {
                        answers.add(new String(packet.getData(), 0, packet.getLength(), UTF_8));
                        if (answers.size() > losses) {
                            packet.setSocketAddress(client);
                            front.send(packet);
                        }
                    }
                }
            } catch (IOException e) {
                if (!from.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        @Override
        public void close() {
            front.close();
            back.close();
        }
    }

    /** Done twice, a delete would be refused the second time. */
    @Test
    void aCommandWhoseAnswersAreLostIsDoneOnce() throws Exception {
        try (var client = client(rtpengine.address(), LONG);
                var relay = new Relay(rtpengine.address(), 2);
                var lossy = client(relay.address(), LONG)) {
            get(client.submit(command("offer", "s").put("sdp", SDP)));
            assertThat(isOpen(client, "s")).isTrue();
            get(lossy.submit(command("delete", "s").put("delete delay", 0)));
            assertThat(relay.answers).hasSizeGreaterThanOrEqualTo(3).containsOnly(relay.answers.getFirst());
            assertThat(isOpen(client, "s")).isFalse();
        }
    }

    @Test
    void failsAtOnceWhenItIsGoneAndWorksWhenItIsBack() throws Exception {
        try (var client = client(rtpengine.address(), LONG)) {
            get(client.submit(command("offer", "before").put("sdp", SDP)));
            rtpengine.kill();
            assertThatThrownBy(() -> client.submit(command("query", "before")).await(10, TimeUnit.SECONDS))
                    .isInstanceOf(MediaUnavailableException.class);
            rtpengine.start();
            assertThat(isOpen(client, "before")).isFalse();
            get(client.submit(command("offer", "after").put("sdp", SDP)));
        }
    }

    private static String id(RtpengineRun run) throws Exception {
        return CompletableFuture.supplyAsync(run::id).get(20, TimeUnit.SECONDS);
    }

    @Test
    void eachRunHasAnIdOfItsOwn() throws Exception {
        try (var client = client(rtpengine.address(), LONG)) {
            var run = new RtpengineRun(client);
            var first = id(run);
            assertThat(id(run)).isEqualTo(first);
            assertThat(id(new RtpengineRun(client))).as("as another node has it").isEqualTo(first);
            rtpengine.kill();
            rtpengine.start();
            assertThat(id(run)).isNotEqualTo(first);
            Awaitility.await()
                    .atMost(LONG)
                    .until(() -> get(client.submit(command("list", ""))).toString().contains("[]"));
        }
    }

    /** Once it has run for some seconds it is asked for no session any more. */
    @Test
    void aRunThatGoesOnIsToldFromOneThatHasStartedAnew() throws Exception {
        try (var client = client(rtpengine.address(), LONG)) {
            var run = new RtpengineRun(client);
            var first = id(run);
            Awaitility.await().atMost(LONG).pollInterval(Duration.ofSeconds(1)).until(() -> {
                var before = offers();
                assertThat(id(run)).isEqualTo(first);
                return offers() == before;
            });
            rtpengine.kill();
            rtpengine.start();
            assertThat(id(run)).isNotEqualTo(first);
        }
    }

    private long offers() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("mooring_rtpengine_seconds_count{command=\"offer\",result=\"ok\"}"))
                .mapToLong(line -> Math.round(Double.parseDouble(line.substring(line.lastIndexOf(' ')))))
                .sum();
    }

    private static String portOf(JsonObject answer) {
        return answer.getString("sdp").lines().filter(line -> line.startsWith("m=audio")).findFirst().orElseThrow();
    }

    /** With a Redis of its own a session is there again after a start, at the same port, and can be played to. */
    @Test
    void aSessionThatIsKeptIsBackAfterAStart() throws Exception {
        try (var redis = RedisServer.standalone();
                var kept = new RtpengineServer("--redis=" + URI.create(redis.url()).getAuthority() + "/1");
                var client = client(kept.address(), LONG)) {
            var offered = get(client.submit(command("offer", "s").put("sdp", SDP)));
            get(client.submit(command("answer", "s").put("to-tag", "b").put("sdp", SDP)));
            for (var how : List.<Runnable>of(kept::kill, kept::end)) {
                how.run();
                kept.start();
                assertThat(isOpen(client, "s")).isTrue();
                get(client.submit(command("play media", "s")
                        .put("file", Path.of("media/music.wav").toAbsolutePath().toString())));
                assertThat(portOf(get(client.submit(command("offer", "s").put("sdp", SDP)))))
                        .isEqualTo(portOf(offered));
            }
            get(client.submit(command("delete", "s").put("delete delay", 0)));
            kept.kill();
            kept.start();
            assertThat(isOpen(client, "s")).isFalse();
        }
    }

    /** Whether that Redis is there must not matter: no command fails, or takes longer than a node waits. */
    @Test
    void aRedisThatIsAwayHoldsNothingUp() throws Exception {
        try (var redis = RedisServer.standalone()) {
            redis.freeze();
            try (var kept = new RtpengineServer("--redis=" + URI.create(redis.url()).getAuthority() + "/1");
                    var client = client(kept.address(), Duration.ofSeconds(1))) {
                assertSessionsCanBeUsed(client, "frozen-at-the-start");
                redis.thaw();
                kept.kill();
                kept.start();
                assertSessionsCanBeUsed(client, "there");
                redis.freeze();
                assertSessionsCanBeUsed(client, "frozen");
                redis.thaw();
                redis.kill();
                kept.kill();
                kept.start();
                assertSessionsCanBeUsed(client, "gone-at-the-start");
            }
        }
    }

    private static void assertSessionsCanBeUsed(NgClient client, String name) throws Exception {
        for (int i = 0; i < 5; i++) {
            get(client.submit(command("offer", name + i).put("sdp", SDP)));
            get(client.submit(command("answer", name + i).put("to-tag", "b").put("sdp", SDP)));
            get(client.submit(command("delete", name + i).put("delete delay", 0)));
        }
    }

    /** It has the offer in its socket, and opens the session when it goes on. */
    @Test
    void aSessionIsDeletedThoughRtpengineStoodStill() throws Exception {
        try (var patient = client(rtpengine.address(), LONG);
                var client = client(rtpengine.address(), Duration.ofMillis(500))) {
            rtpengine.freeze();
            Future<JsonObject> offer = client.submit(command("offer", "s").put("sdp", SDP));
            assertThatThrownBy(() -> get(offer)).isInstanceOf(MediaUnavailableException.class);
            Future<Void> deleted = new MediaSessions(client,
                    new Player(vertx, client, "music.wav", hearing -> Future.failedFuture("none"), Optional.empty(),
                            metrics))
                    .delete("s");
            Awaitility.await().until(() -> metrics.scrape().contains("command=\"delete\""));
            assertThat(deleted.isComplete()).isFalse();
            rtpengine.thaw();
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !isOpen(patient, "s"));
        }
    }
}
