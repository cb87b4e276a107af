package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.Draft;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.TenantJson;
import java.util.Optional;

/** What a change of several things of a tenant did to each, for the answer and for the audit. */
final class ChangeReport {

    private final Changes changes;
    private final ApiRequest request;
    private final Draft draft;
    private final String domain;
    private final ArrayNode list = TenantJson.object().putArray("changes");

    ChangeReport(Changes changes, ApiRequest request, Draft draft, String domain) {
        this.changes = changes;
        this.request = request;
        this.draft = draft;
        this.domain = domain;
    }

    /**
     * Notes a change.
     *
     * @param path below the tenant; empty for the tenant itself
     */
    void note(String path, Optional<ObjectNode> before, Optional<ObjectNode> after) {
        ObjectNode change = list.addObject()
                .put("change", before.isEmpty() ? "created" : after.isEmpty() ? "deleted" : "replaced")
                .put("path", path);
        before.ifPresent(value -> change.set("before", WebhookInput.hide(PinSecret.hide(value))));
        after.ifPresent(value -> change.set("after", WebhookInput.hide(PinSecret.hide(value))));
        changes.audit(request, draft, Scope.of(domain),
                TenantOperations.path(domain) + (path.isEmpty() ? "" : "/" + path), before, after);
    }

    /**
     * What became of an extension.
     *
     * @param change {@code created}, {@code replaced} or {@code unchanged}
     * @param password the one that was generated, which is kept nowhere
     */
    record Put(String change, Optional<String> password) {}

    /**
     * Puts an extension into the draft, and notes that.
     *
     * @param given empty: it keeps the password that it has, and a new one gets one
     */
    Put putExtension(Extension extension, Optional<ObjectNode> before, Optional<Ha1> given) {
        String number = extension.number();
        String path = Kind.EXTENSION.key() + "/" + number;
        ObjectNode after = TenantJson.write(extension);
        Optional<String> generated = before.isEmpty() && given.isEmpty()
                ? Optional.of(Ha1.generatePassword())
                : Optional.empty();
        given.or(() -> generated.map(it -> Ha1.of(number, domain, it)))
                .ifPresent(it -> draft.putCredentials(domain, number, it));
        if (!before.equals(Optional.of(after))) {
            draft.put(Scope.of(domain), Kind.EXTENSION, number, extension, before);
            note(path, before, Optional.of(after));
        } else if (given.isPresent()) {
            note(path, before, Optional.of(after.put("password", ExtensionOperations.MASK)));
        } else {
            return new Put("unchanged", generated);
        }
        return new Put(before.isEmpty() ? "created" : "replaced", generated);
    }

    /** As the contract has it. */
    ArrayNode changes() {
        return list;
    }
}
