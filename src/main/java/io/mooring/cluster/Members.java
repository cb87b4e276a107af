package io.mooring.cluster;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The nodes that are in the cluster now, as this one sees it. A node without a cluster is alone. */
public final class Members {
    private static final String ALONE = "alone";

    private final @Nullable ClusterManager manager;

    private Members(@Nullable ClusterManager manager) {
        this.manager = manager;
    }

    /** Of the cluster that a Vert.x has joined, or of none. */
    public static Members of(Vertx vertx) {
        return new Members(((VertxInternal) vertx).clusterManager());
    }

    /** Id of this node. */
    public String self() {
        return manager == null ? ALONE : manager.getNodeId();
    }

    /** Ids of all nodes, this one among them. */
    public Set<String> all() {
        return manager == null ? Set.of(ALONE) : Set.copyOf(manager.getNodes());
    }

    /** Calls back when a node has come or gone, on a thread that must not wait. */
    public void onChange(Runnable changed) {
        if (manager instanceof HazelcastClusterManager hazelcast) {
            hazelcast.getHazelcastInstance().getCluster().addMembershipListener(new MembershipListener() {
                @Override
                public void memberAdded(MembershipEvent event) {
                    changed.run();
                }

                @Override
                public void memberRemoved(MembershipEvent event) {
                    changed.run();
                }
            });
        }
    }
}
