package io.mooring.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.mooring.store.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;

/** Each check of the doctor, where all is well and where it is not. */
class DoctorIT {
    @RegisterExtension
    static final RedisServer REDIS = RedisServer.standalone();

    private static final String READY = "{\"status\": \"ready\", \"phase\": \"running\", \"dependencies\": {}}";

    @TempDir
    private Path folder;

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private Doctor doctor;

    @BeforeEach
    void hire() {
        doctor = new Doctor(folder);
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
        processes.forEach(Process::destroyForcibly);
    }

    private static String redis() {
        var url = URI.create(REDIS.url());
        return url.getHost() + ":" + url.getPort();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Answers by path; what is not among them is 404. */
    private String serve(Map<String, String> answers) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var answer = answers.get(exchange.getRequestURI().getPath());
            var body = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        servers.add(server);
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private String node(String ready, String more) throws IOException {
        return serve(Map.of("/livez", "{\"status\": \"alive\"}", "/readyz", ready, "/statusz",
                "{\"version\": \"1.0\", \"records\": 1, \"members\": [\"a\", \"b\"], \"shards\": 16, \"shardsHeld\": 8, \"openFiles\": 9, "
                        + "\"mostOpenFiles\": 20000, \"timeMillis\": " + System.currentTimeMillis() + more + "}"));
    }

    // --- a whole stack ---

    @Test
    void aStackIsLookedAtInAllItsParts() throws Exception {
        try (var stack = new LaunchedStack()) {
            assertThat(stack.up().status()).isZero();
            String redis = "127.0.0.1:" + (stack.httpPort + 4);
            String node = "http://127.0.0.1:" + (stack.httpPort + 2);
            String edge = "http://127.0.0.1:" + (stack.httpPort + 6);
            String rtpengine = "127.0.0.1:" + (stack.httpPort + 5);
            doctor.set("MOORING_STATE_DIR", stack.state.toString());
            doctor.looks()
                    .has("ok", "tool kamailio", "5.6")
                    .has("ok", "process node-1", "running")
                    .has("ok", "redis " + redis, "master")
                    .has("ok", "redis " + redis + " eviction", "noeviction")
                    .has("ok", "redis " + redis + " persistence", "append-only file")
                    .has("warning", "redis " + redis + " replicas", "none")
                    .has("ok", "redis primary", redis)
                    .has("ok", "rtpengine " + rtpengine, "over ng")
                    .has("ok", "edge " + edge, "up since")
                    .has("ok", "edge " + edge + " guard", "refuses")
                    .has("ok", "edge " + edge + " token", "takes")
                    .has("ok", "SIP 127.0.0.1:" + stack.sipPort + "/udp", "OPTIONS")
                    .has("ok", "SIP 127.0.0.1:" + stack.sipPort + "/tcp", "OPTIONS")
                    .has("ok", "node " + node, "ready")
                    .has("ok", "node " + node + " clock", "within")
                    .has("ok", "nodes version", "SNAPSHOT at all")
                    .has("ok", "nodes cluster", "the same 1 members");
            var table = stack.mooring("doctor");
            assertThat(table.out()).contains("warning  redis " + redis + " replicas", "-> ", "checks: ");

            assertThat(stack.mooring("part", "kill", "rtpengine").status()).isZero();
            assertThat(stack.mooring("part", "freeze", "kamailio").status()).isZero();
            Path other = Files.writeString(folder.resolve("token"), "another one\n");
            doctor.looks()
                    .has("broken", "process rtpengine", "down")
                    .has("broken", "process kamailio", "frozen")
                    .has("broken", "rtpengine " + rtpengine, "no answer")
                    .has("broken", "node " + node, "ready, but rtpengine")
                    .has("broken", "edge " + edge, "does not answer")
                    .has("broken", "SIP 127.0.0.1:" + stack.sipPort + "/udp", "no answer");
            assertThat(stack.mooring("part", "thaw", "kamailio").status()).isZero();
            doctor.looks("--edges", edge, "--edge-token-file", other.toString())
                    .has("broken", "edge " + edge + " token", "401");
            assertThat(stack.mooring("part", "freeze", "node-1").status()).isZero();
            doctor.looks("--nodes", node).has("broken", "node " + node, "does not answer");
            assertThat(stack.mooring("part", "thaw", "node-1").status()).isZero();
        }
    }

    // --- the machine ---

    @Test
    void whereNothingIsUpItLooksWhetherAStackCouldStart() throws Exception {
        try (var stack = new LaunchedStack(); var taken = new ServerSocket()) {
            doctor.set("MOORING_HTTP_PORT", "" + stack.httpPort)
                    .set("MOORING_SIP_PORT", "" + stack.sipPort)
                    .set("MOORING_RTP_PORTS", "20000-20100");
            doctor.looks().has("ok", "settings", "in order").has("ok", "ports", "are free");
            taken.bind(new InetSocketAddress(stack.httpPort + 4));
            doctor.looks().has("broken", "ports", "port " + taken.getLocalPort() + "/tcp is in use");
            doctor.set("MOORING_BIND", "0.0.0.0").looks().has("broken", "settings", "MOORING_BIND must be one");
        }
    }

    @Test
    void anotherVersionOfAToolIsNamed() throws Exception {
        doctor.withProgram("kamailio", "echo 'version: kamailio 6.0.1 (x86_64/linux)'")
                .withProgram("redis-server", "exit 1")
                .looks()
                .has("warning", "tool kamailio", "6.0.1")
                .has("broken", "tool redis-server", "missing");
        doctor.set("MOORING_JDK", folder.toString()).looks().has("broken", "tool java", "no JDK");
    }

    @Test
    void aToolThatIsMissingIsNamed() throws Exception {
        for (String tool : List.of("awk", "bash", "cat", "curl", "date", "df", "dirname", "env", "grep", "head", "jq",
                "paste",
                "readlink", "redis-cli", "sed", "sort", "ss", "timeout", "tr", "wc")) {
            doctor.withProgram(tool, "exec /usr/bin/" + tool + " \"$@\"");
        }
        doctor.set("PATH", folder.resolve("bin").toString())
                .looks("--redis", redis())
                .has("broken", "tool openssl", "missing");
    }

    @Test
    void limitsOfTheMachineAreNamed() throws Exception {
        doctor.withKernel("net/snmp",
                "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 100000 1 0 5 11\n")
                .withKernel("sys/net/core/rmem_max", "212992\n")
                .withKernel("sys/net/core/rmem_default", "212992\n")
                .withKernel("sys/net/ipv4/ip_local_port_range", "32768\t60999\n")
                .withKernel("sys/net/ipv4/ip_local_reserved_ports", "\n")
                .withProgram("df",
                        "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 100 95 5 95%% /\\n'")
                .after("ulimit -n 1000")
                .looks("--rtpengine", "127.0.0.1:" + freePort(), "--rtp-ports", "30000-39999")
                .has("warning", "UDP buffers", "11 datagrams of 100000")
                .has("warning", "file descriptors", "at most 1000")
                .has("warning", "disk of " + Path.of("").toAbsolutePath(), "5 % free");
        doctor.withKernel("net/snmp",
                "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 100000 1 0 5 10\n")
                .withProgram("df",
                        "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 100 99 1 99%% /\\n'")
                .looks("--redis", redis())
                .has("ok", "UDP buffers", "10 datagrams")
                .has("broken", "disk of " + Path.of("").toAbsolutePath(), "1 % free");
    }

    @ParameterizedTest
    @CsvSource({
        "30000-39999, '', warning, the system gives 32768-60999", "30000-39999, 30000-39999, ok, room for 2500 calls",
        "20000-29999, '', ok, room for 2500 calls", "39999, '', broken, is no range", "9-1, '', broken, is no range"
    })
    void rtpPortsLieWhereTheSystemTakesNone(String range, String reserved, String level, String found)
            throws Exception {
        String rtpengine = "127.0.0.1:" + freePort();
        doctor.withKernel("net/snmp", "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1 1 0 5 0\n")
                .withKernel("sys/net/core/rmem_max", "1\n")
                .withKernel("sys/net/ipv4/ip_local_port_range", "32768\t60999\n")
                .withKernel("sys/net/ipv4/ip_local_reserved_ports", reserved + "\n")
                .looks("--rtpengine", rtpengine, "--rtp-ports", range)
                .has("broken", "rtpengine " + rtpengine, "no answer")
                .has(level, "rtpengine " + rtpengine + " ports", found);
    }

    @Test
    void settingsOfANodeAreReadAsTheNodeWould() throws Exception {
        Path good = Files.writeString(folder.resolve("good.env"), """
                # A node.
                MOORING_EDGE_TOKEN=a
                MOORING_OPERATOR_TOKEN=b
                MOORING_MUSIC_FILE=%s
                """.formatted(Path.of("media/music.wav").toAbsolutePath()));
        Path bad = Files.writeString(folder.resolve("bad.env"),
                Files.readString(good) + "MOORING_SHARDS=many\nMOORING_EDGE_LISTEN=here\n");
        doctor.looks("--settings", good + "," + bad + "," + folder.resolve("none"))
                .has("ok", "settings " + good, "takes them")
                .has("broken", "settings " + bad, "MOORING_SHARDS")
                .has("broken", "settings " + bad, "MOORING_EDGE_LISTEN")
                .has("broken", "settings " + folder.resolve("none"), "cannot be read");
    }

    // --- Redis ---

    @Test
    void aRedisThatMayForgetIsNamed() throws Exception {
        try (Jedis jedis = new Jedis(REDIS.url())) {
            jedis.configSet("maxmemory", "104857600");
            jedis.configSet("maxmemory-policy", "allkeys-lru");
            jedis.configSet("appendonly", "no");
            doctor.looks("--redis", redis())
                    .has("broken", "redis " + redis() + " eviction", "allkeys-lru")
                    .has("broken", "redis " + redis() + " persistence", "no append-only")
                    .has("ok", "redis " + redis() + " memory", "of 100 MiB");
            jedis.configSet("maxmemory-policy", "noeviction");
            jedis.configSet("appendonly", "yes");
            jedis.configSet("maxmemory", "1100000");
            jedis.configSet("min-replicas-to-write", "1");
            doctor.looks("--redis", redis() + "," + "127.0.0.1:" + freePort())
                    .has("warning", "redis " + redis() + " memory", "of 1 MiB")
                    .has("broken", "redis " + redis() + " replicas", "0 in step");
            jedis.configSet("maxmemory", "0");
            jedis.configSet("min-replicas-to-write", "0");
        }
    }

    @Test
    void replicasAndPrimariesAreCounted() throws Exception {
        String nobody = "127.0.0.1:" + freePort();
        try (var other = RedisServer.standalone();
                Jedis jedis = new Jedis(REDIS.url());
                Jedis second = new Jedis(other.url())) {
            String address = URI.create(other.url()).getAuthority();
            doctor.looks("--redis", redis() + "," + address + "," + nobody)
                    .has("broken", "redis primary", "say that they are the primary")
                    .has("broken", "redis " + nobody, "no answer");
            second.replicaof("127.0.0.1", URI.create(REDIS.url()).getPort());
            Awaitility.await()
                    .atMost(30, TimeUnit.SECONDS)
                    .until(() -> second.info().contains("master_link_status:up"));
            doctor.looks("--redis", redis() + "," + address)
                    .has("ok", "redis primary", redis())
                    .has("ok", "redis " + address + " replication", "in step")
                    .has("warning", "redis " + redis() + " replicas", "without them, too");
            jedis.configSet("min-replicas-to-write", "1");
            doctor.looks("--redis", redis()).has("warning", "redis " + redis() + " replicas", "1");
            jedis.configSet("min-replicas-to-write", "0");
            second.replicaof("127.0.0.1", Integer.parseInt(nobody.substring(10)));
            doctor.looks("--redis", address)
                    .has("broken", "redis " + address + " replication", "no link")
                    .has("broken", "redis primary", "none of them");
            second.replicaofNoOne();
        }
    }

    @Test
    void whatIsNoSentinelIsNamed() throws Exception {
        doctor.looks("--sentinels", redis()).has("broken", "sentinel " + redis(), "no primary");
    }

    // --- nodes and edges ---

    @Test
    void nodesThatAgreeAreWell() throws Exception {
        doctor.looks("--nodes", node(READY, "") + "," + node(READY, ""))
                .has("ok", "nodes version", "1.0")
                .has("ok", "nodes records", "1")
                .has("ok", "nodes cluster", "the same 2")
                .has("ok", "nodes shards held", "16 of 16");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"version\": \"1.1\"| warning| nodes version| 1.0 1.1", "\"records\": 2| warning| nodes records| 1 2",
        "\"shards\": 32| broken| nodes shards| 16 32", "\"members\": [\"b\"]| broken| nodes cluster| not see the same",
        "\"shardsHeld\": 0| warning| nodes shards held| 8 of 16"
    })
    void nodesThatDifferAreNamed(String more, String level, String check, String found) throws Exception {
        doctor.looks("--nodes", node(READY, "") + "," + node(READY, ", " + more)).has(level, check, found);
    }

