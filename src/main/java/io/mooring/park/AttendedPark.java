package io.mooring.park;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Privacy;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.edge.EdgeAction;
import io.mooring.media.MediaSessions;
import io.mooring.metrics.Metrics;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Replaces;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipUri;
import java.util.Optional;

/**
 * An attended transfer whose REFER comes on the announcement leg and names the other dialog of the parker: we are told to take its place [RFC
 * 3891, RFC 5589 7.1]. The party that shall be parked is sent an INVITE with Replaces. Until it accepts, the dialog with the parker is as it
 * was: a party that cannot do this goes on talking.
 */
public final class AttendedPark {
    /** Its device answers by itself: nobody has to pick up. */
    private static final long ANSWER_MILLIS = 10_000;
    /** What tm takes to give an INVITE up that was cancelled: an answer may cross the CANCEL, and has replaced the dialog then. */
    private static final long CANCELLED_MILLIS = 33_000;

    private final MediaSessions media;
    private final Directory directory;
    private final ParkFlow park;
    private final Metrics metrics;
    private final String edgeToken;

    /** @param edgeToken shared with the edges; marks the INVITEs that we place through them */
    public AttendedPark(MediaSessions media, Directory directory, ParkFlow park, Metrics metrics, String edgeToken) {
        this.media = media;
        this.directory = directory;
        this.park = park;
        this.metrics = metrics;
        this.edgeToken = edgeToken;
    }

    /**
     * The REFER.
     *
     * @throws RefusedException when it names no dialog, or a party that is neither an extension of the tenant nor at one of its trunks: a
     *     transfer is no way to dial out
     */
    public void begin(Turn turn, Leg parker, ServerTransaction refer, SipMessage request) {
        Call call = turn.call();
        SipUri target = NameAddr.parse(request.required("refer-to")).sipUri();
        String replaces = target.headers().get("replaces");
        if (replaces == null) {
            throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
        boolean busy = call.pendingFor(Pending.Purpose.REPLACE).isPresent() || parker.inviteInProgress
                || parker.awaitsAck;
        if (call.state != CallState.RESERVED || call.place.isEmpty() || busy) {
            throw new RefusedException(Refusal.IN_PROGRESS);
        }
        Leg party = party(call, parker, target);
        call.legs.put(party.id, party);
        String session = turn.media().open();
        String offer = media.offerMusic(session);
        boolean quiet = request.header("refer-sub").map("false"::equalsIgnoreCase).orElse(false);
        parker.notifies = !quiet;
        turn.own(party);
        turn.answer(refer, parker, 202, Sip.acceptHeaders(parker) + (quiet ? "Refer-Sub: false\r\n" : ""), "");
        turn.notify(parker, 100, "Trying", false);
        turn.open(party, Pending.Purpose.REPLACE, session, offer,
                (party.user.isEmpty() ? "" : "X-Mooring-Key: " + edgeToken + "\r\n") + "Replaces: "
                        + Replaces.parse(replaces) + "\r\nRequire: replaces\r\n"
                        + (parker.withheld ? "Privacy: id\r\n" : ""),
                ANSWER_MILLIS);
    }

    /** An extension is called through the edge, which knows its phones; who came in by a trunk is where the parker reached it. */
    private Leg party(Call call, Leg parker, SipUri target) {
        String from = Privacy.shown(parker).toString();
        String user = target.plainUser();
        if (directory.hasExtension(call.tenant, user)) {
            Leg inside = Legs.calling(parker, from, SipUri.parse("sip:" + user + "@" + call.tenant), Role.PARKED);
            inside.user = user;
            return inside;
        }
        if (!directory.isTrunk(call.tenant, target.host(), target.portOrDefault())) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
        return Legs.callingDirectly(parker, from, target, Role.PARKED);
    }

    /** The party has left the parker for us: it is parked. */
    public void answered(Turn turn, Pending pending, Leg party, SipMessage reply) {
        Call call = turn.call();
        turn.settle(pending);
        Legs.answered(party, reply, pending.sdp());
        turn.media().close(call.music);
        call.music = pending.media();
        call.leg(Role.ANNOUNCEMENT).ifPresent(parker -> parker.role = Role.PARKER);
        park.parked(turn, party);
    }

    /** The party stays with the parker, who is told why and goes on listening to us. */
    public void refused(Turn turn, Pending pending, Leg party, int status, String reason) {
        Call call = turn.call();
        turn.settle(pending);
        turn.media().close(pending.media());
        turn.remove(party);
        metrics.park("failed-" + status / 100 + "xx");
        Optional<Leg> parker = call.leg(Role.ANNOUNCEMENT);
        if (parker.isPresent()) {
            turn.notify(parker.get(), status, reason, true);
        } else {
            turn.end(CallState.ENDED, Refusal.CALLER_GONE, "");
        }
    }

    /** No answer: it is cancelled, and what comes of that is waited for. */
    public void unanswered(Turn turn, Pending pending, Leg party) {
        if (pending.attempt() > 1) {
            refused(turn, pending, party, 408, "Request Timeout");
            return;
        }
        turn.act(party.control, new EdgeAction.Cancel(party.callId, pending.cseq()));
        turn.awaitAgain(pending, CANCELLED_MILLIS);
    }
}
