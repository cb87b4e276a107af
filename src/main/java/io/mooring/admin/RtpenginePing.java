package io.mooring.admin;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** {@code GET /ping} of rtpengine. */
public final class RtpenginePing implements Supplier<Future<Void>> {

    private static final int LIMIT_MILLIS = 500;

    private final HttpClient http;
    private final String url;

    /** @param rtpengine URI of its HTTP listener */
    public RtpenginePing(Vertx vertx, URI rtpengine) {
        this.http = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(LIMIT_MILLIS));
        this.url = rtpengine.resolve("/ping").toString();
    }

    @Override
    public Future<Void> get() {
        var options = new RequestOptions().setMethod(HttpMethod.GET).setAbsoluteURI(url).setTimeout(LIMIT_MILLIS);
        return http.request(options)
                .compose(request -> request.send())
                .compose(response -> response.body().map(body -> response.statusCode()))
                .timeout(LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                .compose(status -> status < 400
                        ? Future.<Void>succeededFuture()
                        : Future.failedFuture("HTTP status " + status));
    }
}
