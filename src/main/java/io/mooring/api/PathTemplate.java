package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Paths, as lists of segments, and templates such as {@code /v1/tenants/{domain}}. */
final class PathTemplate {

    private PathTemplate() {}

    /** What is between the slashes, still escaped; the first slash begins the first segment. */
    static List<String> segments(String path) {
        return List.of((path.startsWith("/") ? path.substring(1) : path).split("/", -1));
    }

    /**
     * The parameters, unescaped, when the path fits the template.
     *
     * @throws ProblemException when the path fits but its escapes are malformed
     */
    static Optional<Map<String, String>> match(List<String> template, List<String> path) {
        if (template.size() != path.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < template.size(); i++) {
            String expected = template.get(i);
            if (expected.startsWith("{")) {
                parameters.put(expected.substring(1, expected.length() - 1), path.get(i));
            } else if (!expected.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        parameters.replaceAll(PathTemplate::unescape);
        return Optional.of(parameters);
    }

    private static String unescape(String name, String value) {
        try {
            // In a path, unlike in a form, a plus is a plus.
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "the percent escapes are malformed", name);
        }
    }
}
