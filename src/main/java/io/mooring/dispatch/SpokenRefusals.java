package io.mooring.dispatch;

import io.mooring.call.Directory;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.Role;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.EdgeEvent;
import io.mooring.media.MediaSessions;
import io.mooring.media.MediaSessions.Spoken;
import io.mooring.sip.SipMessage;
import io.mooring.store.CallStore;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says to who wants to retrieve why it does not get a call, before its phone shows it: the words are early media [RFC 3960], and the
 * refusal comes when they are over. Nothing is kept of it: when the node dies meanwhile, the edge refuses the INVITE in its time.
 */
final class SpokenRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(SpokenRefusals.class);

    /** Said at once by one node: who makes more mistakes than that reads them. */
    private static final int AT_ONCE = 200;

    private final Vertx vertx;
    private final Directory directory;
    private final CallStore store;
    private final MediaSessions media;
    private final EdgeClient edges;
    private final AtomicInteger speaking = new AtomicInteger();

    SpokenRefusals(Vertx vertx, Directory directory, CallStore store, MediaSessions media, EdgeClient edges) {
        this.vertx = vertx;
        this.directory = directory;
        this.store = store;
        this.media = media;
        this.edges = edges;
    }

    /**
     * Begins to speak, if that is wanted and possible.
     *
     * @param last the refusal itself, for when it has been said
     * @return what is done at once instead; empty: the refusal
     */
    Optional<List<EdgeAction>> begin(EdgeEvent event, SipMessage invite, Refusal refusal, EdgeAction.Reply last) {
        boolean begins = invite.method().equals("INVITE")
                && event.owner().isEmpty()
                && !event.user().isEmpty()
                && invite.to().tag().isEmpty();
        if (!refusal.isSpoken() || !begins || speaking.incrementAndGet() > AT_ONCE) {
            return none(refusal.isSpoken() && begins);
        }
        String session = MediaSessions.newId();
        try {
            if (!invite.hasSdp()
                    || !MediaSessions.canAnswer(invite.body())
                    || !directory.announces(event.tenant(), event.user())) {
                return none(true);
            }
            Leg leg = Legs.called(event, invite, Role.RETRIEVER);
            leg.localTag = last.toTag();
            Optional<Spoken> spoken = media.say(session, leg.id, invite.body(),
                    new Hearing.Refused(event.tenant(), refusal));
            if (spoken.isEmpty()) {
                return none(true);
            }
            vertx.timer(Math.max(1, spoken.get().millis()), TimeUnit.MILLISECONDS)
                    .compose(over -> store.isCancelledSoon(invite.callId(), invite.cseq().number()).otherwise(false))
                    .compose(cancelled -> edges.post(event.control(), event.correlation(),
                            List.of(cancelled ? cancelled(last) : last)))
                    .eventually(() -> {
                        speaking.decrementAndGet();
                        return media.delete(session);
                    });
            return Optional.of(List.of(Sip.early(Sip.transaction(event, invite), leg, spoken.get().sdp())));
        } catch (RuntimeException e) {
            // Whatever it is: who cannot be told by voice is told by the refusal.
            LOG.atInfo().addKeyValue("correlation", event.correlation()).log("Not spoken: {}", e.getMessage());
            media.delete(session);
            return none(true);
        }
    }

    private Optional<List<EdgeAction>> none(boolean counted) {
        if (counted) {
            speaking.decrementAndGet();
        }
        return Optional.empty();
    }

    private static EdgeAction cancelled(EdgeAction.Reply last) {
        int status = Refusal.CANCELLED.status();
        return new EdgeAction.Reply(last.transaction(), status, Sip.phrase(status), last.toTag(),
                Sip.refusalHeaders(Refusal.CANCELLED), "");
    }
}
