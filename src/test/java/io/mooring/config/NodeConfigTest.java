package io.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConfigTest {

    private static Map<String, String> minimal() {
        return new HashMap<>(Map.of(
                "MOORING_EDGE_TOKEN", "edge-secret",
                "MOORING_OPERATOR_TOKEN", "operator-secret",
                "MOORING_MUSIC_FILE", "/music.wav"));
    }

    private static List<String> mistakes(Map<String, String> environment) {
        return catchThrowableOfType(ConfigException.class, () -> NodeConfig.from(environment)).mistakes();
    }

    @Test
    void defaultsAreThoseOfTheDocument() throws ConfigException {
        var config = NodeConfig.from(minimal());

        assertThat(config.node()).isNotBlank();
        assertThat(config.edge()).isEqualTo(
                new NodeConfig.Edge(new HostPort("127.0.0.1", 8091), new Secret("edge-secret"), 512));
        assertThat(config.api())
                .isEqualTo(new NodeConfig.Api(new HostPort("127.0.0.1", 8080), new Secret("operator-secret"),
                        Optional.empty()));
        assertThat(config.adminListen()).isEqualTo(new HostPort("127.0.0.1", 8092));
        assertThat(config.redis().uri()).isEqualTo(URI.create("redis://127.0.0.1:6379"));
        assertThat(config.media())
                .isEqualTo(new NodeConfig.Media(new HostPort("127.0.0.1", 2223), URI.create("http://127.0.0.1:2225"),
                        "/music.wav", Optional.empty(), Optional.empty()));
        assertThat(config.cluster()).isEmpty();
        assertThat(config.shards()).isEqualTo(16);
        assertThat(config.logLevel()).isEqualTo("INFO");
        assertThat(config.drain()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.reinviteTimeout()).isEqualTo(Duration.ofSeconds(8));
    }

    @Test
    void webhooksGoWhereTheOperatorAllows() throws ConfigException {
        var byDefault = NodeConfig.from(minimal()).webhooks();
        assertThat(byDefault).isEqualTo(
                new NodeConfig.Webhooks(false, List.of(), 30, Duration.ofSeconds(5), Optional.empty()));
        var environment = minimal();
        environment.put("MOORING_WEBHOOK_PLAIN_HTTP", "yes");
        environment.put("MOORING_WEBHOOK_NETWORKS", "10.0.0.0/8, fd00::/8");
        environment.put("MOORING_WEBHOOK_KEY", "webhook-secret");
        var webhooks = NodeConfig.from(environment).webhooks();
        assertThat(webhooks.plainHttp()).isTrue();
        assertThat(webhooks.networks()).extracting(Cidr::toString).containsExactly("10.0.0.0/8", "fd00::/8");
        assertThat(webhooks.key()).contains(new Secret("webhook-secret"));
        environment.put("MOORING_WEBHOOK_NETWORKS", "10.0.0.1");
        environment.put("MOORING_WEBHOOK_PLAIN_HTTP", "maybe");
        environment.put("MOORING_WEBHOOK_ATTEMPTS", "0");
        assertThat(mistakes(environment)).hasSize(3).anyMatch(it -> it.startsWith("MOORING_WEBHOOK_NETWORKS: must be"));
    }

    @Test
    void sentinelsTellWhereThePrimaryIs() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_REDIS_SENTINELS", "10.0.0.1:26379, sentinel-2:26379");
        assertThat(NodeConfig.from(environment).redis().sentinels()).contains(new NodeConfig.Sentinels(
                List.of(new HostPort("10.0.0.1", 26379), new HostPort("sentinel-2", 26379)), "mymaster"));

        environment.put("MOORING_REDIS_SENTINELS", "10.0.0.1");
        assertThatThrownBy(() -> NodeConfig.from(environment)).hasMessageContaining("MOORING_REDIS_SENTINELS");

        environment.remove("MOORING_REDIS_SENTINELS");
        environment.put("MOORING_REDIS_MASTER", "calls");
        assertThatThrownBy(() -> NodeConfig.from(environment))
                .hasMessageContaining("MOORING_REDIS_MASTER: is of no use without MOORING_REDIS_SENTINELS");
    }

    @Test
    void aClusterIsFoundBySomeOfItsServers() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_REDIS_CLUSTER", "10.0.0.1:6379,redis-2:6379");
        assertThat(NodeConfig.from(environment).redis().cluster())
                .containsExactly(new HostPort("10.0.0.1", 6379), new HostPort("redis-2", 6379));

        environment.put("MOORING_REDIS_SENTINELS", "10.0.0.1:26379");
        assertThatThrownBy(() -> NodeConfig.from(environment))
                .hasMessageContaining("MOORING_REDIS_CLUSTER: is set, and so");
    }

    @Test
    void certificatesAreForTls() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_REDIS", "rediss://node:secret@redis.example:6380");
        environment.put("MOORING_REDIS_CA", "authority");
        environment.put("MOORING_REDIS_CERTIFICATE", "certificate");
        assertThatThrownBy(() -> NodeConfig.from(environment)).hasMessageContaining("MOORING_REDIS_KEY");
        environment.put("MOORING_REDIS_KEY", "key");
        assertThat(NodeConfig.from(environment).redis().tls())
                .isEqualTo(new NodeConfig.RedisTls("authority", "certificate", new Secret("key")));

        environment.put("MOORING_REDIS", "redis://redis.example");
        assertThatThrownBy(() -> NodeConfig.from(environment))
                .hasMessageContaining("MOORING_REDIS_CA: is of no use")
                .hasMessageContaining("MOORING_REDIS_CERTIFICATE: is of no use");
    }

    @Test
    void everythingMayBeSet() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_NODE", "n7");
        environment.put("MOORING_EDGE_LISTEN", "[::1]:1");
        environment.put("MOORING_API_LISTEN", "0.0.0.0:2");
        environment.put("MOORING_ADMIN_LISTEN", "localhost:0");
        environment.put("MOORING_CLUSTER_LISTEN", "10.0.0.7:5701");
        environment.put("MOORING_CLUSTER_MEMBERS", "10.0.0.7:5701, node-8:5701,10.0.0.9");
        environment.put("MOORING_SOUND_DIR", "/srv/sounds");
        environment.put("MOORING_SHARDS", "4");
        environment.put("MOORING_LOG_LEVEL", "debug");
        environment.put("MOORING_DRAIN_SECONDS", "0");

        var config = NodeConfig.from(environment);

        assertThat(config.node()).isEqualTo("n7");
        assertThat(config.edge().listen()).isEqualTo(new HostPort("::1", 1)).hasToString("[::1]:1");
        assertThat(config.cluster()).contains(new NodeConfig.Cluster(
                new HostPort("10.0.0.7", 5701), List.of("10.0.0.7:5701", "node-8:5701", "10.0.0.9"), Optional.empty()));
        assertThat(config.media().soundDirectory()).contains(Path.of("/srv/sounds"));
        assertThat(config.shards()).isEqualTo(4);
        assertThat(config.logLevel()).isEqualTo("DEBUG");
        assertThat(config.drain()).isZero();
    }

    @Test
    void aNameInTheDnsMayTellWhoTheMembersAre() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_CLUSTER_DNS", "mooring-nodes.mooring.svc");
        assertThat(mistakes(environment)).containsExactly(
                "MOORING_CLUSTER_DNS: is of no use without MOORING_CLUSTER_LISTEN");

        environment.put("MOORING_CLUSTER_LISTEN", "10.0.0.7:5701");
        assertThat(NodeConfig.from(environment).cluster()).contains(new NodeConfig.Cluster(
                new HostPort("10.0.0.7", 5701), List.of(), Optional.of("mooring-nodes.mooring.svc")));

        environment.put("MOORING_CLUSTER_LISTEN", "10.0.0.7:0");
        environment.put("MOORING_CLUSTER_MEMBERS", "10.0.0.8");
        environment.put("MOORING_CLUSTER_DNS", "nodes:5701");
        assertThat(mistakes(environment)).containsExactlyInAnyOrder(
                "MOORING_CLUSTER_DNS: must be a name without a port, found \"nodes:5701\"",
                "MOORING_CLUSTER_DNS: is set, and so is MOORING_CLUSTER_MEMBERS: give one of them",
                "MOORING_CLUSTER_LISTEN: with MOORING_CLUSTER_DNS the port must be that of all members");
    }

    @Test
    void everyMistakeIsReportedAtOnceAndNamesItsVariable() {
        var mistakes = mistakes(Map.of(
                "MOORING_EDGE_LISTEN", "8091",
                "MOORING_REDIS", "http://redis",
                "MOORING_SHARDS", "many",
                "MOORING_DRAIN_SECONDS", "-1",
                "MOORING_LOG_LEVEL", "loud",
                "MOORING_CLUSTER_MEMBERS", "a,,b"));

        assertThat(mistakes).allMatch(mistake -> !mistake.contains("\n"));
        assertThat(mistakes.stream().map(mistake -> mistake.substring(0, mistake.indexOf(':'))))
                .containsExactlyInAnyOrder(
                        "MOORING_EDGE_LISTEN", "MOORING_EDGE_TOKEN", "MOORING_OPERATOR_TOKEN", "MOORING_REDIS",
                        "MOORING_MUSIC_FILE", "MOORING_CLUSTER_MEMBERS", "MOORING_CLUSTER_MEMBERS", "MOORING_SHARDS",
                        "MOORING_LOG_LEVEL", "MOORING_DRAIN_SECONDS");
    }

    @ParameterizedTest
    @CsvSource({
        "MOORING_EDGE_LISTEN, host", "MOORING_EDGE_LISTEN, :80", "MOORING_EDGE_LISTEN, host:65536",
        "MOORING_EDGE_LISTEN, host:-1", "MOORING_EDGE_LISTEN, ::1:80", "MOORING_EDGE_LISTEN, http://host:80",
        "MOORING_EDGE_TOKEN, two words", "MOORING_EDGE_TOKEN, schlüssel", "MOORING_SHARDS, 0", "MOORING_SHARDS, 1025",
        "MOORING_RTPENGINE, udp://127.0.0.1:2223", "MOORING_RTPENGINE, http://127.0.0.1:2225/ng",
        "MOORING_RTPENGINE, 127.0.0.1:0", "MOORING_RTPENGINE, 0.0.0.0:2223", "MOORING_RTPENGINE, rtpengine",
        "MOORING_RTPENGINE_HTTP, 127.0.0.1:2225", "MOORING_SOUND_DIR, sounds", "MOORING_REDIS, redis://",
        "MOORING_CLUSTER_LISTEN, 0.0.0.0:5701",
        "MOORING_CLUSTER_LISTEN, '[::]:5701'", "MOORING_API_LISTEN, 127.0.0.1:8091"})
    void refuses(String name, String value) {
        var environment = minimal();
        environment.put(name, value);

        assertThat(mistakes(environment)).singleElement().asString().startsWith(name + ": ");
    }

    @Test
    void secretsMayComeFromFiles(@TempDir Path directory) throws IOException, ConfigException {
        Path file = Files.writeString(directory.resolve("token"), "from-file\n");
        var environment = minimal();
        environment.remove("MOORING_EDGE_TOKEN");
        environment.put("MOORING_EDGE_TOKEN_FILE", file.toString());

        assertThat(NodeConfig.from(environment).edge().token().value()).isEqualTo("from-file");
    }

    @Test
    void fileMistakesAreReported(@TempDir Path directory) throws IOException {
        Path empty = Files.writeString(directory.resolve("empty"), "\n");
        var both = minimal();
        both.put("MOORING_EDGE_TOKEN_FILE", empty.toString());
        assertThat(mistakes(both)).singleElement().asString().contains("give one of them");

        var missing = minimal();
        missing.remove("MOORING_EDGE_TOKEN");
        missing.put("MOORING_EDGE_TOKEN_FILE", directory.resolve("none").toString());
        assertThat(mistakes(missing)).singleElement().asString().startsWith("MOORING_EDGE_TOKEN_FILE: cannot read");

        missing.put("MOORING_EDGE_TOKEN_FILE", empty.toString());
        assertThat(mistakes(missing)).singleElement().asString().contains("is empty");
    }

    @Test
    void noTextFormShowsASecret() throws ConfigException {
        var environment = minimal();
        environment.put("MOORING_REDIS", "redis://:redis-secret@10.0.0.1:6379/0");

        assertThat(NodeConfig.from(environment).toString()).doesNotContain("secret").contains("redis://10.0.0.1:6379");
    }

    @Test
    void aRedisUriThatIsRefusedDoesNotShowItsPassword() {
        var environment = minimal();
        environment.put("MOORING_REDIS", "http://:redis-secret@10.0.0.1");

        assertThatThrownBy(() -> NodeConfig.from(environment)).hasMessageNotContaining("secret");
    }
}
