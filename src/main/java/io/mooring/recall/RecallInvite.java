package io.mooring.recall;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.call.Pending;
import io.mooring.call.Places;
import io.mooring.call.Role;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Privacy;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipUri;
import java.util.regex.Pattern;

/** The INVITE that rings a phone for a parked call, and what the phone shows. */
final class RecallInvite {
    /** What would end a quoted name, or mean something to the edge. */
    private static final Pattern UNQUOTABLE = Pattern.compile("[\\s\\p{Cntrl}\"\\\\$<>]+");
    private static final int LONGEST_NAME = 60;

    private final MediaSessions media;
    private final String edgeToken;

    /** @param edgeToken marks the INVITEs that we place through the edges */
    RecallInvite(MediaSessions media, String edgeToken) {
        this.media = media;
        this.edgeToken = edgeToken;
    }

    /**
     * Rings the phones of an extension.
     *
     * @param parked the party that waits
     * @param idleOnly true when the edge shall answer 486 instead, if the extension talks
     */
    void ring(Turn turn, Leg parked, String extension, long ringMillis, boolean idleOnly) {
        Call call = turn.call();
        NameAddr caller = Privacy.shown(parked);
        Leg called = Legs.calling(parked, caller.toString(), SipUri.parse("sip:" + extension + "@" + call.tenant),
                Role.RECALL);
        called.user = extension;
        call.legs.put(called.id, called);
        String session = turn.media().open();
        String offer = media.offer(session, parked.id, Sdp.unheld(parked.remoteSdp), parked.codecs());
        turn.own(called);
        String headers = headers(call, parked) + (idleOnly ? "X-Mooring-Idle-Only: yes\r\n" : "");
        turn.open(called, Pending.Purpose.RECALL, session, offer, headers, ringMillis);
    }

    /**
     * The number stays the caller's, so that it can be called back; the name says what this is. The edge puts it into the From, whose
     * name it would lose.
     */
    static String display(NameAddr caller) {
        return "Recall: " + name(caller);
    }

    /** What the edge may put between quotes. */
    private static String name(NameAddr caller) {
        String name = caller.display().isEmpty() ? caller.sipUri().plainUser() : caller.display();
        String plain = UNQUOTABLE.matcher(name).replaceAll(" ").strip();
        return plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
    }

    /** No machine shall take it [RFC 3841 9.1, RFC 3840 10.13]. */
    private String headers(Call call, Leg parked) {
        NameAddr caller = Privacy.shown(parked);
        if (!call.offeredTo.isEmpty()) {
            return "X-Mooring-Key: " + edgeToken + "\r\nX-Mooring-Display: " + name(caller) + "\r\n"
                    + Sip.identity(parked);
        }
        String alertInfo = call.terms.recall().alertInfo();
        String number = Places.number(call.place);
        return "X-Mooring-Key: " + edgeToken + "\r\nX-Mooring-Display: " + display(caller) + "\r\n"
                + Sip.identity(parked)
                + "Subject: Recall" + (number.isEmpty() ? "" : " from " + number)
                + "\r\nReject-Contact: *;actor=\"msg-taker\"\r\n"
                + (alertInfo.isEmpty() ? "" : "Alert-Info: " + alertInfo + "\r\n");
    }
}
