package io.mooring.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/**
 * A refusal on its way to an HTTP client (RFC 9457).
 *
 * @param type the named refusal
 * @param detail what is wrong this time, for a person; without secrets
 * @param field path of the wrong field in the body, such as {@code featureCodes.park}, or the name of a parameter; empty
 *     when no field is to blame
 */
public record Problem(ProblemType type, String detail, String field) {

    /** Media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private static final String URN = "urn:mooring:problem:";

    /** A problem that no field is to blame for. */
    public Problem(ProblemType type, String detail) {
        this(type, detail, "");
    }

    /** The body, with the members of RFC 9457 section 3.1 and {@code field} where there is one. */
    public Buffer toBuffer() {
        var json = new JsonObject()
                .put("type", URN + type.urnName())
                .put("title", type.title())
                .put("status", type.status())
                .put("detail", detail);
        if (!field.isEmpty()) {
            json.put("field", field);
        }
        return json.toBuffer();
    }

    /** Ends a response with this problem, head and body in one packet. */
    public void end(HttpServerResponse response) {
        if (type.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(type.retryAfterSeconds()));
        }
        if (type == ProblemType.UNAUTHORIZED) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        response.setStatusCode(type.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
                .end(toBuffer());
    }
}
