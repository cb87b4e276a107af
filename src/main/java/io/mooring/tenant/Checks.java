package io.mooring.tenant;

import java.util.regex.Pattern;

/** What values may look like. */
final class Checks {

    static final int DISPLAY_NAME_LENGTH = 100;

    private static final int DOMAIN_LENGTH = 253;
    private static final Pattern DOMAIN = Pattern.compile(
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
    private static final Pattern EXTENSION = Pattern.compile("[0-9]{2,8}");

    private Checks() {}

    static String domain(String field, String value) {
        if (value.length() > DOMAIN_LENGTH || !DOMAIN.matcher(value).matches()) {
            throw new InvalidValueException(field, "must be a domain name in lower case [RFC 1123 2.1]");
        }
        return value;
    }

    static boolean isExtension(String value) {
        return EXTENSION.matcher(value).matches();
    }

    static String extension(String field, String value) {
        if (!isExtension(value)) {
            throw new InvalidValueException(field, "must be 2 to 8 digits");
        }
        return value;
    }

    static String displayName(String value) {
        if (value.length() > DISPLAY_NAME_LENGTH || value.codePoints().anyMatch(Checks::isForbidden)) {
            throw new InvalidValueException("displayName",
                    "must be at most " + DISPLAY_NAME_LENGTH + " characters, none of them a control character");
        }
        return value;
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
