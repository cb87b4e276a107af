package io.mooring.media;

import io.mooring.config.HostPort;
import io.mooring.loop.ClientLoop;
import io.mooring.loop.UdpSocket;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests to rtpengine over UDP, each with its answer: {@code <cookie> <text>} both ways. Of one loop, without locks.
 *
 * <p>A request without an answer is sent again, the same, until its time is over. rtpengine remembers cookies for half a minute at
 * least, and answers one that it knows with what it answered before, so that nothing is done twice.
 *
 * <p>A few requests are under way at a time, as many as fit in rtpengine's socket; the others wait for them. When the port is
 * refused, all that are under way fail at once. Then, and when nothing was heard for as long as a request may take, the next one gets
 * a socket of its own: the name may mean another address now, and what the network remembers of the old socket is forgotten.
 */
final class NgExchanges {
    /** Requests under way; the kernel gives a socket room for 90 and more of the usual size. */
    static final int WINDOW = 64;
    /** Requests that wait for one of {@value #WINDOW}. */
    static final int QUEUE_SIZE = 1_024;
    /** When the first copy is sent; each one after that takes twice as long. */
    static final long FIRST_REPEAT_MILLIS = 150;

    private final Vertx vertx;
    private final ClientLoop loop;
    private final HostPort rtpengine;
    private final long limitNanos;
    private final Runnable onRepeat;
    /** rtpengine knows cookies of all nodes alike: no two may use the same. */
    private final String cookiePrefix = Long.toUnsignedString(new SecureRandom().nextLong(), 36) + "-";
    private final Map<String, Exchange> underWay = new LinkedHashMap<>();
    private final Map<String, Exchange> waiting = new LinkedHashMap<>();
    private long cookies;
    private long heardNanos = System.nanoTime();
    private @Nullable Future<UdpSocket> socket;
    private boolean starting;
    private boolean closed;

    /**
     * @param limit longest time for one request, waiting included
     * @param onRepeat called for each request that is sent again
     */
    NgExchanges(Vertx vertx, ClientLoop loop, HostPort rtpengine, Duration limit, Runnable onRepeat) {
        this.vertx = vertx;
        this.loop = loop;
        this.rtpengine = rtpengine;
        this.limitNanos = limit.toNanos();
        this.onRepeat = onRepeat;
    }

    /**
     * Sends a text and gives the answer, both without the cookie. To be called on the loop.
     *
     * @return fails with {@link MediaUnavailableException} when none comes in time
     */
    Future<String> request(String text) {
        var exchange = new Exchange(cookiePrefix + ++cookies, text);
        if (closed) {
            return Future.failedFuture(new MediaUnavailableException("rtpengine: the client was closed"));
        }
        if (ByteBufUtil.utf8Bytes(exchange.packet) > UdpSocket.MAX_BYTES) {
            return Future.failedFuture(
                    new MediaUnavailableException(
                            "rtpengine: a command of more than " + UdpSocket.MAX_BYTES + " bytes"));
        }
        if (underWay.size() < WINDOW) {
            start(exchange);
        } else if (waiting.size() < QUEUE_SIZE) {
            waiting.put(exchange.cookie, exchange);
            exchange.timer = vertx.setTimer(toMillis(limitNanos), ignored -> expire(exchange));
        } else {
            return Future.failedFuture(new MediaUnavailableException("rtpengine: too many commands at once"));
        }
        return exchange.answer.future();
    }

    /** Fails what has no answer yet, and everything that is asked afterwards. To be called on the loop. */
    void close() {
        closed = true;
        dropSocket();
        waiting.values().forEach(exchange -> vertx.cancelTimer(exchange.timer));
        List<Exchange> unsent = List.copyOf(waiting.values());
        waiting.clear();
        var failure = new MediaUnavailableException("rtpengine: the client was closed");
        failUnderWay(failure);
        unsent.forEach(exchange -> exchange.answer.fail(failure));
    }

