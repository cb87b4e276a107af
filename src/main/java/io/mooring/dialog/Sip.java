package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.ClaimTicket;
import io.mooring.call.EventPackage;
import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.ServerTransaction;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Params;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipUri;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Texts of the requests and replies that we send in our dialogs. */
public final class Sip {
    public static final String SDP_TYPE = "Content-Type: application/sdp\r\n";

    /** What we take in a dialog. PRACK is not among it: reliable provisional replies are refused with 420. */
    static final String ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, MESSAGE, REFER, NOTIFY\r\n";

    /** The shortest subscription [RFC 6665 4.2.1.1]. */
    public static final int MIN_EXPIRES_SECONDS = 60;

    /** The event packages that we know [RFC 6665 8.2.2]. */
    static final String ALLOW_EVENTS = "Allow-Events: "
            + Arrays.stream(EventPackage.values()).map(EventPackage::token).collect(Collectors.joining(", "))
            + "\r\n";

    private static final String SUPPORTED = "Supported: replaces, norefersub\r\n";
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
    private static final SecureRandom RANDOM = new SecureRandom();

    private Sip() {}

    /** A random token, for tags, ids and Call-IDs: 5.7 bits a character. */
    public static String token(int length) {
        var out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            out.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }

    /** Our Contact on a leg: requests to it reach the edge, and by the Call-ID a node [RFC 3261 12.1.1]. */
    static String contact(Leg leg) {
        return "Contact: <" + contactUri(leg) + ">\r\n";
    }

    static String contactUri(Leg leg) {
        int colon = leg.socket.indexOf(':');
        String transport = leg.socket.substring(0, Math.max(colon, 0));
        return "sip:leg-" + leg.id + "@" + leg.socket.substring(colon + 1)
                + (transport.isEmpty() || transport.equals("udp") ? "" : ";transport=" + transport);
    }

    /** The URI that reaches an address such as {@code udp:10.0.0.1:5060}. */
    public static String uriOf(String address) {
        int colon = address.indexOf(':');
        return "sip:" + address.substring(colon + 1) + ";transport=" + address.substring(0, colon);
    }

    /** A request in the dialog of a leg, with its next CSeq number; ACK and CANCEL are the edge's own. */
    public static EdgeAction.Send request(Leg leg, String method, String extraHeaders, String body) {
        return send(leg, method, leg.nextCseq(), extraHeaders, body);
    }

    /** The ACK of a 2xx, with the CSeq number of its INVITE. */
    static EdgeAction.Send ack(Leg leg) {
        return send(leg, "ACK", leg.localCseq, "", "");
    }

    private static EdgeAction.Send send(Leg leg, String method, long cseq, String extraHeaders, String body) {
        var headers = new StringBuilder(512);
        headers.append("From: ")
                .append(NameAddr.parse(leg.localAddress).withTag(leg.localTag))
                .append("\r\nTo: ")
                .append(NameAddr.parse(leg.remoteAddress).withTag(leg.remoteTag))
                .append("\r\nCall-ID: ")
                .append(leg.callId)
                .append("\r\nCSeq: ")
                .append(cseq)
                .append(' ')
                .append(method)
                .append("\r\n");
        for (String route : leg.routeSet) {
            headers.append("Route: ").append(route).append("\r\n");
        }
        if (!method.equals("BYE")) {
            headers.append(contact(leg));
        }
        if (method.equals("INVITE")) {
            headers.append(ALLOW).append(SUPPORTED);
        }
        headers.append(extraHeaders);
        String next = leg.routeSet.isEmpty()
                ? leg.nextHop
                : NameAddr.parse(leg.routeSet.getFirst()).uri();
        return new EdgeAction.Send(
                method, leg.remoteTarget, next.isEmpty() ? leg.remoteTarget : next, leg.socket, headers.toString(),
                body);
    }

    /** Headers of a 202 to a REFER: a 2xx in a dialog bears a Contact [RFC 3515 2.2]. */
    public static String acceptHeaders(Leg leg) {
        return contact(leg);
    }

