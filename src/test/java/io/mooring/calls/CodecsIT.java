package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import io.mooring.lab.audio.Codec;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Music and joined calls with phones that know one codec only. */
@ExtendWith(StackExtension.class)
class CodecsIT {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration AUDIBLE = Duration.ofSeconds(10);
    /** Some times the four seconds that are looked at, should the machine stand still in between. */
    private static final Duration IN_TIME = Duration.ofSeconds(20);
    private static final int PACKETS_PER_SECOND = 50;

    private final Stack stack;
    private final ArrayList<TestPhone> phones = new ArrayList<>();

    CodecsIT(Stack stack) {
        this.stack = stack;
    }

    @AfterEach
    void close() {
        phones.forEach(TestPhone::close);
        stack.awaitNothingLeft(SOON);
    }

    private TestPhone open(TestPhone.Builder builder) {
        var phone = builder.open();
        phones.add(phone);
        return phone;
    }

    /** Carol, who knows one codec, is parked at 101. */
    private Call parked(Codec codec) {
        var carol = open(stack.trunkCaller("carol").codecs(codec).tone(450));
        var bob = open(stack.phone("101").codecs(codec).tone(610)).register();
        var caller = carol.call("101");
        var parker = bob.awaitCall(SOON).answer();
        caller.awaitAnswered();
        parker.media().awaitTone(450, AUDIBLE);
        assertThat(parker.refer("*68").status()).isEqualTo(202);
        parker.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        assertThat(parker.bye().status()).isEqualTo(200);
        return caller;
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void aCallerWithOneCodecHearsTheMusic(Codec codec) {
        var caller = parked(codec);
        var heard = caller.media().awaitMusic(stack.music(), AUDIBLE);
        assertThat(heard.packets()).allMatch(packet -> packet.payloadType() == codec.payloadType());
        assertThat(heard.flaws()).isEmpty();
        assertThat(caller.media().awaitInTime(IN_TIME).flaws()).isEmpty();
        assertThat(caller.bye().status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"PCMU, OPUS", "OPUS, PCMU", "PCMU, G722", "G722, PCMA", "PCMA, PCMU", "G722, OPUS"})
    void twoPhonesWithoutACodecInCommonHearEachOther(Codec callers, Codec retrievers) {
        var caller = parked(callers);
        caller.media().awaitMusic(stack.music(), AUDIBLE);
        var alice = open(stack.phone("102").codecs(retrievers).tone(850));
        var retriever = alice.call("*88101").awaitAnswered();
        var atAlice = retriever.media().awaitTone(450, AUDIBLE);
        var atCarol = caller.media().awaitTone(850, AUDIBLE);
        assertThat(atAlice.packets()).allMatch(packet -> packet.payloadType() == retrievers.payloadType());
        assertThat(atCarol.packets()).allMatch(packet -> packet.payloadType() == callers.payloadType());
        assertThat(retriever.bye().status()).isEqualTo(200);
        caller.awaitEnded();
    }

    /**
     * Takes 80 s, on purpose: rtpengine gives up a call without RTP after 60 s, and a parked caller with silence suppression (or a
     * muted gateway) sends none.
     */
    @Test
    void aParkedCallerWhoSendsNothingFor75SecondsStaysWithHerMusic() {
        var caller = parked(Codec.PCMA);
        caller.media().mute(true);
        var sent = caller.media().sent();
        var silence = Duration.ofSeconds(75);
        caller.media().awaitPackets(PACKETS_PER_SECOND * (int) silence.toSeconds(), silence.plusSeconds(15));
        caller.media().awaitMusic(stack.music(), AUDIBLE);
        assertThat(caller.media().sent()).as("packets that she sent").isEqualTo(sent);
        assertThat(caller.state()).isEqualTo(Call.State.ANSWERED);

        var retriever = open(stack.phone("102").tone(850)).call("*88101").awaitAnswered();
        caller.media().awaitTone(850, AUDIBLE);
        caller.media().mute(false);
        retriever.media().awaitTone(450, AUDIBLE);
        assertThat(caller.bye().status()).isEqualTo(200);
        retriever.awaitEnded();
    }
}
