package io.mooring.loop;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Virtual threads that run on an event loop. Whoever waits in one for a reply lets the loop go on, and goes on when the loop has
 * read the reply: no other thread is woken for it, which on the JDK's own carriers happens twice for each command.
 *
 * <p>The JDK has no public way to choose the carrier of a virtual thread. Where the internal one is closed (it needs {@code
 * --add-opens java.base/java.lang=ALL-UNNAMED}, which the manifest of the jar has), the JDK's carriers are used: all works, slower.
 */
public final class LoopThreads {
    private static final Logger LOG = LoggerFactory.getLogger(LoopThreads.class);

    private static final @Nullable MethodHandle BUILDER = builder();

    private LoopThreads() {}

    /** True when the threads run on their event loop. */
    public static boolean onLoop() {
        return BUILDER != null;
    }

    /** Starts a virtual thread on the event loop of the current context. What it does between two waits must be short. */
    public static void start(Vertx vertx, Runnable task) {
        builderOn(((ContextInternal) vertx.getOrCreateContext()).nettyEventLoop()).start(task);
    }

    private static Thread.Builder.OfVirtual builderOn(Executor loop) {
        if (BUILDER == null) {
            return Thread.ofVirtual();
        }
        try {
            return (Thread.Builder.OfVirtual) BUILDER.invokeExact(loop);
        } catch (Throwable e) {
            throw new IllegalStateException("a virtual thread without a carrier", e);
        }
    }

    private static @Nullable MethodHandle builder() {
        try {
            Class<?> type = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, Executor.class))
                    .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.info("Events are handled on the JDK's own carriers of virtual threads: {}", e.getMessage());
            return null;
        }
    }
}
