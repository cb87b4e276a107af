package io.mooring.config;

/**
 * A network address.
 *
 * @param host name or address; IPv6 without brackets
 * @param port 0..65535; 0 lets the system choose a port to listen on
 */
public record HostPort(String host, int port) {

    private static final int MAX_PORT = 65_535;

    /**
     * Reads {@code host:port} or {@code [IPv6]:port}.
     *
     * @throws IllegalArgumentException when it is neither; the message says what is wrong with it
     */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0 || text.indexOf('/') >= 0) {
            throw new IllegalArgumentException("must be host:port, found \"" + text + "\"");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address needs brackets, found \"" + text + "\"");
        }
        if (host.isBlank() || host.chars().anyMatch(c -> c <= ' ')) {
            throw new IllegalArgumentException("must be host:port, found \"" + text + "\"");
        }
        return new HostPort(host, port(text.substring(colon + 1), text));
    }

    /** True for {@code 0.0.0.0} and {@code ::}, which name no host that another node could reach. */
    public boolean isWildcard() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static int port(String digits, String text) {
        boolean number = !digits.isEmpty() && digits.length() <= 5
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = number ? Integer.parseInt(digits) : -1;
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("the port must be 0.." + MAX_PORT + ", found \"" + text + "\"");
        }
        return port;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
