package io.mooring.sip;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key in an INFO, as phones send it: {@code application/dtmf-relay} with lines {@code Signal=5} and {@code Duration=160} (Cisco), or
 * {@code application/dtmf} with the key alone.
 */
public final class DtmfInfo {
    private static final Pattern SIGNAL = Pattern.compile("(?im)^\\s*signal\\s*=\\s*([0-9*#]{1,2})\\s*$");
    private static final Pattern ALONE = Pattern.compile("\\s*([0-9*#]{1,2})\\s*");

    private DtmfInfo() {}

    /** The key: 0 to 9, {@code *} or {@code #}; empty when the INFO is about something else. */
    public static Optional<Character> key(SipMessage info) {
        String type = info.header("content-type").orElse("").split(";", 2)[0].strip();
        Matcher found = switch (type.toLowerCase(java.util.Locale.ROOT)) {
            case "application/dtmf-relay" -> SIGNAL.matcher(info.body());
            case "application/dtmf" -> ALONE.matcher(info.body());
            default -> null;
        };
        boolean matches = found != null && (found.pattern() == SIGNAL ? found.find() : found.matches());
        return matches && found != null ? named(found.group(1)) : Optional.empty();
    }

    /** Some phones number the two keys as RFC 4733 does. */
    private static Optional<Character> named(String signal) {
        return switch (signal) {
            case "10" -> Optional.of('*');
            case "11" -> Optional.of('#');
            default -> signal.length() == 1 ? Optional.of(signal.charAt(0)) : Optional.empty();
        };
    }
}
