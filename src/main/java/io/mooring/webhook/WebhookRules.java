package io.mooring.webhook;

import io.mooring.config.Cidr;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Webhook;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where webhooks may go. A tenant names the address, and our node is inside the operator's network: so only addresses of the public
 * Internet, by the registries of IANA (RFC 6890), unless the operator allows a network.
 *
 * @param plainHttp whether {@code http} will do
 * @param allowed networks that may be posted to although they are not public
 */
public record WebhookRules(boolean plainHttp, List<Cidr> allowed) {

    /** Of IPv4, all that is not one host of the Internet: special-purpose registry of IANA, multicast, and the rest. */
    private static final List<Cidr> NOT_PUBLIC_V4 = networks("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
            "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3");
    /** Of IPv6, all that is in use. */
    private static final Cidr GLOBAL_V6 = Cidr.parse("2000::/3");
    /** Of that, what is not one host: Teredo and other protocols, documentation, 6to4. */
    private static final List<Cidr> NOT_PUBLIC_V6 = networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
    /** What holds an IPv4 address in its last 32 bits, and is sent there: NAT64 [RFC 6052]. */
    private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");

    /** Takes its own copy. */
    public WebhookRules {
        allowed = List.copyOf(allowed);
    }

    private static List<Cidr> networks(String... texts) {
        return Stream.of(texts).map(Cidr::parse).toList();
    }

    /** True when it may be posted to. An IPv4 address that is written as one of IPv6 counts as what it is. */
    public boolean permits(InetAddress address) {
        return allowed.stream().anyMatch(network -> network.contains(address)) || isPublic(address);
    }

    private boolean isPublic(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return NOT_PUBLIC_V4.stream().noneMatch(network -> network.contains(address));
        }
        if (NAT64.contains(address)) {
            return permits(lastFour(address));
        }
        return GLOBAL_V6.contains(address) && NOT_PUBLIC_V6.stream().noneMatch(network -> network.contains(address));
    }

    private static InetAddress lastFour(InetAddress address) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /**
     * Passes a webhook that could be sent as far as its URL tells; what a name stands for is looked at when it is sent.
     *
     * @throws InvalidValueException when its scheme or its address is not allowed
     */
    public void check(Webhook webhook) {
        URI uri = webhook.uri();
        if (!plainHttp && !uri.getScheme().equals("https")) {
            throw new InvalidValueException("url", "must be https");
        }
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(Webhook.host(uri));
        try {
            if (literal != null && !permits(InetAddress.getByAddress(literal))) {
                throw new InvalidValueException("url", "must not be an address of a private or special network");
            }
        } catch (UnknownHostException e) {
            throw new InvalidValueException("url", "must be an address that there is");
        }
    }
}
