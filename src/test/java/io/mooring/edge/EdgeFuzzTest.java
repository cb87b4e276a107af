package io.mooring.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** What is posted where edges post: an event, or a {@link MalformedEventException}. */
class EdgeFuzzTest {

    @FuzzTest
    void event(byte[] input) {
        try {
            assertThat(EdgeJson.readEvent(input).message()).isNotNull();
        } catch (MalformedEventException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
