package io.mooring.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.ServerTransaction;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts of what we send, read again as a phone would. */
class SipTest {
    private final Leg leg = leg();

    static Leg leg() {
        var leg = new Leg();
        leg.id = "abc";
        leg.callId = "call-1@phone";
        leg.localTag = "ours";
        leg.remoteTag = "theirs";
        leg.localAddress = "\"Al, \\\"ice\\\"\" <sip:101@acme.example>";
        leg.remoteAddress = "<sip:+4930@trunk.example>";
        leg.remoteTarget = "sip:+4930@10.0.0.5:5070;x=1";
        leg.nextHop = "sip:192.0.2.1:4711;transport=udp";
        leg.socket = "udp:127.0.0.1:5060";
        leg.control = "http://edge";
        leg.localCseq = 7;
        return leg;
    }

    static SipMessage read(EdgeAction.Send send) {
        return SipMessage
                .parse(send.method() + " " + send.uri() + " SIP/2.0\r\n" + send.headers() + "\r\n" + send.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVITE", "BYE", "NOTIFY", "INFO", "MESSAGE", "OPTIONS", "UPDATE", "REFER"})
    void sendsRequestsInTheDialog(String method) {
        EdgeAction.Send send = Sip.request(leg, method, "X-More: yes\r\n", "body");
        SipMessage request = read(send);
        assertThat(request.required("from")).isEqualTo("\"Al, \\\"ice\\\"\" <sip:101@acme.example>;tag=ours");
        assertThat(request.required("to")).isEqualTo("<sip:+4930@trunk.example>;tag=theirs");
        assertThat(request.callId()).isEqualTo("call-1@phone");
        assertThat(request.cseq()).isEqualTo(new SipMessage.CSeq(8, method));
        assertThat(request.requestUri()).isEqualTo("sip:+4930@10.0.0.5:5070;x=1");
        assertThat(send.next()).isEqualTo("sip:192.0.2.1:4711;transport=udp");
        assertThat(send.socket()).isEqualTo("udp:127.0.0.1:5060");
        assertThat(send.headers()).endsWith("X-More: yes\r\n").doesNotContain("\r\n\r\n", "Via:", "Content-Length");
        assertThat(request.header("contact").isPresent()).isEqualTo(!method.equals("BYE"));
        assertThat(request.header("allow").isPresent()).isEqualTo(method.equals("INVITE"));
        assertThat(request.headers("route")).isEmpty();
        assertThat(send.body()).isEqualTo("body");
        assertThat(read(Sip.request(leg, method, "", "")).cseq().number()).isEqualTo(9);
    }

    @Test
    void followsTheRouteSet() {
        leg.routeSet.addAll(List.of("\"p\" <sip:p1.example;lr>;x", "<sip:p2.example:5080;lr>"));
        EdgeAction.Send send = Sip.request(leg, "BYE", "", "");
        assertThat(read(send).headers("route")).containsExactlyElementsOf(leg.routeSet);
        assertThat(send.next()).isEqualTo("sip:p1.example;lr");
        assertThat(send.uri()).isEqualTo("sip:+4930@10.0.0.5:5070;x=1");
    }

    @Test
    void goesToTheTargetWhenNothingElseIsKnown() {
        leg.nextHop = "";
        assertThat(Sip.request(leg, "BYE", "", "").next()).isEqualTo(leg.remoteTarget);
    }

    @Test
    void opensADialogWithoutARemoteTag() {
        leg.remoteTag = "";
        assertThat(read(Sip.request(leg, "INVITE", "", "")).required("to")).isEqualTo("<sip:+4930@trunk.example>");
    }

    @ParameterizedTest
    @CsvSource({"udp:127.0.0.1:5060, sip:leg-abc@127.0.0.1:5060",
        "tcp:127.0.0.1:5060, sip:leg-abc@127.0.0.1:5060;transport=tcp",
        "tls:[2001:db8::1]:5061, sip:leg-abc@[2001:db8::1]:5061;transport=tls"})
    void isReachedAtTheEdge(String socket, String contact) {
        leg.socket = socket;
        assertThat(Sip.contactUri(leg)).isEqualTo(contact);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "timer,  1800,                  1800",
        "timer,  1800;refresher=uac,    1800",
        "timer,  ' 90 ; Refresher=UAC', 90",
        "timer,  1800;refresher=uas,    -",
        "timer,  1800;refresher=UAS,    -",
        "100rel, 1800,                  -",
        "timer,  soon,                  -",
        "timer,  ;refresher=uac,        -",
        "timer,  -,                     -"})
    void grantsASessionTimerThatTheDeviceRefreshes(String supported, String wanted, String granted) {
        var request = SipMessage.parse("INVITE sip:a SIP/2.0\r\nk: " + supported + "\r\n"
                + (wanted == null ? "" : "x: " + wanted + "\r\n") + "\r\n");
        assertThat(Sip.sessionTimer(request)).isEqualTo(granted == null
                ? ""
                : "Session-Expires: " + granted + ";refresher=uac\r\nRequire: timer\r\n");
    }

    @ParameterizedTest
    @EnumSource(Refusal.class)
    void saysWhyItRefuses(Refusal refusal) {
        String headers = Sip.refusalHeaders(refusal);
        assertThat(headers)
                .startsWith("Reason: X-Mooring;cause=" + refusal.status() + ";text=\"" + refusal.text() + "\"\r\n")
                .endsWith("\r\n");
        assertThat(headers.contains("Retry-After: 2\r\n"))
                .isEqualTo(refusal.status() == 503 || refusal.status() == 480);
        assertThat(headers.contains("Allow: ")).isEqualTo(refusal.status() == 405);
        assertThat(Sip.phrase(refusal.status())).isNotEqualTo("Refused");
    }

    @Test
    void writesTheWhole2xx() {
        var transaction = new ServerTransaction("INVITE", 5, "1:2", "http://edge",
                List.of("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK2"),
                List.of("<sip:p;lr>"), "<sip:102@acme.example>;tag=theirs", "<sip:*88@acme.example>",
                "udp:10.0.0.1:41002");
        String text = Sip.whole2xx(transaction, leg, Sip.successHeaders(leg, "") + Sip.SDP_TYPE, "s=é\r\n");
        SipMessage reply = SipMessage.parse(text);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.headers("via")).isEqualTo(transaction.vias());
        assertThat(reply.headers("record-route")).containsExactly("<sip:p;lr>");
        assertThat(reply.required("from")).isEqualTo("<sip:102@acme.example>;tag=theirs");
        assertThat(reply.required("to")).isEqualTo("<sip:*88@acme.example>;tag=ours");
        assertThat(reply.cseq()).isEqualTo(new SipMessage.CSeq(5, "INVITE"));
        assertThat(reply.required("content-length")).as("in bytes").isEqualTo("6");
        assertThat(reply.body()).isEqualTo("s=é\r\n");
        assertThat(reply.contact()).isPresent();
    }

