package io.mooring.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kamailio/render-local-cfg}: where the edge's secrets come from. */
class EdgeSettingsTest {
    private static final Map<String, String> REQUIRED = Map.of("MOORING_EDGE_ID", "edge-1", "MOORING_NODES",
            "http://127.0.0.1:8091", "MOORING_RUN_DIR", "/run/edge");

    @TempDir
    private Path folder;

    private record Rendered(int status, String text) {}

    private static Rendered render(Map<String, String> settings) throws Exception {
        var builder = new ProcessBuilder("kamailio/render-local-cfg").redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("MOORING_"));
        builder.environment().putAll(REQUIRED);
        builder.environment().putAll(settings);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Rendered(process.exitValue(), text);
    }

    @Test
    void secretsMayBeInFiles() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "token-in-a-file\n");
        Path password = Files.writeString(folder.resolve("password"), "redis-password");

        var rendered = render(Map.of("MOORING_EDGE_TOKEN_FILE", token.toString(), "MOORING_REDIS_PASSWORD_FILE",
                password.toString()));

        assertThat(rendered.text()).contains("\"Bearer token-in-a-file\"").contains(";pass=redis-password\"");
        assertThat(rendered.status()).isZero();
    }

    /** It was left empty, with a message and the status 0, and Kamailio failed later with a riddle. */
    @Test
    void aNumberThatIsNoneIsRefused() throws Exception {
        var wrong = render(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_NODE_ATTEMPTS", "many"));
        assertThat(wrong.text()).contains("MOORING_NODE_ATTEMPTS: not understood");
        assertThat(wrong.status()).isEqualTo(1);
        var within = render(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_TALK_SECONDS", "long"));
        assertThat(within.text()).contains("MOORING_TALK_SECONDS: not understood");
        assertThat(within.status()).isEqualTo(1);
    }

    @Test
    void aSecretThatIsThereTwiceOrNotAtAllIsRefused() throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "token-in-a-file");
        var both = new HashMap<>(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_EDGE_TOKEN_FILE",
                token.toString()));
        assertThat(render(both).text()).contains("MOORING_EDGE_TOKEN is set, and so is MOORING_EDGE_TOKEN_FILE");
        assertThat(render(both).status()).isEqualTo(1);

        var missing = render(Map.of("MOORING_EDGE_TOKEN_FILE", folder.resolve("nowhere").toString()));
        assertThat(missing.text()).contains("MOORING_EDGE_TOKEN_FILE: cannot read");
        assertThat(missing.status()).isEqualTo(1);
    }

    /** Phones are asked for no certificate, other edges are, and each is shown its own. */
    @Test
    void tlsOfPhonesAndBetweenEdgesAreApart() throws Exception {
        var settings = new HashMap<>(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_RUN_DIR", folder.toString(),
                "MOORING_SIP_ADDRESS", "10.0.0.1", "MOORING_EDGE_PEERS", "10.0.0.2", "MOORING_SIP_TLS_PORT", "5061"));
        for (var name : List.of("MOORING_SIP_TLS_CERTIFICATE", "MOORING_SIP_TLS_KEY", "MOORING_PEER_TLS_CERTIFICATE",
                "MOORING_PEER_TLS_KEY")) {
            settings.put(name, Files.writeString(folder.resolve(name), "").toString());
        }
        assertThat(render(settings).text()).contains("MOORING_PEER_TLS_AUTHORITY is not set");
        var authority = folder.resolve("authority");
        settings.put("MOORING_PEER_TLS_AUTHORITY", authority.toString());
        assertThat(render(settings).text()).contains("MOORING_PEER_TLS_AUTHORITY: cannot read " + authority);
        Files.writeString(authority, "");

        assertThat(render(settings).text()).contains("\nlisten=tls:10.0.0.1:5061\n", "\nlisten=tls:10.0.0.1:5062\n",
                "\"sip:10.0.0.2:5062;transport=tls\"");
        var profiles = Files.readString(folder.resolve("tls.conf")).split("(?m)^(?=\\[)");
        assertThat(profiles).hasSize(3);
        assertThat(profiles[0]).startsWith("[server:default]")
                .contains("MOORING_SIP_TLS_KEY", "require_certificate = no");
        assertThat(profiles[1]).startsWith("[server:10.0.0.1:5062]")
                .contains("MOORING_PEER_TLS_KEY", "require_certificate = yes", "ca_list = " + authority);
        assertThat(profiles[2]).startsWith("[client:default]")
                .contains("MOORING_PEER_TLS_KEY", "verify_certificate = yes", "ca_list = " + authority);
    }

    @Test
    void anEdgeLeavesItselfOutOfTheListOfAll() throws Exception {
        var own = Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_SIP_ADDRESS", "10.0.0.1");
        var two = new HashMap<>(own);
        two.put("MOORING_EDGE_PEERS", "10.0.0.1,10.0.0.2");
        assertThat(render(two).text()).contains("#!define MOORING_PEERS\n")
                .contains("\"10.0.0.2/32\"")
                .contains("\nlisten=tcp:10.0.0.1:5062\n");
        var alone = new HashMap<>(own);
        alone.put("MOORING_EDGE_PEERS", "10.0.0.1");
        assertThat(render(alone).text()).isEqualTo(render(own).text()).doesNotContain("PEER").doesNotContain("5062");
    }

    /** What comes there is believed to come from an edge. */
    @Test
    void thePortOfTheEdgesIsNoOther() throws Exception {
        var rendered = render(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_EDGE_PEERS", "10.0.0.2",
                "MOORING_PEER_PORT", "5060"));
        assertThat(rendered.text()).contains("MOORING_PEER_PORT: a port of its own");
        assertThat(rendered.status()).isEqualTo(1);
    }

    /** Edges with one token understand one another's masks, which tell nothing of it. */
    @Test
    void theKeyThatHidesTopologyIsMadeOfTheToken() throws Exception {
        var settings = new HashMap<>(Map.of("MOORING_EDGE_TOKEN", "token-itself", "MOORING_SIP_ADDRESS", "10.0.0.1"));
        assertThat(render(settings).text()).doesNotContain("TOPOLOGY");
        settings.put("MOORING_HIDE_TOPOLOGY", "yes");
        var one = render(settings).text();
        assertThat(one).contains("\n#!define MOORING_TOPOLOGY_HOST \"10.0.0.1\"\n");
        settings.put("MOORING_SIP_ADDRESS", "10.0.0.2");
        settings.put("MOORING_SIP_ADVERTISE", "sip.example.com:5070");
        var two = render(settings).text();
        assertThat(two).contains("\n#!define MOORING_TOPOLOGY_HOST \"sip.example.com\"\n")
                .contains("\n#!define MOORING_TOPOLOGY_PORT \"5070\"\n");
        assertThat(key(one)).matches("[0-9a-f]{64}").isEqualTo(key(two));
        settings.put("MOORING_EDGE_TOKEN", "another-token");
        assertThat(key(render(settings).text())).isNotEqualTo(key(one));
    }

    private static String key(String rendered) {
        return rendered.replaceAll("(?s).*MOORING_TOPOLOGY_KEY \"([^\"]*)\".*", "$1");
    }
}
