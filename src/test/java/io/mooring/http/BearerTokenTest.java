package io.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.config.Secret;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {

    private final BearerToken token = new BearerToken(new Secret("right"));

    @ParameterizedTest
    @ValueSource(strings = {"Bearer right", "bearer right", "Bearer  right"})
    void admits(String authorization) {
        assertThat(token.admits(authorization)).isTrue();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "right", "Bearer", "Bearer ", "Bearer wrong", "Bearer rightly", "Bearer righ",
        "Basic right"})
    void refuses(String authorization) {
        assertThat(token.admits(authorization)).isFalse();
    }

    @Test
    void namesOfProblemsAreUnique() {
        assertThat(ProblemType.values()).extracting(ProblemType::urnName).doesNotHaveDuplicates();
    }
}
