package io.mooring.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.Violation;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object in a body, read strictly: what the contract does not name is an error, not a silent default.
 * Everything that is wrong is collected and told at once.
 */
final class Fields {

    static final int MAX_DEPTH = 32;
    /** More errors than anybody reads. */
    private static final int MAX_ERRORS = 100;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode node;
    private final String pointer;
    private final Errors errors;
    private final Set<String> known = new HashSet<>();

    private static final class Errors {
        private final List<Problem.Error> list = new ArrayList<>();
        private ProblemType type = ProblemType.INVALID_VALUE;

        void shape(String pointer, String detail) {
            type = ProblemType.INVALID_BODY;
            list.add(new Problem.Error(pointer, detail));
        }

        Problem problem() {
            return new Problem(type, list.subList(0, Math.min(list.size(), MAX_ERRORS)));
        }
    }

    private Fields(JsonNode node, String pointer, Errors errors) {
        this.node = node;
        this.pointer = pointer;
        this.errors = errors;
    }

    /**
     * Reads a whole object.
     *
     * @param reader asks for every field that there may be; what it throws and what it did not ask for is told
     * @throws ProblemException {@code INVALID_BODY} or {@code INVALID_VALUE}, with all errors
     */
    static <T> T read(JsonNode body, Function<Fields, T> reader) {
        var errors = new Errors();
        if (!body.isObject()) {
            errors.shape("", "must be an object");
            throw new ProblemException(errors.problem());
        }
        Optional<T> value = new Fields(body, "", errors).make(reader);
        if (!errors.list.isEmpty()) {
            throw new ProblemException(errors.problem());
        }
        return value.orElseThrow();
    }

    /**
     * Parses a body.
     *
     * @throws ProblemException {@code MALFORMED_JSON} when it is no JSON, {@code INVALID_BODY} when it is not one value
     */
    static JsonNode parse(Buffer body) {
        try {
            JsonNode tree = JSON.readTree(body.getBytes());
            if (tree.isMissingNode()) {
                throw new ProblemException(ProblemType.MALFORMED_JSON, "the body is empty");
            }
            return tree;
        } catch (MismatchedInputException e) {
            throw new ProblemException(ProblemType.INVALID_BODY, "must be one value and nothing behind it");
        } catch (JacksonException e) {
            throw new ProblemException(ProblemType.MALFORMED_JSON, e.getOriginalMessage());
        } catch (IOException e) {
            throw new ProblemException(ProblemType.MALFORMED_JSON, "it is not UTF-8");
        }
    }

    private <T> Optional<T> make(Function<Fields, T> reader) {
        int before = errors.list.size();
        Optional<T> value = Optional.empty();
        try {
            value = Optional.of(reader.apply(this));
        } catch (InvalidValueException e) {
            // What is missing or of the wrong type was replaced by something harmless: only the fields that are there count.
            e.violations().stream().filter(this::isNews).forEach(it -> errors.list.add(error(it)));
            if (errors.list.size() == before) {
                errors.list.add(new Problem.Error(pointer, e.violations().getFirst().detail()));
            }
        }
        node.properties().forEach(field -> {
            if (!known.contains(field.getKey())) {
                errors.shape(child(field.getKey()), "there is no such field");
            }
        });
        return value;
    }

    private boolean isNews(Violation violation) {
        String at = error(violation).where();
        return errors.list.stream().noneMatch(error -> at.equals(error.where()));
    }

    private Problem.Error error(Violation violation) {
        String path = violation.field().isEmpty() ? "" : "/" + violation.field().replace('.', '/');
        return new Problem.Error(pointer + path, violation.detail());
    }

