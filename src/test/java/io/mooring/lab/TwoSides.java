package io.mooring.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A stack of which one node runs in another {@link Namespace}, with whatever else is started there, at the far end of a wire that can be cut. This process
 * is in a namespace too, so that all ports are its own, with the other nodes, the edge, rtpengine and the phones.
 */
public final class TwoSides {
    /** The last one of the nodes. */
    private static final int NODES = 3;
    public static final String FAR_NODE = "node-" + NODES;

    private static final int HTTP_PORT = 12_000;
    private static final int SIP_PORT = HTTP_PORT + 95;
    private static final String RTPENGINE = "" + (HTTP_PORT + 5);
    private static final String CONTROL = "" + (HTTP_PORT + 6);
    private static final String FAR_EDGE = "" + port(NODES, 1);
    private static final String FAR_ADMIN = "" + port(NODES, 2);
    private static final String LOOPBACK = "127.0.0.1";

    /** Members of a cluster need addresses that the others can reach. */
    private static final String LINES = """
            if [[ ${MOORING_NODE:-} == node-* ]]; then
              members=(%s)
              MOORING_CLUSTER_LISTEN=${members[${MOORING_NODE#node-} - 1]}
              MOORING_CLUSTER_MEMBERS=$(IFS=, && printf '%%s' "${members[*]}")
              export MOORING_CLUSTER_LISTEN MOORING_CLUSTER_MEMBERS
              [[ $MOORING_NODE != %s ]] || exec %s '%s' "$@"
            fi""";

    private final Path jdk;
    private final List<String> far;
    private final String farAddress;
    private final List<Integer> nearRedis = new ArrayList<>();
    private final List<List<String>> cuts = new ArrayList<>();

    /**
     * @param folder for what this needs
     * @param farName the namespace of the far side
     */
    public TwoSides(Path folder, String farName, String nearAddress, String farAddress) {
        this.jdk = folder.resolve("jdk");
        this.far = List.of("ip", "netns", "exec", farName);
        this.farAddress = farAddress;
        var members = IntStream.rangeClosed(1, NODES)
                .mapToObj(node -> (node == NODES ? farAddress : nearAddress) + ":" + port(node, 3))
                .collect(Collectors.joining(" "));
        JdkWith.lines(jdk, LINES.formatted(members, FAR_NODE, String.join(" ", far),
                Path.of(System.getProperty("java.home"), "bin", "java")));
        // The launcher and the edge take all nodes for being on loopback, and the nodes the edge and rtpengine.
        reach(List.of(), far, farAddress, "tcp", FAR_EDGE);
        reach(List.of(), far, farAddress, "tcp", FAR_ADMIN);
        reach(far, List.of(), nearAddress, "tcp", RTPENGINE);
        reach(far, List.of(), nearAddress, "udp", RTPENGINE);
        reach(far, List.of(), nearAddress, "tcp", CONTROL);
        for (var side : List.of(List.<String>of(), far)) {
            Packets.rule(side, "-t", "nat", "-A", "POSTROUTING", "-o", Namespace.WIRE, "-s", LOOPBACK + "/8", "-j",
                    "MASQUERADE");
        }
    }

    private static int port(int node, int which) {
        return HTTP_PORT + 10 * (node - 1) + which;
    }

    /** What one side looks for on its loopback is on that of the other side. */
    private static void reach(List<String> from, List<String> to, String address, String protocol, String port) {
        Packets.rule(from, "-t", "nat", "-A", "OUTPUT", "-d", LOOPBACK, "-p", protocol, "--dport", port, "-j", "DNAT",
                "--to-destination", address);
        Packets.rule(to, "-t", "nat", "-A", "PREROUTING", "-i", Namespace.WIRE, "-p", protocol, "--dport", port, "-j",
                "DNAT", "--to-destination", LOOPBACK);
    }

    /** In front of a command that shall run on the far side. */
    public List<String> far() {
        return far;
    }

    /**
     * @param redisPorts of the servers, of which the first one is on the far side
     * @return for the launcher
     */
    public Map<String, String> settings(List<Integer> redisPorts) {
        nearRedis.addAll(redisPorts.subList(1, redisPorts.size()));
        var settings = new HashMap<String, String>();
        settings.put("MOORING_JDK", jdk.toString());
        settings.put("MOORING_HTTP_PORT", "" + HTTP_PORT);
        settings.put("MOORING_SIP_PORT", "" + SIP_PORT);
        // By the address that it comes from, the edge is told from the nodes.
        settings.put("MOORING_REDIS_SERVERS",
                redisPorts.stream().map(port -> LOOPBACK + ":" + port).collect(Collectors.joining(",")));
        Packets.rule(List.of(), "-t", "nat", "-A", "OUTPUT", "-d", LOOPBACK, "-p", "tcp", "--dport",
                farRedis(redisPorts),
                "-j", "DNAT", "--to-destination", farAddress);
        for (var chain : List.of("INPUT -i wire -d", "OUTPUT -o wire -s")) {
            var rule = "-A " + chain + " " + LOOPBACK + " -p tcp -m multiport --ports " + farRedis(redisPorts)
                    + " -j ACCEPT";
            Packets.rule(List.of(), rule.split(" "));
        }
        return settings;
    }

    private static String farRedis(List<Integer> redisPorts) {
        return "" + redisPorts.getFirst();
    }

    public int nodes() {
        return NODES;
    }

    /** The far side loses everything but the edge, with the phones, and rtpengine, which both sides reach. */
    public void cut() {
        for (var protocol : List.of("tcp", "udp")) {
            for (var chain : List.of("INPUT -i", "OUTPUT -o")) {
                drop(chain + " " + Namespace.WIRE + " -p " + protocol + " -m multiport ! --ports "
                        + String.join(",", RTPENGINE, CONTROL, FAR_EDGE, FAR_ADMIN));
            }
        }
    }

    /** The edge and rtpengine go with the far side: the nodes and servers that stay here lose them, with the phones. */
    public void cutWithEdge() {
        cut();
        for (var node = 1; node < NODES; node++) {
            drop("OUTPUT -o lo -p tcp -m multiport --ports " + port(node, 1));
        }
        drop("OUTPUT -o lo -p tcp -m multiport --ports " + CONTROL);
        drop("OUTPUT -o lo -p udp -m multiport --ports " + RTPENGINE);
        for (var port : nearRedis) {
            drop("OUTPUT -o lo -s " + LOOPBACK + " -d " + LOOPBACK + " -p tcp -m multiport --ports " + port);
        }
    }

    private void drop(String packets) {
        var rule = List.of((packets + " -j DROP").split(" "));
        change("-A", rule);
        cuts.add(rule);
    }

    public void heal() {
        cuts.forEach(rule -> change("-D", rule));
        cuts.clear();
    }

    private static void change(String how, List<String> rule) {
        var options = new ArrayList<>(List.of(how));
        options.addAll(rule);
        Packets.rule(List.of(), options.toArray(String[]::new));
    }
}
