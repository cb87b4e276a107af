package io.mooring.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.access.Principal;
import io.mooring.access.Role;
import io.mooring.store.CallEvents.Kept;
import io.mooring.tenant.TenantJson;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whom the history names, of a call that 102 has retrieved with {@code Privacy: id}. */
class EventPrivacyTest {
    private static final Kept RETRIEVED = new Kept("1-1", "ext:101",
            TenantJson.parse("{\"type\": \"RETRIEVED\", \"by\": \"102\", \"parker\": \"101\", \"byWithheld\": true}"));

    private static Principal reader(Role role, String extension) {
        return new Principal("token:t", role, role == Role.OPERATOR ? Optional.empty() : Optional.of("acme.example"),
                role == Role.TENANT_USER ? Optional.of(extension) : Optional.empty());
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void aRetrieverWhoWithheldItsNameIsNamedToAdministratorsOnly(Role role) {
        var seen = EventView.json(RETRIEVED, reader(role, "101"));
        boolean administers = role == Role.OPERATOR || role == Role.TENANT_ADMIN;
        assertThat(seen.toString().contains("102")).isEqualTo(administers);
        assertThat(seen.path("byWithheld").asBoolean()).isTrue();
    }

    @Test
    void itKnowsItself() {
        assertThat(EventView.json(RETRIEVED, reader(Role.TENANT_USER, "102")).path("by").asText())
                .isEqualTo("102");
    }
}
