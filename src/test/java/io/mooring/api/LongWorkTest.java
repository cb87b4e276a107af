package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LongWorkTest {

    private static final Optional<String> NOISY = Optional.of("noisy.example");
    private static final Optional<String> QUIET = Optional.of("quiet.example");
    private static final Optional<String> OPERATOR = Optional.empty();

    private final LongWork work = new LongWork();

    @AfterEach
    void stop() {
        work.shutdown();
    }

    private Problem refusal(Optional<String> tenant) {
        return catchThrowableOfType(ProblemException.class, () -> work.enter(tenant)).problem();
    }

    /** Keeps a core busy. */
    private static Supplier<String> computing(long millis) {
        return () -> {
            long until = System.nanoTime() + millis * 1_000_000;
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            return Thread.currentThread().isVirtual() ? "virtual" : "of the system";
        };
    }

    @Test
    void aTenantDoesOneAtATimeAndTheNodeTwo() {
        var first = work.enter(NOISY);
        assertThat(refusal(NOISY).type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
        var second = work.enter(QUIET);
        assertThat(refusal(OPERATOR).type()).isEqualTo(ProblemType.OVERLOADED);
        first.close();
        second.close();
        work.enter(NOISY).close();
    }

    @Test
    void afterWhatTookLongATenantRestsAndNobodyElse() {
        assertThat(work.run(NOISY, computing(300))).isEqualTo("of the system");

        Problem refusal = refusal(NOISY);
        assertThat(refusal.type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
        assertThat(refusal.retryAfterSeconds()).isEqualTo(2);
        work.enter(QUIET).close();
        work.run(OPERATOR, computing(300));
        work.enter(OPERATOR).close();
    }

    @Test
    void afterWhatTookLittleNobodyRests() {
        work.run(NOISY, () -> "");
        work.enter(NOISY).close();
    }

    @Test
    void whatFailsFailsAsItIs() {
        var failure = new ProblemException(ProblemType.CONFLICT, "taken");

        assertThat(catchThrowableOfType(ProblemException.class, () -> work.run(NOISY, () -> {
            throw failure;
        }))).isSameAs(failure);
    }
}
