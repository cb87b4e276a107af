package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.Cidr;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Webhook;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where webhooks may go. */
class WebhookRulesTest {
    private static final WebhookRules STRICT = new WebhookRules(false, List.of());

    private static Webhook to(String url) {
        return new Webhook("", url, List.of(), false, true, "", "", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::7f00:1", "fe80::1", "fec0::1", "fc00::1",
        "fd12:3456::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "4000::1"})
    void whatIsNotOneHostOfTheInternetIsRefused(String address) throws UnknownHostException {
        assertThat(STRICT.permits(InetAddress.getByName(address))).isFalse();
        String literal = address.contains(":") ? "[" + address + "]" : address;
        assertThatThrownBy(() -> STRICT.check(to("https://" + literal + "/x")))
                .isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.0.1.1",
        "223.255.255.255", "11.0.0.1", "169.253.0.1", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808",
        "::ffff:8.8.8.8"})
    void hostsOfTheInternetArePermitted(String address) throws UnknownHostException {
        assertThat(STRICT.permits(InetAddress.getByName(address))).isTrue();
    }

    @Test
    void theOperatorAllowsNetworks() throws UnknownHostException {
        var rules = new WebhookRules(true, List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("fd00:1::/32")));
        assertThat(rules.permits(InetAddress.getByName("10.1.2.3"))).isTrue();
        assertThat(rules.permits(InetAddress.getByName("64:ff9b::a01:203"))).isTrue();
        assertThat(rules.permits(InetAddress.getByName("10.2.0.1"))).isFalse();
        assertThat(rules.permits(InetAddress.getByName("fd00:1::5"))).isTrue();
        assertThat(rules.permits(InetAddress.getByName("fd00:2::5"))).isFalse();
        assertThat(rules.permits(InetAddress.getByName("127.0.0.1"))).isFalse();
        assertThatCode(() -> rules.check(to("http://10.1.2.3/x"))).doesNotThrowAnyException();
    }

    @Test
    void withoutTheOperatorsLeaveItIsHttps() {
        assertThatCode(() -> STRICT.check(to("HTTPS://crm.example.com:8443/x?y=z"))).doesNotThrowAnyException();
        assertThatThrownBy(() -> STRICT.check(to("http://crm.example.com/"))).isInstanceOf(InvalidValueException.class)
                .hasMessageContaining("https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "https:", "https:///x", "ftp://a.example/", "https://user@a.example/",
        "https://u:p@a.example/", "https://a.example/#x", "https://a.example:0/", "https://a.example:70000/",
        "https://a b.example/", "https://ä.example/", "file:///etc/passwd", "https://a_b.example/", "//a.example/"})
    void whatIsNoUrl(String url) {
        assertThatThrownBy(() -> to(url)).isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "fd00::/129", "x/8", "10.0.0.0/8/8", "10.0.0/8", "/8", ""})
    void whatIsNoNetwork(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
