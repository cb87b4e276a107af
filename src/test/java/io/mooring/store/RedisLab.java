package io.mooring.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;

/** A real Redis of some kind, on free ports with a folder of its own. */
public interface RedisLab extends AutoCloseable {

    /** How a node gets to it. */
    RedisSetup setup();

    /** The same as settings of nodes and edges. */
    Map<String, String> settings();

    /** A client; to be closed. */
    UnifiedJedis client();

    /** Clients of all that take writes now; to be closed. */
    List<Jedis> primaries();

    /** Empties it. */
    default void flush() {
        primaries().forEach(primary -> {
            try (primary) {
                primary.flushAll();
            }
        });
    }

    /** Ends all servers at once. */
    void kill();

    /** Starts those again that have ended. */
    void restart();

    /** Stops all servers in their tracks. */
    void freeze();

    /** Lets them go on. */
    void thaw();

    /** Its user needs it no more. */
    default void release() {
        close();
    }

    @Override
    void close();

    /** The name of the kind that {@code -Dmooring.redis} asks for. */
    static String kind() {
        return System.getProperty("mooring.redis", "standalone");
    }

    /** True when nothing else is asked for than one server without users. */
    static boolean isPlain() {
        return kind().equals("standalone") && !RedisUsers.areAsked();
    }

    /** A new one of the kind that is asked for. */
    static RedisLab start() {
        return switch (kind()) {
            case "standalone" -> new SingleRedis();
            case "sentinel" -> new RedisWithSentinels();
            case "cluster" -> new ClusteredRedis();
            default -> throw new IllegalArgumentException("-Dmooring.redis must be standalone, sentinel or cluster");
        };
    }

    /** One of the kind that is asked for; what takes long to start is there once, until this Java machine ends. */
    static RedisLab shared() {
        return kind().equals("standalone") ? new SingleRedis() : Shared.LAB;
    }

    /** Started when first asked for. */
    final class Shared {
        private static final RedisLab LAB = make();

        private Shared() {}

        private static RedisLab make() {
            RedisLab started = start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::close));
            return started;
        }

        static boolean is(RedisLab lab) {
            return lab == LAB;
        }
    }

    /** Below those that the system gives to clients. */
    static List<Integer> freePorts(int count) {
        return ThreadLocalRandom.current()
                .ints(21_000, 29_000)
                .distinct()
                .filter(RedisLab::isFree)
                .limit(count)
                .boxed()
                .toList();
    }

    private static boolean isFree(int port) {
        try (var unused = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends a signal to some processes. */
    static void signal(String signal, Iterable<Process> processes) {
        for (Process process : processes) {
            try {
                new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().onExit().join();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
