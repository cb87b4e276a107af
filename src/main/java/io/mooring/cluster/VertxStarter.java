package io.mooring.cluster;

import com.hazelcast.config.Config;
import io.mooring.config.NodeConfig;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Starts Vert.x as the settings say. */
public final class VertxStarter {

    /**
     * Partitions of Hazelcast. It holds event bus addresses and locks only, a few hundred entries, and every partition
     * is one more thing to hand over when a node joins or leaves (31: a join in 1.3 s; the default 271: 6.4 s). The same
     * at every node of a cluster.
     */
    private static final String PARTITIONS = "31";

    private static final Set<Label> LABELS = EnumSet.of(Label.LOCAL, Label.HTTP_METHOD, Label.HTTP_CODE,
            Label.POOL_TYPE, Label.POOL_NAME, Label.EB_SIDE);

    /** Meters of every message on its way, which cost more than they tell: our own know what was asked and how it ended. */
    private static final Set<String> UNMETERED = EnumSet.of(
            MetricsDomain.NET_CLIENT,
            MetricsDomain.NET_SERVER,
            MetricsDomain.HTTP_CLIENT,
            MetricsDomain.HTTP_SERVER,
            MetricsDomain.EVENT_BUS)
            .stream()
            .map(MetricsDomain::toCategory)
            .collect(Collectors.toUnmodifiableSet());

    /** A core is needed for what the loops hand on; more loops than this only wake one another. */
    public static final int EVENT_LOOPS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private VertxStarter() {}

    /**
     * @return Vert.x, a member of the cluster when the settings name one; fails when it cannot listen or join
     */
    public static Future<Vertx> start(NodeConfig config, Metrics metrics) {
        var options = new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setLabels(LABELS)
                        .setDisabledMetricsCategories(UNMETERED));
        VertxBuilder builder = Vertx.builder()
                .with(options)
                .withMetrics(new MicrometerMetricsFactory(metrics.registry()));
        return config.cluster()
                .map(cluster -> {
                    options.setEventBusOptions(new EventBusOptions().setHost(cluster.listen().host()));
                    return builder
                            .withClusterManager(new HazelcastClusterManager(hazelcast(config.node(), cluster)))
                            .buildClustered();
                })
                .orElseGet(() -> Future.succeededFuture(builder.build()));
    }

    /** The configuration that Vert.x needs, with our network, and time-outs that notice a dead node within seconds. */
    static Config hazelcast(String node, NodeConfig.Cluster cluster) {
        Config config = ConfigUtil.loadConfig().setClusterName("mooring").setInstanceName(null);
        config.getMemberAttributeConfig().setAttribute("node", node);
        var network = config.getNetworkConfig()
                .setPort(cluster.listen().port())
                .setPortAutoIncrement(false)
                .setPublicAddress(cluster.listen().toString());
        network.getInterfaces().setEnabled(false);
        var join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        cluster.dns()
                .ifPresentOrElse(
                        // The part of Hazelcast's discovery for Kubernetes that asks nothing but the DNS: no rights in the cluster are needed.
                        name -> join.getKubernetesConfig()
                                .setEnabled(true)
                                .setProperty("service-dns", name)
                                .setProperty("service-port", Integer.toString(cluster.listen().port())),
                        () -> join.getTcpIpConfig()
                                .setEnabled(true)
                                .setConnectionTimeoutSeconds(1)
                                .setMembers(cluster.members()));
        config.setProperty("hazelcast.local.localAddress", cluster.listen().host());
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.partition.count", PARTITIONS);
        config.setProperty("hazelcast.wait.seconds.before.join",
                cluster.dns().isEmpty() && isLoopback(cluster.members()) ? "0" : "2");
        config.setProperty("hazelcast.max.no.heartbeat.seconds", "10");
        config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
        config.setProperty("hazelcast.merge.first.run.delay.seconds", "10");
        config.setProperty("hazelcast.merge.next.run.delay.seconds", "5");
        config.setProperty("hazelcast.graceful.shutdown.max.wait", "20");
        // We leave in our own order when the process is told to stop.
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.health.monitoring.level", "OFF");
        config.setProperty("hazelcast.logging.type", "slf4j");
        return config;
    }

    private static boolean isLoopback(List<String> members) {
        return members.stream().allMatch(member -> {
            String host = member.startsWith("[") ? member.substring(1, member.indexOf(']')) : member.split(":", 2)[0];
            return host.equals("localhost") || isLoopbackLiteral(host);
        });
    }

    private static boolean isLoopbackLiteral(String host) {
        if (!host.matches("[0-9.]+|[0-9a-fA-F:]+")) {
            return false;
        }
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
