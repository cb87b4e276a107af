package io.mooring.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LauncherIT {

    @Test
    void aStackComesUpOnceSurvivesACrashAndLeavesNothingBehind() throws Exception {
        try (var stack = new LaunchedStack()) {
            var up = stack.up();
            assertThat(up.status()).as(up.err()).isZero();
            assertThat(stack.description().at("/nodes/0/api").asText()).isEqualTo("http://127.0.0.1:" + stack.httpPort);
            assertThat(stack.status().get("up").asBoolean()).isTrue();

            var again = stack.up();
            assertThat(again.status()).isZero();
            assertThat(again.err()).contains("already up");
            assertThat(again.out()).isEqualTo(up.out());

            // Only the first process of each part: what Kamailio forked lives on and holds its ports.
            for (var part : stack.description().get("parts")) {
                var process = ProcessHandle.of(part.get("pid").asLong()).orElseThrow();
                process.destroyForcibly();
                process.onExit().join();
            }
            assertThat(stack.mooring("status").status()).isEqualTo(3);

            var afterCrash = stack.up();
            assertThat(afterCrash.status()).as(afterCrash.err()).isZero();
            assertThat(stack.status().get("up").asBoolean()).isTrue();

            assertThat(stack.marked()).hasSizeGreaterThan(4);
            assertThat(stack.mooring("down").status()).isZero();
            assertThat(stack.marked()).isEmpty();
            assertThat(stack.mooring("down").status()).isZero();
        }
    }

    /** Its calls would be lost, if a second {@code up} took it for broken. */
    @Test
    void aStackThatIsSlowToAnswerIsLeftAlone() throws Exception {
        try (var stack = new LaunchedStack()) {
            assertThat(stack.up().status()).isZero();
            var before = stack.description();
            String node = part(before, "node-1").get("pid").asText();
            signal("-STOP", node);
            var again = stack.startUp();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> again.toldSoFar().contains("node-1 lives and does not answer"));
            signal("-CONT", node);
            var ended = again.end();
            assertThat(ended.status()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("already up");
            assertThat(stack.description()).as("the same processes").isEqualTo(before);
        }
    }

    private static JsonNode part(JsonNode stack, String name) {
        return StreamSupport.stream(stack.get("parts").spliterator(), false)
                .filter(part -> part.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void signal(String signal, String pid) throws Exception {
        assertThat(new ProcessBuilder("kill", signal, pid).start().waitFor()).isZero();
    }

    @Test
    void twoStacksRunSideBySide() throws Exception {
        try (var first = new LaunchedStack(); var second = new LaunchedStack()) {
            assertThat(first.up().status()).isZero();
            assertThat(second.up().status()).isZero();
            assertThat(first.mooring("down").status()).isZero();
            assertThat(second.status().get("up").asBoolean()).isTrue();
        }
    }

    @Test
    void aPartCanBeFrozenKilledAndStartedAgain() throws Exception {
        try (var stack = new LaunchedStack()) {
            assertThat(stack.up().status()).isZero();
            assertThat(stack.mooring("part", "freeze", "redis").status()).isZero();
            assertThat(part(stack.status(), "redis").get("state").asText()).isEqualTo("frozen");
            assertThat(stack.mooring("part", "thaw", "redis").status()).isZero();
            assertThat(stack.mooring("part", "kill", "kamailio").status()).isZero();
            assertThat(part(stack.status(), "kamailio").get("state").asText()).isEqualTo("down");
            assertThat(stack.mooring("part", "start", "kamailio").status()).isZero();
            assertThat(stack.status().get("up").asBoolean()).isTrue();
            // A frozen part must not keep the stack from going down.
            assertThat(stack.mooring("part", "freeze", "node-1").status()).isZero();
            assertThat(stack.mooring("down").status()).isZero();
            assertThat(stack.marked()).isEmpty();
        }
    }

    @Test
    void aUdpPortInUseIsNamedBeforeAnythingStarts() throws Exception {
        try (var stack = new LaunchedStack();
                var taken = new DatagramSocket(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), stack.sipPort))) {
            var up = stack.up();
            assertThat(up.status()).isEqualTo(1);
            assertThat(up.errLines()).singleElement()
                    .asString()
                    .contains("port " + taken.getLocalPort() + "/udp is in use", "MOORING_SIP_PORT");
            assertThat(stack.marked()).isEmpty();
        }
    }

    @Test
    void aTcpPortInUseIsNamedBeforeAnythingStarts() throws Exception {
        try (var stack = new LaunchedStack(); var taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(stack.httpPort + 4));
            var up = stack.up();
            assertThat(up.status()).isEqualTo(1);
            assertThat(up.errLines()).singleElement()
                    .asString()
                    .contains("port " + taken.getLocalPort() + "/tcp is in use", "MOORING_REDIS_PORT");
            assertThat(stack.marked()).isEmpty();
        }
    }

    /** Two rtpengines would share the ports without a word, and the calls of one get the media of the other. */
    @Test
    void rtpPortsOfAnotherStackAreNamedBeforeAnythingStarts() throws Exception {
        try (var first = new LaunchedStack(); var second = new LaunchedStack()) {
            assertThat(first.up().status()).isZero();
            var ports = first.description().at("/rtpengine/rtpPorts");
            int last = ports.get(1).asInt();
            var up = second.set("MOORING_RTP_PORTS", last + "-" + (last + 100)).up();
            assertThat(up.status()).isEqualTo(1);
            assertThat(up.errLines()).singleElement()
                    .asString()
                    .contains("in use by rtpengine", ports.get(0) + "-" + last, "MOORING_RTP_PORTS chooses others");
            assertThat(second.marked()).isEmpty();
        }
    }

    @Test
    void aPartThatCannotStartIsNamedAndTheOthersAreStopped() throws Exception {
        try (var stack = new LaunchedStack()) {
            var up = stack.set("MOORING_KAMAILIO_OPTS", "-Z").up();
            assertThat(up.status()).isEqualTo(1);
            assertThat(up.err()).contains("kamailio did not start: Unknown option", "kamailio.log");
            assertThat(stack.marked()).isEmpty();
        }
    }

    @Test
    void aJdkThatIsTooOldIsNamed() throws Exception {
        try (var stack = new LaunchedStack()) {
            var jdk = Files.createDirectories(stack.state.resolve("jdk"));
            Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.15\"\n");
            var up = stack.set("MOORING_JDK", jdk.toString()).up();
            assertThat(up.status()).isEqualTo(1);
            assertThat(up.errLines()).singleElement().asString().contains("is not a JDK 25", "found: 17");
        }
    }
}
