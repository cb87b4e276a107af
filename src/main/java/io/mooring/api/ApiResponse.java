package io.mooring.api;

import io.mooring.store.Page;
import io.mooring.store.PutOutcome;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/**
 * What an operation answers.
 *
 * @param status HTTP status
 * @param mediaType of the body; empty without one
 * @param body may be empty
 */
record ApiResponse(int status, String mediaType, Buffer body) {

    private static final String JSON = "application/json";

    static ApiResponse ok(JsonObject body) {
        return new ApiResponse(200, JSON, body.toBuffer());
    }

    /** 201 for what is new, 200 for what was replaced. */
    static ApiResponse put(PutOutcome outcome, JsonObject body) {
        return new ApiResponse(outcome == PutOutcome.CREATED ? 201 : 200, JSON, body.toBuffer());
    }

    static ApiResponse noContent() {
        return new ApiResponse(204, "", Buffer.buffer());
    }

    static <T> ApiResponse page(ApiRequest request, Page<T> page, Function<T, JsonObject> writer) {
        var items = new JsonArray();
        page.items().forEach(item -> items.add(writer.apply(item)));
        return ok(new JsonObject()
                .put("items", items)
                .put("offset", request.offset())
                .put("limit", request.limit())
                .put("total", page.total()));
    }
}
