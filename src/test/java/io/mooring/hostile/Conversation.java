package io.mooring.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.SipMessage;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Phones that do what phones do here, and stay in their calls: what they have said is what is mutated, and the dialogs that it is about
 * are there. A retrieved call, a call that is parked, and an ordinary one.
 */
final class Conversation implements AutoCloseable {

    static final Duration SOON = Duration.ofSeconds(10);

    private final Stack stack;
    private final String tenant;
    private final String trunkAddress;
    private final List<TestPhone> phones = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    /** @param tenant has extensions 101 to 106, with passwords {@code secret-<extension>}, and a trunk at the address */
    Conversation(Stack stack, String tenant, String trunkAddress) {
        this.stack = stack;
        this.tenant = tenant;
        this.trunkAddress = trunkAddress;
    }

    private TestPhone extension(String extension) {
        return open(TestPhone.builder().user(extension).password("secret-" + extension)).register();
    }

    private TestPhone outside(String user) {
        return open(TestPhone.builder().user(user).from("sip:" + user + "@carrier.example").address(trunkAddress));
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.edge(stack.sip()).domain(tenant).open();
        phones.add(phone);
        return phone;
    }

    /** Everything once. */
    Conversation hold() {
        var alice = extension("101");
        var watcher = extension("103");
        assertThat(watcher.lamp("*88101").subscribe(600).status()).isEqualTo(200);
        var carol = outside("carol");
        var talk = talk(carol, alice);
        assertThat(talk.caller().hold().status()).isEqualTo(200);
        assertThat(talk.caller().resume().status()).isEqualTo(200);
        assertThat(talk.callee().info('7').status()).isEqualTo(200);
        talk.park("*68");
        var bob = extension("102");
        var retrieved = bob.call("*88101").awaitAnswered();
        assertThat(retrieved.hold().status()).isEqualTo(200);
        assertThat(retrieved.resume().status()).isEqualTo(200);
        assertThat(bob.call("*88104").awaitFinalStatus(SOON)).isEqualTo(404);
        talk(outside("dora"), alice).park("*68");
        talk(extension("105"), extension("106"));
        bob.request("OPTIONS", "105", "", "", "");
        bob.request("MESSAGE", "105", "", "text/plain", "hello");
        return this;
    }

    private record Talk(Call caller, Call callee) {

        /** The callee parks the caller. */
        void park(String code) {
            var accepted = callee.refer(code);
            assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
            callee.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
            callee.hangUp();
        }
    }

    private Talk talk(TestPhone caller, TestPhone callee) {
        var call = caller.call(callee.user());
        calls.add(call);
        var answered = callee.awaitCall(SOON);
        answered.ring();
        answered.answer();
        call.awaitAnswered();
        answered.await(Match.requestOf("ACK"), SOON);
        return new Talk(call, answered);
    }

    /** What the phones have sent, requests and replies. */
    List<byte[]> sent() {
        return messages(message -> !message.received());
    }

    /** What they were sent. */
    List<byte[]> received() {
        return messages(SipMessage::received);
    }

    private List<byte[]> messages(java.util.function.Predicate<SipMessage> wanted) {
        return phones.stream()
                .flatMap(phone -> phone.journal().messages().stream())
                .filter(wanted)
                .map(message -> message.toString().getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /** Callers hang up, and the phones go; what mutated messages have made of the calls, they may not know. */
    @Override
    public void close() {
        calls.forEach(call -> call.request("BYE").send());
        phones.forEach(TestPhone::close);
    }
}
