package io.mooring.http;

import java.util.Locale;

/** Every refusal that our HTTP servers know, by name. The name is part of the public contract. */
public enum ProblemType {
    /** The body is not well-formed JSON, or not UTF-8. */
    MALFORMED_JSON(400, "The body is not well-formed JSON"),
    /** The body is JSON of another shape: unknown field, wrong type, missing field. */
    INVALID_BODY(400, "The body does not have the expected shape"),
    /** A parameter in the path has a wrong form. */
    INVALID_PARAMETER(400, "A parameter is wrong"),
    /** A value has the right type but is not allowed. */
    INVALID_VALUE(400, "A value is not allowed"),
    /** No token, or a wrong one. */
    UNAUTHORIZED(401, "A valid token is needed"),
    /** The token is good, but does not allow this. */
    FORBIDDEN(403, "The token does not allow this"),
    /** No such path. */
    NOT_FOUND(404, "There is nothing at this path"),
    /** The tenant does not exist. */
    UNKNOWN_TENANT(404, "There is no such tenant"),
    /** The extension does not exist. */
    UNKNOWN_EXTENSION(404, "There is no such extension"),
    /** The tenant has no such further domain. */
    UNKNOWN_DOMAIN(404, "There is no such domain"),
    /** The tenant has no such music or prompt. */
    UNKNOWN_SOUND(404, "There is no such sound"),
    /** The tenant has no such webhook. */
    UNKNOWN_WEBHOOK(404, "There is no such webhook"),
    /** A webhook was to go on after an event that is no longer kept, or to deliver one that was not given up. */
    UNKNOWN_EVENT(404, "There is no such event"),
    /** The trunk does not exist. */
    UNKNOWN_TRUNK(404, "There is no such trunk"),
    /** The ring group does not exist. */
    UNKNOWN_RING_GROUP(404, "There is no such ring group"),
    /** The park group does not exist. */
    UNKNOWN_PARK_GROUP(404, "There is no such park group"),
    /** The park policy does not exist. */
    UNKNOWN_PARK_POLICY(404, "There is no such park policy"),
    /** No policy is granted to the extension. */
    UNKNOWN_GRANT(404, "There is no such grant"),
    /** The API token does not exist. */
    UNKNOWN_TOKEN(404, "There is no such token"),
    /** The extension has no such call that is up. */
    UNKNOWN_CALL(404, "There is no such call"),
    /** The call is not parked, or not any more. */
    UNKNOWN_PARKED_CALL(404, "There is no such parked call"),
    /** The path does not know the method. */
    METHOD_NOT_ALLOWED(405, "The method is not allowed here"),
    /** The body did not come whole, or not in time. */
    INCOMPLETE_BODY(408, "The body did not come whole"),
    /** The request conflicts with what is stored. */
    CONFLICT(409, "The request conflicts with what is stored"),
    /** Something refers to what was to be deleted. */
    IN_USE(409, "It is in use"),
    /** The tenant has as many as it may have. */
    QUOTA_EXCEEDED(409, "The quota of the tenant is used up"),
    /** If-Match or If-None-Match does not hold. */
    PRECONDITION_FAILED(412, "It was changed since it was read"),
    /** The body is longer than allowed. */
    BODY_TOO_LARGE(413, "The body is too large"),
    /** The body has another media type than the operation takes. */
    UNSUPPORTED_MEDIA_TYPE(415, "The body has a media type that is not taken here"),
    /** The Idempotency-Key was used for another request. */
    IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key was used for another request"),
    /** The tenant asks more often than it may. */
    TOO_MANY_REQUESTS(429, "The tenant asks too often"),
    /** Too much is in flight. */
    OVERLOADED(503, "This node is overloaded"),
    /** The node is about to stop. */
    DRAINING(503, "This node is about to stop"),
    /** A dependency does not answer. */
    UNAVAILABLE(503, "A dependency of this node does not answer"),
    /** A defect of ours; the log has it. */
    DEFECT(503, "This node could not handle the request");

    private static final int RETRY_AFTER_SECONDS = 1;

    private final int status;
    private final String title;
    private final String urnName;

    ProblemType(int status, String title) {
        this.status = status;
        this.title = title;
        this.urnName = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** What it is about, the same for every occurrence. */
    public String title() {
        return title;
    }

    /** Last part of the URN that names it, such as {@code unknown-tenant}. */
    public String urnName() {
        return urnName;
    }

    /** When to try again, in seconds; 0 when trying again does not help. */
    public int retryAfterSeconds() {
        return status == 503 || status == 429 ? RETRY_AFTER_SECONDS : 0;
    }
}
