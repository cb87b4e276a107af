package io.mooring.watch;

import io.mooring.call.Watch;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Texts of the NOTIFYs of a subscription [RFC 6665 4.2.2]. */
public final class Notifies {
    private Notifies() {}

    /** Why a subscription ends [RFC 6665 4.2.2]. */
    public enum End {
        /** Its time is over, or the device wants no more. */
        TIMEOUT,
        /** The device may not watch any more, or does not answer as it should. */
        REJECTED,
        /** The device has to say anew who it is: its credentials are others now. It may do so at once. */
        DEACTIVATED;

        private String reason() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Tells the whole state.
     *
     * @param number its CSeq number
     * @param lasts the rest of the subscription's time
     */
    public static EdgeAction.Send active(Watch watch, long number, Duration lasts, List<Shown> calls) {
        return send(watch, number, "active;expires=" + lasts.toSeconds(), Body.of(watch, number - 1, calls));
    }

    /** Tells the whole state for the last time. */
    public static EdgeAction.Send last(Watch watch, long number, End end, List<Shown> calls) {
        return send(watch, number, "terminated;reason=" + end.reason(),
                Body.of(watch, number - 1, calls));
    }

    private static EdgeAction.Send send(Watch watch, long number, String state, String body) {
        watch.leg.localCseq = number - 1;
        return Sip.request(watch.leg, "NOTIFY",
                "Event: " + watch.event + "\r\nSubscription-State: " + state + "\r\nContent-Type: "
                        + watch.eventPackage.contentType() + "\r\n",
                body).reported(watch.leg.callId + " " + number + " " + watch.owner());
    }
}
