package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.edge.EdgeAction;
import java.util.List;

/**
 * Phones are told of a call that waits for somebody, or waits no more. It comes from the number that has to be dialled, so that a phone
 * that can call the sender back retrieves the call. What becomes of it does not matter: a phone that does not understand it says so, and
 * one that is not registered is not there.
 *
 * @param what has happened
 * @param through a leg of the call, whose edge knows where the tenant's phones are
 * @param extensions who is told
 * @param place where it was; empty: where it is once it is written
 */
public record ParkNotice(What what, Leg through, List<String> extensions, String place) {

    /** Why a phone is told of a call. */
    public enum What {
        /** The call has been parked. */
        PARKED("Call parked by %s."),
        /** It has not been picked up since. */
        STILL_WAITING("The call parked by %s is still waiting."),
        /** It waits there no more. People who read are not told. */
        GONE("");

        private final String text;

        What(String text) {
            this.text = text;
        }
    }

    /** The edge that has to tell them. */
    public String control() {
        return through.control;
    }

    /** Where the call is, or was. */
    public String placeOf(Call call) {
        return place.isEmpty() ? call.place : place;
    }

    /**
     * A MESSAGE to the phones of an extension [RFC 3428].
     *
     * @param call as it was written
     * @param dial what retrieves it
     * @param marks header lines for the edge that sends it to the phones
     */
    public EdgeAction.Send message(Call call, String extension, String dial, String marks) {
        return toPhones("MESSAGE", extension, dial, call,
                Sip.placeHeaders(call) + "Content-Type: text/plain\r\n" + marks,
                what.text.formatted(call.parker) + " Dial " + dial + " to retrieve it.");
    }

    /**
     * A request to the phones of an extension, which the edge looks up.
     *
     * @param dial what retrieves the call
     * @param headers besides those of every request, each with its CRLF
     */
    public EdgeAction.Send toPhones(
            String method, String extension, String dial, Call call, String headers, String body) {
        String socket = through.udpSocket();
        String to = "sip:" + extension + "@" + call.tenant;
        return new EdgeAction.Send(method, to, Sip.uriOf(socket), socket,
                "From: \"Call park\" <sip:" + Sip.escaped(dial) + "@" + call.tenant + ">;tag=" + Sip.token(10)
                        + "\r\nTo: <" + to + ">\r\nCall-ID: " + Sip.token(24) + "\r\nCSeq: 1 " + method + "\r\n"
                        + headers,
                body);
    }
}
