package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientLoopTest {

    private final Vertx vertx = Vertx.vertx();
    private final ClientLoop loop = new ClientLoop(vertx);

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(10, TimeUnit.SECONDS);
    }

    @Test
    void everyCommandRunsOnTheSameThread() throws Exception {
        String first = get(loop.run(() -> Future.succeededFuture(Thread.currentThread().getName())));
        String second = get(loop.run(() -> Future.succeededFuture(Thread.currentThread().getName())));
        assertThat(second).isEqualTo(first).isNotEqualTo(Thread.currentThread().getName());
    }

    @Test
    void aCommandThatFailsOrThrowsIsAFailure() {
        assertThatThrownBy(() -> get(loop.run(() -> Future.failedFuture("no")))).hasMessage("no");
        assertThatThrownBy(() -> get(loop.run(() -> {
            throw new IllegalStateException("thrown");
        }))).isInstanceOf(IllegalStateException.class).hasMessage("thrown");
    }

    /** Whoever waits for it would wait for ever. */
    @Test
    void anErrorIsAFailureToo() throws Exception {
        assertThatThrownBy(() -> get(loop.run(() -> {
            throw new NoClassDefFoundError("a/Class");
        }))).isInstanceOf(NoClassDefFoundError.class).hasMessage("a/Class");
        assertThat(get(loop.run(() -> Future.succeededFuture("next")))).isEqualTo("next");
    }
}