    /** The reply to a device's request. The To tag is ours on that leg. */
    static EdgeAction.Reply reply(
            ServerTransaction to, Leg leg, int status, String reason, String extraHeaders, String body) {
        return new EdgeAction.Reply(to.transaction(), status, reason, leg.localTag, extraHeaders, body);
    }

    /** Headers of a 2xx to INVITE or UPDATE. */
    static String successHeaders(Leg leg, String extraHeaders) {
        return contact(leg) + ALLOW + SUPPORTED + extraHeaders;
    }

    /**
     * The session timer of a request, granted with the device as refresher; none when it wants us to refresh, since a
     * reply without the header turns the timer off [RFC 4028 9].
     */
    static String sessionTimer(SipMessage request) {
        Optional<String> wanted = request.header("session-expires");
        if (wanted.isEmpty() || !request.lists("supported", "timer")) {
            return "";
        }
        String value = wanted.get();
        int semicolon = value.indexOf(';');
        Params params = semicolon < 0 ? Params.none() : Params.parse(value.substring(semicolon));
        if (params.get("refresher").map("uas"::equalsIgnoreCase).orElse(false)) {
            return "";
        }
        String seconds = (semicolon < 0 ? value : value.substring(0, semicolon)).strip();
        if (seconds.isEmpty() || !seconds.chars().allMatch(Character::isDigit)) {
            return "";
        }
        return "Session-Expires: " + seconds + ";refresher=uac\r\nRequire: timer\r\n";
    }

    /** The whole 2xx as text, to send it again until the ACK comes [RFC 3261 13.3.1.4]. */
    static String whole2xx(ServerTransaction to, Leg leg, String headers, String body) {
        return whole(200, to, leg, headers, body);
    }

    /** The whole 183 to an INVITE, with our answer to its offer: early media [RFC 3960]. */
    public static EdgeAction early(ServerTransaction to, Leg leg, String sdp) {
        return new EdgeAction.Raw(uriOf(to.source()), whole(183, to, leg, successHeaders(leg, "") + SDP_TYPE, sdp));
    }

