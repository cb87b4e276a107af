package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopThreadsTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** Name of the thread that carries the virtual thread which asks. */
    private static String carrier() {
        String text = Thread.currentThread().toString();
        return text.substring(text.indexOf('@') + 1);
    }

    @Test
    void theTestsRunWithThreadsOnTheLoop() {
        assertThat(LoopThreads.onLoop()).isTrue();
    }

    @Test
    void aThreadThatHasWaitedGoesOnOnItsLoop() throws Exception {
        Promise<List<String>> carriers = Promise.promise();
        vertx.runOnContext(ignored -> {
            String loop = Thread.currentThread().getName();
            LoopThreads.start(vertx, () -> {
                String before = carrier();
                vertx.timer(1, TimeUnit.MILLISECONDS).await();
                String afterTimer = carrier();
                vertx.executeBlocking(() -> "elsewhere").await();
                carriers.complete(List.of(loop, before, afterTimer, carrier()));
            });
        });

        List<String> seen = carriers.future().await(5, TimeUnit.SECONDS);

        assertThat(seen.get(0)).startsWith("vert.x-eventloop-thread");
        assertThat(seen).allMatch(seen.get(0)::equals);
    }

    @Test
    void theLoopGoesOnWhileAThreadWaits() throws Exception {
        Promise<String> answer = Promise.promise();
        Promise<String> seen = Promise.promise();
        var order = new CopyOnWriteArrayList<String>();
        vertx.runOnContext(ignored -> {
            LoopThreads.start(vertx, () -> {
                order.add("waits");
                String got = answer.future().await();
                order.add("goes on");
                seen.complete(got);
            });
            vertx.runOnContext(later -> {
                order.add("loop");
                answer.complete("reply");
            });
        });

        assertThat(seen.future().await(5, TimeUnit.SECONDS)).isEqualTo("reply");
        assertThat(order).containsExactly("waits", "loop", "goes on");
    }

    @Test
    void aFailureIsThrownWhereItIsAwaited() throws Exception {
        Promise<String> seen = Promise.promise();
        vertx.runOnContext(ignored -> LoopThreads.start(vertx, () -> {
            try {
                Future.failedFuture(new IllegalStateException("gone")).await();
            } catch (IllegalStateException e) {
                seen.complete(e.getMessage());
            }
        }));

        assertThat(seen.future().await(5, TimeUnit.SECONDS)).isEqualTo("gone");
    }
}
