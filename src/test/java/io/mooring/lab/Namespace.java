package io.mooring.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * A network namespace of its own, with its loopback interface up: what is done to its packets does not concern the machine. With
 * a {@link #wired} one, the machine is at {@link #host} and the namespace at {@link #inside}.
 *
 * <p>It goes with {@link #close}, and with this Java machine however that ends; so does every process left in it.
 */
public final class Namespace implements AutoCloseable {

    /** What both ends of a wire between two namespaces are called. */
    static final String WIRE = "wire";
    /** What the network card of a host at a switch is called. */
    static final String LAN = "lan";

    private static final String KEEPER = """
            trap '' INT TERM
            cat >/dev/null
            for pid in $(ip netns pids "$1"); do kill -KILL "$pid"; done
            ip link del "$2" 2>/dev/null
            ip netns del "$1"
            """;

    private final String name;
    private final String network;
    private final Process keeper;
    private final OutputStream leash;

    private Namespace(boolean wired) {
        if (!isRoot()) {
            throw new AssertionError("this test makes a network namespace, which needs root: sudo ./mooring test");
        }
        var id = "%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24));
        this.name = "mooring-" + id;
        this.network = "10.231." + ThreadLocalRandom.current().nextInt(1, 255) + ".";
        var outer = "mh" + id;
        var inner = "mn" + id;
        run("ip", "netns", "add", name);
        try {
            keeper = new ProcessBuilder("setsid", "bash", "-c", KEEPER, "keeper", name, outer)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            leash = keeper.getOutputStream();
        } catch (IOException e) {
            run("ip", "netns", "del", name);
            throw new UncheckedIOException(e);
        }
        try {
            inside("ip", "link", "set", "lo", "up");
            if (wired) {
                run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name);
                run("ip", "addr", "add", host() + "/24", "dev", outer);
                run("ip", "link", "set", outer, "up");
                inside("ip", "addr", "add", inside() + "/24", "dev", inner);
                inside("ip", "link", "set", inner, "up");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** With nothing but loopback. */
    public static Namespace alone() {
        return new Namespace(false);
    }

    /** With a pair of virtual network cards between it and the machine. */
    public static Namespace wired() {
        return new Namespace(true);
    }

    /** True when this machine lets us make one. */
    public static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    /** Lays a wire from this one to another one; each is a router for its own loopback addresses besides. */
    public void wire(Namespace other) {
        inside("ip", "link", "add", WIRE, "type", "veth", "peer", "name", WIRE, "netns", other.name);
        var address = 0;
        for (var end : List.of(this, other)) {
            address++;
            end.inside("ip", "addr", "add", network + address + "/24", "dev", WIRE);
            end.inside("ip", "link", "set", WIRE, "up");
            end.inside("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1");
        }
    }

    /**
     * Makes this one a switch, with itself and other hosts at it, each with an address of its own. All know by heart where the others are, so that what
     * is sent to a host whose link is down vanishes, instead of being refused by whoever asks in vain where it is.
     *
     * @return addresses: of this one, and of the others in their order
     */
    public List<String> lan(List<Namespace> others) {
        inside("ip", "link", "add", LAN, "type", "bridge");
        inside("ip", "link", "set", LAN, "up");
        var hosts = new ArrayList<>(List.of(this));
        hosts.addAll(others);
        for (int number = 0; number < hosts.size(); number++) {
            var host = hosts.get(number);
            if (host != this) {
                var port = "port" + number;
                inside("ip", "link", "add", port, "type", "veth", "peer", "name", LAN, "netns", host.name);
                inside("ip", "link", "set", port, "master", LAN, "up");
            }
            host.inside("ip", "addr", "add", lanAddress(number) + "/24", "dev", LAN);
            host.inside("ip", "link", "set", LAN, "up");
            host.inside("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1");
        }
        for (var host : hosts) {
            for (int number = 0; number < hosts.size(); number++) {
                var card = hosts.get(number).inside("cat", "/sys/class/net/" + LAN + "/address").strip();
                if (hosts.get(number) != host) {
                    host.inside("ip", "neigh", "replace", lanAddress(number), "lladdr", card, "dev", LAN, "nud",
                            "permanent");
                }
            }
        }
        return IntStream.range(0, hosts.size()).mapToObj(this::lanAddress).toList();
    }

    /** One that a phone at the switch may have. */
    public String lanAddress(int number) {
        return network + (number + 1);
    }

    /** The machine's address on the wire. */
    public String host() {
        return network + "1";
    }

    /** The namespace's address on the wire. */
    public String inside() {
        return network + "2";
    }

    /** A process that will run in the namespace; its id is that of the program itself. */
    public ProcessBuilder process(List<String> command) {
        var whole = new ArrayList<>(List.of("ip", "netns", "exec", name));
        whole.addAll(command);
        return new ProcessBuilder(whole);
    }

    /** Runs a short command in the namespace and returns what it printed. */
    public String inside(String... command) {
        return run(process(List.of(command)));
    }

    private static String run(String... command) {
        return run(new ProcessBuilder(command));
    }

    private static String run(ProcessBuilder command) {
        try {
            var process = command.redirectErrorStream(true).start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command.command()) + ": " + output.strip());
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            leash.close();
            if (!keeper.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the namespace " + name + " does not go");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (Files.exists(Path.of("/run/netns", name))) {
            throw new IllegalStateException("the namespace " + name + " is left");
        }
    }
}
