package io.mooring.calls;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Namespace;
import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.Tones;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A baresip of Debian in a namespace: an extension of the demo tenant that sends a tone from a file and records what it hears. It is
 * ordered about over its control port (netstrings with JSON), as a user would with its keys.
 */
final class Baresip implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TONE_SECONDS = 180;
    private static final int WAV_HEADER = 44;

    private final String user;
    private final Path folder;
    private final Process process;
    private final List<JsonNode> said = new CopyOnWriteArrayList<>();
    private final Socket control;

    /** @param port of SIP; the four ports after it are used too */
    Baresip(Namespace namespace, Path parent, InetSocketAddress edge, String domain, String user, int port, double tone)
            throws IOException {
        this(namespace, parent, edge, "udp", "", domain, user, port, tone);
    }

    /**
     * @param transport by which it speaks with the edge
     * @param authorities whose certificates it takes, with {@code tls}: name of a PEM file
     */
    Baresip(Namespace namespace, Path parent, InetSocketAddress edge, String transport, String authorities,
            String domain,
            String user, int port, double tone) throws IOException {
        this.user = user;
        this.folder = Files.createDirectory(parent.resolve(user));
        var recordings = Files.createDirectory(folder.resolve("heard"));
        var voice = writeTone(tone);
        var controlAddress = new InetSocketAddress(namespace.inside(), port + 3);
        Files.writeString(folder.resolve("config"), """
                poll_method epoll
                sip_listen %1$s:%2$d
                sip_certificate
                sip_cafile %8$s
                sip_verify_server %9$s
                audio_source aufile,%3$s
                audio_player aufile,%4$s/played.wav
                audio_srate 8000-8000
                audio_channels 1-1
                ausrc_srate 8000
                auplay_srate 8000
                rtp_ports %5$d-%6$d
                module_path /usr/lib/baresip/modules
                module g711.so
                module aufile.so
                module sndfile.so
                snd_path %4$s
                module_app account.so
                module_app menu.so
                module_app ctrl_tcp.so
                ctrl_tcp_listen %1$s:%7$d
                """.formatted(namespace.inside(), port, voice, recordings, port + 10_000, port + 10_019,
                controlAddress.getPort(), authorities, authorities.isEmpty() ? "no" : "yes"));
        Files.writeString(folder.resolve("accounts"),
                """
                        <sip:%1$s@%2$s;transport=%5$s>;auth_user=%1$s;auth_pass=demo-%1$s;outbound="sip:%3$s:%4$d;transport=%5$s"\
                        ;regint=600;audio_codecs=pcma/8000/1
                        """
                        .formatted(user, domain, edge.getHostString(), edge.getPort(), transport));
        Files.writeString(folder.resolve("contacts"), "");
        process = namespace.process(List.of("baresip", "-f", folder.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        control = connect(controlAddress);
        Thread.ofVirtual().start(this::listen);
    }

    private Path writeTone(double hertz) throws IOException {
        var samples = Tones.sine(hertz, 0, TONE_SECONDS * Codec.RATE);
        var bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(samples);
        var file = folder.resolve("voice.wav");
        AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(bytes.array()),
                new AudioFormat(Codec.RATE, 16, 1, true, false), samples.length), AudioFileFormat.Type.WAVE,
                file.toFile());
        return file;
    }

    private Socket connect(InetSocketAddress address) {
        var connected = new Socket[1];
        await("a control port", Duration.ofSeconds(15), () -> {
            var socket = new Socket();
            try {
                socket.connect(address, 1_000);
                connected[0] = socket;
                return true;
            } catch (IOException e) {
                socket.close();
                return false;
            }
        });
        return connected[0];
    }

    private void listen() {
        try (var in = new DataInputStream(control.getInputStream())) {
            while (true) {
                var length = 0;
                int digit;
                while ((digit = in.readUnsignedByte()) != ':') {
                    length = 10 * length + digit - '0';
                }
                said.add(JSON.readTree(in.readNBytes(length)));
                in.readUnsignedByte(); // the comma
            }
        } catch (IOException e) {
            // It has ended, or we have.
        }
    }

    /** Presses keys. */
    void command(String command, String parameters) {
        try {
            var text = JSON.writeValueAsBytes(Map.of("command", command, "params", parameters));
            var netstring = new ByteArrayOutputStream();
            netstring.writeBytes((text.length + ":").getBytes(StandardCharsets.US_ASCII));
            netstring.writeBytes(text);
            netstring.write(',');
            control.getOutputStream().write(netstring.toByteArray());
            control.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the phone has told of something, such as {@code CALL_ESTABLISHED}. */
    void awaitEvent(String type, Duration within) {
        await(type, within, () -> said.stream().anyMatch(event -> event.path("type").asText().equals(type)));
    }

    /** It may have registered before we listened. */
    void awaitRegistered(Duration within) {
        await("registration", within, () -> output().contains("[1 binding]"));
    }

    /** Waits until the last stretch of what it hears passes the test. */
    void awaitHeard(String what, Duration stretch, Predicate<short[]> test, Duration within) {
        await(what, within, () -> {
            var heard = heard();
            var length = (int) (stretch.toMillis() * Codec.RATE / 1_000);
            return heard.length >= length && test.test(Arrays.copyOfRange(heard, heard.length - length, heard.length));
        });
    }

    /** What the newest recording has so far; its header tells the length only when it is closed. */
    private short[] heard() throws IOException {
        try (var files = Files.list(folder.resolve("heard"))) {
            var newest = files.filter(file -> file.toString().endsWith("-dec.wav"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()));
            if (newest.isEmpty()) {
                return new short[0];
            }
            var bytes = Files.readAllBytes(newest.get());
            var length = Math.max(0, bytes.length - WAV_HEADER) / 2;
            var samples = new short[length];
            ByteBuffer.wrap(bytes, Math.min(WAV_HEADER, bytes.length), 2 * length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asShortBuffer()
                    .get(samples);
            return samples;
        }
    }

    private void await(String what, Duration within, java.util.concurrent.Callable<Boolean> condition) {
        try {
            Awaitility.await()
                    .atMost(within)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(50))
                    .until(condition);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("baresip " + user + ": no " + what + " in " + within + "\nsaid: " + said + "\n"
                    + output(), e);
        }
    }

    private String output() {
        try (var heard = Files.list(folder.resolve("heard"))) {
            return heard.map(file -> file.getFileName() + " " + file.toFile().length()).toList() + "\n"
                    + Files.readString(folder.resolve("output"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
        try {
            control.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
