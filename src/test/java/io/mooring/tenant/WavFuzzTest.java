package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** What is uploaded as music: a sound, or an {@link InvalidValueException}. */
class WavFuzzTest {

    @FuzzTest
    void file(byte[] input) {
        try {
            Sound sound = WavFile.check(input);
            assertThat(sound.durationMillis()).isBetween(WavFile.LEAST_MILLIS, WavFile.MOST_MILLIS);
            assertThat(sound.bytes()).isEqualTo(input.length);
            assertThat(WavFile.read(input).samples()).hasSizeBetween(800, 28_800_000);
        } catch (InvalidValueException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
