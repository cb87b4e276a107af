package io.mooring.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of one node, checked.
 *
 * @param node name of this node in logs and metrics
 * @param edge the side towards Kamailio
 * @param api the public API
 * @param adminListen where health and metrics are served
 * @param redis the store
 * @param media rtpengine and what it plays
 * @param webhooks how events are posted to programs
 * @param cluster the other nodes; empty for a node alone
 * @param shards number of shards, 1..1024; the same at every node, never changed afterwards
 * @param logLevel TRACE, DEBUG, INFO, WARN or ERROR
 * @param drain longest time to finish what is in flight after SIGTERM
 * @param reinviteTimeout how long a device may take to answer our re-INVITE
 */
public record NodeConfig(
        String node,
        Edge edge,
        Api api,
        HostPort adminListen,
        Redis redis,
        Media media,
        Webhooks webhooks,
        Optional<Cluster> cluster,
        int shards,
        String logLevel,
        Duration drain,
        Duration reinviteTimeout) {

    private static final List<String> LOG_LEVELS = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR");

    /**
     * The side towards Kamailio.
     *
     * @param listen where edges post events
     * @param token shared by edges and nodes, both ways
     * @param maxInFlight events that may be handled at once; more are refused at once
     */
    public record Edge(HostPort listen, Secret token, int maxInFlight) {}

    /**
     * The public API.
     *
     * @param listen where it is served
     * @param operatorToken token with every right
     * @param jwt whose JWT are trusted; empty: nobody's
     */
    public record Api(HostPort listen, Secret operatorToken, Optional<Jwt> jwt) {}

    /**
     * An issuer of JWT that is trusted.
     *
     * @param keys where its keys are (JWKS)
     * @param issuer {@code iss} that must be there
     * @param audience {@code aud} that must be there
     * @param roleClaim name of the claim with the role
     * @param tenantClaim name of the claim with the domain of the tenant
     * @param extensionClaim name of the claim with the extension of a tenant user
     */
    public record Jwt(URI keys, String issuer, String audience, String roleClaim, String tenantClaim,
            String extensionClaim) {}

    /**
     * The store.
     *
     * @param uri connection string; it may hold a password
     * @param sentinels who tell where the primary is now; empty: it is at {@code uri}
     * @param cluster some servers of a Redis Cluster; empty: it is none
     * @param tls certificates, with {@code rediss:}
     */
    public record Redis(URI uri, Optional<Sentinels> sentinels, List<HostPort> cluster, RedisTls tls) {

        @Override
        public String toString() {
            return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        }
    }

    /**
     * Certificates for Redis, PEM.
     *
     * @param authorities that are trusted; empty: those of the Java machine
     * @param certificate our own; empty: none is shown
     * @param key of it
     */
    public record RedisTls(String authorities, String certificate, Secret key) {}

    /**
     * Who watch over the primary.
     *
     * @param addresses of the Sentinels
     * @param master name of the primary among them
     */
    public record Sentinels(List<HostPort> addresses, String master) {}

    /**
     * What carries the media.
     *
     * @param rtpengine where it takes commands: the ng protocol over UDP
     * @param rtpengineHttp where it answers {@code /ping}
     * @param musicFile music on hold, a wav file as rtpengine names it
     * @param soundDirectory where the sounds of tenants are written for rtpengine, which reads it by the same name; empty: it does not,
     *     they are sent to it
     * @param dtmfListen where rtpengine tells of keys in the media: its {@code dtmf-log-dest}, UDP; nodes may share it. Empty: it does
     *     not
     */
    public record Media(HostPort rtpengine, URI rtpengineHttp, String musicFile, Optional<Path> soundDirectory,
            Optional<HostPort> dtmfListen) {}

    /**
     * How events are posted to programs of tenants.
     *
     * @param plainHttp whether {@code http} will do
     * @param networks that may be posted to although they are not public
     * @param attempts that are made at one event
     * @param timeout how long a receiver may take to answer
     * @param key what signing secrets are encrypted with in the store; empty: the token of the operator
     */
    public record Webhooks(boolean plainHttp, List<Cidr> networks, int attempts, Duration timeout,
            Optional<Secret> key) {}

    /**
     * The other nodes.
     *
     * @param listen our address in the cluster
     * @param members addresses of all members, {@code host} or {@code host:port}
     * @param dns name whose addresses are those of the members, who all listen on the same port; empty: {@code members} tells
     */
    public record Cluster(HostPort listen, List<String> members, Optional<String> dns) {}

    /**
     * Reads the settings.
     *
     * @param environment names and values, such as {@link System#getenv()}
     * @throws ConfigException with everything that is wrong
     */
    public static NodeConfig from(Map<String, String> environment) throws ConfigException {
        var settings = new Settings(environment);
        var config = new NodeConfig(
                settings.find("MOORING_NODE").orElseGet(NodeConfig::hostName),
                new Edge(
                        settings.listen("MOORING_EDGE_LISTEN", "127.0.0.1:8091"),
                        settings.token("MOORING_EDGE_TOKEN", "shared token between edges and nodes"),
                        settings.integer("MOORING_EDGE_MAX_IN_FLIGHT", 512, 1, 100_000)),
                new Api(
                        settings.listen("MOORING_API_LISTEN", "127.0.0.1:8080"),
                        settings.token("MOORING_OPERATOR_TOKEN", "first API token of the operator"),
                        jwt(settings)),
                settings.listen("MOORING_ADMIN_LISTEN", "127.0.0.1:8092"),
                redis(settings),
                new Media(
                        settings.address("MOORING_RTPENGINE", "127.0.0.1:2223"),
                        settings.uri("MOORING_RTPENGINE_HTTP", "http://127.0.0.1:2225", Set.of("http", "https")),
                        settings.required("MOORING_MUSIC_FILE", "a wav file that rtpengine can read"),
                        soundDirectory(settings),
                        settings.find("MOORING_DTMF_LISTEN").map(given -> settings.listen("MOORING_DTMF_LISTEN", ""))),
                webhooks(settings),
                cluster(settings),
                settings.integer("MOORING_SHARDS", 16, 1, 1_024),
                settings.oneOf("MOORING_LOG_LEVEL", "INFO", LOG_LEVELS),
                Duration.ofSeconds(settings.integer("MOORING_DRAIN_SECONDS", 10, 0, 3_600)),
                Duration.ofMillis(settings.integer("MOORING_REINVITE_TIMEOUT_MILLIS", 8_000, 100, 32_000)));
        config.checkListenAddressesDiffer(settings);
        if (!settings.mistakes().isEmpty()) {
            throw new ConfigException(settings.mistakes());
        }
        return config;
    }

    private static Webhooks webhooks(Settings settings) {
        String key = "MOORING_WEBHOOK_KEY";
        return new Webhooks(
                settings.oneOf("MOORING_WEBHOOK_PLAIN_HTTP", "NO", List.of("YES", "NO")).equals("YES"),
                settings.parsed("MOORING_WEBHOOK_NETWORKS", "", List.of(),
                        text -> Arrays.stream(text.split(",", -1)).map(Cidr::parse).toList()),
                settings.integer("MOORING_WEBHOOK_ATTEMPTS", 30, 1, 100),
                Duration.ofMillis(settings.integer("MOORING_WEBHOOK_TIMEOUT_MILLIS", 5_000, 100, 60_000)),
                settings.find(key).map(given -> settings.token(key, "what signing secrets are encrypted with")));
    }

    private static Redis redis(Settings settings) {
        var redis = new Redis(settings.uri("MOORING_REDIS", "redis://127.0.0.1:6379", Set.of("redis", "rediss")),
                sentinels(settings), settings.addresses("MOORING_REDIS_CLUSTER"),
                new RedisTls(settings.find("MOORING_REDIS_CA").orElse(""),
                        settings.find("MOORING_REDIS_CERTIFICATE").orElse(""),
                        new Secret(settings.find("MOORING_REDIS_KEY").orElse(""))));
        if (redis.sentinels.isPresent() && !redis.cluster.isEmpty()) {
            settings.mistake("MOORING_REDIS_CLUSTER", "is set, and so is MOORING_REDIS_SENTINELS: give one of them");
        }
        if (redis.tls.certificate.isEmpty() != redis.tls.key.value().isEmpty()) {
            settings.mistake("MOORING_REDIS_CERTIFICATE", "and MOORING_REDIS_KEY are of no use without one another");
        }
        if (!redis.uri.getScheme().equalsIgnoreCase("rediss")) {
            for (String name : List.of("MOORING_REDIS_CA", "MOORING_REDIS_CERTIFICATE")) {
                if (settings.find(name).isPresent()) {
                    settings.mistake(name, "is of no use unless MOORING_REDIS begins with rediss:");
                }
            }
        }
        return redis;
    }

    private static Optional<Sentinels> sentinels(Settings settings) {
        List<HostPort> addresses = settings.addresses("MOORING_REDIS_SENTINELS");
        Optional<String> master = settings.find("MOORING_REDIS_MASTER");
        if (addresses.isEmpty()) {
            if (master.isPresent() && settings.find("MOORING_REDIS_SENTINELS").isEmpty()) {
                settings.mistake("MOORING_REDIS_MASTER", "is of no use without MOORING_REDIS_SENTINELS");
            }
            return Optional.empty();
        }
        return Optional.of(new Sentinels(addresses, master.orElse("mymaster")));
    }

    private static Optional<Path> soundDirectory(Settings settings) {
        String name = "MOORING_SOUND_DIR";
        Optional<Path> directory = settings.find(name).filter(text -> text.indexOf('\0') < 0).map(Path::of);
        if (directory.isPresent() && !directory.get().isAbsolute()) {
            settings.mistake(name, "must be an absolute path, found \"" + directory.get() + "\"");
        }
        return directory;
    }

    private static Optional<Jwt> jwt(Settings settings) {
        if (settings.find("MOORING_JWT_ISSUER").isEmpty()) {
            for (String name : List.of("MOORING_JWT_KEYS", "MOORING_JWT_AUDIENCE")) {
                if (settings.find(name).isPresent()) {
                    settings.mistake(name, "is of no use without MOORING_JWT_ISSUER");
                }
            }
            return Optional.empty();
        }
        settings.required("MOORING_JWT_KEYS", "URL of the issuer's key set");
        return Optional.of(new Jwt(
                settings.uri("MOORING_JWT_KEYS", "https://issuer.invalid/", Set.of("http", "https")),
                settings.required("MOORING_JWT_ISSUER", "iss of the tokens"),
                settings.required("MOORING_JWT_AUDIENCE", "aud of the tokens"),
                settings.find("MOORING_JWT_ROLE_CLAIM").orElse("mooring_role"),
                settings.find("MOORING_JWT_TENANT_CLAIM").orElse("mooring_tenant"),
                settings.find("MOORING_JWT_EXTENSION_CLAIM").orElse("mooring_extension")));
    }

    private static Optional<Cluster> cluster(Settings settings) {
        List<String> members = settings.find("MOORING_CLUSTER_MEMBERS")
                .map(text -> Arrays.stream(text.split(",", -1)).map(String::strip).toList())
                .orElse(List.of());
        if (!members.isEmpty() && members.stream().anyMatch(member -> !isMember(member))) {
            settings.mistake("MOORING_CLUSTER_MEMBERS",
                    "must be addresses host or host:port, comma between, found \"" + String.join(",", members) + "\"");
        }
        Optional<String> dns = settings.find("MOORING_CLUSTER_DNS");
        if (dns.filter(name -> !name.matches("[A-Za-z0-9._-]+")).isPresent()) {
            settings.mistake("MOORING_CLUSTER_DNS", "must be a name without a port, found \"" + dns.get() + "\"");
        }
        if (dns.isPresent() && !members.isEmpty()) {
            settings.mistake("MOORING_CLUSTER_DNS", "is set, and so is MOORING_CLUSTER_MEMBERS: give one of them");
        }
        if (settings.find("MOORING_CLUSTER_LISTEN").isEmpty()) {
            for (String name : List.of("MOORING_CLUSTER_MEMBERS", "MOORING_CLUSTER_DNS")) {
                if (settings.find(name).isPresent()) {
                    settings.mistake(name, "is of no use without MOORING_CLUSTER_LISTEN");
                }
            }
            return Optional.empty();
        }
        HostPort listen = settings.listen("MOORING_CLUSTER_LISTEN", "");
        if (listen.isWildcard()) {
            settings.mistake("MOORING_CLUSTER_LISTEN",
                    "must be an address that other nodes can reach, found " + listen);
        }
        if (dns.isPresent() && listen.port() == 0) {
            settings.mistake("MOORING_CLUSTER_LISTEN", "with MOORING_CLUSTER_DNS the port must be that of all members");
        }
        return Optional.of(new Cluster(listen, members, dns));
    }

    private static boolean isMember(String text) {
        try {
            HostPort.parse(text.lastIndexOf(':') < 0 || text.endsWith("]") ? text + ":0" : text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void checkListenAddressesDiffer(Settings settings) {
        var names = List.of("MOORING_EDGE_LISTEN", "MOORING_API_LISTEN", "MOORING_ADMIN_LISTEN",
                "MOORING_CLUSTER_LISTEN");
        var listens = new ArrayList<>(List.of(edge.listen, api.listen, adminListen));
        cluster.ifPresent(c -> listens.add(c.listen));
        for (int i = 0; i < listens.size(); i++) {
            int first = listens.indexOf(listens.get(i));
            if (first < i && listens.get(i).port() != 0) {
                settings.mistake(names.get(i), "is the same address as " + names.get(first) + ": " + listens.get(i));
            }
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "node";
        }
    }
}