    @Test
    void aNodeThatIsNotWellIsNamed() throws Exception {
        var late = node(READY, ", \"timeMillis\": " + (System.currentTimeMillis() - 60_000));
        var few = node(READY, ", \"mostOpenFiles\": 1024");
        var draining = node("{\"status\": \"not ready\", \"phase\": \"draining\", \"dependencies\": "
                + "{\"redis\": {\"status\": \"down\", \"error\": \"no route\"}}}", "");
        var old = serve(Map.of("/livez", "{\"status\": \"alive\"}", "/readyz", READY));
        doctor.looks("--nodes", String.join(",", late, few, draining, old))
                .has("warning", "node " + late + " clock", "-60")
                .has("warning", "node " + few + " files", "9 open of 1024")
                .has("broken", "node " + draining, "not ready (draining) redis: no route")
                .has("broken", "node " + old + " status", "does not tell")
                .has("warning", "nodes cluster", "2 members, and 3 were looked at");
    }

    @Test
    void anEdgeThatTakesOrdersFromEverybodyIsNamed() throws Exception {
        var open = serve(Map.of("/edge/v1/health", "{\"status\": \"UP\", \"boot\": \"1764000000\"}",
                "/edge/v1/registered", "{}"));
        doctor.looks("--edges", open)
                .has("ok", "edge " + open, "up since 20")
                .has("broken", "edge " + open + " guard", "answers 200")
                .has("warning", "edge " + open + " token", "not looked at");
    }

