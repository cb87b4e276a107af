package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.RetrievalRule;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DialledOrbitsTest {

    private static ParkPolicy policy(int start, int end, boolean dialled) {
        return new ParkPolicy("P" + start, true, ParkPolicy.EVERY_MODE, new ParkPolicy.Orbits(start, end),
                RetrievalRule.TENANT, dialled, true, false, RecallSettings.NONE);
    }

    private static void assertMatches(int start, int end) {
        String regex = DialledOrbits.toRegex(List.of(policy(start, end, true)));
        var pattern = Pattern.compile(regex);
        for (int number = 0; number <= 10_100; number++) {
            assertThat(pattern.matcher("" + number).find()).as("%s in %s", number, regex)
                    .isEqualTo(number >= start && number <= end);
        }
    }

    /** Every range of two digits, the edges of the longer ones, and some more. */
    @Test
    void matchesItsRangeAndNothingElse() {
        for (int start = 10; start <= 99; start += 1) {
            for (int end = start; end <= 99; end += 7) {
                assertMatches(start, end);
            }
        }
        int[] edges = {10, 11, 19, 20, 99, 100, 101, 109, 110, 199, 200, 989, 990, 999, 1_000, 1_001, 1_099, 1_999,
            9_989,
            9_998, 9_999};
        for (int start : edges) {
            for (int end : edges) {
                if (start <= end) {
                    assertMatches(start, end);
                }
            }
        }
        var random = new Random(1);
        for (int i = 0; i < 200; i++) {
            int start = 10 + random.nextInt(9_990);
            assertMatches(start, start + random.nextInt(10_000 - start));
        }
    }

    @Test
    void aDigitMoreOrLessIsNoMatch() {
        var pattern = Pattern.compile(DialledOrbits.toRegex(List.of(policy(10, 9_999, true))));
        for (String text : List.of("", "1", "042", "00", "10000", "*10", "10 ", "1a", "+10")) {
            assertThat(pattern.matcher(text).find()).as(text).isFalse();
        }
    }

    @Test
    void onlyThoseWhosePolicySaysSo() {
        assertThat(DialledOrbits.toRegex(List.of())).isEmpty();
        assertThat(DialledOrbits.toRegex(List.of(policy(10, 99, false)))).isEmpty();
        assertThat(
                DialledOrbits.toRegex(List.of(policy(10, 99, true), policy(200, 299, false), policy(700, 701, true))))
                .isEqualTo("^([1-9][0-9]|70[0-1])$");
    }

    /** What the edge has to read with each call stays short. */
    @Test
    void isShort() {
        assertThat(DialledOrbits.toRegex(List.of(policy(11, 9_998, true)))).hasSizeLessThan(120);
    }
}
