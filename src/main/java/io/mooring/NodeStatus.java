package io.mooring;

import com.sun.management.UnixOperatingSystemMXBean;
import io.mooring.call.Call;
import io.mooring.cluster.Members;
import io.mooring.cluster.Shards;
import io.mooring.config.NodeConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;

/** What a node is and sees, for {@code /statusz}: what must be the same at all nodes, and what may not drift apart. */
final class NodeStatus {
    private final NodeConfig config;
    private final Members members;
    private final Shards shards;

    NodeStatus(NodeConfig config, Members members, Shards shards) {
        this.config = config;
        this.members = members;
        this.shards = shards;
    }

    /** The version of the build; {@code null} outside of a jar, as text. */
    static String version() {
        return String.valueOf(NodeStatus.class.getPackage().getImplementationVersion());
    }

    /** As it is now. */
    JsonObject now() {
        var json = new JsonObject()
                .put("node", config.node())
                .put("version", version())
                .put("records", Call.VERSION)
                .put("timeMillis", System.currentTimeMillis())
                .put("member", members.self())
                .put("members", new JsonArray(members.all().stream().sorted().toList()))
                .put("shards", config.shards())
                .put("shardsHeld", shards.held());
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            json.put("openFiles", unix.getOpenFileDescriptorCount())
                    .put("mostOpenFiles", unix.getMaxFileDescriptorCount());
        }
        return json;
    }
}
