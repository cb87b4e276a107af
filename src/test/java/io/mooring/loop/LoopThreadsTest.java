package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

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

    /**
     * A lock that is free again is for the first that waits for it. If that is a thread of the loop, and the loop itself waits behind it, neither
     * ever goes on: it was so with the lock of the log, and {@code MutationsIT} met it.
     */
    @Test
    void theLoopAndItsThreadsLogWhileAnotherWritesTheLog() throws Exception {
        var log = LoggerFactory.getLogger(LoopThreadsTest.class);
        var output = System.out;
        var writes = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        System.setOut(new PrintStream(OutputStream.nullOutputStream()) {
            @Override
            public void write(byte[] bytes, int from, int length) {
                writes.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        try {
            Promise<String> logged = Promise.promise();
            Thread.ofPlatform().start(() -> log.warn("another"));
            assertThat(writes.await(5, TimeUnit.SECONDS)).isTrue();
            vertx.runOnContext(ignored -> {
                LoopThreads.start(vertx, () -> log.warn("a thread of the loop"));
                vertx.runOnContext(later -> {
                    var loop = Thread.currentThread();
                    Thread.ofPlatform().start(() -> {
                        Awaitility.await()
                                .until(() -> logged.future().isComplete() || loop.getState() == Thread.State.WAITING);
                        goOn.countDown();
                    });
                    log.warn("the loop");
                    logged.complete("logged");
                });
            });
            assertThat(logged.future().await(5, TimeUnit.SECONDS)).isEqualTo("logged");
        } finally {
            goOn.countDown();
            System.setOut(output);
        }
    }
}
