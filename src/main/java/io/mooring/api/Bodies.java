package io.mooring.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The bodies of requests, read strictly: what the contract does not name is an error, not a silent default. */
final class Bodies {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .withCoercionConfig(LogicalType.Textual, textual -> textual
                    .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .withCoercionConfigDefaults(all -> all.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail))
            .build();

    private Bodies() {}

    /** @param featureCodes may be absent, whole or in part */
    record TenantBody(@Nullable String displayName, @Nullable FeatureCodesBody featureCodes) {}

    record FeatureCodesBody(@Nullable String park, @Nullable String retrieve) {}

    record ExtensionBody(@Nullable String password, @Nullable String ha1, @Nullable String displayName) {

        @Override
        public String toString() {
            return "ExtensionBody";
        }
    }

    record TrunkBody(@Nullable String name, @Nullable String tenant) {}

    /**
     * Reads a body.
     *
     * @throws ProblemException {@code MALFORMED_JSON} or {@code INVALID_BODY} with the path of the field
     */
    static <T> T read(Buffer body, Class<T> type) {
        try {
            JsonNode tree = JSON.readTree(body.getBytes());
            if (tree.isMissingNode()) {
                throw new ProblemException(ProblemType.MALFORMED_JSON, "the body is empty");
            }
            refuseNulls(tree, "");
            return JSON.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            throw new ProblemException(ProblemType.INVALID_BODY, "there is no such field", path(e));
        } catch (MismatchedInputException e) {
            String detail = e.getTargetType() == String.class ? "must be a string" : "must be an object, and only one";
            throw new ProblemException(ProblemType.INVALID_BODY, detail, path(e));
        } catch (JacksonException e) {
            throw new ProblemException(ProblemType.MALFORMED_JSON, e.getOriginalMessage());
        } catch (IOException e) {
            throw new ProblemException(ProblemType.MALFORMED_JSON, "it is not UTF-8");
        }
    }

    /** Data binding cannot tell a null from an absent field. */
    private static void refuseNulls(JsonNode node, String path) {
        if (node.isNull()) {
            throw new ProblemException(ProblemType.INVALID_BODY, "must not be null; leave it out", path);
        }
        node.properties()
                .forEach(field -> refuseNulls(field.getValue(),
                        path.isEmpty() ? field.getKey() : path + "." + field.getKey()));
    }

    /** A field that must be there. */
    static String required(String name, @Nullable String value) {
        if (value == null) {
            throw new ProblemException(ProblemType.INVALID_BODY, "is required", name);
        }
        return value;
    }

    static String orElse(@Nullable String value, String fallback) {
        return value == null ? fallback : value;
    }

    private static String path(JsonMappingException e) {
        return e.getPath()
                .stream()
                .map(JsonMappingException.Reference::getFieldName)
                .map(String::valueOf)
                .collect(Collectors.joining("."));
    }
}
