package io.mooring.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Principal;
import io.mooring.access.Role;
import io.mooring.event.EventView;
import io.mooring.store.CallEvents.Kept;
import io.mooring.store.ConfigStore;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Webhook;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a receiver gets, as Standard Webhooks has it.
 *
 * @param id the same each time that it is sent, so that the receiver can tell a repetition
 * @param body JSON: type, timestamp, tenant, and the event as the API shows it
 */
public record Message(String id, Buffer body) {

    /** Type of what is sent to try a webhook out. */
    public static final String TEST = "test";

    /** An event. */
    static Message of(String tenant, Webhook webhook, Kept event) {
        ObjectNode data = EventView.json(event, reader(tenant, webhook));
        var crc = new CRC32();
        crc.update(tenant.getBytes(StandardCharsets.UTF_8));
        String id = "evt_" + event.id().replace('-', '_') + "_" + Long.toHexString(crc.getValue());
        return new Message(id, body(data.path("type").asText(), event.atMillis(), tenant, data));
    }

    /** What is sent to try a webhook out. */
    public static Message test(String tenant, long nowMillis) {
        return new Message("test_" + ConfigStore.newId(), body(TEST, nowMillis, tenant, TenantJson.object()));
    }

    /** Whoever makes a webhook decides whether it sees what an administrator does. */
    static Principal reader(String tenant, Webhook webhook) {
        return new Principal("webhook:" + webhook.birth(), webhook.showWithheld() ? Role.TENANT_ADMIN : Role.READ_ONLY,
                Optional.of(tenant), Optional.empty());
    }

    private static Buffer body(String type, long atMillis, String tenant, ObjectNode data) {
        ObjectNode json = TenantJson.object()
                .put("type", type)
                .put("timestamp", Instant.ofEpochMilli(atMillis).toString())
                .put("tenant", tenant);
        json.set("data", data);
        return Buffer.buffer(json.toString());
    }

    /** With a signature of this moment. */
    public MultiMap headers(SigningSecret secret, long nowMillis) {
        long seconds = nowMillis / 1_000;
        return MultiMap.caseInsensitiveMultiMap()
                .add("Content-Type", "application/json")
                .add("User-Agent", "Mooring")
                .add("webhook-id", id)
                .add("webhook-timestamp", Long.toString(seconds))
                .add("webhook-signature", secret.sign(id, seconds, body));
    }
}
