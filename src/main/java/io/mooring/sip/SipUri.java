package io.mooring.sip;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A SIP or SIPS URI [RFC 3261 19.1]: {@code sip:user@host:port;params?headers}.
 *
 * @param scheme {@code sip} or {@code sips}
 * @param user user part as written (still escaped), empty when there is none; a password stays in it
 * @param host host, IPv6 in brackets, lower case
 * @param port port, or 0 when none is written
 * @param params URI parameters
 * @param headers header part, unescaped (Replaces in a Refer-To)
 */
public record SipUri(String scheme, String user, String host, int port, Params params, Map<String, String> headers) {

    /** @throws SipParseException when the text is no SIP URI */
    public static SipUri parse(String text) {
        String rest = text.strip();
        int colon = rest.indexOf(':');
        if (colon < 0) {
            throw new SipParseException("a URI without a scheme");
        }
        String scheme = rest.substring(0, colon).toLowerCase(Locale.ROOT);
        if (!scheme.equals("sip") && !scheme.equals("sips")) {
            throw new SipParseException("a URI that is neither sip nor sips");
        }
        rest = rest.substring(colon + 1);
        Map<String, String> headers = Map.of();
        int at = rest.indexOf('@');
        int question = rest.indexOf('?', Math.max(at, 0));
        if (question >= 0) {
            headers = parseHeaders(rest.substring(question + 1));
            rest = rest.substring(0, question);
        }
        String user = "";
        if (at == 0) {
            // Written again without the @, a later one would make a user of the host.
            throw new SipParseException("a URI with an empty user");
        }
        if (at > 0) {
            user = rest.substring(0, at);
            rest = rest.substring(at + 1);
        }
        Params params = Params.none();
        int semicolon = rest.indexOf(';');
        if (semicolon >= 0) {
            params = Params.parse(rest.substring(semicolon));
            rest = rest.substring(0, semicolon);
        }
        String host = rest;
        int port = 0;
        int portColon = rest.startsWith("[") ? rest.indexOf(':', Math.max(rest.indexOf(']'), 0)) : rest.indexOf(':');
        if (portColon >= 0) {
            host = rest.substring(0, portColon);
            port = parsePort(rest.substring(portColon + 1));
        }
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == '<' || c == '>' || c == '"' || c == '@')) {
            throw new SipParseException("a URI without a valid host");
        }
        if (host.startsWith("[") != host.endsWith("]")) {
            throw new SipParseException("a URI with half an IPv6 address");
        }
        return new SipUri(scheme, user, host.toLowerCase(Locale.ROOT), port, params, headers);
    }

    private static int parsePort(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65_536) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new SipParseException("a URI with a port that is no number");
        }
        throw new SipParseException("a URI with a port out of range");
    }

    private static Map<String, String> parseHeaders(String text) {
        var headers = new LinkedHashMap<String, String>();
        for (String part : text.split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                String value = unescape(part.substring(equals + 1));
                if (value.chars().anyMatch(Character::isISOControl)) {
                    // They end up in requests of ours: %0D%0A would be a header of its own.
                    throw new SipParseException("a URI with control characters in its headers");
                }
                headers.putIfAbsent(unescape(part.substring(0, equals)).toLowerCase(Locale.ROOT), value);
            }
        }
        return headers;
    }

    /** Percent escapes resolved [RFC 3261 19.1.2]; a broken escape stays as it is. */
    public static String unescape(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        var bytes = new java.io.ByteArrayOutputStream(text.length());
        byte[] raw = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '%' && i + 2 < raw.length) {
                int high = Character.digit(raw[i + 1], 16);
                int low = Character.digit(raw[i + 2], 16);
                if (high >= 0 && low >= 0) {
                    bytes.write(high << 4 | low);
                    i += 2;
                    continue;
                }
            }
            bytes.write(raw[i]);
        }
        return bytes.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The user part unescaped: {@code %2A68} is {@code *68}. */
    public String plainUser() {
        return unescape(user);
    }

    public SipUri withParams(Params newParams) {
        return new SipUri(scheme, user, host, port, newParams, headers);
    }

    public SipUri withoutHeaders() {
        return new SipUri(scheme, user, host, port, params, Map.of());
    }

    /** Transport to reach it by: the parameter, else {@code udp} ({@code tls} for sips), lower case. */
    public String transport() {
        return params.get("transport")
                .map(t -> t.toLowerCase(Locale.ROOT))
                .orElse(scheme.equals("sips") ? "tls" : "udp");
    }

    /** The port, or the default of the scheme. */
    public int portOrDefault() {
        return port != 0 ? port : scheme.equals("sips") || transport().equals("tls") ? 5061 : 5060;
    }

    /** Headers are left out: they have no place in a Request-URI [RFC 3261 19.1.5]. */
    @Override
    public String toString() {
        return scheme + ":" + (user.isEmpty() ? "" : user + "@") + host + (port == 0 ? "" : ":" + port) + params;
    }
}
