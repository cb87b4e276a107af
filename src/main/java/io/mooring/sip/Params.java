package io.mooring.sip;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Parameters behind semicolons ({@code ;lr;tag=1}), in their order. Names compare without case [RFC 3261 7.3.1]. */
public final class Params {
    private static final Params NONE = new Params(Map.of());

    /** Lower-case name to value; a parameter without value has the empty string. */
    private final Map<String, String> values;

    private Params(Map<String, String> values) {
        this.values = values;
    }

    public static Params none() {
        return NONE;
    }

    /**
     * Parses {@code ;a=b;c} (a leading semicolon is optional). Quoted values keep their quotes.
     *
     * @throws SipParseException on an empty parameter name
     */
    public static Params parse(String text) {
        var parsed = new LinkedHashMap<String, String>();
        for (String part : splitOutside(text, ';')) {
            String param = part.strip();
            if (param.isEmpty()) {
                continue;
            }
            int equals = param.indexOf('=');
            String name = (equals < 0 ? param : param.substring(0, equals)).strip();
            if (name.isEmpty()) {
                throw new SipParseException("a parameter without a name");
            }
            parsed.putIfAbsent(
                    name.toLowerCase(Locale.ROOT),
                    equals < 0 ? "" : param.substring(equals + 1).strip());
        }
        return parsed.isEmpty() ? NONE : new Params(parsed);
    }

    /** The value; empty when the parameter is missing. A parameter without value gives the empty string. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name.toLowerCase(Locale.ROOT)));
    }

    public boolean has(String name) {
        return values.containsKey(name.toLowerCase(Locale.ROOT));
    }

    public Params with(String name, String value) {
        var copy = new LinkedHashMap<>(values);
        copy.put(name.toLowerCase(Locale.ROOT), value);
        return new Params(copy);
    }

    public Params without(String name) {
        if (!has(name)) {
            return this;
        }
        var copy = new LinkedHashMap<>(values);
        copy.remove(name.toLowerCase(Locale.ROOT));
        return new Params(copy);
    }

    /** Splits at a separator that stands outside quotes and angle brackets. */
    static List<String> splitOutside(String text, char separator) {
        var parts = new ArrayList<String>();
        boolean quoted = false;
        int angle = 0;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '<') {
                angle++;
            } else if (c == '>') {
                angle--;
            } else if (c == separator && angle <= 0) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    @Override
    public String toString() {
        var out = new StringBuilder();
        values.forEach((name, value) -> {
            out.append(';').append(name);
            if (!value.isEmpty()) {
                out.append('=').append(value);
            }
        });
        return out.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Params params && params.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }
}
