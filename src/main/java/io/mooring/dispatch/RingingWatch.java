package io.mooring.dispatch;

import io.mooring.edge.EdgeClient;
import io.mooring.loop.LoopThreads;
import io.mooring.store.RingingInvites;
import io.mooring.store.RingingInvites.Ringing;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the edges that ring phones for recalls, each second, whether they are still those that were told to. One that has started anew has
 * forgotten its INVITEs, and no reply would ever come. Done by the node that holds the shard of the call; where nothing rings, nobody is
 * asked.
 */
final class RingingWatch {
    private static final Logger LOG = LoggerFactory.getLogger(RingingWatch.class);

    private static final long LOOK_MILLIS = 1_000;
    /** What was left over is kept as long as the time that a phone may ring can be put off. */
    private static final long LEFT_OVER_MILLIS = 300_000;
    /** Turns at once: all that an edge had rung may have to be rung again. */
    private static final int AT_ONCE = 32;

    private final Vertx vertx;
    private final RingingInvites invites;
    private final EdgeClient edges;
    private final Edges beside;
    private final Clock clock;
    private final BiConsumer<String, Set<String>> orphaned;
    /** Who has not answered the last time. */
    private Set<String> silent = Set.of();
    private final Semaphore atOnce = new Semaphore(AT_ONCE);
    private final Rounds rounds;

    /** @param orphaned given a call's owner and legs that its edge knows nothing of any more; on a virtual thread */
    RingingWatch(Vertx vertx, RingingInvites invites, EdgeClient edges, Edges beside,
            Clock clock,
            BiConsumer<String, Set<String>> orphaned) {
        this.vertx = vertx;
        this.rounds = new Rounds(vertx, LOOK_MILLIS);
        this.invites = invites;
        this.edges = edges;
        this.beside = beside;
        this.clock = clock;
        this.orphaned = orphaned;
    }

    /** @param shards that this node holds now */
    void start(IntPredicate shards) {
        rounds.start(() -> look(shards));
    }

    void stop() {
        rounds.stop();
    }

    private void look(IntPredicate shards) {
        try {
            List<Ringing> ringing = invites.in(shards);
            Map<String, String> boots = boots(ringing);
            Set<String> given = givenUp(boots.keySet(), ringing);
            Map<String, Set<String>> orphans = ringing.stream()
                    .filter(invite -> !boots.getOrDefault(invite.control(), invite.boot()).equals(invite.boot())
                            || given.contains(invite.control()))
                    .collect(Collectors.groupingBy(Ringing::owner,
                            Collectors.mapping(Ringing::leg, Collectors.toSet())));
            orphans.forEach(this::ringAgain);
            long now = clock.millis();
            ringing.stream()
                    .filter(invite -> invite.untilMillis() + LEFT_OVER_MILLIS < now)
                    .forEach(invite -> invites.forget(invite.owner(), Set.of(invite.leg())));
        } catch (StoreUnavailableException e) {
            LOG.debug("What rings was not read: {}", e.getMessage());
        }
    }

    /** Edges that have not answered twice in a row, while another one does: what they rang is rung through that one. */
    private Set<String> givenUp(Set<String> there, List<Ringing> ringing) {
        Set<String> missing = ringing.stream()
                .map(Ringing::control)
                .filter(control -> !there.contains(control))
                .collect(Collectors.toSet());
        Set<String> given = missing.stream()
                .filter(control -> silent.contains(control) && beside.isReplaced(control))
                .collect(Collectors.toSet());
        silent = missing;
        return given;
    }

    /** When the edges were started that answer. */
    private Map<String, String> boots(List<Ringing> ringing) {
        Map<String, Future<String>> asked = new HashMap<>();
        ringing.forEach(invite -> asked.computeIfAbsent(invite.control(), edges::boot));
        Map<String, String> boots = new HashMap<>();
        asked.forEach((control, boot) -> {
            String known = boot.otherwise("").await();
            if (!known.isEmpty()) {
                boots.put(control, known);
            }
        });
        return boots;
    }

    private void ringAgain(String owner, Set<String> legs) {
        atOnce.acquireUninterruptibly();
        LoopThreads.start(vertx, () -> {
            try {
                orphaned.accept(owner, legs);
                invites.forget(owner, legs);
            } catch (RuntimeException e) {
                // They are found again.
                LOG.atWarn().addKeyValue("call", owner).log("Not rung again yet: {}", e.getMessage());
            } finally {
                atOnce.release();
            }
        });
    }
}
