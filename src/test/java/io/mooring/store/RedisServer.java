package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import redis.clients.jedis.Jedis;

/**
 * A real redis-server on a free port, for one test class. As a static field with {@code @RegisterExtension} it is emptied
 * before each test, and ended after the last.
 */
public final class RedisServer implements AutoCloseable, BeforeEachCallback, AfterAllCallback {

    private final int port;
    private Process process;

    /** Starts it, and waits until it takes connections. */
    public RedisServer() {
        port = freePort();
        process = launch();
    }

    /** Connection string. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Ends the server at once; what it held is gone. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Starts it again at the same port after {@link #kill}, empty. */
    public void restart() {
        process = launch();
    }

    @Override
    public void close() {
        kill();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        flush();
    }

    /** Empties it. */
    public void flush() {
        try (Jedis jedis = jedis()) {
            jedis.flushAll();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    /** A client that has nothing in common with the one under test; to be closed. */
    public Jedis jedis() {
        return new Jedis("127.0.0.1", port);
    }

    /** Stops the process in its tracks: connections stay open, and nobody answers. */
    public void freeze() {
        signal("-STOP");
    }

    /** Lets it go on after {@link #freeze}. */
    public void thaw() {
        signal("-CONT");
    }

    private void signal(String signal) {
        try {
            new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().onExit().join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() {
        try {
            Process started = new ProcessBuilder("redis-server", "--port", Integer.toString(port), "--bind",
                    "127.0.0.1",
                    "--save", "", "--appendonly", "no")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Awaitility.await("redis-server")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(5))
                    .until(this::answers);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
