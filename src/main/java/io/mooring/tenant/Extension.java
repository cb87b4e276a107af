package io.mooring.tenant;

/**
 * An extension of a tenant: a SIP user. Its password is not kept, only {@link Ha1}.
 *
 * @param number 2 to 8 digits
 * @param displayName for people; may be empty
 */
public record Extension(String number, String displayName) {

    /** @throws InvalidValueException when a value is not allowed */
    public Extension {
        checkNumber(number);
        new Checks().text("displayName", displayName).done();
    }

    /**
     * Passes a number on that may be one of an extension.
     *
     * @throws InvalidValueException when it is not 2 to 8 digits
     */
    public static String checkNumber(String number) {
        return Checks.extension("extension", number);
    }
}