    private void start(Exchange exchange) {
        underWay.put(exchange.cookie, exchange);
        send(exchange);
        // A refusal may have ended it already.
        if (underWay.containsKey(exchange.cookie)) {
            awaitAnswer(exchange);
        }
    }

    private void send(Exchange exchange) {
        Future<UdpSocket> current = socket == null ? open() : socket;
        current.onSuccess(opened -> opened.send(exchange.packet));
    }

    private Future<UdpSocket> open() {
        var life = new Life();
        Future<UdpSocket> opening = loop.connectUdp(rtpengine.host(), rtpengine.port(), life);
        life.opening = opening;
        socket = opening;
        return opening.onFailure(life::broken);
    }

    /** One timer for the next copy and for the end. */
    private void awaitAnswer(Exchange exchange) {
        long left = exchange.startedNanos + limitNanos - System.nanoTime();
        boolean last = left <= TimeUnit.MILLISECONDS.toNanos(exchange.repeatMillis);
        exchange.timer = vertx.setTimer(last ? toMillis(left) : exchange.repeatMillis, ignored -> {
            if (last) {
                expire(exchange);
            } else {
                exchange.repeatMillis *= 2;
                onRepeat.run();
                send(exchange);
                awaitAnswer(exchange);
            }
        });
    }

    private void received(String packet) {
        heardNanos = System.nanoTime();
        int space = packet.indexOf(' ');
        Exchange exchange = space < 0 ? null : underWay.remove(packet.substring(0, space));
        if (exchange == null) {
            return; // The answer to a copy, or one that comes too late.
        }
        vertx.cancelTimer(exchange.timer);
        exchange.answer.complete(packet.substring(space + 1));
        startWaiting();
    }

    private void expire(Exchange exchange) {
        waiting.remove(exchange.cookie);
        if (underWay.remove(exchange.cookie) != null && heardNanos - exchange.startedNanos < 0) {
            dropSocket();
        }
        exchange.answer.fail(new MediaUnavailableException(
                "rtpengine: no answer within " + TimeUnit.NANOSECONDS.toMillis(limitNanos) + " ms"));
        startWaiting();
    }

    private void broken(Throwable cause) {
        dropSocket();
        failUnderWay(new MediaUnavailableException("rtpengine: " + cause.getClass().getSimpleName(), cause));
        startWaiting();
    }

    private void failUnderWay(MediaUnavailableException failure) {
        List<Exchange> lost = new ArrayList<>(underWay.values());
        underWay.clear();
        lost.forEach(exchange -> vertx.cancelTimer(exchange.timer));
        lost.forEach(exchange -> exchange.answer.fail(failure));
    }

    /** One that fails at once frees its place within {@link #start}, and the loop of the outer call sees it. */
    private void startWaiting() {
        if (starting) {
            return;
        }
        starting = true;
        while (underWay.size() < WINDOW && !waiting.isEmpty()) {
            Exchange next = waiting.values().iterator().next();
            waiting.remove(next.cookie);
            vertx.cancelTimer(next.timer);
            start(next);
        }
        starting = false;
    }

    private void dropSocket() {
        if (socket != null) {
            socket.onSuccess(UdpSocket::close);
            socket = null;
        }
    }

    private static long toMillis(long nanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    /** A socket that was given up for another may still fail, which is of no interest. */
    private final class Life implements UdpSocket.Listener {
        private @Nullable Future<UdpSocket> opening;

        @Override
        public void received(String text) {
            NgExchanges.this.received(text);
        }

        @Override
        public void broken(Throwable cause) {
            if (opening != null && opening == socket) {
                NgExchanges.this.broken(cause);
            }
        }
    }

    private static final class Exchange {
        private final String cookie;
        private final String packet;
        private final long startedNanos = System.nanoTime();
        private final Promise<String> answer = Promise.promise();
        private long repeatMillis = FIRST_REPEAT_MILLIS;
        private long timer;

        Exchange(String cookie, String text) {
            this.cookie = cookie;
            this.packet = cookie + " " + text;
        }
    }
}