    private static String whole(int status, ServerTransaction to, Leg leg, String headers, String body) {
        var out = new StringBuilder(1_024);
        out.append("SIP/2.0 ").append(status).append(' ').append(phrase(status)).append("\r\n");
        to.vias().forEach(via -> out.append("Via: ").append(via).append("\r\n"));
        to.recordRoutes().forEach(route -> out.append("Record-Route: ").append(route).append("\r\n"));
        out.append("From: ")
                .append(to.from())
                .append("\r\nTo: ")
                .append(NameAddr.parse(to.to()).withTag(leg.localTag))
                .append("\r\nCall-ID: ")
                .append(leg.callId)
                .append("\r\nCSeq: ")
                .append(to.cseq())
                .append(' ')
                .append(to.method())
                .append("\r\n")
                .append(headers)
                .append("Content-Length: ")
                .append(body.getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
                .append("\r\n\r\n")
                .append(body);
        return out.toString();
    }

    /** The request of an event, kept until it is answered. */
    public static ServerTransaction transaction(EdgeEvent event, SipMessage request) {
        return new ServerTransaction(
                request.method(),
                request.cseq().number(),
                event.transaction(),
                event.control(),
                request.list("via"),
                request.headers("record-route"),
                request.required("from"),
                request.required("to"),
                event.source());
    }

    /** Who is at the other end of a leg, for the screen of the one who is joined to it [RFC 3325 9.1]. */
    public static String identity(Leg leg) {
        return "P-Asserted-Identity: " + Privacy.shown(leg) + "\r\n" + (leg.withheld ? "Privacy: id\r\n" : "");
    }

    /** A refusal as reply headers: its name for programs, its text for people [RFC 3326]; a 405 tells what is allowed. */
    public static String refusalHeaders(Refusal refusal) {
        return refusalHeaders(refusal, "");
    }

    /** The same, with who has the call instead; empty: nobody is named. */
    public static String refusalHeaders(Refusal refusal, String takenBy) {
        return "Reason: X-Mooring;cause=" + refusal.status() + ";text=\"" + refusal.text(takenBy) + "\"\r\n"
                + (takenBy.isEmpty() ? "" : "X-Mooring-Taken-By: " + takenBy + "\r\n")
                + (refusal.status() == 503 || refusal.status() == 480 ? "Retry-After: 2\r\n" : "")
                + (refusal.status() == 405 ? ALLOW : "")
                + (refusal.status() == 423 ? "Min-Expires: " + MIN_EXPIRES_SECONDS + "\r\n" : "")
                + (refusal.status() == 489 ? ALLOW_EVENTS : "");
    }

    /** A user part as it may stand in a URI: a hash may not [RFC 3261 25.1]. */
    public static String escaped(String user) {
        return user.replace("#", "%23");
    }

    /**
     * Where a call is parked, for programs, and what gets it and no other. Headers of our own: no phone stumbles over one that it
     * does not know.
     */
    static String placeHeaders(Call call) {
        return "X-Mooring-Place: " + call.place + "\r\n" + ClaimTicket.HEADER + ": " + call.ticket() + "\r\n";
    }

    /** Why a parker is hung up whose call a program has parked [RFC 3326]. */
    static String parkedReason() {
        return "Reason: X-Mooring;cause=200;text=\"the call is parked\"\r\n";
    }

    /** The standard phrase of a status, where we use it. */
    public static String phrase(int status) {
        return switch (status) {
            case 100 -> "Trying";
            case 183 -> "Session Progress";
            case 200 -> "OK";
            case 202 -> "Accepted";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 408 -> "Request Timeout";
            case 420 -> "Bad Extension";
            case 423 -> "Interval Too Brief";
            case 480 -> "Temporarily Unavailable";
            case 481 -> "Call/Transaction Does Not Exist";
            case 482 -> "Loop Detected";
            case 486 -> "Busy Here";
            case 487 -> "Request Terminated";
            case 488 -> "Not Acceptable Here";
            case 489 -> "Bad Event";
            case 491 -> "Request Pending";
            case 500 -> "Server Internal Error";
            case 504 -> "Server Time-out";
            case 503 -> "Service Unavailable";
            default -> "Refused";
        };
    }

    /** Route values without those that lead to the edge itself. */
    static List<String> routesBeyond(String socket, List<String> routes) {
        return routes.stream().filter(route -> !isOfEdge(socket, route)).toList();
    }

    /** Record-Route values of a reply before the first that leads to the edge itself: they lead to who sent it. */
    static List<String> routesUpTo(String socket, List<String> routes) {
        return routes.stream().takeWhile(route -> !isOfEdge(socket, route)).toList();
    }

    /**
     * The edge's socket towards the other side, where that is another one: a dialog that changes the transport has a route for each of both
     * sockets, which bear {@code r2=on}.
     *
     * @param socket towards the sender, {@code transport:address:port}
     */
    static Optional<String> otherSocket(String socket, List<String> routes) {
        String edge = socket.substring(socket.indexOf(':') + 1);
        return routes.stream()
                .filter(route -> isOfEdge(socket, route) && !isAt(edge, route))
                .map(route -> NameAddr.parse(route).sipUri())
                .map(uri -> uri.transport() + ":" + uri.host() + ":" + uri.portOrDefault())
                .findFirst();
    }

    private static boolean isOfEdge(String socket, String route) {
        String edge = socket.substring(socket.indexOf(':') + 1);
        SipUri uri = NameAddr.parse(route).sipUri();
        return isAt(edge, route)
                || (uri.params().get("r2").isPresent() && edge.startsWith(uri.host() + ":"));
    }

    private static boolean isAt(String hostPort, String route) {
        SipUri uri = NameAddr.parse(route).sipUri();
        return hostPort.equals(uri.host() + ":" + uri.portOrDefault());
    }
}