    @Test
    void takesItsOwnRoutesOff() {
        assertThat(Sip.routesBeyond("udp:127.0.0.1:5060", List.of("<sip:127.0.0.1;lr;r2=on>",
                "<sip:127.0.0.1:5060;transport=tcp;lr>", "<sip:127.0.0.1:5070;lr>", "<sip:p.example;lr>")))
                .containsExactly("<sip:127.0.0.1:5070;lr>", "<sip:p.example;lr>");
    }

    @Test
    void makesTokensThatAreNotGuessed() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String token = Sip.token(12);
            assertThat(token).matches("[0-9A-Za-z]{12}");
            tokens.add(token);
        }
        assertThat(tokens).hasSize(10_000);
    }

    @Test
    void keepsWhatAReplyNeeds() {
        var invite = SipMessage.parse("INVITE sip:a SIP/2.0\r\nv: V1, V2\r\nVia: V3\r\nRecord-Route: <sip:p;lr>\r\n"
                + "f: <sip:x>;tag=1\r\nt: <sip:y>\r\nCSeq: 9 INVITE\r\n\r\n");
        var event = new EdgeEvent("e", "http://edge", EdgeEvent.Kind.REQUEST, "c", "1:2", "", "", "", "",
                "udp:1.2.3.4:5", "udp:127.0.0.1:5060", "");
        assertThat(Sip.transaction(event, invite)).isEqualTo(new ServerTransaction("INVITE", 9, "1:2", "http://edge",
                List.of("V1", "V2", "V3"), List.of("<sip:p;lr>"), "<sip:x>;tag=1", "<sip:y>", "udp:1.2.3.4:5"));
    }
}
