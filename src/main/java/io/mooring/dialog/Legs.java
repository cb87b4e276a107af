package io.mooring.dialog;

import io.mooring.call.Leg;
import io.mooring.call.Role;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.ProxiedDialog;
import io.mooring.edge.Said;
import io.mooring.sip.NameAddr;
import io.mooring.sip.NextHop;
import io.mooring.sip.Params;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How legs begin: with an INVITE to us, with a dialog that we take over, or with an INVITE of ours. */
public final class Legs {
    /** CSeq numbers of ours in a dialog whose own we never saw: high enough for any phone [RFC 3261 12.2.1.1]. */
    private static final long HIGH_CSEQ = 1L << 30;

    /** Requests in a dialog that an edge has not noted, beyond what anybody sends in one call. */
    private static final long UNSEEN = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Legs.class);

    private static final int ID_LENGTH = 10;

    private Legs() {}

    /** The leg of a device that sent us an INVITE: we are the called side [RFC 3261 12.1.1]. */
    public static Leg called(EdgeEvent event, SipMessage invite, Role role) {
        Leg leg = begin(role, event);
        NameAddr from = invite.from();
        leg.callId = invite.callId();
        leg.localTag = Sip.token(ID_LENGTH);
        leg.remoteTag = from.tag();
        leg.localAddress = invite.to().withTag("").toString();
        leg.remoteAddress = from.withTag("").toString();
        leg.remoteCseq = invite.cseq().number();
        leg.routeSet.addAll(Sip.routesBeyond(event.socket(), invite.list("record-route")));
        leg.user = event.user();
        leg.allow = String.join(", ", invite.list("allow"));
        leg.withheld = Privacy.isAskedFor(invite);
        if (invite.hasSdp()) {
            leg.says(invite.body());
        }
        reach(leg, invite, event);
        leg.inviteInProgress = true;
        return leg;
    }

    /** The sender's half of a proxied dialog, taken over by one of its requests. */
    public static Leg sender(EdgeEvent event, SipMessage request, Role role) {
        Leg leg = begin(role, event);
        NameAddr from = request.from();
        NameAddr to = request.to();
        leg.callId = request.callId();
        leg.localTag = to.tag();
        leg.remoteTag = from.tag();
        leg.localAddress = to.withTag("").toString();
        leg.remoteAddress = from.withTag("").toString();
        leg.localCseq = HIGH_CSEQ;
        leg.remoteCseq = request.cseq().number();
        leg.user = event.user();
        reach(leg, request, event);
        heard(leg, event.said());
        return leg;
    }

    /** The other half of that dialog. All that is known of it stands in the request. */
    public static Leg receiver(EdgeEvent event, SipMessage request, Role role) {
        Leg leg = begin(role, event);
        NameAddr from = request.from();
        NameAddr to = request.to();
        leg.callId = request.callId();
        leg.localTag = from.tag();
        leg.remoteTag = to.tag();
        leg.localAddress = from.withTag("").toString();
        leg.remoteAddress = to.withTag("").toString();
        leg.localCseq = request.cseq().number();
        SipUri target = SipUri.parse(request.requestUri());
        leg.remoteTarget = target.withParams(target.params().without("alias")).toString();
        leg.routeSet.addAll(Sip.routesBeyond(event.socket(), request.list("route")));
        leg.nextHop = NextHop.of(target);
        SipUri hop = SipUri.parse(
                leg.routeSet.isEmpty()
                        ? leg.nextHop
                        : NameAddr.parse(leg.routeSet.getFirst()).uri());
        leg.socket = Sip.otherSocket(event.socket(), request.list("route"))
                .orElse(hop.transport() + event.socket().substring(event.socket().indexOf(':')));
        heard(leg, event.said());
        return leg;
    }

    /** The caller's half of a proxied dialog, out of what its edge has noted: we are the called side. */
    public static Leg caller(ProxiedDialog dialog, Role role) {
        SipMessage invite = SipMessage.parse(dialog.said().invite());
        SipMessage answer = SipMessage.parse(dialog.said().answer());
        Leg leg = noted(dialog, role, dialog.callerSocket(), dialog.callerSource(), answer.to(), invite.from());
        leg.user = dialog.caller();
        leg.remoteCseq = invite.cseq().number();
        leg.routeSet.addAll(Sip.routesBeyond(leg.socket, invite.list("record-route")));
        leg.withheld = Privacy.isAskedFor(invite);
        seenByAnother(leg);
        leg.refreshTarget(invite);
        leg.learnAllowed(invite);
        heard(leg, dialog.said());
        follow(leg, dialog);
        return leg;
    }

    /** The other half of it: we are the calling side. */
    public static Leg callee(ProxiedDialog dialog, Role role) {
        SipMessage invite = SipMessage.parse(dialog.said().invite());
        SipMessage answer = SipMessage.parse(dialog.said().answer());
        Leg leg = noted(dialog, role, dialog.calleeSocket(), dialog.calleeSource(), invite.from(), answer.to());
        leg.user = dialog.callee();
        leg.localCseq = Math.max(HIGH_CSEQ, invite.cseq().number() + UNSEEN);
        List<String> towardsUs = Sip.routesUpTo(leg.socket, answer.list("record-route"));
        leg.routeSet.addAll(towardsUs.reversed());
        seenByAnother(leg);
        leg.refreshTarget(answer);
        leg.learnAllowed(answer);
        heard(leg, dialog.said());
        follow(leg, dialog);
        return leg;
    }

    /** What the edge has seen is the proxy before the device. */
    private static void seenByAnother(Leg leg) {
        if (!leg.routeSet.isEmpty()) {
            leg.nextHop = "";
        }
    }

    private static Leg noted(
            ProxiedDialog dialog, Role role, String socket, String source, NameAddr local, NameAddr remote) {
        Leg leg = new Leg();
        leg.id = Sip.token(ID_LENGTH);
        leg.role = role;
        leg.control = dialog.control();
        leg.socket = socket;
        leg.callId = dialog.callId();
        leg.localTag = local.tag();
        leg.remoteTag = remote.tag();
        leg.localAddress = local.withTag("").toString();
        leg.remoteAddress = remote.withTag("").toString();
        leg.localCseq = HIGH_CSEQ;
        leg.nextHop = Sip.uriOf(source);
        return leg;
    }

    /** What the device of a leg, and its peer, have said of their media. */
    private static void heard(Leg leg, Said said) {
        try {
            if (!said.invite().isEmpty()) {
                heard(leg, SipMessage.parse(said.invite()), SipMessage.parse(said.answer()));
            }
            if (!said.reinvite().isEmpty()) {
                heard(leg, SipMessage.parse(said.reinvite()), SipMessage.parse(said.reanswer()));
            }
        } catch (SipParseException e) {
            LOG.atDebug().addKeyValue("leg", leg.id).log("What was said before is not understood: {}", e.getMessage());
        }
    }

    private static void heard(Leg leg, SipMessage request, SipMessage reply) {
        boolean asked = request.from().tag().equals(leg.remoteTag);
        SipMessage its = asked ? request : reply;
        SipMessage ofItsPeer = asked ? reply : request;
        if (its.hasSdp() && ofItsPeer.hasSdp()) {
            leg.says(its.body());
            leg.localSdp = ofItsPeer.body();
        }
    }

    /** The last re-INVITE or UPDATE, whoever sent it. */
    private static void follow(Leg leg, ProxiedDialog dialog) {
        if (dialog.said().reinvite().isEmpty()) {
            return;
        }
        SipMessage request = SipMessage.parse(dialog.said().reinvite());
        if (request.from().tag().equals(leg.remoteTag)) {
            leg.remoteCseq = Math.max(leg.remoteCseq, request.cseq().number());
            leg.refreshTarget(request);
        } else {
            leg.localCseq = Math.max(leg.localCseq, request.cseq().number() + UNSEEN);
            leg.refreshTarget(SipMessage.parse(dialog.said().reanswer()));
        }
    }

    /** The leg of a phone that we call through the edge, which looks up where it is registered. */
    public static Leg calling(Leg through, String from, SipUri target, Role role) {
        Leg leg = new Leg();
        leg.id = Sip.token(ID_LENGTH);
        leg.role = role;
        leg.callId = Sip.token(24);
        leg.callIdIsOurs = true;
        leg.localTag = Sip.token(ID_LENGTH);
        leg.localAddress = from;
        leg.remoteAddress = "<" + target.withParams(Params.none()) + ">";
        leg.remoteTarget = target.withParams(Params.none()).toString();
        leg.socket = through.udpSocket();
        leg.nextHop = Sip.uriOf(leg.socket);
        leg.control = through.control;
        return leg;
    }

    /**
     * The same for a device that is where its Contact says, and registered nowhere.
     *
     * @param contact what the device gave to somebody else
     */
    public static Leg callingDirectly(Leg through, String from, SipUri contact, Role role) {
        Leg leg = calling(through, from, contact, role);
        leg.remoteTarget = contact.withParams(contact.params().without("alias")).toString();
        leg.nextHop = NextHop.of(contact);
        String transport = SipUri.parse(leg.nextHop).transport();
        leg.socket = through.socket.startsWith(transport + ":")
                ? through.socket
                : transport + leg.socket.substring(leg.socket.indexOf(':'));
        return leg;
    }

    /** What a leg that we called is, once it has answered [RFC 3261 12.1.2]. */
    public static void answered(Leg leg, SipMessage reply, String offered) {
        leg.remoteTag = reply.to().tag();
        leg.routeSet.addAll(routesOfAnswer(leg.socket, reply));
        leg.nextHop = "";
        leg.refreshTarget(reply);
        leg.learnAllowed(reply);
        leg.localSdp = offered;
        leg.says(reply.body());
    }

    private static Leg begin(Role role, EdgeEvent event) {
        Leg leg = new Leg();
        leg.id = Sip.token(ID_LENGTH);
        leg.role = role;
        leg.control = event.control();
        leg.socket = event.socket();
        leg.plain = event.plain();
        return leg;
    }

    /** A device without proxies before it is sent to where it was seen: its Contact may be behind a NAT. */
    private static void reach(Leg leg, SipMessage request, EdgeEvent event) {
        leg.nextHop = Sip.uriOf(event.source());
        leg.refreshTarget(request);
        if (leg.remoteTarget.isEmpty()) {
            leg.remoteTarget = leg.nextHop;
        }
    }

    /** The BYE to a device that has answered an INVITE of ours, and has no leg in any call. */
    public static EdgeAction hangUpStray(EdgeEvent event, SipMessage reply) {
        return Sip.request(answering(event, reply), "BYE", "", "");
    }

    /** The ACK of a 2xx to an INVITE of ours that the edge knows nothing of [RFC 3261 13.2.2.4]. */
    public static EdgeAction acknowledge(EdgeEvent event, SipMessage reply) {
        return Sip.ack(answering(event, reply));
    }

    private static Leg answering(EdgeEvent event, SipMessage reply) {
        Leg leg = begin(Role.TARGET, event);
        leg.callId = reply.callId();
        leg.localTag = reply.from().tag();
        leg.remoteTag = reply.to().tag();
        leg.localAddress = reply.from().withTag("").toString();
        leg.remoteAddress = reply.to().withTag("").toString();
        leg.localCseq = reply.cseq().number();
        leg.routeSet.addAll(routesOfAnswer(event.socket(), reply));
        leg.refreshTarget(reply);
        return leg;
    }

    /** The routes of a dialog that we opened, out of its 2xx [RFC 3261 12.1.2]. */
    public static List<String> routesOfAnswer(String socket, SipMessage reply) {
        return Sip.routesBeyond(socket, reply.list("record-route").reversed());
    }
}
