package io.mooring.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** What comes from where rtpengine should be: an answer, or a {@link MediaUnavailableException}. */
class NgFuzzTest {

    @FuzzTest
    void answer(byte[] input) {
        try {
            assertThat(NgClient.result("offer", new String(input, StandardCharsets.UTF_8)).getString("result"))
                    .isEqualTo("ok");
        } catch (MediaUnavailableException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
