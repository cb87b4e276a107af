package io.mooring.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.lab.Digest;
import io.mooring.lab.EdgeInside;
import io.mooring.lab.RawSip;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The 49 messages of RFC 4475, to a real edge. It is the proxy and the registrar of the domains in them, they come from a trunk that it
 * trusts, and {@code user@example.com} is a phone that is registered and busy: 486 to an INVITE and 200 to OPTIONS are the phone's.
 *
 * <p>The parser of Kamailio 5.6.3 refuses three of the valid ones: wsinv, intmeth, esc02.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TortureMessagesIT {

    private static final List<String> DOMAINS = List.of("example.com", "example.net", "example.org", "company.com",
            "chair-dnrc.example.com");
    private static final Duration ANSWERED = Duration.ofSeconds(5);
    /** An answer of the edge takes some milliseconds. */
    private static final Duration SILENT = Duration.ofMillis(400);

    private static Stack stack;
    private static RawSip sip;
    private static TestPhone phone;
    private static EdgeInside edge;
    private static Set<Long> processes;
    private static long sharedBytes;

    @BeforeAll
    static void start() {
        stack = Stack.start(1);
        // Where the Vias of the messages say that answers go.
        sip = RawSip.open(stack.sip(), 5060, 5050);
        DOMAINS.forEach(stack.api()::putTenant);
        stack.api().putTrunk(sip.address(), "torture", "*");
        // Names that no extension of ours has: the edge itself takes any.
        for (var user : List.of("user", "watson", "j.user")) {
            stack.redis().hset("{cfg}:edge:sub:example.com:" + user, "ha1", Digest.ha1(user, "example.com", "secret"));
        }
        phone = TestPhone.builder()
                .edge(stack.sip())
                .domain("example.com")
                .user("user")
                .password("secret")
                .open()
                .register();
        phone.onInvite(call -> call.reject(486));
        edge = stack.edgeInside();
        assertThat(sip.edgeAnswers()).isTrue();
        processes = edge.processes();
        sharedBytes = edge.sharedBytes();
    }

    @AfterAll
    static void stop() {
        System.out.printf("torture: shared memory of Kamailio %+d bytes, %d processes%n",
                edge.sharedBytes() - sharedBytes,
                processes.size());
        phone.close();
        sip.close();
        stack.close();
    }

    @Test
    void thereAreFortyNine() {
        assertThat(names()).hasSize(49);
    }

    @AfterEach
    void theEdgeIsAsBefore() {
        assertThat(sip.edgeAnswers()).as("the edge answers a ping").isTrue();
        assertThat(edge.processes()).as("processes of the edge").isEqualTo(processes);
    }

    /** What is expected is what the RFC asks of a proxy or registrar, in the section named; 0: it is dropped. */
    @Order(1)
    @ParameterizedTest(name = "{0} [RFC 4475 {1}]: {2}")
    @CsvSource({
        "wsinv,      3.1.1.1,  400, valid: refused by the parser",
        "intmeth,    3.1.1.2,  400, valid: refused by the parser",
        "esc01,      3.1.1.3,  404, well formed: nobody has this name",
        "escnull,    3.1.1.4,  401, well formed: challenged",
        "esc02,      3.1.1.5,  400, valid: refused by the parser",
        "lwsdisp,    3.1.1.6,  200, accepted: forwarded",
        "longreq,    3.1.1.7,  486, well formed: forwarded",
        "dblreq,     3.1.1.8,  401, the REGISTER is handled; what is behind it is not",
        "semiuri,    3.1.1.9,  404, the user part is user;par=u%40example.net",
        "transports, 3.1.1.10, 200, well formed: forwarded",
        "mpart01,    3.1.1.11, 404, well formed: nobody is called kumiko",
        "unreason,   3.1.1.12, 0,   well formed: not a reply to us",
        "noreason,   3.1.1.13, 0,   well formed: not a reply to us",
        "badinv01,   3.1.2.1,  400, should be 400",
        "clerr,      3.1.2.2,  400, should be 400 over UDP",
        "ncl,        3.1.2.3,  400, should be an error",
        "scalar02,   3.1.2.4,  400, should be 400 for the CSeq",
        "scalarlg,   3.1.2.5,  0,   is discarded",
        "quotbal,    3.1.2.6,  400, should be 400",
        "ltgtruri,   3.1.2.7,  400, reasonable always to reject",
        "lwsruri,    3.1.2.8,  400, should be 400",
        "lwsstart,   3.1.2.9,  400, acceptable to reject",
        "trws,       3.1.2.10, 404, acceptable to be liberal: nobody has this name",
        "escruri,    3.1.2.11, 486, acceptable to be liberal: forwarded",
        "baddate,    3.1.2.12, 486, not to be refused by who does not need the date: forwarded",
        "regbadct,   3.1.2.13, 401, acceptable to be liberal: challenged; see with credentials",
        "badaspec,   3.1.2.14, 404, liberal: nobody has this name",
        "baddn,      3.1.2.15, 404, acceptable to be liberal: nobody has this name",
        "badvers,    3.1.2.16, 505, should be 505",
        "mismatch01, 3.1.2.17, 400, is 400",
        "mismatch02, 3.1.2.18, 400, should be 501 and may be 400",
        "bigcode,    3.1.2.19, 0,   is discarded",
        "badbranch,  3.2.1,    200, handled as of RFC 2543: forwarded",
        "insuf,      3.3.1,    400, an element answers 400 if at all",
        "unkscm,     3.3.2,    416, is 416",
        "novelsc,    3.3.3,    416, is 416",
        "unksm2,     3.3.4,    400, a registrar answers 400",
        "bext01,     3.3.5,    420, a proxy answers 420",
        "invut,      3.3.6,    486, a proxy forwards it",
        "regaut01,   3.3.7,    401, the scheme is ignored: challenged",
        "multi01,    3.3.8,    400, should be 400",
        "mcl01,      3.3.9,    400, should be 400",
        "bcast,      3.3.10,   0,   is not forwarded",
        "zeromf,     3.3.11,   483, is not forwarded",
        "cparam01,   3.3.12,   401, challenged first; see with credentials",
        "cparam02,   3.3.13,   401, challenged first; see with credentials",
        "regescrt,   3.3.14,   401, challenged first; see with credentials",
        "sdp01,      3.3.15,   486, a proxy forwards it",
        "inv2543,    3.4.1,    400, accepted by who wants to be compatible with RFC 2543: we are not"})
    void isAnsweredAsTheRfcAsks(String name, String section, int status, String why) {
        var message = TortureMessage.named(name);
        sip.forget();
        sip.send(message.bytes());
        var reply = sip.finalReplyTo(message.mark(), status == 0 ? SILENT : ANSWERED);
        assertThat(reply.map(RawSip::status).orElse(0)).as("%s [RFC 4475 %s] %s: %s", name, section, why, reply)
                .isEqualTo(status);
    }

    /**
     * The bindings are those that the RFC wants. A registrar that is liberal infers the angle brackets of regbadct; a name with a NUL is
     * not shortened but refused: no extension has it.
     */
    @Order(2)
    @ParameterizedTest
    @CsvSource({
        "escnull,  null-%00-null, 400, Content-Length: 0",
        "dblreq,   j.user,        200, <sip:j.user@host.example.com>;",
        "cparam01, watson,        200, <sip:+19725552222@gw1.example.net>;",
        "cparam02, watson,        200, <sip:+19725552222@gw1.example.net;unknownparam>;",
        "regescrt, user,          200, <sip:user@example.com?Route=%3Csip:sip.example.com%3E>;",
        "regbadct, user,          200, <sip:user@example.com?Route=%3Csip:sip.example.com%3E>;"})
    void aRegisterWithCredentials(String name, String user, int status, String contact) {
        stack.redis().hset("{cfg}:edge:sub:example.com:" + user, "ha1", Digest.ha1(user, "example.com", "secret"));
        var message = TortureMessage.named(name);
        sip.forget();
        sip.send(message.bytes());
        var challenge = sip.finalReplyTo(message.mark(), ANSWERED).orElseThrow();
        var header = challenge.lines().filter(line -> line.startsWith("WWW-Authenticate: ")).findFirst().orElseThrow();
        var credentials = "\r\nAuthorization: "
                + Digest.answer(header.substring(18), "REGISTER", "sip:example.com", user, "secret");
        var endOfLine = message.text().indexOf("\r\n");
        sip.send((message.text().substring(0, endOfLine) + credentials + message.text().substring(endOfLine))
                .getBytes(StandardCharsets.ISO_8859_1));
        var reply = sip.finalReplyTo(message.mark(), ANSWERED).orElseThrow();
        assertThat(RawSip.status(reply)).as(reply).isEqualTo(status);
        assertThat(reply).contains(contact);
        if (status == 200) {
            edge.ask("ul.rm", "location", user + "@example.com");
            phone.register();
        }
    }

    /** Each over a connection of its own. What comes of it is the same or the end of the connection; the next one is served. */
    @Test
    void overTcp() throws IOException {
        for (var name : names()) {
            try (var socket = new Socket()) {
                socket.bind(new InetSocketAddress(sip.address(), 0));
                socket.connect(stack.sip());
                socket.setSoTimeout((int) SILENT.toMillis() / 4);
                socket.getOutputStream().write(TortureMessage.named(name).bytes());
                try {
                    assertThat(socket.getInputStream().readNBytes(1)).as(name).isNotNull();
                } catch (SocketTimeoutException e) {
                    // It waits for more, as with clerr, or says nothing.
                }
            }
            assertThat(sip.edgeAnswers()).as("the edge answers after " + name).isTrue();
        }
        assertThat(edge.processes()).isEqualTo(processes);
    }

    /** A response that is not ours goes nowhere [RFC 3261 18.1.2]: else anybody could have the edge send to anybody. */
    @Test
    void aReplyOfOthersIsNotForwarded() {
        sip.forget();
        sip.send(TortureMessage.named("bcast")
                .text()
                .replace("255.255.255.255;", sip.address() + ":" + sip.port() + ";")
                .getBytes(StandardCharsets.ISO_8859_1));
        assertThat(sip.finalReplyTo("bcast.0384840201234ksdfak3j2erwedfsASdf", SILENT)).isEmpty();
    }

    /** The INVITEs among them as requests of ours: the nodes get them, and refuse what is no call to a code. */
    @Test
    void asEvents() {
        var before = stack.redis().hget("{cfg}:edge:tenant:example.com", "codes");
        stack.redis().hset("{cfg}:edge:tenant:example.com", "codes", "^.*$");
        try {
            for (var name : List.of("sdp01", "invut", "baddate", "escruri", "longreq")) {
                var message = TortureMessage.named(name);
                // The edge may not know of the codes yet.
                await().atMost(ANSWERED).pollInSameThread().untilAsserted(() -> {
                    var other = message.mark() + "-" + System.nanoTime();
                    var invite = message.text()
                            .replace(message.mark(), other)
                            .replaceFirst("branch=[^\r;,]+", "branch=" + other);
                    sip.send(invite.getBytes(StandardCharsets.ISO_8859_1));
                    assertThat(sip.finalReplyTo(other, ANSWERED)).as(name)
                            .hasValueSatisfying(reply -> assertThat(reply).contains("Reason: X-Mooring")
                                    .doesNotContain("cause=503"));
                });
            }
        } finally {
            stack.redis().hset("{cfg}:edge:tenant:example.com", "codes", before);
        }
        assertNoDefect();
    }

    /** All 49 as events of an edge that would let them pass: a node refuses or ignores them. */
    @ParameterizedTest
    @MethodSource("names")
    void toANode(String name) {
        var message = new String(TortureMessage.named(name).bytes(), StandardCharsets.UTF_8);
        for (var owner : List.of("", "example.com/3kXr0aZk")) {
            var event = new Event(stack).message(message).tenant("example.com").owner(owner);
            assertThat(event.post().statusCode()).as(name).isIn(200, 400);
        }
        assertNoDefect();
    }

    static List<String> names() {
        return TortureMessage.names();
    }

    private static void assertNoDefect() {
        assertThat(stack.logLines("node-1", "\"ERROR\"")).isEmpty();
    }
}
