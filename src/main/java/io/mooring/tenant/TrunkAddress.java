package io.mooring.tenant;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a trunk sends from: an IP address, of any port or of one.
 *
 * @param host IPv4, or IPv6 in full without brackets, as the edge writes it
 * @param port 1..65535, or 0 for any port
 */
public record TrunkAddress(String host, int port) {

    private static final Pattern IPV4 = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::([0-9]{1,5}))?");
    private static final Pattern IPV6 = Pattern.compile("\\[([0-9a-fA-F:.]+)\\](?::([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;
    private static final String RULE = "must be an IP address, and may have a port: 192.0.2.1, 192.0.2.1:5060, [2001:db8::1] or [2001:db8::1]:5060";

    /**
     * Reads {@code 192.0.2.1}, {@code 192.0.2.1:5060}, {@code [2001:db8::1]} or {@code [2001:db8::1]:5060}.
     *
     * @throws InvalidValueException when it is none of these
     */
    public static TrunkAddress parse(String text) {
        Matcher v4 = IPV4.matcher(text);
        Matcher v6 = IPV6.matcher(text);
        if (v4.matches()) {
            return new TrunkAddress(literal(v4.group(1)), port(v4.group(2)));
        }
        if (v6.matches()) {
            return new TrunkAddress(literal(v6.group(1)), port(v6.group(2)));
        }
        throw new InvalidValueException("address", RULE);
    }

    /** {@code host} or {@code host:port}, without brackets: how the edge asks for it. */
    public String toEdgeKey() {
        return port == 0 ? host : host + ":" + port;
    }

    @Override
    public String toString() {
        String bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return port == 0 ? bracketed : bracketed + ":" + port;
    }

    private static String literal(String host) {
        try {
            InetAddress address = InetAddress.ofLiteral(host);
            if (host.indexOf(':') >= 0 && !(address instanceof Inet6Address)) {
                throw new InvalidValueException("address", "write an IPv4 address as IPv4");
            }
            return address.getHostAddress();
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException("address", RULE);
        }
    }

    private static int port(@Nullable String digits) {
        if (digits == null) {
            return 0;
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > MAX_PORT) {
            throw new InvalidValueException("address", "the port must be 1.." + MAX_PORT);
        }
        return port;
    }
}
