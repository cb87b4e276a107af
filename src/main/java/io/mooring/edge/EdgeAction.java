package io.mooring.edge;

import java.util.Objects;

/**
 * One thing that a node orders an edge to do. Actions of one answer are carried out in order. Text that does not apply
 * is empty, never null; {@code headers} are complete lines, each ending in CRLF.
 */
public sealed interface EdgeAction {

    /**
     * Answers a suspended server transaction. One that is gone is not an error.
     *
     * @param transaction {@code index:label} from the event
     * @param status SIP status, 100..699
     * @param reason reason phrase
     * @param toTag our To tag, used when the request had none
     * @param headers header lines besides those that RFC 3261 section 8.2.6 copies from the request
     * @param body body, or empty
     */
    record Reply(String transaction, int status, String reason, String toTag, String headers, String body)
            implements
                EdgeAction {}

    /**
     * Sends a request, in a dialog or outside one. The edge adds Via, Max-Forwards and Content-Length, retransmits, and
     * acknowledges a 2xx to an INVITE.
     *
     * @param method SIP method
     * @param uri Request-URI
     * @param next URI of the next hop
     * @param socket local socket {@code transport:address:port}, or empty for the edge's choice
     * @param headers header lines with From, To, Call-ID and CSeq as they shall be sent
     * @param body body, or empty
     * @param report Call-ID and CSeq number with a blank between, when it shall become known that nobody answers; else empty
     */
    record Send(String method, String uri, String next, String socket, String headers, String body, String report)
            implements
                EdgeAction {

        /** One that was remembered by an earlier version has no report. */
        public Send {
            report = Objects.requireNonNullElse(report, "");
        }

        /** One of which it does not matter whether anybody answers, or a timer of ours decides. */
        public Send(String method, String uri, String next, String socket, String headers, String body) {
            this(method, uri, next, socket, headers, body, "");
        }

        /** The same, and it becomes known that nobody answers. */
        public Send reported(String report) {
            return new Send(method, uri, next, socket, headers, body, report);
        }
    }

    /**
     * From now on the edge hands every request of this dialog to a node.
     *
     * @param dialog Call-ID
     * @param owner what later events of this Call-ID carry as owner
     */
    record Own(String dialog, String owner) implements EdgeAction {}

    /**
     * Forgets an owned dialog.
     *
     * @param dialog Call-ID
     */
    record Disown(String dialog) implements EdgeAction {}

    /**
     * Cancels a ringing INVITE that we had the edge send (RFC 3261 section 9.1).
     *
     * @param dialog Call-ID
     * @param cseq CSeq number of the INVITE
     */
    record Cancel(String dialog, long cseq) implements EdgeAction {}

    /**
     * Sends a message as it is: a 2xx to an INVITE is repeated so until its ACK comes (RFC 3261 section 13.3.1.4).
     *
     * @param next URI of the next hop
     * @param message the whole SIP message
     */
    record Raw(String next, String message) implements EdgeAction {}
}
