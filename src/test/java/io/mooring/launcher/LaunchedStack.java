package io.mooring.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.RtpPorts;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A state folder and ports of its own for {@code ./mooring}. Closing it takes down whatever was started there. */
final class LaunchedStack implements AutoCloseable {

    /** What one call of the launcher gave. */
    record Run(int status, String out, String err) {

        List<String> errLines() {
            return err.lines().toList();
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LIMIT_SECONDS = 180;
    private static final int SIP_OFFSET = 95;

    final Path state;
    final int httpPort;
    final int sipPort;
    private final RtpPorts rtp = RtpPorts.claim();
    private final Map<String, String> settings = new HashMap<>();

    LaunchedStack() throws IOException {
        state = Files.createTempDirectory("mooring-it-");
        httpPort = freeBlock();
        sipPort = httpPort + SIP_OFFSET;
        set("MOORING_STATE_DIR", state.toString());
        set("MOORING_HTTP_PORT", Integer.toString(httpPort));
        set("MOORING_SIP_PORT", Integer.toString(sipPort));
        set("MOORING_RTP_PORTS", rtp.toString());
        // The build that runs this test is the one to start.
        set("MOORING_BUILD", "never");
    }

    LaunchedStack set(String name, String value) {
        settings.put(name, value);
        return this;
    }

    /** A call of the launcher that has not ended perhaps. */
    record Running(Process process, Path out, Path err) {

        /** What it has told people so far. */
        String toldSoFar() throws IOException {
            return Files.readString(err);
        }

        Run end() throws IOException, InterruptedException {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IllegalStateException("no end after " + LIMIT_SECONDS + " s: " + process.info());
            }
            var run = new Run(process.exitValue(), Files.readString(out), Files.readString(err));
            Files.delete(out);
            Files.delete(err);
            return run;
        }
    }

    Run mooring(String... arguments) throws IOException, InterruptedException {
        return start(arguments).end();
    }

    Running start(String... arguments) throws IOException {
        var command = new ArrayList<>(List.of("./mooring"));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile("mooring-it-", ".out");
        Path err = Files.createTempFile("mooring-it-", ".err");
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MOORING_") && !name.equals("MOORING_CI_RUN"));
        builder.environment().putAll(settings);
        return new Running(builder.start(), out, err);
    }

    /** Starts one node without the demo tenant. */
    Run up() throws IOException, InterruptedException {
        return startUp().end();
    }

    Running startUp() throws IOException {
        return start("up", "--nodes", "1", "--bare", "--json");
    }

    JsonNode description() throws IOException {
        return JSON.readTree(Files.readString(state.resolve("stack.json")));
    }

    JsonNode status() throws IOException, InterruptedException {
        return JSON.readTree(mooring("status", "--json").out());
    }

    /** Living processes that a stack of this state folder started, orphans included. */
    List<String> marked() throws IOException {
        var found = new ArrayList<String>();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    String environment = new String(Files.readAllBytes(process.resolve("environ")),
                            StandardCharsets.ISO_8859_1);
                    if (environment.contains("MOORING_PART_ID=")
                            && environment.contains("MOORING_STATE_DIR=" + state + "\0")) {
                        found.add(process.getFileName() + " " + Files.readString(process.resolve("comm")).strip());
                    }
                } catch (IOException gone) {
                    // It ended while we looked.
                }
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        try {
            mooring("down", "--purge");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            rtp.close();
        }
    }

    /** First of a hundred ports of which nobody uses those that a stack of one node takes. */
    private static int freeBlock() throws IOException {
        for (var tries = 0; tries < 50; tries++) {
            int first = 10_000 + ThreadLocalRandom.current().nextInt(90) * 100;
            if (isFree(first, 0) && isFree(first, 1) && isFree(first, 2) && isFree(first, 3) && isFree(first, 4)
                    && isFree(first, 5) && isFree(first, 6) && isFree(first, SIP_OFFSET)) {
                return first;
            }
        }
        throw new IOException("found no free ports");
    }

    private static boolean isFree(int first, int offset) {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), first + offset);
        try (var tcp = new ServerSocket(); var udp = new DatagramSocket(null)) {
            tcp.setReuseAddress(true);
            tcp.bind(address);
            udp.bind(address);
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
