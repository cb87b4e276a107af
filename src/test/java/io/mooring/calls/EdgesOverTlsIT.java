package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.OtherEdge;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import io.mooring.lab.tls.Authority;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two edges that speak TLS with one another, and show each other certificates. */
class EdgesOverTlsIT {

    private static final String OTHER = "127.0.0.14";
    /** Until an edge that has come back is told of who has registered meanwhile. */
    private static final Duration SHARED = Duration.ofSeconds(30);

    @TempDir
    private static Path folder;

    private static Map<String, String> settings;
    private static Authority authority;
    private static TwoEdges edges;
    private static Stack stack;
    private static OtherEdge other;

    @BeforeAll
    static void start() {
        authority = Authority.create(folder, "edges");
        var edge = authority.sign("edge", "DNS:edge.example");
        settings = new HashMap<>(OtherEdge.peers(OTHER));
        settings.put("MOORING_PEER_TLS_AUTHORITY", authority.certificate().toString());
        settings.put("MOORING_PEER_TLS_CERTIFICATE", edge.certificate().toString());
        settings.put("MOORING_PEER_TLS_KEY", edge.key().toString());
        edges = TwoEdges.start(OTHER, settings);
        stack = edges.stack();
        other = edges.other();
    }

    @AfterAll
    static void stop() {
        edges.close();
    }

    private static TestPhone atOther(Scene scene, String extension) {
        return edges.atOther(scene, extension);
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aCallThatPassesBothIsParkedAndRetrieved(String transport) {
        try (var scene = new Scene(stack, transport)) {
            edges.parkAndRetrieveOverBoth(scene);

            // Not by any other way.
            assertThat(stack.edgeInside().ask("ul.lookup", "location", "101@" + scene.tenant()))
                    .contains(OTHER + ":" + port() + ";transport=tls");
            assertThat(stack.edgeInside().ask("tls.list")).contains(OTHER).doesNotContain("State: error");
        }
    }

    @Test
    void anEdgeThatComesBackIsTold() {
        try (var scene = new Scene(stack, "udp")) {
            var there = atOther(scene, "101");
            other.kill();
            scene.phone("102");
            other.start();
            Awaitility.await()
                    .atMost(SHARED)
                    .until(() -> OtherEdge.registered(stack, other.control(), scene.tenant(), "102").equals("102 "));
            there.register();
            other.awaitKnown(scene.tenant(), "101");
            var call = scene.carol().call("101");
            there.awaitCall(SOON).reject(486);
            assertThat(call.awaitFinalStatus(SOON)).isEqualTo(486);
        }
    }

    /** Nobody gets as far as to be asked where he comes from, or what mark he bears. */
    @Test
    void whoHasNoCertificateOfTheAuthorityIsRefused() throws IOException {
        var stranger = Authority.create(folder, "others").sign("stranger", "DNS:edge.example");
        var edge = new Authority.Signed(folder.resolve("edge.pem"), folder.resolve("edge.key"));
        assertThat(connect(List.of())).contains("alert");
        assertThat(connect(shown(stranger))).contains("alert");
        assertThat(connect(shown(edge))).contains("Verify return code: 0 (ok)").doesNotContain("alert");
    }

    private static List<String> shown(Authority.Signed certificate) {
        return List.of("-cert", certificate.certificate().toString(), "-key", certificate.key().toString());
    }

    private static String port() {
        return settings.get("MOORING_PEER_PORT");
    }

    /** What openssl says of a connection to the port of the edges. */
    private static String connect(List<String> shown) throws IOException {
        var command = new ArrayList<>(List.of("openssl", "s_client", "-connect", OTHER + ":" + port(), "-CAfile",
                authority.certificate().toString(), "-tls1_2"));
        command.addAll(shown);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
