package io.mooring.dialog;

import io.mooring.call.Leg;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipMessage;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Who does not want to be named [RFC 3323, RFC 3325]: nobody is told by us who it is, neither phone nor trunk. */
public final class Privacy {
    /** {@code session} and {@code critical} alone say nothing about the name; {@code none} says that there is nothing to hide. */
    private static final Set<String> HIDES_NAME = Set.of("id", "user", "header");
    /** What stands for one who is not named [RFC 3323 4.1.1.3]. */
    private static final NameAddr ANONYMOUS = NameAddr.parse("\"Anonymous\" <sip:anonymous@anonymous.invalid>");

    private Privacy() {}

    /** True when the sender of a request or reply asks that others are not told who it is. */
    public static boolean isAskedFor(SipMessage message) {
        return message.headers("privacy")
                .stream()
                .flatMap(value -> List.of(value.split("[;,]")).stream())
                .anyMatch(value -> HIDES_NAME.contains(value.strip().toLowerCase(Locale.ROOT)));
    }

    /** The address at the other end of a leg, as others may see it. */
    public static NameAddr shown(Leg leg) {
        return leg.withheld ? ANONYMOUS : NameAddr.parse(leg.remoteAddress).withTag("");
    }
}
