package io.mooring.loop;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loop on which the clients of a node do their work: a command is sent, limited in time and counted there, and whoever
 * waits for it is woken once. On the context of a virtual thread each of these steps would be a virtual thread of its own,
 * which was most of what an event cost.
 */
public final class ClientLoop {
    private final ContextInternal context;

    /** @param vertx whose event loops are used */
    public ClientLoop(Vertx vertx) {
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    /**
     * Runs a command on the loop.
     *
     * @param command called on the loop, so that what it shares with other commands needs no lock
     * @return completes on the loop, as the command's own future does, and fails when the command throws
     */
    public <T extends @Nullable Object> Future<T> run(Supplier<Future<T>> command) {
        Promise<T> done = context.promise();
        context.runOnContext(ignored -> start(command).onComplete(done));
        return done.future();
    }

    /**
     * Opens a UDP socket; to be called on the loop.
     *
     * @param host name or address; a name is looked up once
     * @param listener called on the loop
     * @return fails when the host is not known or cannot be reached from here
     */
    public Future<UdpSocket> connectUdp(String host, int port, UdpSocket.Listener listener) {
        return UdpSocket.connect(context, host, port, listener);
    }

    private <T extends @Nullable Object> Future<T> start(Supplier<Future<T>> command) {
        try {
            return command.get();
        } catch (Throwable e) {
            // Errors too: whoever waits for this would wait for ever.
            return context.failedFuture(e);
        }
    }
}
