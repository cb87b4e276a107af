package io.mooring.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TenantValuesTest {

    @ParameterizedTest
    @ValueSource(strings = {"acme.example", "localhost", "127.0.0.1", "a-b.c", "xn--bcher-kva.example", "0.example"})
    void domains(String domain) {
        assertThat(Tenant.checkDomain(domain)).isEqualTo(domain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "-a", "a-", "Acme.example", "a_b", "a:5060", "a:ext:1", "a b",
        "*", "bücher.example", "a\n", "{s1}"})
    void noDomains(String domain) {
        assertThatThrownBy(() -> Tenant.checkDomain(domain))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo("domain"));
    }

    @Test
    void labelsAndDomainsHaveALengthLimit() {
        String label = "a".repeat(63);
        assertThat(Tenant.checkDomain(label)).isEqualTo(label);
        assertThatThrownBy(() -> Tenant.checkDomain(label + "a")).isInstanceOf(InvalidValueException.class);
        assertThatThrownBy(() -> Tenant.checkDomain((label + ".").repeat(4) + "a"))
                .isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "123456789", "1a", "*1", " 11", "١٢"})
    void noExtensions(String number) {
        assertThatThrownBy(() -> new Extension(number, "")).isInstanceOf(InvalidValueException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\r\nlines", "nul\0", "line\u2028", "\ud800"})
    void noDisplayNames(String name) {
        assertThatThrownBy(() -> new Extension("101", name))
                .isInstanceOfSatisfying(InvalidValueException.class,
                        e -> assertThat(e.field()).isEqualTo("displayName"));
    }

    @Test
    void aDisplayNameMayBeAnyText() {
        assertThat(new Extension("101", "Zoë \"Z\" 🛟").displayName()).isEqualTo("Zoë \"Z\" 🛟");
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, 192.0.2.1",
        "192.0.2.1:5060, 192.0.2.1:5060, 192.0.2.1:5060",
        "[2001:db8::1], [2001:db8:0:0:0:0:0:1], 2001:db8:0:0:0:0:0:1",
        "[2001:DB8:0::1]:5061, [2001:db8:0:0:0:0:0:1]:5061, 2001:db8:0:0:0:0:0:1:5061"})
    void trunkAddresses(String text, String shown, String edgeKey) {
        var address = TrunkAddress.parse(text);

        assertThat(address).hasToString(shown);
        assertThat(address.toEdgeKey()).isEqualTo(edgeKey);
        assertThat(TrunkAddress.parse(shown)).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "256.0.0.1", "1.2.3", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:", "::1",
        "[::1", "[::1]x", "[::ffff:192.0.2.1]", "[fe80::1%eth0]", "192.0.2.1 ", "[]", "[:::]"})
    void noTrunkAddresses(String text) {
        assertThatThrownBy(() -> TrunkAddress.parse(text))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo("address"));
    }

    /** The edge separates name and tenant by a blank. */
    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "-", "a:b", "naïve"})
    void noTrunkNames(String name) {
        assertThatThrownBy(() -> new Trunk(TrunkAddress.parse("192.0.2.1"), name, "*", false))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo("name"));
    }

    /** The expected value is md5sum's. */
    @Test
    void ha1IsThatOfDigestAuthentication() {
        assertThat(Ha1.of("101", "acme.example", "demo-101").hex()).isEqualTo("02c7ca0b2fea5a32635edf20f6649143");
        assertThat(Ha1.of("101", "acme.example", "demo-101")).hasToString("***");
        assertThat(new Ha1("ABCDEF0123456789abcdef0123456789").hex()).isEqualTo("abcdef0123456789abcdef0123456789");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short77", "line\nfeed"})
    void noPasswords(String password) {
        assertThatThrownBy(() -> Ha1.of("101", "acme.example", password))
                .isInstanceOfSatisfying(InvalidValueException.class, e -> assertThat(e.field()).isEqualTo("password"));
    }

    @Test
    void generatedPasswordsAreTakenAndDiffer() {
        String first = Ha1.generatePassword();

        assertThat(first).hasSize(20).isNotEqualTo(Ha1.generatePassword());
        assertThat(Ha1.of("101", "acme.example", first).hex()).hasSize(32);
    }
}
