package io.mooring.media;

import io.mooring.config.HostPort;
import io.mooring.lab.RtpPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A real rtpengine with the settings of the project, which takes commands at a free port of loopback. */
final class RtpengineServer implements AutoCloseable {

    private final int port;
    private final RtpPorts rtp = RtpPorts.claim();
    private final List<String> options;
    private Process process;

    /** Starts it, and waits until it takes commands. */
    RtpengineServer(String... options) throws IOException {
        this.options = List.of(options);
        try (var socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        start();
    }

    HostPort address() {
        return new HostPort("127.0.0.1", port);
    }

    void start() throws IOException {
        var command = new ArrayList<>(List.of("rtpengine", "--config-file=media/rtpengine.conf", "--foreground",
                "--log-stderr",
                "--interface=127.0.0.1", "--listen-ng=127.0.0.1:" + port, "--num-threads=2", "--media-num-threads=1",
                "--port-min=" + rtp.first(), "--port-max=" + rtp.last()));
        command.addAll(options);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Awaitility.await("rtpengine")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(this::answers);
    }

    private boolean answers() {
        try (var socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            socket.setSoTimeout(200);
            byte[] ping = ("ping-" + System.nanoTime() + " {\"command\": \"ping\"}").getBytes(StandardCharsets.UTF_8);
            socket.send(new DatagramPacket(ping, ping.length));
            socket.receive(new DatagramPacket(new byte[100], 100));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Stops it in its tracks: what is sent to it waits in its socket. */
    void freeze() {
        signal("-STOP");
    }

    /** Lets it go on after {@link #freeze}. */
    void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().onExit().join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it at once; its sessions are gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Tells it to go, as for an upgrade. */
    void end() {
        process.destroy();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
        rtp.close();
    }
}
