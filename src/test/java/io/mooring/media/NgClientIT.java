package io.mooring.media;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.HostPort;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test in the place of rtpengine, with a socket of the JDK; with Netty's sockets of Linux and those of the JDK. */
@ParameterizedClass
@ValueSource(booleans = {true, false})
class NgClientIT {

    private static final JsonObject PING = new JsonObject().put("command", "ping");
    private static final String OK = "{\"result\": \"ok\"}";
    /** No test waits for it. */
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(700);

    private final Vertx vertx;
    private final Metrics metrics = new Metrics();
    private DatagramSocket rtpengine;

    NgClientIT(boolean nativeTransport) {
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport));
        assertThat(vertx.isNativeTransportEnabled()).isEqualTo(nativeTransport);
    }

    /** A command as it came. */
    private record Request(String text, SocketAddress from) {
        String cookie() {
            return text.substring(0, text.indexOf(' '));
        }

        String command() {
            return text.substring(text.indexOf(' ') + 1);
        }
    }

    @BeforeEach
    void start() throws IOException {
        rtpengine = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        rtpengine.setSoTimeout(20_000);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        metrics.close();
        rtpengine.close();
    }

    private NgClient client(Duration limit) {
        return new NgClient(vertx, new HostPort("127.0.0.1", rtpengine.getLocalPort()), limit, metrics);
    }

    private static JsonObject get(Future<JsonObject> answer) throws Exception {
        return answer.await(40, TimeUnit.SECONDS);
    }

    private Request receive() throws IOException {
        var packet = new DatagramPacket(new byte[65_535], 65_535);
        rtpengine.receive(packet);
        return new Request(new String(packet.getData(), 0, packet.getLength(), UTF_8), packet.getSocketAddress());
    }

    private void send(Request to, String packet) throws IOException {
        byte[] bytes = packet.getBytes(UTF_8);
        rtpengine.send(new DatagramPacket(bytes, bytes.length, to.from));
    }

    private void answer(Request request, String answer) throws IOException {
        send(request, request.cookie() + " " + answer);
    }

    private static void assertUnavailable(Future<JsonObject> answer, String why) {
        assertThatThrownBy(() -> get(answer)).isInstanceOf(MediaUnavailableException.class)
                .hasMessageContaining(why);
    }

    private double repeats() {
        return metrics.registry().counter("mooring.rtpengine.repeats").count();
    }

    @Test
    void sendsACommandWithACookieAndGivesItsAnswer() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client
                    .submit(new JsonObject().put("command", "offer").put("sdp", "s=Fernsprécher\r\n"));
            Request request = receive();
            assertThat(request.cookie()).matches("[0-9a-z]+-1");
            assertThat(new JsonObject(request.command()))
                    .isEqualTo(new JsonObject().put("command", "offer").put("sdp", "s=Fernsprécher\r\n"));
            answer(request, "{\"result\": \"ok\", \"sdp\": \"s=Télé\\r\\n\"}");
            assertThat(get(done).getString("sdp")).isEqualTo("s=Télé\r\n");
            assertThat(repeats()).isZero();
        }
    }

    @Test
    void answersMayComeInAnyOrder() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> one = client.submit(PING);
            Request first = receive();
            Future<JsonObject> two = client.submit(PING);
            Request second = receive();
            assertThat(second.cookie()).isNotEqualTo(first.cookie());
            answer(second, "{\"result\": \"ok\", \"n\": 2}");
            assertThat(get(two).getInteger("n")).isEqualTo(2);
            answer(first, "{\"result\": \"ok\", \"n\": 1}");
            assertThat(get(one).getInteger("n")).isEqualTo(1);
        }
    }

    @Test
    void sendsACommandAgainWithItsCookieWhenItWasLost() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            Request lost = receive();
            Request copy = receive();
            Request second = receive();
            assertThat(copy).isEqualTo(lost);
            assertThat(second).isEqualTo(lost);
            answer(second, OK);
            assertThat(get(done).getString("result")).isEqualTo("ok");
            assertThat(repeats()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void anAnswerThatComesTwiceIsTakenOnce() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            Request request = receive();
            Request copy = receive();
            answer(request, "{\"result\": \"ok\", \"n\": 1}");
            answer(copy, "{\"result\": \"ok\", \"n\": 1}");
            assertThat(get(done).getInteger("n")).isEqualTo(1);
            Future<JsonObject> next = client.submit(PING);
            answer(another(copy), "{\"result\": \"ok\", \"n\": 2}");
            assertThat(get(next).getInteger("n")).isEqualTo(2);
        }
    }

    /** The next command that is not a copy of this one. */
    private Request another(Request known) throws IOException {
        while (true) {
            Request request = receive();
            if (!request.cookie().equals(known.cookie())) {
                return request;
            }
        }
    }

    @Test
    void anAnswerAfterTheLimitIsIgnored() throws Exception {
        try (var client = client(SHORT)) {
            Future<JsonObject> given = client.submit(PING);
            Request request = receive();
            assertUnavailable(given, "no answer within 700 ms");
            answer(request, "{\"result\": \"ok\", \"n\": 1}");
            Future<JsonObject> next = client.submit(PING);
            Request second = another(request);
            answer(request, "{\"result\": \"ok\", \"n\": 1}");
            answer(second, "{\"result\": \"ok\", \"n\": 2}");
            assertThat(get(next).getInteger("n")).isEqualTo(2);
        }
    }

    @Test
    void answersWithAnotherCookieOrNoneAreIgnored() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            Request request = receive();
            for (String foreign : List.of("x " + OK, request.cookie() + "0 " + OK, " " + OK, OK, request.cookie(),
                    "")) {
                send(request, foreign);
            }
            answer(request, "{\"result\": \"ok\", \"n\": 1}");
            assertThat(get(done).getInteger("n")).isEqualTo(1);
        }
    }

    /** Whoever guesses a cookie would have to be rtpengine. */
    @Test
    void answersFromAnotherAddressAreIgnored() throws Exception {
        try (var client = client(LONG); var stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Future<JsonObject> done = client.submit(PING);
            Request request = receive();
            byte[] forged = (request.cookie() + " {\"result\": \"ok\", \"n\": 666}").getBytes(UTF_8);
            stranger.send(new DatagramPacket(forged, forged.length, request.from));
            answer(request, "{\"result\": \"ok\", \"n\": 1}");
            assertThat(get(done).getInteger("n")).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2_048, 2_049, 9_000, 65_000})
    void answersUpToTheLargestDatagramComeWhole(int size) throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            String sdp = "x".repeat(size);
            answer(receive(), "{\"result\": \"ok\", \"sdp\": \"" + sdp + "\"}");
            assertThat(get(done).getString("sdp")).isEqualTo(sdp);
        }
    }

    @Test
    void aCommandThatFitsInNoDatagramIsRefusedAndTheOthersGoOn() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> before = client.submit(PING);
            Request request = receive();
            var tooBig = new JsonObject().put("command", "offer").put("sdp", "é".repeat(32_750));
            assertUnavailable(client.submit(tooBig), "more than 65507 bytes");
            answer(request, OK);
            assertThat(get(before).getString("result")).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"result\": \"ok\"", "d6:result2:oke", "null", "[1]", "\"ok\"", "ok", "{} {"})
    void anAnswerThatIsNoDictionaryIsAFailureAtOnce(String answer) throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            answer(receive(), answer);
            assertThatThrownBy(() -> done.await(10, TimeUnit.SECONDS)).isInstanceOf(MediaUnavailableException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"result\": null}", "{\"result\": 1}", "{\"result\": \"error\"}"})
    void anyOtherResultIsARefusal(String answer) throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            answer(receive(), answer);
            assertUnavailable(done, "rtpengine refused ping");
        }
    }

    @Test
    void aRefusalNamesItsReason() throws Exception {
        try (var client = client(LONG)) {
            Future<JsonObject> done = client.submit(PING);
            answer(receive(), "{\"result\": \"error\", \"error-reason\": \"Unknown call-id\"}");
            assertUnavailable(done, "rtpengine refused ping: Unknown call-id");
        }
    }

    @Test
    void givesUpAtTheLimit() throws Exception {
        try (var client = client(SHORT)) {
            long started = System.nanoTime();
            assertUnavailable(client.submit(PING), "no answer within 700 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThan(SHORT);
            // At 0, 150 and 450 ms; a busy machine may leave some out.
            assertThat(repeats()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aPortWhereNobodyListensFailsAtOnce() throws Exception {
        try (var client = client(LONG)) {
            rtpengine.close();
            for (var i = 0; i < 3; i++) {
                assertThatThrownBy(() -> client.submit(PING).await(10, TimeUnit.SECONDS))
                        .isInstanceOf(MediaUnavailableException.class);
            }
        }
    }

    @Test
    void whenRtpengineEndsAllCommandsThatWaitForItFail() throws Exception {
        try (var client = client(LONG)) {
            var given = new ArrayList<Future<JsonObject>>();
            for (var i = 0; i < 2 * NgExchanges.WINDOW; i++) {
                given.add(client.submit(PING));
            }
            receive();
            rtpengine.close();
            for (Future<JsonObject> each : given) {
                assertThatThrownBy(() -> each.await(20, TimeUnit.SECONDS))
                        .isInstanceOf(MediaUnavailableException.class);
            }
        }
    }

    @Test
    void worksAgainWhenSomebodyListensAgain() throws Exception {
        int port = rtpengine.getLocalPort();
        try (var client = client(LONG)) {
            rtpengine.close();
            assertThatThrownBy(() -> client.submit(PING).await(10, TimeUnit.SECONDS))
                    .isInstanceOf(MediaUnavailableException.class);
            rtpengine = new DatagramSocket(port, InetAddress.getLoopbackAddress());
            rtpengine.setSoTimeout(20_000);
            Future<JsonObject> done = client.submit(PING);
            answer(receive(), OK);
            assertThat(get(done).getString("result")).isEqualTo("ok");
        }
    }

    /** A table of connections on the way may hold on to an rtpengine that is gone. */
    @Test
    void aCommandAfterSilenceHasASocketOfItsOwn() throws Exception {
        try (var client = client(SHORT)) {
            Future<JsonObject> given = client.submit(PING);
            Request request = receive();
            assertUnavailable(given, "no answer");
            Future<JsonObject> done = client.submit(PING);
            Request next = another(request);
            assertThat(next.from).isNotEqualTo(request.from);
            answer(next, OK);
            get(done);
            Future<JsonObject> afterwards = client.submit(PING);
            Request last = another(next);
            assertThat(last.from).as("the socket is kept as long as answers come").isEqualTo(next.from);
            answer(last, OK);
            get(afterwards);
        }
    }

    @Test
    void aHostThatIsNotKnownIsAFailure() {
        try (var client = new NgClient(vertx, new HostPort("rtpengine.invalid", 2223), SHORT, metrics)) {
            assertUnavailable(client.submit(PING), "rtpengine: ");
            assertUnavailable(client.submit(PING), "rtpengine: ");
        }
    }

    @Test
    void aNameWillDo() throws Exception {
        try (var client = new NgClient(vertx, new HostPort("localhost", rtpengine.getLocalPort()), LONG, metrics)) {
            Future<JsonObject> done = client.submit(PING);
            answer(receive(), OK);
            assertThat(get(done).getString("result")).isEqualTo("ok");
        }
    }

    @Test
    void aBoundedNumberIsUnderWayAndTheOthersWaitTheirTurn() throws Exception {
        try (var client = client(LONG)) {
            var given = new ArrayList<Future<JsonObject>>();
            for (var i = 0; i < NgExchanges.WINDOW + NgExchanges.QUEUE_SIZE; i++) {
                given.add(client.submit(new JsonObject().put("command", "ping").put("n", i)));
            }
            assertUnavailable(client.submit(PING), "too many commands at once");

            var seen = new HashSet<String>();
            var first = new ArrayList<Request>();
            while (first.size() < NgExchanges.WINDOW) {
                Request request = receive();
                if (seen.add(request.cookie())) {
                    first.add(request);
                }
            }
            rtpengine.setSoTimeout(400);
            assertThat(nothingNewComes(seen)).isTrue();
            rtpengine.setSoTimeout(20_000);
            for (Request request : first) {
                answer(request, OK);
            }
            while (seen.size() < given.size()) {
                Request request = receive();
                seen.add(request.cookie());
                answer(request, OK);
            }
            for (Future<JsonObject> each : given) {
                assertThat(get(each).getString("result")).isEqualTo("ok");
            }
        }
    }

    /** Copies come, which tells that the client is alive. */
    private boolean nothingNewComes(HashSet<String> seen) throws IOException {
        try {
            for (var copies = 0; copies < 2 * NgExchanges.WINDOW; copies++) {
                if (!seen.contains(receive().cookie())) {
                    return false;
                }
            }
        } catch (SocketTimeoutException e) {
            // The copies take longer each time.
        }
        return true;
    }

    @Test
    void thoseThatWaitTheirTurnHaveTheSameLimit() {
        try (var client = client(SHORT)) {
            var given = new ArrayList<Future<JsonObject>>();
            for (var i = 0; i < 3 * NgExchanges.WINDOW; i++) {
                given.add(client.submit(PING));
            }
            given.forEach(each -> assertUnavailable(each, "no answer within 700 ms"));
        }
    }

    @Test
    void closingFailsWhatWaitsForAnAnswerAndWhatComesAfterwards() throws Exception {
        var client = client(LONG);
        var given = new ArrayList<Future<JsonObject>>();
        for (var i = 0; i < 2 * NgExchanges.WINDOW; i++) {
            given.add(client.submit(PING));
        }
        receive();
        client.close();
        client.close();
        given.forEach(each -> assertUnavailable(each, "closed"));
        assertUnavailable(client.submit(PING), "closed");
    }
}
