package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.TenantJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operation answers.
 *
 * @param status HTTP status
 * @param mediaType of the body; empty without one
 * @param body may be empty
 * @param etag version of what is shown, without quotes; empty when it has none
 * @param live writes the body as it comes, instead of {@code body}
 */
record ApiResponse(int status, String mediaType, Buffer body, String etag, @Nullable Live live) {

    /** A body that has no end yet. */
    @FunctionalInterface
    interface Live {

        /** Goes on with a response whose head has been sent. */
        void begin(HttpServerResponse response);
    }

    ApiResponse(int status, String mediaType, Buffer body, String etag) {
        this(status, mediaType, body, etag, null);
    }

    private static final String JSON = "application/json";

    static ApiResponse ok(JsonNode body) {
        return of(200, body, "");
    }

    /** An object that has a version. */
    static ApiResponse of(int status, JsonNode body, String etag) {
        return new ApiResponse(status, JSON, Buffer.buffer(body.toString()), etag);
    }

    static ApiResponse noContent() {
        return new ApiResponse(204, "", Buffer.buffer(), "");
    }

    /** @param next id of the last entry when there are more; else empty */
    static ApiResponse page(List<ObjectNode> items, String next) {
        return ok(pageOf(items, next));
    }

    /** The body of a page. */
    static ObjectNode pageOf(List<ObjectNode> items, String next) {
        ObjectNode page = TenantJson.object();
        ArrayNode list = page.putArray("items");
        items.forEach(list::add);
        if (!next.isEmpty()) {
            page.put("next", ApiRequest.cursor(next));
        }
        return page;
    }
}
