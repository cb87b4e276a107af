package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A host in a {@link Namespace} of its own, with an edge and nothing else on it. The rest of a stack is in another one, where this is used; its link
 * can be taken down, and all that is on its way vanishes.
 */
public final class EdgeHost implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final List<String> place;
    private final OtherEdge edge;

    /**
     * @param namespace its name
     * @param address of the host
     * @param site address of the rest of the stack
     */
    public EdgeHost(Stack stack, String namespace, String address, String site, Map<String, String> settings) {
        this.place = List.of("ip", "netns", "exec", namespace);
        // Nodes and Redis are on the loopback of the site.
        Packets.rule(place, "-t", "nat", "-A", "OUTPUT", "-d", LOOPBACK, "-p", "tcp", "-j", "DNAT", "--to-destination",
                site);
        Packets.rule(place, "-t", "nat", "-A", "POSTROUTING", "-o", Namespace.LAN, "-s", LOOPBACK + "/8", "-j",
                "MASQUERADE");
        Packets.rule(List.of(), "-t", "nat", "-A", "PREROUTING", "-i", Namespace.LAN, "-s", address, "-d", site, "-p",
                "tcp", "-j", "DNAT", "--to-destination", LOOPBACK);
        // Redis speaks to nobody else.
        Packets.rule(List.of(), "-t", "nat", "-A", "INPUT", "-s", address, "-d", LOOPBACK, "-p", "tcp", "-j", "SNAT",
                "--to-source", LOOPBACK);
        this.edge = new OtherEdge(stack, address, place, settings);
    }

    public InetSocketAddress sip() {
        return edge.sip();
    }

    /** URL at which the edge takes actions. */
    public String control() {
        return edge.control();
    }

    public void cutOff() {
        link("down");
    }

    public void heal() {
        link("up");
    }

    private void link(String how) {
        var command = Stream.concat(place.stream(), Stream.of("ip", "link", "set", Namespace.LAN, how)).toList();
        try {
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
                throw new IllegalStateException("the link is not " + how);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        edge.close();
    }
}
