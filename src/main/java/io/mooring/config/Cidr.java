package io.mooring.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Objects;

/**
 * A network: an address and the length of its prefix [RFC 4632 3.1, RFC 4291 2.3]. Netty's own rule for networks takes fe80::1 to be in
 * 2000::/3.
 */
public final class Cidr {
    private final String text;
    private final byte[] network;
    private final int prefix;

    private Cidr(String text, byte[] network, int prefix) {
        this.text = text;
        this.network = network;
        this.prefix = prefix;
    }

    /**
     * Reads {@code 10.0.0.0/8} or {@code fd00::/8}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Cidr parse(String text) {
        String[] parts = text.strip().split("/", -1);
        boolean v4 = NetUtil.isValidIpV4Address(parts[0]);
        if (parts.length == 2 && (v4 || NetUtil.isValidIpV6Address(parts[0])) && parts[1].matches("[0-9]{1,3}")) {
            byte[] network = Objects.requireNonNull(NetUtil.createByteArrayFromIpAddressString(parts[0]));
            int prefix = Integer.parseInt(parts[1]);
            if (prefix <= network.length * Byte.SIZE) {
                return new Cidr(text.strip(), network, prefix);
            }
        }
        throw new IllegalArgumentException("must be networks such as 10.0.0.0/8 or fd00::/8, comma between, found \""
                + text.strip() + "\"");
    }

    /** True when the address is in it; an IPv4 address is in no IPv6 network. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((bytes[bit / Byte.SIZE] & mask) != (network[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
