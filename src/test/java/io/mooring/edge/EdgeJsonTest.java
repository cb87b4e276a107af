package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mooring.http.Problem;
import io.mooring.http.ProblemType;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeJsonTest {

    static final String EVENT = """
            {"edge": "edge-1", "control": "http://127.0.0.1:5080", "kind": "request", "correlation": "edge-1-6f2c-41",
             "transaction": "45812:1093384", "tenant": "acme.example", "user": "101", "trunk": "",
             "owner": "acme.example/3kXr0aZk", "source": "udp:127.0.0.1:41002", "socket": "udp:127.0.0.1:5060",
             "message": "REFER sip:carol@127.0.0.2:5070 SIP/2.0\\r\\nSubject: Zo\\u00eb \\ud83d\\udedf\\r\\n\\r\\n"}""";

    private static EdgeEvent read(String json) throws MalformedEventException {
        return EdgeJson.readEvent(json.getBytes(StandardCharsets.UTF_8));
    }

    private static Problem problem(byte[] json) {
        return catchThrowableOfType(MalformedEventException.class, () -> EdgeJson.readEvent(json)).problem();
    }

    private static Problem problem(String json) {
        return problem(json.getBytes(StandardCharsets.UTF_8));
    }

    /** When it was read is not in it. */
    private static final String RECEIVED = "receivedNanos";

    private static JsonObject event() {
        return new JsonObject(EVENT);
    }

    @Test
    void readsTheEventOfTheContract() throws MalformedEventException {
        assertThat(read(EVENT)).usingRecursiveComparison()
                .ignoringFields(RECEIVED)
                .isEqualTo(new EdgeEvent("edge-1", "http://127.0.0.1:5080", EdgeEvent.Kind.REQUEST,
                        "edge-1-6f2c-41", "45812:1093384", "acme.example", "101", "", "acme.example/3kXr0aZk",
                        "udp:127.0.0.1:41002", "udp:127.0.0.1:5060",
                        "REFER sip:carol@127.0.0.2:5070 SIP/2.0\r\nSubject: Zoë 🛟\r\n\r\n"));
    }

    @Test
    void whatDoesNotApplyMayBeLeftOut() throws MalformedEventException {
        var reply = new JsonObject()
                .put("edge", "e")
                .put("control", "http://e")
                .put("kind", "reply")
                .put("correlation", "c")
                .put("message", "m");

        assertThat(read(reply.encode())).usingRecursiveComparison()
                .ignoringFields(RECEIVED)
                .isEqualTo(
                        new EdgeEvent("e", "http://e", EdgeEvent.Kind.REPLY, "c", "", "", "", "", "", "", "", "m"));
    }

    @Test
    void fieldsOfANewerEdgeArePassedOver() throws MalformedEventException {
        assertThat(read(event().put("newer", new JsonObject().put("edge", "x")).encode()))
                .usingRecursiveComparison()
                .ignoringFields(RECEIVED)
                .isEqualTo(read(EVENT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "control", "kind", "correlation", "message"})
    void namesTheFieldThatIsMissing(String field) {
        var json = event();
        json.remove(field);

        assertThat(problem(json.encode())).extracting(Problem::type, Problem::field)
                .containsExactly(ProblemType.INVALID_BODY, field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"edge", "kind", "user", "message"})
    void namesTheFieldOfTheWrongType(String field) {
        assertThat(problem(event().put(field, 7).encode())).extracting(Problem::type, Problem::field)
                .containsExactly(ProblemType.INVALID_BODY, field);
        assertThat(problem(event().putNull(field).encode()).field()).isEqualTo(field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"edge\":\"a\",\"edge\":\"b\"}", "{} {}", "nope", "{\"message\":\"\n\"}"})
    void refusesWhatIsNotJson(String json) {
        assertThat(problem(json).type()).isIn(ProblemType.MALFORMED_JSON, ProblemType.INVALID_BODY);
    }

    @Test
    void refusesWhatIsNotUtf8() {
        byte[] json = EVENT.replace("Zo", "\u00ff").getBytes(StandardCharsets.ISO_8859_1);

        assertThat(problem(json).type()).isEqualTo(ProblemType.MALFORMED_JSON);
    }

    @Test
    void refusesAnythingButAnObject() {
        assertThat(problem("[]").type()).isEqualTo(ProblemType.INVALID_BODY);
    }

    @Test
    void noEventShowsItsMessageInALog() throws MalformedEventException {
        assertThat(read(EVENT).toString()).doesNotContain("101").doesNotContain("REFER").contains("edge-1-6f2c-41");
    }

    @Test
    void writesTheActionsOfTheContract() {
        var actions = List.<EdgeAction>of(
                new EdgeAction.Reply("1:2", 202, "Accepted", "k3", "Contact: <sip:x>\r\n", ""),
                new EdgeAction.Send("NOTIFY", "sip:101@127.0.0.1", "sip:127.0.0.1:41002", "", "From: …\r\n", "b"),
                new EdgeAction.Own("a84b4c76e66710", "acme.example/3kXr0aZk"),
                new EdgeAction.Disown("a84b4c76e66710"),
                new EdgeAction.Cancel("a84b4c76e66710", 2_147_483_648L),
                new EdgeAction.Raw("sip:127.0.0.1", "SIP/2.0 200 OK\r\n\r\n"));

        var written = new JsonObject(new String(EdgeJson.writeActions(actions), StandardCharsets.UTF_8));

        assertThat(written).isEqualTo(new JsonObject("""
                {"actions": [
                  {"do": "reply", "transaction": "1:2", "status": 202, "reason": "Accepted", "toTag": "k3",
                   "headers": "Contact: <sip:x>\\r\\n", "body": ""},
                  {"do": "send", "method": "NOTIFY", "uri": "sip:101@127.0.0.1", "next": "sip:127.0.0.1:41002",
                   "socket": "", "headers": "From: …\\r\\n", "body": "b"},
                  {"do": "own", "dialog": "a84b4c76e66710", "owner": "acme.example/3kXr0aZk"},
                  {"do": "disown", "dialog": "a84b4c76e66710"},
                  {"do": "cancel", "dialog": "a84b4c76e66710", "cseq": 2147483648},
                  {"do": "raw", "next": "sip:127.0.0.1", "message": "SIP/2.0 200 OK\\r\\n\\r\\n"}]}"""));
    }

    @Test
    void anEmptyListIsAnAnswer() {
        assertThat(EdgeJson.writeActions(List.of())).asString(StandardCharsets.UTF_8).isEqualTo("{\"actions\":[]}");
    }
}
