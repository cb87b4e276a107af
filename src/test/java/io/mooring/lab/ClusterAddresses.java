package io.mooring.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Has each node of a stack speak to the other nodes from a loopback address of its own, so that one of them can be cut off from the others, and from nothing
 * else. Works in a {@link Namespace}, whose packets concern nobody. What the others send it over the event bus is lost as well; what it sends
 * there comes from the address of everybody, and passes.
 */
public final class ClusterAddresses {
    private static final String NETWORK = "127.0.10.";
    private static final String EVERYBODY = "127.0.0.1";
    private static final String OWN_ADDRESS = """
            if [[ ${MOORING_NODE:-} == node-* ]]; then
              IFS=, read -ra members <<<"$MOORING_CLUSTER_MEMBERS"
              for i in "${!members[@]}"; do members[i]=%s$((i + 1)):${members[i]##*:}; done
              MOORING_CLUSTER_LISTEN=${members[${MOORING_NODE#node-} - 1]}
              MOORING_CLUSTER_MEMBERS=$(IFS=, && printf '%%s' "${members[*]}")
              export MOORING_CLUSTER_LISTEN MOORING_CLUSTER_MEMBERS
            fi""".formatted(NETWORK);

    private final Path jdk;

    /** @param folder for what this needs */
    public ClusterAddresses(Path folder) {
        jdk = folder.resolve("jdk");
        JdkWith.lines(jdk, OWN_ADDRESS);
    }

    /** For the launcher. */
    public Map<String, String> settings() {
        return Map.of("MOORING_JDK", jdk.toString(), "MOORING_NODE_OPTS",
                "-Dhazelcast.socket.client.bind.any=false");
    }

    /** Between one node and the others no packet passes any more. */
    public void cutOff(int node, List<Integer> others) {
        change("-A", node, others);
    }

    public void heal(int node, List<Integer> others) {
        change("-D", node, others);
    }

    private static void change(String how, int node, List<Integer> others) {
        var addresses = new ArrayList<>(List.of(EVERYBODY));
        others.forEach(other -> addresses.add(NETWORK + other));
        for (var other : addresses) {
            Packets.rule(List.of(), how, "OUTPUT", "-s", NETWORK + node, "-d", other, "-j", "DROP");
            Packets.rule(List.of(), how, "OUTPUT", "-s", other, "-d", NETWORK + node, "-j", "DROP");
        }
    }
}
