package io.mooring.watch;

import io.mooring.call.Call;
import io.mooring.dialog.ParkNotice;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.sip.NameAddr;

/**
 * Tells phones of a parked call by a NOTIFY that nobody has subscribed to, as PortSIP does: the event is {@code park-info}, the body lines
 * as those of a message summary [RFC 3842 5.2]. {@code docs/lamps.md} has the body. Of two of one call, that with the higher version is
 * the later one.
 */
public final class ParkInfo {
    private static final String TYPE = "application/x-park-info";

    private ParkInfo() {}

    /**
     * One for the phones of an extension.
     *
     * @param shown the call as this extension may see it
     * @param marks header lines for the edge that sends it to the phones
     */
    public static EdgeAction.Send of(ParkNotice notice, Call call, Shown shown, String extension, String marks) {
        String dial = "sip:" + Sip.escaped(shown.dial()) + "@" + call.tenant;
        var body = new StringBuilder()
                .append("Call: ")
                .append(call.id)
                .append("\r\nVersion: ")
                .append(call.epoch)
                .append("\r\nState: ")
                .append(state(notice.what()))
                .append("\r\nRetrieve: ")
                .append(dial)
                .append("\r\n");
        if (notice.what() != ParkNotice.What.GONE) {
            body.append("Parked-By: sip:").append(call.parker).append('@').append(call.tenant).append("\r\n");
            shown.party()
                    .map(NameAddr::toString)
                    .ifPresent(party -> body.append("Caller: ").append(party).append("\r\n"));
        }
        return notice.toPhones("NOTIFY", extension, shown.dial(), call,
                "Contact: <" + dial + ">\r\nEvent: park-info\r\nSubscription-State: terminated;reason=noresource\r\n"
                        + "Content-Type: " + TYPE + "\r\n" + marks,
                body.toString());
    }

    private static String state(ParkNotice.What what) {
        return switch (what) {
            case PARKED -> "parked";
            case STILL_WAITING -> "waiting";
            case GONE -> "gone";
        };
    }
}
