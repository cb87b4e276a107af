package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Checks a body against a schema of the contract: the part of JSON Schema that the contract uses. */
record SchemaCheck(JsonObject contract) {

    JsonObject resolve(JsonObject object) {
        String reference = object.getString("$ref");
        if (reference == null) {
            return object;
        }
        JsonObject found = contract;
        for (String step : List.of(reference.substring(2).split("/"))) {
            found = found.getJsonObject(step);
        }
        return resolve(found);
    }

    /** Strict: what the contract does not name is an error, where it says so. */

    void check(JsonObject reference, Object value) {
        JsonObject schema = resolve(reference);
        schema.getJsonArray("allOf", new JsonArray()).forEach(part -> check((JsonObject) part, value));
        switch (schema.getString("type", "")) {
            case "object" -> checkObject(schema, (JsonObject) value);
            case "array" -> ((JsonArray) value).forEach(item -> check(schema.getJsonObject("items"), item));
            case "string" -> {
                assertThat(value).isInstanceOf(String.class);
                if (schema.containsKey("enum")) {
                    assertThat(schema.getJsonArray("enum")).contains((String) value);
                }
                if (schema.containsKey("pattern")) {
                    assertThat((String) value).containsPattern(schema.getString("pattern"));
                }
            }
            case "integer" -> assertThat(value).isInstanceOfAny(Integer.class, Long.class);
            case "boolean" -> assertThat(value).isInstanceOf(Boolean.class);
            default -> assertThat(schema.containsKey("allOf") || schema.containsKey("description")).isTrue();
        }
    }

    private void checkObject(JsonObject schema, JsonObject value) {
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        Object more = schema.getValue("additionalProperties", true);
        schema.getJsonArray("required", new JsonArray())
                .forEach(name -> assertThat(value.fieldNames()).contains((String) name));
        for (var field : value) {
            if (properties.containsKey(field.getKey())) {
                check(properties.getJsonObject(field.getKey()), field.getValue());
            } else if (more instanceof JsonObject described) {
                check(described, field.getValue());
            } else {
                assertThat(more).as(field.getKey() + " is not in the contract").isEqualTo(true);
            }
        }
    }
}
