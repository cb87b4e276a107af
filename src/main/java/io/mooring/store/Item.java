package io.mooring.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.TenantJson;

/**
 * Something that is provisioned, as it is stored.
 *
 * @param id unique among its kind in its scope
 * @param version another one after each write, never used twice
 * @param json the value
 */
public record Item(String id, String version, ObjectNode json) {

    static Item parse(String id, String stored) {
        ObjectNode envelope = TenantJson.parse(stored);
        return new Item(id, envelope.path("version").asText(), (ObjectNode) envelope.path("value"));
    }

    /** The value. */
    public <T> T as(Class<T> type) {
        return TenantJson.read(json, type);
    }
}
