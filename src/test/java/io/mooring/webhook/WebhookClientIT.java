package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.Cidr;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JksOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One post, to whoever a name stands for. */
class WebhookClientIT {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final Vertx vertx = Vertx.vertx();
    private final List<String> hosts = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private int server(HttpServerOptions options) throws Exception {
        return vertx.createHttpServer(options).requestHandler(request -> {
            hosts.add(request.getHeader("Host"));
            request.response().setStatusCode(204).end();
        }).listen(0, "127.0.0.1").await(10, TimeUnit.SECONDS).actualPort();
    }

    private static List<InetAddress> addresses(String... texts) {
        return List.of(texts).stream().map(text -> {
            try {
                return InetAddress.getByName(text);
            } catch (java.net.UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        }).toList();
    }

    private WebhookClient client(Function<String, Future<List<InetAddress>>> resolver, HttpClientOptions options,
            String... networks) {
        return new WebhookClient(vertx, new WebhookRules(true, List.of(networks).stream().map(Cidr::parse).toList()),
                resolver, options, LIMIT, new Metrics());
    }

    private static WebhookClient.Outcome post(WebhookClient client, String url) throws Exception {
        return client.post(URI.create(url), MultiMap.caseInsensitiveMultiMap(), Buffer.buffer("{}"))
                .await(10, TimeUnit.SECONDS);
    }

    /** A name that is looked at stands for a public address, and for our own a moment later: the connection goes where was looked. */
    @Test
    void aNameThatMeansSomethingElseAMomentLaterGetsNobodyFurther() throws Exception {
        int port = server(new HttpServerOptions());
        var asked = new AtomicInteger();
        var client = client(name -> Future.succeededFuture(
                asked.incrementAndGet() % 2 == 1 ? addresses("127.0.0.1") : addresses("127.0.0.2")),
                new HttpClientOptions(), "127.0.0.1/32");
        assertThat(post(client, "http://crm.example:" + port + "/").error()).isEmpty();
        assertThat(asked).as("is resolved once for a post").hasValue(1);
        assertThat(hosts).containsExactly("crm.example:" + port);
        assertThat(post(client, "http://crm.example:" + port + "/").error()).isEqualTo("address-refused");
        assertThat(asked).hasValue(2);
        assertThat(hosts).hasSize(1);
    }

    @Test
    void ofSeveralAddressesAnAllowedOneIsTaken() throws Exception {
        int port = server(new HttpServerOptions());
        var client = client(name -> Future.succeededFuture(addresses("10.0.0.1", "::1", "127.0.0.1")),
                new HttpClientOptions(), "127.0.0.1/32");
        assertThat(post(client, "http://crm.example:" + port + "/").error()).isEmpty();
    }

    @Test
    void whatGoesWrongHasAName() throws Exception {
        int free;
        try (var socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        var client = client(name -> name.equals("none.example")
                ? Future.failedFuture("no such name")
                : Future.succeededFuture(addresses("127.0.0.1")), new HttpClientOptions(), "127.0.0.0/8");
        assertThat(post(client, "http://none.example/").error()).isEqualTo("unknown-host");
        assertThat(post(client, "http://crm.example:" + free + "/").error()).isEqualTo("unreachable");
        try (var resolving = new WebhookClient(vertx, SendingNode.LOCAL, LIMIT, new Metrics())) {
            assertThat(post(resolving, "http://" + "a".repeat(64) + ".example/").error()).isEqualTo("unknown-host");
            assertThat(post(resolving, "http://localhost:" + free + "/").error()).isEqualTo("unreachable");
        }
        var throwing = client(name -> {
            throw new IllegalArgumentException(name);
        }, new HttpClientOptions(), "127.0.0.0/8");
        assertThat(post(throwing, "http://crm.example/").error()).isEqualTo("broken");
        int plain = server(new HttpServerOptions());
        assertThat(post(client, "https://crm.example:" + plain + "/").error()).isEqualTo("tls");
        try (var silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var outcome = post(client, "http://crm.example:" + silent.getLocalPort() + "/");
            assertThat(outcome.error()).isEqualTo("timeout");
            assertThat(Duration.ofNanos(outcome.nanos())).isBetween(LIMIT.minusMillis(200), LIMIT.plusSeconds(1));
        }
    }

    /** The address is ours to choose, the certificate must be that of the name. */
    @Test
    void theCertificateMustBeTrustedAndOfTheName(@TempDir Path directory) throws Exception {
        Path store = directory.resolve("keys.jks");
        var made = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-keyalg", "EC", "-alias", "a", "-dname", "CN=crm.example", "-ext",
                "san=dns:crm.example", "-validity", "2", "-storetype", "PKCS12", "-storepass", "changeit", "-keystore",
                store.toString()).redirectErrorStream(true).start();
        assertThat(made.waitFor()).as(new String(made.getInputStream().readAllBytes())).isZero();
        var keys = new JksOptions().setPath(store.toString()).setPassword("changeit");
        int port = server(new HttpServerOptions().setSsl(true).setKeyCertOptions(keys));
        Function<String, Future<List<InetAddress>>> here = name -> Future.succeededFuture(addresses("127.0.0.1"));
        var trusting = client(here, new HttpClientOptions().setTrustOptions(keys), "127.0.0.0/8");
        assertThat(post(trusting, "https://crm.example:" + port + "/").error()).isEmpty();
        assertThat(post(trusting, "https://other.example:" + port + "/").error()).isEqualTo("tls");
        var strict = client(here, new HttpClientOptions(), "127.0.0.0/8");
        assertThat(post(strict, "https://crm.example:" + port + "/").error()).isEqualTo("tls");
        assertThat(hosts).hasSize(1);
    }
}
