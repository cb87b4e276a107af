package io.mooring.sip;

/**
 * A Replaces header: the dialog that an INVITE takes the place of [RFC 3891 6.1].
 *
 * @param toTag tag of the side that receives the INVITE
 */
public record Replaces(String callId, String toTag, String fromTag, boolean earlyOnly) {

    /** @throws SipParseException when the Call-ID or a tag is missing */
    public static Replaces parse(String value) {
        int semicolon = value.indexOf(';');
        if (semicolon <= 0 || value.substring(0, semicolon).isBlank()) {
            throw new SipParseException("a Replaces without a Call-ID or tags");
        }
        Params params = Params.parse(value.substring(semicolon));
        String toTag = params.get("to-tag").orElse("");
        String fromTag = params.get("from-tag").orElse("");
        if (toTag.isEmpty() || fromTag.isEmpty()) {
            throw new SipParseException("a Replaces without both tags");
        }
        return new Replaces(value.substring(0, semicolon).strip(), toTag, fromTag, params.has("early-only"));
    }

    @Override
    public String toString() {
        return callId + ";to-tag=" + toTag + ";from-tag=" + fromTag + (earlyOnly ? ";early-only" : "");
    }
}
