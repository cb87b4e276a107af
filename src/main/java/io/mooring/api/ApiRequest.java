package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.access.Principal;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Tenant;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What an operation gets to see of a request.
 *
 * @param path parameters of the path
 * @param query parameters of the query
 * @param body empty when the method has none
 * @param principal who asks
 * @param from address that it comes from
 * @param id of this request, in answers, logs and the audit
 */
record ApiRequest(OperationId operation, Map<String, String> path, MultiMap query, MultiMap headers, Buffer body,
        Principal principal, String from, String id) {

    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    /** Domain of the tenant, checked; domain names know no case [RFC 1035 2.3.3]. */
    String domain() {
        return Tenant.checkDomain(parameter("domain").toLowerCase(Locale.ROOT));
    }

    /** Number of the extension, checked. */
    String extension() {
        return Extension.checkNumber(parameter("extension"));
    }

    /** Id in the path, checked. */
    String thing() {
        return Tenant.checkId("id", parameter("id"));
    }

    String parameter(String name) {
        return Objects.requireNonNull(path.get(name), name);
    }

    /** The body as JSON. */
    JsonNode json() {
        return Fields.parse(body);
    }

    /** The body as text, without a byte order mark. */
    String text() {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body.getBytes())).toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new ProblemException(ProblemType.INVALID_BODY, "it is not UTF-8");
        }
    }

    int limit() {
        String text = query.get("limit");
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= 1 && value <= MAX_LIMIT) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The problem below says it better.
        }
        throw invalid("limit", "must be a whole number 1.." + MAX_LIMIT);
    }

    /** Id of the last entry of the page before; empty for the first page. */
    String after() {
        String cursor = query.get("cursor");
        if (cursor == null) {
            return "";
        }
        try {
            String id = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            if (!id.isEmpty() && cursor(id).equals(cursor) && id.chars().allMatch(c -> c > ' ' && c < 127)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // The problem below says it better.
        }
        throw invalid("cursor", "must be the cursor of an answer");
    }

    static String cursor(String id) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id.getBytes(StandardCharsets.UTF_8));
    }

    /** A filter, when there is one. */
    Optional<String> filter(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** True when not all entries of a list are wanted. */
    boolean isFiltered() {
        return query.names().stream().anyMatch(name -> !name.equals("limit") && !name.equals("cursor"));
    }

    /**
     * A parameter that has one of some values.
     *
     * @param values the first one is meant when it is absent
     */
    String oneOf(String name, List<String> values) {
        String value = filter(name).orElse(values.getFirst());
        if (!values.contains(value)) {
            throw invalid(name, "must be " + String.join(" or ", values));
        }
        return value;
    }

    /** True when everything shall be checked and nothing changed. */
    boolean isDryRun() {
        return flag("dryRun");
    }

    boolean flag(String name) {
        String text = query.get(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true")) {
            return true;
        }
        throw invalid(name, "must be true or false");
    }

    private static ProblemException invalid(String name, String detail) {
        return new ProblemException(ProblemType.INVALID_PARAMETER, detail, name);
    }
}
