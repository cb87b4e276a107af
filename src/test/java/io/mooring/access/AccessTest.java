package io.mooring.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.access.Access.Verdict;
import io.mooring.tenant.InvalidValueException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AccessTest {

    private static final Optional<String> NONE = Optional.empty();
    private static final Optional<String> ACME = Optional.of("acme.example");
    private static final Optional<String> OTHER = Optional.of("other.example");
    private static final Optional<String> OWN = Optional.of("101");

    private static final List<Principal> OF_ACME = List.of(
            new Principal("a", Role.TENANT_ADMIN, ACME, NONE),
            new Principal("r", Role.READ_ONLY, ACME, NONE),
            new Principal("u", Role.TENANT_USER, ACME, OWN));

    @ParameterizedTest
    @EnumSource(Access.class)
    void whoIsOfATenantNeverReachesAnother(Access access) {
        for (Principal principal : OF_ACME) {
            assertThat(access.judge(principal, OTHER, NONE)).isEqualTo(Verdict.UNKNOWN_TENANT);
            assertThat(access.judge(principal, OTHER, OWN)).isEqualTo(Verdict.UNKNOWN_TENANT);
        }
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void anOperatorMayDoEverything(Access access) {
        for (var tenant : List.of(NONE, ACME, OTHER)) {
            assertThat(access.judge(Principal.FIRST_OPERATOR, tenant, NONE)).isEqualTo(Verdict.ALLOWED);
        }
    }

    @ParameterizedTest
    @EnumSource(Access.class)
    void readOnlyWritesNothing(Access access) {
        boolean writes = access.name().endsWith("WRITE");
        for (Principal reader : List.of(new Principal("r", Role.READ_ONLY, ACME, NONE),
                new Principal("g", Role.READ_ONLY, NONE, NONE))) {
            assertThat(access.judge(reader, ACME, NONE) == Verdict.ALLOWED)
                    .isEqualTo(!writes && !(access == Access.GLOBAL_READ && reader.tenant().isPresent()));
        }
    }

    @Test
    void aUserIsConfinedToTheOwnExtension() {
        Principal user = OF_ACME.get(2);

        for (Access access : List.of(Access.OWN_READ, Access.OWN_WRITE)) {
            assertThat(access.judge(user, ACME, OWN)).isEqualTo(Verdict.ALLOWED);
            assertThat(access.judge(user, ACME, Optional.of("102"))).isEqualTo(Verdict.UNKNOWN_EXTENSION);
        }
        for (Access access : List.of(Access.TENANT_READ, Access.TENANT_WRITE, Access.GLOBAL_READ)) {
            assertThat(access.judge(user, ACME, OWN)).isEqualTo(Verdict.FORBIDDEN);
        }
    }

    @Test
    void roleTenantAndExtensionFitTogether() {
        refused(() -> new Principal("x", Role.OPERATOR, ACME, NONE), "tenant");
        refused(() -> new Principal("x", Role.TENANT_ADMIN, NONE, NONE), "tenant");
        refused(() -> new Principal("x", Role.TENANT_USER, ACME, NONE), "extension");
        refused(() -> new Principal("x", Role.TENANT_ADMIN, ACME, OWN), "extension");
        refused(() -> new Principal("x", Role.READ_ONLY, Optional.of("No Domain"), NONE), "domain");
        refused(() -> Role.of("root"), "role");
    }

    private static void refused(ThrowingCallable call, String field) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InvalidValueException.class,
                e -> assertThat(e.field()).isEqualTo(field));
    }

    @Test
    void tokensAreLongRandomAndKnownByTheirForm() {
        String token = ApiToken.generate();

        // 32 bytes, in base64 without padding.
        assertThat(token).matches(Pattern.compile("mooring_[A-Za-z0-9_-]{43}")).isNotEqualTo(ApiToken.generate());
        assertThat(ApiToken.looksLikeOne(token)).isTrue();
        for (String other : List.of("", "mooring_", token + "x", token.substring(1), "secret")) {
            assertThat(ApiToken.looksLikeOne(other)).isFalse();
        }
        // The expected value is sha256sum's.
        assertThat(ApiToken.hash("abc")).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