    private String child(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** The field, when it is there and not null. */
    private @Nullable JsonNode field(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        if (value != null && value.isNull()) {
            errors.shape(child(name), "must not be null; leave it out");
            return null;
        }
        return value;
    }

    private <T> Optional<T> field(String name, Function<JsonNode, @Nullable T> reader, String rule) {
        JsonNode value = field(name);
        if (value == null) {
            return Optional.empty();
        }
        T read = reader.apply(value);
        if (read == null) {
            errors.shape(child(name), rule);
            return Optional.empty();
        }
        return Optional.of(read);
    }

    Optional<String> text(String name) {
        return field(name, JsonNode::textValue, "must be a string");
    }

    Optional<Integer> integer(String name) {
        return field(name, value -> value.canConvertToInt() && value.isIntegralNumber() ? value.intValue() : null,
                "must be a whole number");
    }

    Optional<Long> whole(String name) {
        return field(name, value -> value.canConvertToLong() && value.isIntegralNumber() ? value.longValue() : null,
                "must be a whole number");
    }

    Optional<Boolean> flag(String name) {
        return field(name, value -> value.isBoolean() ? value.booleanValue() : null, "must be true or false");
    }

    /** One of the names of an enum. */
    <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
        Optional<String> text = text(name);
        Optional<E> found = text.flatMap(it -> constant(type, it));
        if (text.isPresent() && found.isEmpty()) {
            errors.list.add(new Problem.Error(child(name), oneOf(type)));
        }
        return found;
    }

    /** A list of names of an enum. */
    <E extends Enum<E>> Optional<List<E>> choices(String name, Class<E> type) {
        return elements(name, (value, at) -> {
            Optional<E> found = constant(type, value.asText());
            if (!value.isTextual()) {
                errors.shape(at, "must be a string");
            } else if (found.isEmpty()) {
                errors.list.add(new Problem.Error(at, oneOf(type)));
            }
            return found.orElse(null);
        });
    }

    private static <E extends Enum<E>> Optional<E> constant(Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants()).filter(it -> it.toString().equals(name)).findFirst();
    }

    private static <E extends Enum<E>> String oneOf(Class<E> type) {
        return "must be one of "
                + String.join(", ", Arrays.stream(type.getEnumConstants()).map(Enum::toString).toList());
    }

    /** A list of strings. */
    Optional<List<String>> texts(String name) {
        return elements(name, (value, at) -> {
            if (!value.isTextual()) {
                errors.shape(at, "must be a string");
                return null;
            }
            return value.textValue();
        });
    }

    /** An object. */
    <T> Optional<T> object(String name, Function<Fields, T> reader) {
        JsonNode value = field(name);
        if (value == null) {
            return Optional.empty();
        }
        return objectAt(value, child(name), reader);
    }

    /** A list of objects. */
    <T> Optional<List<T>> objects(String name, Function<Fields, T> reader) {
        return elements(name, (value, at) -> objectAt(value, at, reader).orElse(null));
    }

    private <T> Optional<T> objectAt(JsonNode value, String at, Function<Fields, T> reader) {
        if (!value.isObject()) {
            errors.shape(at, "must be an object");
            return Optional.empty();
        }
        return new Fields(value, at, errors).make(reader);
    }

    @FunctionalInterface
    private interface Element<T> {
        @Nullable
        T read(JsonNode value, String pointer);
    }

    private <T> Optional<List<T>> elements(String name, Element<T> reader) {
        JsonNode array = field(name);
        if (array == null) {
            return Optional.empty();
        }
        if (!array.isArray()) {
            errors.shape(child(name), "must be a list");
            return Optional.empty();
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < array.size() && errors.list.size() < MAX_ERRORS; i++) {
            T value = reader.read(array.get(i), child(name) + "/" + i);
            if (value != null) {
                values.add(value);
            }
        }
        return Optional.of(values);
    }

    /** A map of strings. */
    Optional<Map<String, String>> map(String name) {
        JsonNode object = field(name);
        if (object == null) {
            return Optional.empty();
        }
        Optional<Map<String, String>> read = objectAt(object, child(name), fields -> {
            Map<String, String> values = new LinkedHashMap<>();
            object.fieldNames().forEachRemaining(key -> fields.text(key).ifPresent(text -> values.put(key, text)));
            return values;
        });
        return read;
    }

    /** A string that must be there. */
    String required(String name) {
        Optional<String> value = text(name);
        if (value.isEmpty() && !node.has(name)) {
            errors.shape(child(name), "is required");
        }
        return value.orElse("");
    }
}
