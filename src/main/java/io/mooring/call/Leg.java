package io.mooring.call;

import io.mooring.sip.MediaLines;
import io.mooring.sip.NameAddr;
import io.mooring.sip.NextHop;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One SIP dialog between us and one device [RFC 3261 12]. Text is empty, never null. A working copy of what Redis
 * holds: changed by one event, written back in one piece.
 */
public final class Leg {
    /** Also the user part of our Contact and the tag of its media. */
    public String id = "";

    public Role role = Role.PARKED;
    /** Call-ID of the dialog. Two legs that were one proxied dialog have the same. */
    public String callId = "";
    /** True when we made the Call-ID: decides who backs off longer after a 491 [RFC 3261 14.1]. */
    public boolean callIdIsOurs;

    public String localTag = "";
    public String remoteTag = "";
    /** Our address in this dialog without tag, a From value. */
    public String localAddress = "";
    /** The device's address in this dialog without tag. */
    public String remoteAddress = "";
    /** Request-URI of requests to the device. */
    public String remoteTarget = "";
    /** Route values, first hop first. */
    public List<String> routeSet = new ArrayList<>();
    /** Where to send when there is no route set: the address that the device was seen at (NAT), by the edge that it stands at. */
    public String nextHop = "";
    /** {@code transport:address:port} of the edge's socket towards the device. */
    public String socket = "";
    /** {@code address:port} of that edge's socket for UDP and TCP, when {@link #socket} is one for TLS; else empty. */
    public String plain = "";
    /** Control URL of the edge that the device is reached through. */
    public String control = "";
    /** Last CSeq number that we used. */
    public long localCseq;
    /** Last CSeq number that the device used; -1 before the first. */
    public long remoteCseq = -1;
    /** Extension, when the device is known to be a user of the tenant. */
    public String user = "";
    /** Last SDP that we sent to the device, and that it sent to us. */
    public String localSdp = "";

    public String remoteSdp = "";
    /** The media lines of the last SDP in this dialog, from either: whatever is offered has as many [RFC 3264 8]. */
    public List<String> mediaLines = new ArrayList<>();
    /** Where the media of our last SDP stand in what was sent ({@link MediaLines#fit}); empty: where they stood. */
    public List<Integer> mediaOrder = new ArrayList<>();
    /** SDP that the device has offered and that is not answered yet. */
    public String offeredSdp = "";
    /** True while the device waits for NOTIFYs about its REFER. */
    public boolean notifies;
    /** True when it is hung up as soon as the call is parked: its user has not asked for the park by this device. */
    public boolean hungUpWhenParked;
    /** True when the device has cancelled an INVITE that we had answered already: its BYE will follow. */
    public boolean cancelled;
    /** True while it has claimed the parked call and its INVITE is not answered: there is no dialog yet to hang up. */
    public boolean claiming;
    /** True while a transfer that this device asked for is under way. */
    public boolean transferring;
    /** True when the device's INVITE was answered by us and the ACK has not come. */
    public boolean awaitsAck;
    /** What its BYE shall say, in a call that ends before the ACK has come. */
    public String byeHeaders = "";
    /** The device's INVITE or UPDATE that is not answered yet: another one gets 491. */
    public boolean inviteInProgress;
    /** True when its user does not want to be named to others [RFC 3323]. */
    public boolean withheld;
    /** Methods that the device allows, as it said; empty when it did not say. */
    public String allow = "";
    /** Fields that a later build has written and this one does not know: kept as they are. */
    public Map<String, Object> unknown = new LinkedHashMap<>();

    /** Takes over what a request or 2xx of the device says of where it wants to be reached [RFC 3261 12.2]. */
    public void refreshTarget(SipMessage message) {
        message.contact().ifPresent(contact -> {
            SipUri uri = contact.sipUri();
            SipUri target = uri.withParams(uri.params().without("alias"));
            boolean moved = !remoteTarget.isEmpty() && !target.toString().equals(remoteTarget);
            if (nextHop.isEmpty() || moved || uri.params().has("alias")) {
                nextHop = NextHop.of(uri);
            }
            remoteTarget = target.toString();
        });
    }

    /** The device has offered this, or has answered an INVITE that was sent to it as it was. */
    public void says(String sdp) {
        mediaLines = new ArrayList<>(MediaLines.of(sdp));
        remoteSdp = sdp;
    }

    /** The device has answered what was made to fit its session. */
    public void answers(String sdp) {
        List<String> lines = MediaLines.of(sdp);
        if (lines.size() >= mediaLines.size()) {
            mediaLines = new ArrayList<>(lines);
        }
        remoteSdp = MediaLines.restore(sdp, mediaOrder);
    }

    /** An SDP as the device is sent it. */
    public String fitted(String sdp) {
        MediaLines.Fitted fitted = MediaLines.fit(sdp, mediaLines);
        mediaOrder = new ArrayList<>(fitted.order());
        return fitted.sdp();
    }

    /** Takes over what a request or reply of the device says that it allows [RFC 3261 20.5]. */
    public void learnAllowed(SipMessage message) {
        List<String> methods = message.list("allow");
        if (!methods.isEmpty()) {
            allow = String.join(", ", methods);
        }
    }

    /** User part of the device's address: a number for people. */
    public String number() {
        try {
            return NameAddr.parse(remoteAddress).sipUri().plainUser();
        } catch (SipParseException e) {
            return user;
        }
    }

    /** Name that the device gave; empty: none. */
    public String name() {
        try {
            return NameAddr.parse(remoteAddress).display();
        } catch (SipParseException e) {
            return "";
        }
    }

    /** True when the device has said that it takes requests of this method. */
    public boolean allows(String method) {
        return List.of(allow.split(", ")).contains(method);
    }

    /** Codecs that the device is known to speak, best first. */
    public List<String> codecs() {
        return remoteSdp.isEmpty() ? List.of() : Sdp.parse(remoteSdp).audioCodecs();
    }

    /** True when our 2xx made an offer whose answer the ACK has to bring. */
    public boolean offerUnanswered() {
        return awaitsAck && remoteSdp.isEmpty();
    }

    /** {@code udp:address:port} of the edge's socket for UDP. */
    public String udpSocket() {
        return "udp:" + (plain.isEmpty() ? socket.substring(socket.indexOf(':') + 1) : plain);
    }

    /** The device has sent something through this edge. */
    public void heardThrough(String edgeControl, String edgeSocket) {
        if (!control.equals(edgeControl)) {
            control = edgeControl;
            socket = edgeSocket;
        }
    }

    public long nextCseq() {
        localCseq++;
        return localCseq;
    }
}
