package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Namespace;
import io.mooring.lab.Stack;
import io.mooring.lab.audio.Tones;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The main job with three phones that other people wrote. They live in a network namespace, since baresip does not speak over
 * loopback, and reach the stack over a wire.
 */
class BaresipIT {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration AUDIBLE = Duration.ofSeconds(15);
    private static final Duration TWO_SECONDS = Duration.ofSeconds(2);
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);

    private static final double CAROLS_TONE = 450;
    private static final double BOBS_TONE = 610;
    private static final double ALICES_TONE = 850;

    @TempDir
    private Path folder;

    @Test
    void baresipParksAndBaresipRetrieves() throws IOException {
        try (var namespace = Namespace.wired();
                var stack = Stack.start(2, Map.of("MOORING_BIND", namespace.host()));
                var carol = phone(namespace, stack, "103", 5_060, CAROLS_TONE);
                var bob = phone(namespace, stack, "101", 5_070, BOBS_TONE);
                var alice = phone(namespace, stack, "102", 5_080, ALICES_TONE)) {
            parkAndRetrieve(stack, carol, bob, alice);
        }
    }

    /** Two phones over TLS and one over UDP, each way: who is called, who calls, who parks and who is parked. */
    @ParameterizedTest
    @CsvSource({"tls, tls, udp", "udp, tls, tls"})
    void overTls(String carols, String bobs, String alices) throws IOException {
        try (var namespace = Namespace.wired()) {
            var certificate = new SelfSigned(folder, namespace.host());
            var port = freePort();
            try (var stack = Stack.start(2, Map.of("MOORING_BIND", namespace.host(), "MOORING_SIP_TLS_PORT", "" + port,
                    "MOORING_SIP_TLS_CERTIFICATE", certificate.certificate().toString(), "MOORING_SIP_TLS_KEY",
                    certificate.key().toString()));
                    var carol = phone(namespace, stack, carols, port, certificate, "103", 5_060, CAROLS_TONE);
                    var bob = phone(namespace, stack, bobs, port, certificate, "101", 5_070, BOBS_TONE);
                    var alice = phone(namespace, stack, alices, port, certificate, "102", 5_080, ALICES_TONE)) {
                assertThat(certificate.connect(namespace.host(), port, "-tls1_2")).contains("TLSv1.2")
                        .contains("CONNECTED");
                assertThat(certificate.connect(namespace.host(), port, "-tls1_1")).contains("alert protocol version");
                parkAndRetrieve(stack, carol, bob, alice);
                // Not by any other way.
                assertThat(stack.edgeInside().ask("ul.dump").toLowerCase(Locale.ROOT)).contains("transport=tls");
            }
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Baresip phone(Namespace namespace, Stack stack, String transport, int tlsPort, SelfSigned certificate,
            String user, int port, double tone) throws IOException {
        var tls = transport.equals("tls");
        var edge = new InetSocketAddress(stack.sip().getHostString(), tls ? tlsPort : stack.sip().getPort());
        return new Baresip(namespace, folder, edge, transport, tls ? certificate.certificate().toString() : "",
                Stack.TENANT, user, port, tone);
    }

    private static void parkAndRetrieve(Stack stack, Baresip carol, Baresip bob, Baresip alice) {
        carol.awaitRegistered(SOON);
        bob.awaitRegistered(SOON);
        alice.awaitRegistered(SOON);

        carol.command("dial", "sip:101@" + Stack.TENANT);
        bob.awaitEvent("CALL_INCOMING", SOON);
        bob.command("accept", "");
        carol.awaitEvent("CALL_ESTABLISHED", SOON);
        hears(carol, BOBS_TONE);
        hears(bob, CAROLS_TONE);

        var parks = stack.counter(Stack.PARKS);
        bob.command("transfer", "sip:*68@" + Stack.TENANT);
        bob.awaitEvent("CALL_CLOSED", SOON);
        assertThat(stack.whoCounted(Stack.PARKS, parks)).hasSize(1);
        carol.awaitHeard("the music on hold", TWO_SECONDS, stack.music()::isPlayedIn, AUDIBLE);

        alice.command("dial", "sip:*88101@" + Stack.TENANT);
        alice.awaitEvent("CALL_ESTABLISHED", SOON);
        hears(alice, CAROLS_TONE);
        hears(carol, ALICES_TONE);

        alice.command("hangup", "");
        carol.awaitEvent("CALL_CLOSED", SOON);
        stack.awaitNothingLeft(SOON);
    }

    private Baresip phone(Namespace namespace, Stack stack, String user, int port, double tone) throws IOException {
        return new Baresip(namespace, folder, stack.sip(), Stack.TENANT, user, port, tone);
    }

    private static void hears(Baresip phone, double tone) {
        phone.awaitHeard("tone of " + tone + " Hz", HALF_A_SECOND, heard -> Tones.isOnly(heard, tone), AUDIBLE);
    }
}
