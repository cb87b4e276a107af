package io.mooring.tenant;

import io.mooring.call.NoticeDialect;
import java.util.Objects;

/**
 * An extension of a tenant: a SIP user. Its password is not kept, only {@link Ha1}.
 *
 * @param number 2 to 8 digits
 * @param displayName for people; may be empty
 * @param notices how its phones are told of parked calls; one that was written before there was a choice has {@code auto}
 */
public record Extension(String number, String displayName, NoticeDialect notices) {

    /** @throws InvalidValueException when a value is not allowed */
    public Extension {
        notices = Objects.requireNonNullElse(notices, NoticeDialect.AUTO);
        checkNumber(number);
        new Checks().text("displayName", displayName).done();
    }

    /** One whose phones are told each in its own dialect. */
    public Extension(String number, String displayName) {
        this(number, displayName, NoticeDialect.AUTO);
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
