package io.mooring.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A refusal on its way to an HTTP client (RFC 9457).
 *
 * @param type the named refusal
 * @param detail what is wrong this time, for a person; without secrets
 * @param field path of the first wrong field in the body, such as {@code featureCodes.park}, or the name of a parameter;
 *     empty when no field is to blame
 * @param errors each wrong field; may be empty
 * @param usedBy paths of what uses the thing that was to be deleted
 * @param retryAfterSeconds when to try again; 0 when that does not help
 */
public record Problem(ProblemType type, String detail, String field, List<Error> errors, List<String> usedBy,
        int retryAfterSeconds) {

    /** Media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";
    /** Names the request in answers and logs. */
    public static final String REQUEST_ID = "X-Request-Id";

    private static final String URN = "urn:mooring:problem:";

    /** Takes its own copies. */
    public Problem {
        errors = List.copyOf(errors);
        usedBy = List.copyOf(usedBy);
    }

    /**
     * One wrong field.
     *
     * @param where JSON pointer [RFC 6901] into the body, or the name of a parameter
     * @param detail what is allowed
     * @param line where it begins in a body of lines, from 1; 0 in any other
     * @param column name of the column in a body of columns; may be empty
     */
    public record Error(String where, String detail, int line, String column) {

        /** In a body that has no lines. */
        public Error(String where, String detail) {
            this(where, detail, 0, "");
        }

        /** In a body of lines and columns. */
        public static Error at(int line, String column, String detail) {
            return new Error("", "line " + line + (column.isEmpty() ? "" : ", " + column) + ": " + detail, line,
                    column);
        }

        private JsonObject json() {
            var json = new JsonObject().put(isPointer() ? "pointer" : "parameter", where).put("detail", detail);
            if (line > 0) {
                json.put("line", line);
            }
            if (!column.isEmpty()) {
                json.put("column", column);
            }
            return json;
        }

        boolean isPointer() {
            return where.isEmpty() || where.startsWith("/");
        }

        String dotted() {
            return isPointer() ? where.replaceFirst("^/", "").replace('/', '.') : where;
        }
    }

    /** A problem that no field is to blame for. */
    public Problem(ProblemType type, String detail) {
        this(type, detail, "");
    }

    /** A problem of one field. */
    public Problem(ProblemType type, String detail, String field) {
        this(type, detail, field, List.of(), List.of(), type.retryAfterSeconds());
    }

    /** A problem of several fields; one at least. */
    public Problem(ProblemType type, List<Error> errors) {
        this(type, errors.getFirst().detail(), errors.getFirst().dotted(), errors, List.of(), 0);
    }

    /** The body, with the members of RFC 9457 section 3.1 and ours where there is something to say. */
    public Buffer toBuffer() {
        return json().toBuffer();
    }

    private JsonObject json() {
        var json = new JsonObject()
                .put("type", URN + type.urnName())
                .put("title", type.title())
                .put("status", type.status())
                .put("detail", detail);
        if (!field.isEmpty()) {
            json.put("field", field);
        }
        if (!errors.isEmpty()) {
            var list = new JsonArray();
            errors.forEach(error -> list.add(error.json()));
            json.put("errors", list);
        }
        if (!usedBy.isEmpty()) {
            json.put("usedBy", new JsonArray(usedBy));
        }
        return json;
    }

    /** Ends a response with this problem, head and body in one packet. */
    public void end(HttpServerResponse response) {
        if (retryAfterSeconds > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(retryAfterSeconds));
        }
        if (type == ProblemType.UNAUTHORIZED) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        JsonObject json = json();
        String requestId = response.headers().get(REQUEST_ID);
        if (requestId != null) {
            json.put("instance", "urn:mooring:request:" + requestId);
        }
        response.setStatusCode(type.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
                .end(json.toBuffer());
    }
}
