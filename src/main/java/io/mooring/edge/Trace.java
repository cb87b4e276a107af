package io.mooring.edge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Names of an event in the terms of OpenTelemetry and W3C Trace Context: all that is said in one SIP dialog is one trace, whose id is the
 * MD5 of its Call-ID, so that an edge and any node know it by themselves; an event is a span, its id made of the correlation.
 *
 * @param traceId 32 hexadecimal digits; empty: the message has no Call-ID
 * @param spanId 16 hexadecimal digits
 */
record Trace(String traceId, String spanId) {
    private static final int SPAN_BYTES = 8;

    static Trace of(EdgeEvent event) {
        return new Trace(callId(event.message()).map(it -> HexFormat.of().formatHex(md5(it))).orElse(""),
                HexFormat.of().formatHex(md5(event.correlation()), 0, SPAN_BYTES));
    }

    /** As it stands there [RFC 3261 8.1.1.4], also under its short name [RFC 3261 20.8]. */
    private static Optional<String> callId(String message) {
        for (int line = message.indexOf('\n') + 1; line > 0; line = message.indexOf('\n', line) + 1) {
            int feed = message.indexOf('\n', line);
            String header = message.substring(line, feed < 0 ? message.length() : feed).stripTrailing();
            if (header.isEmpty() && !message.startsWith(" ", line) && !message.startsWith("\t", line)) {
                return Optional.empty();
            }
            int colon = header.indexOf(':');
            String name = header.substring(0, Math.max(colon, 0)).stripTrailing();
            if (name.equalsIgnoreCase("Call-ID") || name.equalsIgnoreCase("i")) {
                return Optional.of(header.substring(colon + 1).strip());
            }
        }
        return Optional.empty();
    }

    private static byte[] md5(String text) {
        try {
            return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
