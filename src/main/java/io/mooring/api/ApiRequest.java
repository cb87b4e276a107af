package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Tenant;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What an operation gets to see of a request.
 *
 * @param path parameters of the path
 * @param query parameters of the query
 * @param body empty when the method has none
 */
record ApiRequest(Map<String, String> path, MultiMap query, Buffer body) {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_OFFSET = 10_000_000;

    /** Domain of the tenant, checked; domain names know no case [RFC 1035 2.3.3]. */
    String domain() {
        return Tenant.checkDomain(parameter("domain").toLowerCase(Locale.ROOT));
    }

    /** Number of the extension, checked. */
    String extension() {
        return Extension.checkNumber(parameter("extension"));
    }

    String parameter(String name) {
        return Objects.requireNonNull(path.get(name), name);
    }

    int limit() {
        return number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
    }

    int offset() {
        return number("offset", 0, 0, MAX_OFFSET);
    }

    private int number(String name, int fallback, int min, int max) {
        String text = query.get(name);
        if (text == null) {
            return fallback;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The problem below says it better.
        }
        throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be a whole number " + min + ".." + max, name);
    }
}
