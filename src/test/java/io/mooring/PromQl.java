package io.mooring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** As much of the languages of Prometheus as it takes to tell which series a text asks for, and which there are. */
final class PromQl {

    private static final Pattern NOT_A_NAME = Pattern
            .compile(
                    "\\b(?:by|without|on|ignoring)\\s*\\([^)]*\\)|\\[(?:\\d+[smhd]|\\$__\\w+)]|\\b(?:and|or|unless|bool)\\b");
    private static final Pattern SELECTOR = Pattern
            .compile("(?<![\\w:.])([a-zA-Z_:][\\w:]*+)(?!\\s*\\()(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+$");

    private PromQl() {}

    /** One selector: the name, and the values that are asked for by label; alternatives one by one. */
    record Selector(String name, Map<String, List<String>> values) {}

    static List<Selector> selectors(String expression) {
        var selectors = new ArrayList<Selector>();
        for (MatchResult match : SELECTOR.matcher(NOT_A_NAME.matcher(expression).replaceAll(" ")).results().toList()) {
            var values = new HashMap<String, List<String>>();
            matchers(match.group(2)).forEach(it -> values.put(it.group(1), List.of(it.group(2).split("\\|"))));
            selectors.add(new Selector(match.group(1), values));
        }
        return selectors;
    }

    /** The labels of each name in a text of {@code /metrics}. */
    static Map<String, Set<String>> exposed(String text) {
        var labels = new HashMap<String, Set<String>>();
        for (MatchResult match : SAMPLE.matcher(text).results().toList()) {
            Set<String> ofName = labels.computeIfAbsent(match.group(1), name -> new HashSet<>());
            matchers(match.group(2)).forEach(it -> ofName.add(it.group(1)));
        }
        return labels;
    }

    private static List<MatchResult> matchers(String inBraces) {
        return inBraces == null ? List.of() : MATCHER.matcher(inBraces).results().toList();
    }
}
