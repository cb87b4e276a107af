package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Sdp;
import io.mooring.lab.Stack;
import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.RtpEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * One SIPp process that plays a scenario of {@code src/test/resources/sipp} once, with a media end of the lab: SIPp says the
 * endpoint's port in its session descriptions, and where the other side wants its media is read from SIPp's trace.
 */
final class SippPhone implements AutoCloseable {

    private static final Path SCENARIOS = Path.of("src/test/resources/sipp").toAbsolutePath();
    private static final Pattern MESSAGE = Pattern.compile(
            "(?m)^-{20,} .*\\R(?:UDP|TCP) message (sent|received)[^\\n]*\\R\\R");

    private final String scenario;
    private final String transport;
    private final InetSocketAddress address;
    private final String callId = UUID.randomUUID().toString();
    private final Path folder;
    private final RtpEndpoint media;
    private final Process process;

    /** How a SIPp process is set up. */
    static final class Builder {
        private final String scenario;
        private final Stack stack;
        private String transport = "udp";
        private String address = "127.0.0.1";
        private int port;
        private double toneHertz = 440;
        private final List<String> arguments = new ArrayList<>();

        private Builder(String scenario, Stack stack) {
            this.scenario = scenario;
            this.stack = stack;
            key("domain", Stack.TENANT);
        }

        Builder transport(String udpOrTcp) {
            transport = udpOrTcp;
            return key("tp", udpOrTcp);
        }

        Builder from(String local) {
            address = local;
            return this;
        }

        Builder port(int local) {
            port = local;
            return this;
        }

        Builder tone(double hertz) {
            toneHertz = hertz;
            return this;
        }

        /** An extension of the demo tenant. */
        Builder extension(String user) {
            arguments.addAll(List.of("-au", user, "-ap", "demo-" + user));
            return key("user", user);
        }

        /** What {@code [name]} in the scenario stands for. */
        Builder key(String name, String value) {
            arguments.addAll(List.of("-key", name, value));
            return this;
        }

        SippPhone start() {
            return new SippPhone(this);
        }
    }

    static Builder play(String scenario, Stack stack) {
        return new Builder(scenario, stack);
    }

    private SippPhone(Builder settings) {
        scenario = settings.scenario;
        transport = settings.transport;
        address = new InetSocketAddress(settings.address,
                settings.port == 0 ? freePort(settings.address) : settings.port);
        media = new RtpEndpoint(settings.address, settings.toneHertz);
        var sip = settings.stack.sip();
        try {
            folder = Files.createTempDirectory("mooring-sipp-");
            var command = new ArrayList<>(List.of("sipp", "-sf", SCENARIOS.resolve(scenario + ".xml").toString(), "-t",
                    transport.equals("tcp") ? "t1" : "u1", "-i", settings.address, "-p", "" + address.getPort(), "-m",
                    "1", "-cid_str", callId, "-nd", "-nostdin", "-trace_msg", "-message_file",
                    folder.resolve("messages").toString(), "-trace_err", "-error_file",
                    folder.resolve("errors").toString(),
                    "-timeout", "90s", "-timeout_error", "-key", "rtp", "" + media.local().getPort()));
            command.addAll(settings.arguments);
            command.add(sip.getHostString() + ":" + sip.getPort());
            process = new ProcessBuilder(command).directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output").toFile())
                    .start();
        } catch (IOException e) {
            media.close();
            throw new UncheckedIOException(e);
        }
    }

    /** Free for UDP and TCP. */
    static int freePort(String address) {
        while (true) {
            try (var udp = new DatagramSocket(new InetSocketAddress(address, 0));
                    var unused = new ServerSocket(udp.getLocalPort(), 1, InetAddress.getByName(address))) {
                return udp.getLocalPort();
            } catch (SocketException e) {
                // taken for TCP
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    RtpEndpoint media() {
        return media;
    }

    InetSocketAddress address() {
        return address;
    }

    String callId() {
        return callId;
    }

    /** SIPp listens: what is sent to it from now on arrives. */
    SippPhone awaitListening(Duration within) {
        await(within, "no socket", () -> {
            try (var sockets = Files.lines(Path.of("/proc/net", transport))) {
                var local = ":%04X ".formatted(address.getPort());
                return sockets.anyMatch(socket -> socket.substring(0, 24).contains(local));
            }
        });
        return this;
    }

    /** The messages that SIPp received, in order. */
    private List<String> received() {
        String trace;
        try {
            var file = folder.resolve("messages");
            trace = Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var messages = new ArrayList<String>();
        var heads = MESSAGE.matcher(trace).results().toList();
        for (var i = 0; i < heads.size(); i++) {
            if (heads.get(i).group(1).equals("received")) {
                messages.add(trace.substring(heads.get(i).end(),
                        i + 1 < heads.size() ? heads.get(i + 1).start() : trace.length()));
            }
        }
        return messages;
    }

    /**
     * Waits until the other side has described its media so many times, and sends there from now on. Descriptions in
     * repetitions of a message are the same and count once.
     */
    SippPhone awaitMedia(int descriptions, Duration within) {
        await(within, "fewer than " + descriptions + " session descriptions", () -> described().size() >= descriptions);
        media.configure(described().get(descriptions - 1).target().orElseThrow(), Codec.PCMA, 8, true);
        return this;
    }

    private List<Sdp> described() {
        return received().stream()
                .filter(message -> message.contains("\nm=audio "))
                .map(message -> message.split("\r?\n\r?\n", 2)[1])
                .distinct()
                .map(Sdp::parse)
                .toList();
    }

    /** Tells the scenario to go on where it waits for an INFO: it belongs to no dialog, but has the Call-ID. */
    void goOn(String ofCall) {
        var info = """
                INFO sip:sipp@%1$s:%2$d SIP/2.0\r
                Via: SIP/2.0/%3$s 127.0.0.1:9;branch=z9hG4bK%5$s\r
                Max-Forwards: 70\r
                From: <sip:test@invalid>;tag=test\r
                To: <sip:sipp@invalid>\r
                Call-ID: %4$s\r
                CSeq: 1 INFO\r
                Content-Length: 0\r
                \r
                """.formatted(address.getAddress().getHostAddress(), address.getPort(), transport.toUpperCase(
                java.util.Locale.ROOT), ofCall, UUID.randomUUID()).getBytes(StandardCharsets.US_ASCII);
        try {
            if (transport.equals("udp")) {
                try (var socket = new DatagramSocket()) {
                    socket.send(new DatagramPacket(info, info.length, address));
                }
            } else {
                try (var socket = new Socket(address.getAddress(), address.getPort())) {
                    socket.getOutputStream().write(info);
                    socket.getOutputStream().flush();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the scenario was played to its end. */
    void awaitDone(Duration within) {
        try {
            if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError(scenario + ".xml has not ended in " + within + "\n" + evidence());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        assertThat(process.exitValue()).as(() -> "exit status of " + scenario + ".xml\n" + evidence()).isZero();
    }

    private void await(Duration within, String complaint, java.util.concurrent.Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .atMost(within)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(20))
                    .failFast(() -> !process.isAlive() && !condition.call())
                    .until(condition);
        } catch (ConditionTimeoutException | org.awaitility.core.TerminalFailureException e) {
            throw new AssertionError(scenario + ".xml: " + complaint + " in " + within + "\n" + evidence(), e);
        }
    }

    private String evidence() {
        var text = new StringBuilder();
        for (var name : List.of("errors", "messages")) {
            var file = folder.resolve(name);
            try {
                if (Files.exists(file)) {
                    text.append(name).append(":\n").append(Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            } catch (IOException e) {
                text.append(e);
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        media.close();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
