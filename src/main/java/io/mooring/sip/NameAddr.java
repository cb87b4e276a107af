package io.mooring.sip;

/**
 * The value of From, To, Contact, Route, Refer-To and their like: display name, URI, header parameters
 * [RFC 3261 20.10].
 *
 * @param display display name without quotes and escapes; empty when there is none
 * @param uri the URI as written, without angle brackets
 * @param params header parameters, {@code tag} among them
 */
public record NameAddr(String display, String uri, Params params) {

    /** @throws SipParseException when there is no URI in it, or a line end, which would begin another header */
    public static NameAddr parse(String value) {
        String text = value.strip();
        if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
            throw new SipParseException("an address with a line end in it");
        }
        int open = openingAngle(text);
        if (open < 0) {
            int semicolon = text.indexOf(';');
            String uri = semicolon < 0 ? text : text.substring(0, semicolon);
            if (uri.isBlank() || uri.strip().chars().anyMatch(c -> c <= ' ' || c == '"' || c == '>')) {
                throw new SipParseException("an address without a URI");
            }
            return new NameAddr(
                    "", uri.strip(), semicolon < 0 ? Params.none() : Params.parse(text.substring(semicolon)));
        }
        int close = text.indexOf('>', open);
        if (close < 0 || close == open + 1) {
            throw new SipParseException("an address with an unclosed or empty URI");
        }
        return new NameAddr(
                unquote(text.substring(0, open).strip()),
                text.substring(open + 1, close).strip(),
                Params.parse(text.substring(close + 1)));
    }

    private static int openingAngle(String text) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '<' && !quoted) {
                return i;
            }
        }
        return -1;
    }

    private static String unquote(String text) {
        if (text.length() < 2 || text.charAt(0) != '"' || text.charAt(text.length() - 1) != '"') {
            return text;
        }
        var out = new StringBuilder();
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() - 1) {
                i++;
                c = text.charAt(i);
            }
            out.append(c);
        }
        return out.toString();
    }

    /** The tag, or the empty string. */
    public String tag() {
        return params.get("tag").orElse("");
    }

    public SipUri sipUri() {
        return SipUri.parse(uri);
    }

    public NameAddr withTag(String tag) {
        return new NameAddr(display, uri, tag.isEmpty() ? params.without("tag") : params.with("tag", tag));
    }

    @Override
    public String toString() {
        String name = display.isEmpty()
                ? ""
                : "\"" + display.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("[\\r\\n]", " ") + "\" ";
        return name + "<" + uri + ">" + params;
    }
}
