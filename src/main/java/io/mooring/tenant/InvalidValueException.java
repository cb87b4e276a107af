package io.mooring.tenant;

import java.util.List;
import java.util.stream.Collectors;

/** A value of a tenant, an extension, a group, a policy or a trunk that is not allowed. */
public final class InvalidValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Violation> violations;

    /**
     * @param field path of the field, such as {@code featureCodes.park}
     * @param detail what is allowed
     */
    public InvalidValueException(String field, String detail) {
        this(List.of(Violation.of(field, detail)));
    }

    /** @param violations all that is wrong; not empty */
    public InvalidValueException(List<Violation> violations) {
        super(violations.stream().map(Violation::detail).collect(Collectors.joining("; ")), null, false, false);
        this.violations = List.copyOf(violations);
    }

    /** All that is wrong. */
    public List<Violation> violations() {
        return violations;
    }

    /** Path of the first wrong field. */
    public String field() {
        return violations.getFirst().field();
    }
}
