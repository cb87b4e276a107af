package io.mooring.lab.audio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of a sender must not depend on when the machine delivers, and a bad sender must not pass. */
class RecordingTest {

    private static final int FOUR_SECONDS = 200;
    private static final Duration FRAME = Duration.ofMillis(20);
    private static final InetSocketAddress FROM = new InetSocketAddress("127.0.0.1", 4_000);

    /** Numbers and time stamps wrap on the way. */
    private static RtpPacket packet(Codec codec, int number, double frames, Duration at) {
        return new RtpPacket(at.toNanos(), FROM, codec.payloadType(), false, (0xfff0 + number) & 0xffff,
                (0xffff_ff00L + (long) (frames * codec.ticksPerFrame())) & 0xffffffffL, 1, new byte[0]);
    }

    private static Recording recording(Codec codec, List<RtpPacket> packets) {
        return new Recording(packets, Map.of(codec.payloadType(), codec));
    }

    /** A good stream whose packets arrive when it is said. */
    private static Recording arriving(IntFunction<Duration> at) {
        var packets = new ArrayList<RtpPacket>();
        for (var i = 0; i < FOUR_SECONDS; i++) {
            packets.add(packet(Codec.PCMA, i, i, at.apply(i)));
        }
        return recording(Codec.PCMA, packets);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void aGoodStreamHasNoFlawsAndKeepsTime(Codec codec) {
        var packets = new ArrayList<RtpPacket>();
        for (var i = 0; i < FOUR_SECONDS; i++) {
            packets.add(packet(codec, i, i, FRAME.multipliedBy(i)));
        }
        var heard = recording(codec, packets);
        assertThat(heard.flaws()).isEmpty();
        assertThat(heard.pace()).isEqualTo(1, Offset.offset(0.001));
        assertThat(heard.keepsTime()).isTrue();
    }

    /** The machine stood still for so long, and then delivers what came meanwhile at once. */
    @ParameterizedTest
    @CsvSource({"0, 400", "60, 800", "180, 800"})
    void aBunchIsNoFaultOfTheSender(int packet, int millis) {
        var again = FRAME.multipliedBy(packet).plusMillis(millis);
        var heard = arriving(i -> {
            var sent = FRAME.multipliedBy(i);
            return i >= packet && sent.compareTo(again) < 0 ? again : sent;
        });
        assertThat(heard.flaws()).isEmpty();
        assertThat(heard.keepsTime()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"40, 0.5", "10, 2"})
    void aSenderAtHalfOrDoublePaceDoesNotKeepTime(int millisBetween, double pace) {
        var heard = arriving(i -> Duration.ofMillis((long) millisBetween * i));
        assertThat(heard.pace()).isEqualTo(pace, Offset.offset(0.001));
        assertThat(heard.keepsTime()).isFalse();
    }

    /** Half as many packets as there should be, or twice as many, each saying how long it is. */
    @Test
    void packetsOfAnotherLengthAreFlaws() {
        var halfAsMany = new ArrayList<RtpPacket>();
        for (var i = 0; i < 10; i++) {
            halfAsMany.add(packet(Codec.PCMA, i, 2 * i, FRAME.multipliedBy(2L * i)));
        }
        assertThat(recording(Codec.PCMA, halfAsMany).flaws()).hasSize(9).allMatch(flaw -> flaw.contains("40.0 ms"));
        var twiceAsMany = new ArrayList<RtpPacket>();
        for (var i = 0; i < 10; i++) {
            twiceAsMany.add(packet(Codec.PCMA, i, i / 2.0, FRAME.multipliedBy(i).dividedBy(2)));
        }
        assertThat(recording(Codec.PCMA, twiceAsMany).flaws()).hasSize(9).allMatch(flaw -> flaw.contains("10.0 ms"));
    }

    @Test
    void aPacketThatIsMissingTwiceThereOrOfAnotherSourceIsAFlaw() {
        var first = packet(Codec.PCMA, 1, 1, FRAME);
        var third = packet(Codec.PCMA, 3, 3, FRAME);
        var stranger = new RtpPacket(0, FROM, 8, false, first.sequence() + 1, first.timestamp() + 160, 2, new byte[0]);
        assertThat(recording(Codec.PCMA, List.of(first, third)).flaws()).hasSize(1);
        assertThat(recording(Codec.PCMA, List.of(first, first)).flaws()).hasSize(1);
        assertThat(recording(Codec.PCMA, List.of(first, stranger)).flaws()).hasSize(1);
        assertThat(recording(Codec.PCMA, List.of(first, stranger)).keepsTime()).isFalse();
    }

    @Test
    void nothingDoesNotKeepTime() {
        assertThat(recording(Codec.PCMA, List.of()).keepsTime()).isFalse();
        assertThat(arriving(i -> FRAME).keepsTime()).isFalse();
    }
}
