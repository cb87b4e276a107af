package io.mooring.api;

import io.mooring.access.Access;
import io.mooring.http.BoundedBody;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ConfigStore;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** What a request says, and how it is answered, in HTTP. */
final class Messages {

    /** Whoever sends slower shall not keep others waiting. */
    private static final int BODY_SECONDS = 10;
    /** What is left of a body that is not wanted is read away up to here, so that who sends it can read the refusal. */
    private static final int READ_AWAY_BYTES = 2 * 1_024 * 1_024;
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,9}");

    private Messages() {}

    static String requestId(HttpServerRequest request) {
        String given = request.getHeader(Problem.REQUEST_ID);
        return given != null && REQUEST_ID.matcher(given).matches() ? given : ConfigStore.newId();
    }

    /** Address of the client, or of what stands in front of us. */
    static String from(HttpServerRequest request) {
        var address = request.remoteAddress();
        return address == null ? "" : String.valueOf(address.hostAddress());
    }

    static MultiMap query(HttpServerRequest request, OperationId operation) {
        MultiMap query = MultiMap.caseInsensitiveMultiMap();
        for (var parameter : request.params()) {
            if (!operation.hasQuery(parameter.getKey()) || query.contains(parameter.getKey())) {
                throw new ProblemException(ProblemType.INVALID_PARAMETER, "is not a parameter of this operation, or is"
                        + " there twice", parameter.getKey());
            }
            query.add(parameter.getKey(), parameter.getValue());
        }
        return query;
    }

    /** The body, which was paused until now. Waits for it. */
    static Buffer body(HttpServerRequest request, OperationId operation) {
        int limit = operation.takes().bodyLimitBytes();
        if (limit == 0) {
            request.resume();
            return Buffer.buffer();
        }
        String type = String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE));
        String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!operation.takes().mediaTypes().contains(plain)) {
            throw new ProblemException(ProblemType.UNSUPPORTED_MEDIA_TYPE,
                    "send Content-Type: " + operation.takes().mediaTypes().iterator().next());
        }
        Future<Buffer> body = BoundedBody.read(request, limit);
        if (waitsForContinue(request) && !body.failed()) {
            request.response().writeContinue();
        }
        request.resume();
        return body.timeout(BODY_SECONDS, TimeUnit.SECONDS)
                .recover(failure -> Future.failedFuture(failure instanceof ProblemException
                        ? failure
                        : new ProblemException(ProblemType.INCOMPLETE_BODY,
                                "it did not come whole within " + BODY_SECONDS + " s")))
                .await();
    }

    /** The client sends its body only when it is wanted [RFC 9110 10.1.1]. */
    private static boolean waitsForContinue(HttpServerRequest request) {
        return "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
    }

    /** What was not read of the body is read away, or the connection ends with the answer. */
    static void refuse(HttpServerRequest request, Problem problem) {
        if (problem.type() == ProblemType.BODY_TOO_LARGE || problem.type() == ProblemType.INCOMPLETE_BODY
                || isTooLongToReadAway(request)) {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
        problem.end(request.response());
        request.resume();
    }

    private static boolean isTooLongToReadAway(HttpServerRequest request) {
        return request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null
                || waitsForContinue(request)
                || announcedBytes(request) > READ_AWAY_BYTES;
    }

    /** How long the body will be, as its sender says; 0 when that is not said. */
    static int announcedBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null) {
            return 0;
        }
        return LENGTH.matcher(length).matches() ? Integer.parseInt(length) : Integer.MAX_VALUE;
    }

    /** What has no secret may be kept, and is asked for again with its version. */
    static void answer(HttpServerResponse response, OperationId operation, ApiResponse answer) {
        String cache = operation.access() == Access.PUBLIC ? "no-cache" : "no-store";
        response.setStatusCode(answer.status())
                .putHeader(HttpHeaders.CACHE_CONTROL, cache)
                .putHeader("X-Content-Type-Options", "nosniff");
        if (answer.mediaType().startsWith("text/html")) {
            response.putHeader("Content-Security-Policy", DocsOperations.CONTENT_SECURITY_POLICY)
                    .putHeader("Referrer-Policy", "no-referrer");
        }
        if (!answer.etag().isEmpty()) {
            response.putHeader(HttpHeaders.ETAG, "\"" + answer.etag() + "\"");
        }
        ApiResponse.Live live = answer.live();
        if (live != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType());
            live.begin(response);
        } else if (answer.mediaType().isEmpty()) {
            response.end();
        } else {
            response.putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType()).end(answer.body());
        }
    }
}
