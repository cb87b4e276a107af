package io.mooring.sip;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One SIP request or reply as it came, parsed as far as a transaction user needs it [RFC 3261 7].
 *
 * <p>Header names are compared without case and compact forms are resolved; order and text of the values are kept.
 */
public final class SipMessage {
    private static final Map<String, String> COMPACT = Map.ofEntries(
            Map.entry("i", "call-id"),
            Map.entry("m", "contact"),
            Map.entry("e", "content-encoding"),
            Map.entry("l", "content-length"),
            Map.entry("c", "content-type"),
            Map.entry("f", "from"),
            Map.entry("s", "subject"),
            Map.entry("k", "supported"),
            Map.entry("t", "to"),
            Map.entry("v", "via"),
            Map.entry("r", "refer-to"),
            Map.entry("b", "referred-by"),
            Map.entry("o", "event"),
            Map.entry("u", "allow-events"),
            Map.entry("x", "session-expires"));

    private record Header(String name, String value) {}

    /** A CSeq header: number and method [RFC 3261 20.16]. */
    public record CSeq(long number, String method) {}

    private final String method;
    private final String requestUri;
    private final int status;
    private final String reason;
    private final List<Header> headers;
    private final String body;

    private SipMessage(
            String method, String requestUri, int status, String reason, List<Header> headers, String body) {
        this.method = method;
        this.requestUri = requestUri;
        this.status = status;
        this.reason = reason;
        this.headers = headers;
        this.body = body;
    }

    /** @throws SipParseException when it is no SIP message */
    public static SipMessage parse(String text) {
        int at = 0;
        while (text.startsWith("\r\n", at)) {
            at += 2;
        }
        int lineEnd = lineEnd(text, at);
        String first = text.substring(at, lineEnd).strip();
        var headers = new ArrayList<Header>();
        at = next(text, lineEnd);
        while (at < text.length()) {
            lineEnd = lineEnd(text, at);
            if (lineEnd == at || text.substring(at, lineEnd).equals("\r")) {
                at = next(text, lineEnd);
                break;
            }
            String line = text.substring(at, lineEnd);
            at = next(text, lineEnd);
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                lineEnd = lineEnd(text, at);
                line += " " + text.substring(at, lineEnd).strip();
                at = next(text, lineEnd);
            }
            if (line.indexOf('\r') >= 0 || line.indexOf('\0') >= 0) {
                // Some parsers take a lone CR for the end of a line: passed on, it would begin a header of its own.
                throw new SipParseException("a header line with a control character");
            }
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new SipParseException("a header line without a colon");
            }
            String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            headers.add(new Header(
                    COMPACT.getOrDefault(name, name), line.substring(colon + 1).strip()));
        }
        String body = at < text.length() ? text.substring(at) : "";
        if (first.startsWith("SIP/2.0 ")) {
            String[] parts = first.split(" ", 3);
            return new SipMessage("", "", number(parts[1]), parts.length > 2 ? parts[2] : "", headers, body);
        }
        String[] parts = first.split(" ");
        if (parts.length != 3 || parts[1].isEmpty() || !parts[2].equals("SIP/2.0")) {
            throw new SipParseException("no SIP start line");
        }
        return new SipMessage(parts[0], parts[1], 0, "", headers, body);
    }

    private static int number(String text) {
        try {
            int status = Integer.parseInt(text);
            if (status >= 100 && status <= 699) {
                return status;
            }
        } catch (NumberFormatException e) {
            throw new SipParseException("a status that is no number");
        }
        throw new SipParseException("a status out of range");
    }

    private static int lineEnd(String text, int from) {
        int end = text.indexOf('\n', from);
        if (end < 0) {
            return text.length();
        }
        return end > from && text.charAt(end - 1) == '\r' ? end - 1 : end;
    }

    private static int next(String text, int lineEnd) {
        int newline = text.indexOf('\n', lineEnd);
        return newline < 0 ? text.length() : newline + 1;
    }

    public boolean isRequest() {
        return !method.isEmpty();
    }

    /** Method of a request; empty for a reply. */
    public String method() {
        return method;
    }

    public String requestUri() {
        return requestUri;
    }

    /** Status of a reply; 0 for a request. */
    public int status() {
        return status;
    }

    public String reason() {
        return reason;
    }

    public String body() {
        return body;
    }

    /** True when the body is an SDP. */
    public boolean hasSdp() {
        return !body.isBlank()
                && header("content-type")
                        .map(t -> t.toLowerCase(Locale.ROOT).startsWith("application/sdp"))
                        .orElse(false);
    }

    /** First value of a header, by its long name. */
    public Optional<String> header(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        for (Header header : headers) {
            if (header.name.equals(key)) {
                return Optional.of(header.value);
            }
        }
        return Optional.empty();
    }

    /** All values of a header in their order, as they stand, one a line. */
    public List<String> headers(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        var values = new ArrayList<String>();
        for (Header header : headers) {
            if (header.name.equals(key)) {
                values.add(header.value);
            }
        }
        return values;
    }

    /** All values of a list header (Route, Record-Route, Via, Supported), split at commas. */
    public List<String> list(String name) {
        var values = new ArrayList<String>();
        for (String line : headers(name)) {
            for (String part : Params.splitOutside(line, ',')) {
                if (!part.isBlank()) {
                    values.add(part.strip());
                }
            }
        }
        return values;
    }

    /** True when a list header names the option, without case ({@code Supported: timer}). */
    public boolean lists(String name, String option) {
        return list(name).stream().anyMatch(option::equalsIgnoreCase);
    }

    /** @throws SipParseException when it is missing or empty */
    public String required(String name) {
        return header(name).filter(value -> !value.isEmpty())
                .orElseThrow(() -> new SipParseException("no " + name + " header"));
    }

    public String callId() {
        return required("call-id");
    }

    /** @throws SipParseException when it is missing or malformed */
    public CSeq cseq() {
        String[] parts = required("cseq").strip().split("\\s+");
        try {
            if (parts.length == 2) {
                long number = Long.parseLong(parts[0]);
                if (number >= 0 && number < 1L << 31) {
                    return new CSeq(number, parts[1]);
                }
            }
        } catch (NumberFormatException e) {
            throw new SipParseException("a CSeq that is no number");
        }
        throw new SipParseException("a malformed CSeq");
    }

    public NameAddr from() {
        return NameAddr.parse(required("from"));
    }

    public NameAddr to() {
        return NameAddr.parse(required("to"));
    }

    /** The first Contact, if there is one that is no {@code *}. */
    public Optional<NameAddr> contact() {
        return list("contact").stream().filter(c -> !c.equals("*")).findFirst().map(NameAddr::parse);
    }
}