    // --- certificates ---

    private Path certificate(int days) throws Exception {
        Path file = folder.resolve("certificate-" + days + ".pem");
        var made = new ProcessBuilder("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                "-days",
                "" + days, "-keyout", folder.resolve("key-" + days).toString(), "-out", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("openssl.txt").toFile())
                .start();
        assertThat(made.waitFor()).isZero();
        return file;
    }

    private Path expiredCertificate() throws Exception {
        Path file = folder.resolve("over.pem");
        Path store = folder.resolve("over.p12");
        for (String arguments : List.of(
                "-genkeypair -keyalg EC -dname CN=x -startdate -9d -validity 8 -alias x -storepass secret",
                "-exportcert -rfc -alias x -storepass secret -file " + file)) {
            var command = new ArrayList<>(
                    List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
            command.addAll(List.of(arguments.split(" ")));
            command.addAll(List.of("-keystore", store.toString()));
            assertThat(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("keytool.txt").toFile())
                    .start()
                    .waitFor()).as(command.toString()).isZero();
        }
        return file;
    }

    @Test
    void certificatesThatEndAreNamed() throws Exception {
        Path over = expiredCertificate();
        Path soon = certificate(20);
        Path later = certificate(40);
        int port = freePort();
        var server = new ProcessBuilder("openssl", "s_server", "-accept", "127.0.0.1:" + port, "-cert", soon.toString(),
                "-key",
                folder.resolve("key-20").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.txt").toFile())
                .start();
        processes.add(server);
        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> Files.readString(folder.resolve("server.txt")).contains("ACCEPT"));
        String silent = "127.0.0.1:" + freePort();
        Path none = Files.writeString(folder.resolve("none.pem"), "nothing\n");
        doctor.looks("--certificates",
                String.join(",", over.toString(), soon.toString(), later.toString(), none.toString(), "/no"),
                "--tls", "127.0.0.1:" + port + "," + silent)
                .has("broken", "certificate " + over, "expired")
                .has("warning", "certificate " + soon, "until")
                .has("ok", "certificate " + later, "until")
                .has("broken", "certificate " + none, "no certificate")
                .has("broken", "certificate /no", "cannot be read")
                .has("warning", "TLS 127.0.0.1:" + port, "until")
                .has("broken", "TLS " + silent, "no certificate");
    }

    @ParameterizedTest
    @CsvSource({"--wrong", "--nodes"})
    void aCommandLineThatCannotBeUnderstoodIsNoFinding(String option) throws Exception {
        var process = new ProcessBuilder("./mooring", "doctor", option).redirectErrorStream(true).start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).contains(option);
        assertThat(process.waitFor()).isEqualTo(64);
    }
}
