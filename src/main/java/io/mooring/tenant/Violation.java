package io.mooring.tenant;

/**
 * One thing that is wrong with a value.
 *
 * @param field path of the field, steps separated by dots, such as {@code featureCodes.park} or {@code members.3}; empty
 *     for the value as a whole
 * @param detail what is allowed, or what it collides with
 * @param conflict true when the value is fine by itself and collides with another one
 */
public record Violation(String field, String detail, boolean conflict) {

    /** A value that is wrong by itself. */
    public static Violation of(String field, String detail) {
        return new Violation(field, detail, false);
    }

    /** A value that collides with another one. */
    public static Violation conflict(String field, String detail) {
        return new Violation(field, detail, true);
    }

    /** The same, seen from an object that holds this one. */
    public Violation under(String parent) {
        return new Violation(field.isEmpty() ? parent : parent + "." + field, detail, conflict);
    }
}
