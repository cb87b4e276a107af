package io.mooring.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.TestPhone;
import java.time.Duration;

/**
 * Two phones of one tenant that talk.
 *
 * @param owned the call was parked before: a node has it
 */
record Talk(TestPhone one, Call oneSide, TestPhone two, Call twoSide, boolean owned) {

    private static final Duration AUDIBLE = Duration.ofSeconds(10);

    /** Each hears the other, and neither has heard anybody of the other tenant. */
    void assertBothHear(Side other) {
        oneSide.media().awaitTone(two.toneHertz(), AUDIBLE);
        twoSide.media().awaitTone(one.toneHertz(), AUDIBLE);
        other.assertNotHeardBy(oneSide);
        other.assertNotHeardBy(twoSide);
    }

    void hangUp(boolean first) {
        var hangsUp = first ? oneSide : twoSide;
        assertThat(hangsUp.bye().status()).as("reply to the BYE").isEqualTo(200);
        (first ? twoSide : oneSide).awaitEnded();
    }

    Call sideOf(TestPhone phone) {
        return phone == one ? oneSide : twoSide;
    }

    TestPhone peerOf(TestPhone phone) {
        return phone == one ? two : one;
    }
}
