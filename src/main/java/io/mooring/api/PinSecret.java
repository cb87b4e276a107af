package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.RetrievalPin;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Violation;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The PIN of a park policy: it can be set, kept and taken away, and nobody is shown it. Who reads a policy sees {@code ***} where there is
 * one, and who writes that keeps it.
 */
final class PinSecret {
    private static final String PIN = "pin";
    /** What is not stored, but stands for what is. */
    private static final RetrievalPin KEPT = new RetrievalPin(ExtensionOperations.MASK, 0);

    private PinSecret() {}

    /**
     * Reads the field of a policy.
     *
     * @throws InvalidValueException when it is neither digits nor what is shown instead of them
     */
    static RetrievalPin read(String text) {
        if (text.equals(ExtensionOperations.MASK)) {
            return KEPT;
        }
        if (!RetrievalPin.isPin(text)) {
            throw new InvalidValueException(PIN, "must be 4 to 10 digits, or " + ExtensionOperations.MASK
                    + " to keep the one that there is");
        }
        return RetrievalPin.of(text);
    }

    /**
     * The value with the PIN that it is to keep, if it is to.
     *
     * @param before as it is stored
     * @param at where the value stands, as {@link io.mooring.tenant.TenantRules} names it, with a dot behind it
     * @param locate finds that in the body
     */
    static <T> T keep(T value, Optional<ObjectNode> before, String at, UnaryOperator<Violation> locate) {
        if (!(value instanceof ParkPolicy policy) || !policy.pin().equals(Optional.of(KEPT))) {
            return value;
        }
        Optional<RetrievalPin> kept = before.flatMap(json -> TenantJson.read(json, ParkPolicy.class).pin());
        if (kept.isEmpty()) {
            Changes.refuse(List.of(locate.apply(Violation.of(at + PIN, "there is none to keep: give digits"))),
                    "");
        }
        @SuppressWarnings("unchecked")
        T whole = (T) policy.withPin(kept);
        return whole;
    }

    /** A stored value as it is shown. */
    static <N extends JsonNode> N hide(N value) {
        if (!(value instanceof ObjectNode json) || !json.path(PIN).isObject()) {
            return value;
        }
        @SuppressWarnings("unchecked")
        N hidden = (N) json.deepCopy().put(PIN, ExtensionOperations.MASK);
        return hidden;
    }
}
