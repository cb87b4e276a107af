package io.mooring.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Reads a request body up to a limit, whether its length was announced or not. */
public final class BoundedBody {

    private BoundedBody() {}

    /**
     * The whole body. Must be called before the first byte is delivered, so on the context of the request at once.
     *
     * @param limitBytes longest body
     * @return fails with {@link ProblemException} {@code BODY_TOO_LARGE}, or with what broke the connection
     */
    public static Future<Buffer> read(HttpServerRequest request, int limitBytes) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && tooLong(length, limitBytes)) {
            return Future.failedFuture(tooLarge(limitBytes));
        }
        if (length != null) {
            return request.body();
        }
        Promise<Buffer> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        request.exceptionHandler(promise::tryFail);
        request.endHandler(end -> promise.tryComplete(body));
        request.handler(chunk -> {
            if (body.length() + chunk.length() > limitBytes) {
                promise.tryFail(tooLarge(limitBytes));
            } else {
                body.appendBuffer(chunk);
            }
        });
        return promise.future();
    }

    private static boolean tooLong(String length, int limitBytes) {
        try {
            return Long.parseLong(length.strip()) > limitBytes;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    private static ProblemException tooLarge(int limitBytes) {
        return new ProblemException(ProblemType.BODY_TOO_LARGE, "at most " + limitBytes + " bytes are taken");
    }
}
