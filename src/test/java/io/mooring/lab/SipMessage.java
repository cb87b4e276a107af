package io.mooring.lab;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A SIP message that a phone sent or received, and when. */
public final class SipMessage {

    private final SIPMessage message;
    private final boolean received;
    private final long atNanos;
    private final String text;

    SipMessage(SIPMessage message, boolean received) {
        this.message = message;
        this.received = received;
        this.atNanos = System.nanoTime();
        this.text = message.encode();
    }

    SIPMessage jain() {
        return message;
    }

    public boolean received() {
        return received;
    }

    /** {@link System#nanoTime} when the phone handled it. */
    public long atNanos() {
        return atNanos;
    }

    public boolean isRequest() {
        return message instanceof SIPRequest;
    }

    /** The method of the request, or of the request that this answers. */
    public String method() {
        return message.getCSeq().getMethod();
    }

    /** The status code; 0 for a request. */
    public int status() {
        return message instanceof SIPResponse response ? response.getStatusCode() : 0;
    }

    public String reason() {
        return message instanceof SIPResponse response ? response.getReasonPhrase() : "";
    }

    public String callId() {
        return message.getCallId().getCallId();
    }

    public long cseq() {
        return message.getCSeq().getSeqNumber();
    }

    String fromTag() {
        return Optional.ofNullable(message.getFromTag()).orElse("");
    }

    String toTag() {
        return Optional.ofNullable(message.getToTag()).orElse("");
    }

    /** The value of the first header of this name. */
    public Optional<String> header(String name) {
        return headers(name).stream().findFirst();
    }

    /** The values of all headers of this name, in order; comma-separated ones apart. */
    public List<String> headers(String name) {
        var values = new ArrayList<String>();
        for (var each = message.getHeaders(name); each.hasNext();) {
            var line = each.next().toString().strip();
            values.add(line.substring(line.indexOf(':') + 1).strip());
        }
        return values;
    }

    public String body() {
        var content = message.getRawContent();
        return content == null ? "" : new String(content, java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The session description in the body, if there is one. */
    public Optional<Sdp> sdp() {
        var type = message.getContentTypeHeader();
        return type != null && type.getContentSubType().equalsIgnoreCase("sdp") && !body().isEmpty()
                ? Optional.of(Sdp.parse(body()))
                : Optional.empty();
    }

    /** First line, CSeq and, in short, what is in the body. */
    public String summary() {
        var first = text.substring(0, Math.max(0, text.indexOf('\r')));
        var body = sdp().map(sdp -> "  | " + sdp.summary())
                .orElseGet(() -> body().isEmpty() ? "" : "  | " + body().lines().findFirst().orElse(""));
        return (received ? "<- " : "-> ") + first + "  (" + cseq() + " " + method() + ", " + callId() + ")" + body;
    }

    /** The whole message. */
    @Override
    public String toString() {
        return text;
    }
}
