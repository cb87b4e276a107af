package io.mooring.tenant;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What values may look like. Collects what is wrong, so that all of it is told at once. */
final class Checks {

    static final int NAME_LENGTH = 100;

    private static final int DOMAIN_LENGTH = 253;
    private static final Pattern DOMAIN = Pattern.compile(
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern EXTENSION = Pattern.compile("[0-9]{2,8}");
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
    private static final String NAME_RULE = "must be at most " + NAME_LENGTH
            + " characters, none of them a control character";

    private final List<Violation> violations = new ArrayList<>();

    /** Passes when nothing was wrong. */
    void done() {
        if (!violations.isEmpty()) {
            throw new InvalidValueException(violations);
        }
    }

    Checks that(boolean right, String field, String detail) {
        if (!right) {
            violations.add(Violation.of(field, detail));
        }
        return this;
    }

    Checks name(String field, String value) {
        return that(!value.isBlank() && value.equals(value.strip()), field,
                "must not be blank, nor begin or end with one")
                .that(isText(value), field, NAME_RULE);
    }

    Checks text(String field, String value) {
        return that(isText(value), field, NAME_RULE);
    }

    Checks range(String field, int value, int min, int max) {
        return that(value >= min && value <= max, field, "must be a whole number " + min + ".." + max);
    }

    Checks range(String field, Optional<Integer> value, int min, int max) {
        return value.map(it -> range(field, it, min, max)).orElse(this);
    }

    Checks extensionOrNone(String field, Optional<String> value) {
        return each(field, value, Checks::isExtension, "must be 2 to 8 digits");
    }

    Checks idOrNone(String field, Optional<String> value) {
        return each(field, value, Checks::isId, "must be an id: 1 to 32 of a-z, 0-9 and -");
    }

    private Checks each(String field, Optional<String> value, Predicate<String> allowed, String rule) {
        return that(value.isEmpty() || allowed.test(value.get()), field, rule);
    }

    /** Extensions, each once. */
    Checks members(String field, List<String> members, int max) {
        that(members.size() <= max, field, "must have at most " + max + " entries");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < members.size() && i < max; i++) {
            String at = field + "." + i;
            that(isExtension(members.get(i)), at, "must be 2 to 8 digits");
            that(seen.add(members.get(i)), at, "must be there only once");
        }
        return this;
    }

    static String domain(String field, String value) {
        new Checks().that(value.length() <= DOMAIN_LENGTH && DOMAIN.matcher(value).matches(), field,
                "must be a domain name in lower case [RFC 1123 2.1]").done();
        return value;
    }

    static boolean isExtension(String value) {
        return EXTENSION.matcher(value).matches();
    }

    static boolean isId(String value) {
        return ID.matcher(value).matches();
    }

    static String extension(String field, String value) {
        new Checks().extensionOrNone(field, Optional.of(value)).done();
        return value;
    }

    static String id(String field, String value) {
        new Checks().idOrNone(field, Optional.of(value)).done();
        return value;
    }

    static boolean isText(String value) {
        return value.length() <= NAME_LENGTH && value.codePoints().noneMatch(Checks::isForbidden);
    }

    /** Line ends would end a SIP header; a lone surrogate cannot be written as UTF-8. */
    private static boolean isForbidden(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
