package io.mooring.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.RawSip;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the edge does for whoever reaches its ports, and what it does not. */
@ExtendWith(StackExtension.class)
class ControlPortIT {

    private final Stack stack;

    ControlPortIT(Stack stack) {
        this.stack = stack;
    }

    private String ask(int port, String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        }
    }

    private int control() {
        return URI.create(stack.edgeControl()).getPort();
    }

    private static String post(String path, String authorization, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization + "\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @CsvSource({
        "/edge/v1/actions,    Bearer wrong, 401",
        "/edge/v1/actions,    '',           401",
        "/edge/v1/registered, Bearer wrong, 401",
        "/edge/v1/dialogs,    Bearer wrong, 401",
        "/edge/v1/dialog,     Bearer wrong, 401",
        "/edge/v1/other,      token,        404",
        "/RPC,                token,        404",
        "/,                   token,        404"})
    void onlyWhatIsOnTheListAndWithTheToken(String path, String authorization, String status) throws IOException {
        var token = authorization.equals("token") ? "Bearer " + stack.edgeToken() : authorization;
        assertThat(ask(control(), post(path, token, "{\"jsonrpc\":\"2.0\",\"method\":\"core.kill\",\"id\":1}")))
                .isEqualTo("HTTP/1.1 " + status);
        assertThat(ask(control(), "GET /edge/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")).isEqualTo("HTTP/1.1 200");
    }

    /** Where phones are, there are no commands. */
    @Test
    void noCommandsOnTheSipPort() throws IOException {
        assertThat(
                ask(stack.sip().getPort(), post("/edge/v1/actions", "Bearer " + stack.edgeToken(), "{\"actions\":[]}")))
                .isEqualTo("HTTP/1.1 404");
    }

    /** A request with the nodes' key is rung in the name of whomever it says; without it, it is anybody's. */
    @Test
    void aWrongKeyIsNoKey() {
        try (var anybody = RawSip.open(stack.sip(), 5060)) {
            anybody.send(("INVITE sip:101@" + Stack.TENANT + " SIP/2.0\r\nVia: SIP/2.0/UDP " + anybody.address()
                    + ";branch=z9hG4bKkey\r\nFrom: <sip:102@" + Stack.TENANT + ">;tag=a\r\nTo: <sip:101@" + Stack.TENANT
                    + ">\r\nCall-ID: key-1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nX-Mooring-Key: guess\r\n"
                    + "Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(anybody.finalReplyTo("key-1", Duration.ofSeconds(5)).map(RawSip::status)).contains(403);
        }
    }

    /** Kamailio 5.6 writes both into 1,024 bytes on its stack, however long they are: found by {@link MutationsIT}. */
    @ParameterizedTest
    @CsvSource({"1030, 1", "3000, 1", "10, 3000"})
    void aCancelOfWhatIsTooLongIsLeftAlone(int callId, int cseq) throws IOException {
        var processes = stack.edgeInside().processes();
        var order = "{\"actions\":[{\"do\":\"cancel\",\"dialog\":\"" + "a".repeat(callId) + "\",\"cseq\":\""
                + "1".repeat(cseq) + "\"}]}";
        assertThat(ask(control(), post("/edge/v1/actions", "Bearer " + stack.edgeToken(), order)))
                .isEqualTo("HTTP/1.1 200");
        assertThat(stack.edgeInside().processes()).isEqualTo(processes);
    }

    /** What becomes of such a call would be cancelled some day. */
    @ParameterizedTest
    @CsvSource({"512, 403", "513, 400"})
    void aCallIdThatIsTooLongIsRefused(int length, int status) {
        var callId = "a".repeat(length);
        try (var anybody = RawSip.open(stack.sip(), 5060)) {
            anybody.send(("INVITE sip:101@" + Stack.TENANT + " SIP/2.0\r\nVia: SIP/2.0/UDP " + anybody.address()
                    + ";branch=z9hG4bKlong" + length + "\r\nFrom: <sip:102@elsewhere.example>;tag=a\r\nTo: <sip:101@"
                    + Stack.TENANT + ">\r\nCall-ID: " + callId + "\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
                    + "Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(anybody.finalReplyTo(callId, Duration.ofSeconds(5)).map(RawSip::status)).contains(status);
        }
    }
}
