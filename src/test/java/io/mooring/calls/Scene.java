package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A tenant of its own with extensions 101 to 106 and a trunk, and phones in it. Carol is outside and comes in from the trunk; the
 * others are extensions. What one scene leaves behind, no other sees.
 */
final class Scene implements AutoCloseable {

    static final Duration SOON = Duration.ofSeconds(5);
    /** Enough to hear two seconds of music on a busy machine. */
    static final Duration AUDIBLE = Duration.ofSeconds(10);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Stack stack;
    private final String transport;
    private final String tenant;
    private final String trunkAddress;
    private String secret = "secret";
    private final List<TestPhone> phones = new ArrayList<>();

    /** Two who talk. */
    record Talk(TestPhone caller, Call callerSide, TestPhone callee, Call calleeSide) {

        /** Each hears the other, and nothing else. */
        Talk assertBothHear() {
            try {
                callerSide.media().awaitTone(callee.toneHertz(), AUDIBLE);
                calleeSide.media().awaitTone(caller.toneHertz(), AUDIBLE);
            } catch (AssertionError e) {
                throw new AssertionError(
                        e.getMessage() + "\n" + caller + ":\n" + callerSide.journal() + "\n" + callee + ":\n"
                                + calleeSide.journal(),
                        e);
            }
            return this;
        }
    }

    Scene(Stack stack, String transport) {
        var number = NUMBER.incrementAndGet();
        this.stack = stack;
        this.transport = transport;
        this.tenant = "scene" + number + ".example";
        this.trunkAddress = "127.0." + (1 + number / 250) + "." + (1 + number % 250);
        provision();
    }

    private void provision() {
        var api = stack.api();
        api.putTenant(tenant);
        for (var extension = 101; extension <= 106; extension++) {
            api.putExtension(tenant, "" + extension, secret + "-" + extension);
        }
        api.putTrunk(trunkAddress, "trunk-of-" + tenant, tenant);
    }

    /** Its tenant goes; another one gets its domain and its trunk, and other passwords. */
    void become(String otherSecret) {
        stack.api().deleteTenant(tenant);
        secret = otherSecret;
        provision();
    }

    Stack stack() {
        return stack;
    }

    String tenant() {
        return tenant;
    }

    TestPhone.Builder extension(String extension) {
        return TestPhone.builder()
                .edge(stack.sip())
                .domain(tenant)
                .user(extension)
                .password(secret + "-" + extension)
                .transport(transport);
    }

    TestPhone.Builder outside(String user) {
        return TestPhone.builder()
                .edge(stack.sip())
                .domain(tenant)
                .user(user)
                .from("sip:" + user + "@carrier.example")
                .displayName(user)
                .address(trunkAddress)
                .transport(transport);
    }

    /** Opens the phone for as long as the scene lasts. */
    TestPhone open(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    TestPhone phone(String extension) {
        return open(extension(extension)).register();
    }

    TestPhone carol() {
        return open(outside("carol"));
    }

    /** Carol calls 101, who answers; they hear each other. */
    Talk talk() {
        return talk(carol(), phone("101"));
    }

    Talk talk(TestPhone caller, TestPhone callee) {
        var call = caller.call(callee.user());
        var answered = callee.awaitCall(SOON);
        answered.ring();
        answered.answer();
        call.awaitAnswered();
        return new Talk(caller, call, callee, answered).assertBothHear();
    }

    /** The callee transfers the caller to a park code, is told that it went well, hangs up; the caller hears the music. */
    Call park(Talk talk, String code) {
        assertThat(talk.calleeSide().refer(code).status()).isEqualTo(202);
        assertParked(talk);
        return talk.callerSide();
    }

    /** The callee's phone is told that the park went well, and hangs up; the caller hears the music. */
    void assertParked(Talk talk) {
        talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        talk.calleeSide().hangUp();
        assertHearsMusic(talk.callerSide());
    }

    void assertHearsMusic(Call call) {
        call.media().awaitMusic(stack.music(), AUDIBLE);
    }

    /** The park was refused or failed: the parker is told with this status, and the two still talk. */
    void assertNotParked(Talk talk, int status) {
        talk.calleeSide().await(Match.requestOf("NOTIFY").withBody("SIP/2.0 " + status), Duration.ofSeconds(15));
        assertStillTalking(talk);
    }

    /** They hear each other, either may still hang up, and nothing is left. */
    void assertStillTalking(Talk talk) {
        talk.assertBothHear();
        assertThat(talk.callerSide().state()).isEqualTo(Call.State.ANSWERED);
        hangUp(talk.callerSide(), talk.calleeSide());
    }

    /** A phone takes the parked call; the two hear each other. */
    Talk retrieve(TestPhone caller, Call parked, TestPhone retriever, String code) {
        var call = retriever.call(code).awaitAnswered();
        return new Talk(retriever, call, caller, parked).assertBothHear();
    }

    /** The first hangs up; the second is told; nothing is left. */
    void hangUp(Call first, Call second) {
        assertThat(first.bye().status()).isEqualTo(200);
        second.awaitEnded();
        assertNothingLeft();
    }

    void assertNothingLeft() {
        stack.awaitNothingLeft(tenant, SOON);
    }

    @Override
    public void close() {
        phones.forEach(TestPhone::close);
    }
}
