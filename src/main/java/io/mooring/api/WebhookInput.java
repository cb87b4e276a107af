package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.Webhook;
import io.mooring.webhook.SigningSecret;
import java.util.Optional;

/**
 * A webhook as a body has it.
 *
 * @param webhook without secret and origin
 * @param secret that the body brings
 * @param saysSecret whether it says anything of it: when it brings none, it says that there is one to be kept
 */
record WebhookInput(Webhook webhook, Optional<SigningSecret> secret, boolean saysSecret) {

    /** A stored webhook as it is shown; anything else as it is. */
    static <N extends JsonNode> N hide(N value) {
        if (!(value instanceof ObjectNode json) || !json.has("birth")) {
            return value;
        }
        ObjectNode hidden = json.deepCopy().put("secret", ExtensionOperations.MASK);
        hidden.remove("birth");
        hidden.remove("since");
        @SuppressWarnings("unchecked")
        N shown = (N) hidden;
        return shown;
    }
}
