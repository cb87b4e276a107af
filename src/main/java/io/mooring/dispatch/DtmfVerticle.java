package io.mooring.dispatch;

import io.mooring.config.HostPort;
import io.mooring.media.DtmfEvent;
import io.mooring.media.MediaSessions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocketOptions;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Hears from rtpengine which keys are pressed, and passes on those that somebody waits for; deployed once a node, with virtual threads.
 * Nodes on one host may share the address: the kernel gives each datagram to one of them, and to another one when that is gone.
 */
public final class DtmfVerticle extends VerticleBase {
    /** Keys of one session that wait for the one before: more than a person presses while Redis does not answer. */
    private static final int MOST_WAITING = 32;

    private final PinEntries pins;
    private final HostPort listen;
    /** By session, in the order in which they came. Used on the context only; a session is there while its keys are worked on. */
    private final Map<String, Queue<Character>> waiting = new HashMap<>();

    public DtmfVerticle(EventRouter router, HostPort listen) {
        this.pins = router.pins();
        this.listen = listen;
    }

    @Override
    public Future<?> start() {
        return vertx.createDatagramSocket(new DatagramSocketOptions().setReuseAddress(true).setReusePort(true))
                .handler(this::received)
                .listen(listen.port(), listen.host());
    }

    private void received(DatagramPacket packet) {
        DtmfEvent.parse(packet.data().toString())
                .filter(event -> MediaSessions.askingOwner(event.session()).isPresent())
                .ifPresent(this::pressed);
    }

    private void pressed(DtmfEvent event) {
        Queue<Character> behind = waiting.get(event.session());
        if (behind != null) {
            if (behind.size() < MOST_WAITING) {
                behind.add(event.key());
            }
            return;
        }
        Queue<Character> queue = new ArrayDeque<>();
        queue.add(event.key());
        waiting.put(event.session(), queue);
        context.runOnContext(ignored -> work(event.session(), queue));
    }

    private void work(String session, Queue<Character> queue) {
        for (Character key = queue.poll(); key != null; key = queue.poll()) {
            pins.pressed(session, key);
        }
        waiting.remove(session);
    }
}
