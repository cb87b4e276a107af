package io.mooring.migration;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.migration.MalformedSourceException.Mistake;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object of a source in JSON. What is known must have its type; what is not known is noted, because others add fields
 * to their answers when they like. A null is as good as nothing.
 */
final class JsonSource {

    private static final int MOST_MISTAKES = 100;

    private final JsonNode node;
    private final String pointer;
    private final List<Mistake> mistakes;
    private final Set<String> known = new HashSet<>();

    private JsonSource(JsonNode node, String pointer, List<Mistake> mistakes) {
        this.node = node;
        this.pointer = pointer;
        this.mistakes = mistakes;
    }

    /**
     * Reads the objects of a source, which is one object or a list of them.
     *
     * @throws MalformedSourceException with all mistakes
     */
    static <T> T read(JsonNode root, Function<List<JsonSource>, T> reader) {
        List<Mistake> mistakes = new ArrayList<>();
        JsonSource whole = new JsonSource(root, "", mistakes);
        List<JsonSource> objects = root.isArray() ? whole.elements(root, "") : whole.single();
        if (objects.isEmpty() && mistakes.isEmpty()) {
            whole.mistake("", "there is nothing in it");
        }
        if (!mistakes.isEmpty()) {
            throw new MalformedSourceException(mistakes);
        }
        T read = reader.apply(objects);
        if (!mistakes.isEmpty()) {
            throw new MalformedSourceException(mistakes);
        }
        return read;
    }

    private List<JsonSource> single() {
        if (node.isObject()) {
            return List.of(this);
        }
        mistake("", "must be an object or a list of objects");
        return List.of();
    }

    private List<JsonSource> elements(JsonNode array, String at) {
        List<JsonSource> objects = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (array.get(i).isObject()) {
                objects.add(new JsonSource(array.get(i), at + "/" + i, mistakes));
            } else {
                mistakeAt(at + "/" + i, "must be an object");
            }
        }
        return objects;
    }

    /** Where a field of it stands. */
    String at(String name) {
        return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** Where it stands. */
    String at() {
        return pointer;
    }

    void mistake(String name, String detail) {
        mistakeAt(name.isEmpty() ? pointer : at(name), detail);
    }

    private void mistakeAt(String at, String detail) {
        if (mistakes.size() < MOST_MISTAKES) {
            mistakes.add(new Mistake(at, detail));
        }
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    private @Nullable JsonNode field(String name) {
        known.add(name);
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private <T> Optional<T> field(String name, Function<JsonNode, @Nullable T> reader, String rule) {
        JsonNode value = field(name);
        if (value == null) {
            return Optional.empty();
        }
        T read = reader.apply(value);
        if (read == null) {
            mistake(name, rule);
        }
        return Optional.ofNullable(read);
    }

    Optional<String> text(String name) {
        return field(name, JsonNode::textValue, "must be a string");
    }

    /** A string that must be there; empty when it is not, which is a mistake. */
    String required(String name) {
        Optional<String> text = text(name);
        if (text.isEmpty() && !has(name)) {
            mistake(name, "is required");
        }
        return text.orElse("");
    }

    /** A whole number, also one that is written as 45.0. */
    Optional<Integer> integer(String name) {
        return field(name, value -> value.canConvertToExactIntegral() && value.canConvertToInt()
                ? value.intValue()
                : null, "must be a whole number");
    }

    /** True or false, also as a string. */
    Optional<Boolean> flag(String name) {
        return field(name, value -> switch (value.asText()) {
            case "true" -> true;
            case "false" -> false;
            default -> null;
        }, "must be true or false");
    }

    /** An object. */
    Optional<JsonSource> object(String name) {
        return field(name, value -> value.isObject() ? new JsonSource(value, at(name), mistakes) : null,
                "must be an object");
    }

    /** A list of objects; empty when it is not there. */
    List<JsonSource> objects(String name) {
        return field(name, value -> value.isArray() ? elements(value, at(name)) : null, "must be a list")
                .orElse(List.of());
    }

    /** True for a list of strings. */
    boolean holdsTexts(String name) {
        JsonNode value = node.path(name);
        return value.isArray() && value.size() > 0 && value.get(0).isTextual();
    }

    /** How long a list is, of which nothing else is wanted. */
    int count(String name) {
        known.add(name);
        return node.path(name).size();
    }

    /** Passes over fields that say nothing of parking. */
    void skip(String... names) {
        known.addAll(List.of(names));
    }

    /** Notes the fields that nobody asked for. */
    void noteTheRest(Notes notes) {
        node.properties().forEach(field -> {
            if (!known.contains(field.getKey()) && !field.getValue().isNull()) {
                notes.lost(at(field.getKey()), "has no counterpart here");
            }
        });
    }
}
