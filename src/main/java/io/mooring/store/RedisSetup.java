package io.mooring.store;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisRole;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Which Redis, and how to get in.
 *
 * @param kind how its servers belong together
 * @param uri {@code redis://[[user:]password@]host:port[/database]}, or {@code rediss:} for TLS; its address is that of {@link Kind#ONE}
 * @param addresses {@code host:port} of the Sentinels, or of some servers of the cluster
 * @param master name of the primary among the Sentinels
 * @param tls what is trusted, and shown; with {@code rediss:} only
 */
public record RedisSetup(Kind kind, URI uri, List<String> addresses, String master, Tls tls) {
    private static final int WAITING = 8_192;

    /** How servers belong together. */
    public enum Kind {
        /** One server. */
        ONE,
        /** A primary with replicas, which Sentinels watch. */
        SENTINELS,
        /** A Redis Cluster: several primaries, each with a part of the slots and with replicas. */
        CLUSTER
    }

    /**
     * What TLS needs.
     *
     * @param authorities certificates that are trusted, PEM; empty: those of the Java machine
     * @param certificate our own, PEM; empty: none is shown
     * @param key of it, PEM
     */
    public record Tls(String authorities, String certificate, String key) {
        /** What the Java machine trusts, and nothing to show. */
        public static final Tls DEFAULT = new Tls("", "", "");

        @Override
        public String toString() {
            return authorities.isEmpty() ? "default authorities" : "own authorities";
        }
    }

    /** One server. */
    public static RedisSetup one(String url) {
        return new RedisSetup(Kind.ONE, URI.create(url), List.of(), "", Tls.DEFAULT);
    }

    /** A primary among Sentinels, who have the password of the URI too. */
    public static RedisSetup sentinels(URI uri, List<String> addresses, String master) {
        return new RedisSetup(Kind.SENTINELS, uri, addresses, master, Tls.DEFAULT);
    }

    /** A cluster; its other servers are found by those that are named. */
    public static RedisSetup cluster(URI uri, List<String> addresses) {
        return new RedisSetup(Kind.CLUSTER, uri, addresses, "", Tls.DEFAULT);
    }

    /** The same, with other certificates. */
    public RedisSetup with(Tls trusted) {
        return new RedisSetup(kind, uri, addresses, master, trusted);
    }

    /** For connections to the one server, or to the primary that the Sentinels name. */
    RedisOptions options(Duration limit) {
        return switch (kind) {
            case ONE -> common(limit).setConnectionString(uri.toString());
            case SENTINELS -> common(limit)
                    .setType(RedisClientType.SENTINEL)
                    .setRole(RedisRole.MASTER)
                    .setMasterName(master)
                    .setEndpoints(addresses.stream().map(this::urlOf).toList());
            case CLUSTER -> throw new IllegalStateException("a cluster has many servers");
        };
    }

    /** For connections to one server of a cluster. */
    RedisOptions options(String address, Duration limit) {
        return common(limit).setConnectionString(urlOf(address));
    }

    private String urlOf(String address) {
        String user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
        // A cluster has no databases but the first.
        String database = uri.getRawPath() == null || kind == Kind.CLUSTER ? "" : uri.getRawPath();
        return uri.getScheme() + "://" + user + address + database;
    }

    private RedisOptions common(Duration limit) {
        var net = new NetClientOptions()
                .setConnectTimeout((int) limit.toMillis() / 2)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true);
        if (uri.getScheme().equalsIgnoreCase("rediss")) {
            secure(net);
        }
        return new RedisOptions().setMaxWaitingHandlers(WAITING).setNetClientOptions(net);
    }

    private void secure(NetClientOptions net) {
        net.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
        if (!tls.authorities.isEmpty()) {
            net.setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(tls.authorities)));
        }
        if (!tls.certificate.isEmpty()) {
            net.setKeyCertOptions(new PemKeyCertOptions()
                    .addCertValue(Buffer.buffer(tls.certificate))
                    .addKeyValue(Buffer.buffer(tls.key)));
        }
    }
}
