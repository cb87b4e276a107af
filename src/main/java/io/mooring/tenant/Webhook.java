package io.mooring.tenant;

import io.mooring.call.CallEvent;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * Where a program wants the events of calls posted to.
 *
 * @param name for people; may be empty
 * @param url {@code https} or {@code http}, without user and fragment
 * @param events names of the types that are wanted; empty: all
 * @param showWithheld whether who does not want to be named is named, as to an administrator
 * @param enabled false: nothing is sent, and what happens meanwhile is sent later
 * @param secret what deliveries are signed with, encrypted
 * @param birth another one for each webhook that was ever created, also under the same id
 * @param since id of the last event before it was created
 */
public record Webhook(String name, String url, List<String> events, boolean showWithheld, boolean enabled,
        String secret, String birth, String since) {

    private static final int URL_LENGTH = 2_000;
    private static final int MAX_PORT = 65_535;
    private static final String URL_RULE = "must be an https URL with a host, of at most " + URL_LENGTH
            + " ASCII characters, without user, password and fragment";

    /** @throws InvalidValueException with all that is wrong */
    public Webhook {
        events = List.copyOf(events);
        var checks = new Checks().text("name", name).that(isUrl(url), "url", URL_RULE);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < events.size(); i++) {
            String type = events.get(i);
            checks.that(CallEvent.Type.of(type).isPresent(), "events." + i, "must be one of "
                    + List.of(CallEvent.Type.values()).stream().map(CallEvent.Type::slug).toList());
            checks.that(seen.add(type), "events." + i, "must be there only once");
        }
        checks.done();
    }

    private static boolean isUrl(String text) {
        if (text.length() > URL_LENGTH || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            return false;
        }
        try {
            var uri = new URI(text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            return (scheme.equals("https") || scheme.equals("http"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null
                    && uri.getPort() != 0
                    && uri.getPort() <= MAX_PORT;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Where it goes; the scheme is in lower case. */
    public URI uri() {
        int colon = url.indexOf(':');
        return URI.create(url.substring(0, colon).toLowerCase(Locale.ROOT) + url.substring(colon));
    }

    /** Its host, an IPv6 address without brackets. */
    public static String host(URI uri) {
        String host = Objects.requireNonNull(uri.getHost(), "a checked URL has a host");
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** True when this event is wanted. */
    public boolean wants(CallEvent.Type type) {
        return events.isEmpty() || events.contains(type.slug());
    }

    /** With another secret, and what it was given when it was created. */
    public Webhook with(String sealed, String bornAs, String from) {
        return new Webhook(name, url, events, showWithheld, enabled, sealed, bornAs, from);
    }
}
