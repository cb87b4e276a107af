package io.mooring.tenant;

/** A value of a tenant, an extension or a trunk that is not allowed. */
public final class InvalidValueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String field;

    /**
     * @param field path of the field, such as {@code featureCodes.park}
     * @param detail what is allowed
     */
    public InvalidValueException(String field, String detail) {
        super(detail, null, false, false);
        this.field = field;
    }

    /** Path of the field. */
    public String field() {
        return field;
    }
}
