package io.mooring.access;

import com.nimbusds.jose.jwk.JWKSet;
import io.mooring.store.StoreUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of an issuer [RFC 7517]: fetched when first needed, again when they are old, and when a key is asked for
 * that is not among them, so that the issuer may change its keys at any time. Old keys serve as long as the issuer does
 * not answer.
 */
public final class IssuerKeys implements KeySource {

    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
    private static final Duration LIFETIME = Duration.ofMinutes(10);
    /** Unknown keys cost anybody nothing: they shall not make us ask more often. */
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final int LIMIT_SECONDS = 5;
    private static final int LARGEST = 256 * 1_024;

    private final HttpClient http;
    private final String url;
    private final LongSupplier nanoClock;
    private @Nullable JWKSet keys;
    private long fetchedAtNanos;
    private long askedAtNanos;
    private boolean asked;
    private @Nullable Future<JWKSet> fetching;

    /**
     * @param vertx on whose context the keys are asked for; one context only
     * @param url of the key set
     */
    public IssuerKeys(Vertx vertx, URI url, LongSupplier nanoClock) {
        this.http = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(LIMIT_SECONDS * 1_000));
        this.url = url.toString();
        this.nanoClock = nanoClock;
    }

    @Override
    public JWKSet forKey(@Nullable String keyId) {
        JWKSet known = keys;
        if (known != null && (isEnough(known, keyId) || !mayAsk())) {
            return known;
        }
        if (known == null && !mayAsk() && fetching == null) {
            throw new StoreUnavailableException("the issuer's keys could not be fetched a moment ago",
                    new IllegalStateException(url));
        }
        try {
            return fetched();
        } catch (Throwable e) {
            // await() throws whatever the future failed with.
            LOG.atWarn().addKeyValue("cause", e.getMessage()).log("the issuer's keys cannot be fetched");
            if (known != null) {
                return known;
            }
            throw new StoreUnavailableException("the issuer's keys cannot be fetched", e);
        }
    }

    private boolean isEnough(JWKSet known, @Nullable String keyId) {
        return nanoClock.getAsLong() - fetchedAtNanos < LIFETIME.toNanos()
                && (keyId == null || known.getKeyByKeyId(keyId) != null);
    }

    private boolean mayAsk() {
        return !asked || nanoClock.getAsLong() - askedAtNanos >= PAUSE.toNanos();
    }

    private JWKSet fetched() {
        Future<JWKSet> underWay = fetching;
        if (underWay == null) {
            asked = true;
            askedAtNanos = nanoClock.getAsLong();
            underWay = fetch();
            fetching = underWay;
        }
        try {
            JWKSet fresh = underWay.await();
            keys = fresh;
            fetchedAtNanos = askedAtNanos;
            return fresh;
        } finally {
            fetching = null;
        }
    }

    private Future<JWKSet> fetch() {
        return http.request(new RequestOptions().setMethod(HttpMethod.GET).setAbsoluteURI(url))
                .compose(request -> request.send())
                .compose(IssuerKeys::body)
                .timeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                .map(IssuerKeys::parse);
    }

    private static Future<Buffer> body(HttpClientResponse response) {
        String length = response.getHeader("Content-Length");
        if (response.statusCode() != 200 || (length != null && length.length() > Integer.toString(LARGEST).length())) {
            return Future.failedFuture("status " + response.statusCode());
        }
        return response.body();
    }

    private static JWKSet parse(Buffer body) {
        try {
            return JWKSet.parse(body.toString());
        } catch (ParseException e) {
            throw new IllegalArgumentException("no key set", e);
        }
    }
}
