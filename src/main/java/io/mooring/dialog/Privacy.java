package io.mooring.dialog;

import io.mooring.sip.SipMessage;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Who does not want to be named [RFC 3323, RFC 3325]. */
final class Privacy {
    /** {@code session} and {@code critical} alone say nothing about the name; {@code none} says that there is nothing to hide. */
    private static final Set<String> HIDES_NAME = Set.of("id", "user", "header");

    private Privacy() {}

    /** True when the sender of a request or reply asks that others are not told who it is. */
    static boolean isAskedFor(SipMessage message) {
        return message.headers("privacy")
                .stream()
                .flatMap(value -> List.of(value.split("[;,]")).stream())
                .anyMatch(value -> HIDES_NAME.contains(value.strip().toLowerCase(Locale.ROOT)));
    }
}
