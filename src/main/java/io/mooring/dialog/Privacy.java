package io.mooring.dialog;

import io.mooring.call.Leg;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipMessage;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who does not want to be named [RFC 3323, RFC 3325]: nobody is told by us who it is, neither phone nor trunk. */
public final class Privacy {
    /** {@code session} and {@code critical} alone say nothing about the name; {@code none} says that there is nothing to hide. */
    private static final Set<String> HIDES_NAME = Set.of("id", "user", "header");
    /** What stands for one who is not named [RFC 3323 4.1.1.3]. */
    private static final NameAddr ANONYMOUS = NameAddr.parse("\"Anonymous\" <sip:anonymous@anonymous.invalid>");

    private static final Pattern DOMAIN = Pattern.compile("^sips?:[^@]+@([^:;?]+)");

    /** A domain that nobody has [RFC 2606 2]. */
    private static final String NO_DOMAIN = "unknown.invalid";

    /** A user at an IP address, and perhaps a port. */
    private static final Pattern LITERAL = Pattern
            .compile("^(sips?:[^@]+@)(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[^\\]]*\\])(?::[0-9]+)?(?=[;?]|$)");

    private Privacy() {}

    /** True when the sender of a request or reply asks that others are not told who it is. */
    public static boolean isAskedFor(SipMessage message) {
        return message.headers("privacy")
                .stream()
                .flatMap(value -> List.of(value.split("[;,]")).stream())
                .anyMatch(value -> HIDES_NAME.contains(value.strip().toLowerCase(Locale.ROOT)));
    }

    /**
     * The address at the other end of a leg, as others may see it: not where in the network it is, by which nobody could call it, but as a
     * number of the domain that it has called.
     */
    public static NameAddr shown(Leg leg) {
        if (leg.withheld) {
            return ANONYMOUS;
        }
        NameAddr address = NameAddr.parse(leg.remoteAddress).withTag("");
        Matcher literal = LITERAL.matcher(address.uri());
        return new NameAddr(address.display(),
                literal.find()
                        ? literal.replaceFirst("$1" + Matcher.quoteReplacement(domainOf(leg)))
                        : address.uri(),
                address.params());
    }

    private static String domainOf(Leg leg) {
        String called = leg.localAddress.isEmpty() ? "" : NameAddr.parse(leg.localAddress).uri();
        Matcher domain = DOMAIN.matcher(called);
        return domain.find() && !LITERAL.matcher(called).find() ? domain.group(1) : NO_DOMAIN;
    }
}
