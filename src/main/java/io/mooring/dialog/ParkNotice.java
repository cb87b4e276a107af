package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.call.Places;
import io.mooring.edge.EdgeAction;
import java.util.List;

/**
 * Tells phones by MESSAGE where a call is parked [RFC 3428]. It comes from the number that has to be dialled, so that a phone that
 * can call the sender back retrieves the call. What becomes of it does not matter: a phone that takes no MESSAGE says so, and one
 * that is not registered is not there.
 *
 * @param what has happened
 * @param through a leg of the call, whose edge knows where the tenant's phones are
 * @param extensions who is told
 * @param retrieveCode what they have to dial before the number of the place
 */
public record ParkNotice(What what, Leg through, List<String> extensions, String retrieveCode) {

    /** Why a phone is told of a call. */
    public enum What {
        /** The call has been parked. */
        PARKED("Call parked by %s."),
        /** It has not been picked up since. */
        STILL_WAITING("The call parked by %s is still waiting.");

        private final String text;

        What(String text) {
            this.text = text;
        }
    }

    /** The edge that has to send them. */
    public String control() {
        return through.control;
    }

    /**
     * The messages, one an extension.
     *
     * @param call as it was written, with its place
     * @param edgeToken marks what we send to users of the edge
     */
    public List<EdgeAction> messages(Call call, String edgeToken) {
        String dial = retrieveCode + Places.number(call.place);
        String text = what.text.formatted(call.parker) + " Dial " + dial + " to retrieve it.";
        String socket = "udp" + through.socket.substring(through.socket.indexOf(':'));
        return extensions.stream().<EdgeAction>map(extension -> {
            String to = "sip:" + extension + "@" + call.tenant;
            return new EdgeAction.Send("MESSAGE", to, Sip.uriOf(socket), socket,
                    "From: \"Call park\" <sip:" + escape(dial) + "@" + call.tenant + ">;tag=" + Sip.token(10)
                            + "\r\nTo: <" + to + ">\r\nCall-ID: " + Sip.token(24) + "\r\nCSeq: 1 MESSAGE\r\n"
                            + "X-Mooring-Key: " + edgeToken + "\r\n" + Sip.placeHeaders(call)
                            + "Content-Type: text/plain\r\n",
                    text);
        }).toList();
    }

    /** A hash may not stand in a user part as it is [RFC 3261 25.1]. */
    private static String escape(String user) {
        return user.replace("#", "%23");
    }
}
