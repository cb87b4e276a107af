package io.mooring.http;

import io.mooring.config.HostPort;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import java.util.concurrent.atomic.AtomicInteger;

/** A listen address that all instances of one verticle share, and the port it got. */
public final class Listening {

    /** Vert.x: servers that name the same negative port share one random port. So each address here gets its own. */
    private static final AtomicInteger NEXT_RANDOM = new AtomicInteger(-1);

    private final String setting;
    private final HostPort address;
    private final int wanted;
    private final AtomicInteger port = new AtomicInteger();

    /**
     * @param setting name of the variable, for the message when it cannot be used
     * @param address where to listen; port 0 lets the system choose
     */
    public Listening(String setting, HostPort address) {
        this.setting = setting;
        this.address = address;
        this.wanted = address.port() == 0 ? NEXT_RANDOM.getAndDecrement() : address.port();
    }

    /** Listens; the future fails with a message that names the setting. */
    public Future<HttpServer> listen(HttpServer server) {
        return server.listen(wanted, address.host())
                .onSuccess(listening -> port.set(listening.actualPort()))
                .recover(failure -> Future.failedFuture(new ListenException(setting, address, failure)));
    }

    /** The port in use; 0 before the server listens. */
    public int port() {
        return port.get();
    }
}
