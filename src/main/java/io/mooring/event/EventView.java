package io.mooring.event;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Principal;
import io.mooring.access.Role;
import io.mooring.call.CallEvent;
import io.mooring.store.CallEvents.Kept;
import io.mooring.tenant.TenantJson;

/** An event as a reader gets it: over the API, in a stream, by a webhook. */
public final class EventView {

    private EventView() {}

    /** Whether somebody of the tenant may know of it, and we can tell. */
    public static boolean isSeenBy(Kept event, Principal principal) {
        if (event.type().isEmpty()) {
            return false;
        }
        if (principal.role() != Role.TENANT_USER) {
            return true;
        }
        String own = principal.extension().orElse("");
        return event.text("parker").equals(own) || event.text("by").equals(own) || place(event).equals("ext:" + own);
    }

    /** Where the call was. */
    public static String place(Kept event) {
        String written = event.text("place");
        return written.isEmpty() ? event.place() : written;
    }

    private static boolean isNamed(Kept event, String withheld, Principal reader) {
        return !event.json().path(withheld).asBoolean()
                || reader.role() == Role.OPERATOR
                || reader.role() == Role.TENANT_ADMIN;
    }

    /** Who did it, for this reader; one who does not want to be named knows itself. */
    public static String by(Kept event, Principal reader) {
        String by = event.text("by");
        boolean own = reader.extension().filter(by::equals).isPresent();
        return own || isNamed(event, "byWithheld", reader) ? by : "";
    }

    /** As a program gets it. Who does not want to be named, parked party or retriever, is named to administrators only. */
    public static ObjectNode json(Kept event, Principal reader) {
        boolean named = isNamed(event, "withheld", reader);
        String type = event.type().map(CallEvent.Type::slug).orElse("");
        ObjectNode json = TenantJson.object().put("id", event.id()).put("atMillis", event.atMillis()).put("type", type);
        put(json, "call", event.text("call"));
        put(json, "place", place(event));
        put(json, "parker", event.text("parker"));
        put(json, "by", by(event, reader));
        put(json, type.equals("refused") ? "dialled" : "number", named ? event.text("number") : "");
        put(json, "name", named ? event.text("name") : "");
        if (event.json().path("withheld").asBoolean()) {
            json.put("withheld", true);
        }
        if (event.json().path("byWithheld").asBoolean()) {
            json.put("byWithheld", true);
        }
        if (event.json().has("phones")) {
            json.set("phones", event.json().path("phones"));
        }
        if (event.json().has("waitedMillis") && event.json().path("waitedMillis").asLong() > 0) {
            json.put("waitedMillis", event.json().path("waitedMillis").asLong());
        }
        put(json, "reason", event.text("reason"));
        return json;
    }

    private static void put(ObjectNode json, String name, String value) {
        if (!value.isEmpty()) {
            json.put(name, value);
        }
    }
}
