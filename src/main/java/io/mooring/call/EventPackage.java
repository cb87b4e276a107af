package io.mooring.call;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What devices subscribe to in order to show parked calls. */
public enum EventPackage {
    /** Lamps of busy lamp fields [RFC 4235]. */
    DIALOG("dialog", "application/dialog-info+xml"),
    /** The call-park body of BroadWorks, which rides on its package for the appearance of calls. */
    CALL_INFO("call-info", "application/x-broadworks-callpark-info+xml");

    private final String token;
    private final String contentType;

    EventPackage(String token, String contentType) {
        this.token = token;
        this.contentType = contentType;
    }

    /** Type of the body of a NOTIFY. */
    public String contentType() {
        return contentType;
    }

    /** Its name in an Event header [RFC 6665 8.2.1]. */
    public String token() {
        return token;
    }

    /** The package that an Event header names, parameters aside. */
    public static Optional<EventPackage> named(String event) {
        int semicolon = event.indexOf(';');
        String name = (semicolon < 0 ? event : event.substring(0, semicolon)).strip();
        return Arrays.stream(values()).filter(known -> known.token.equalsIgnoreCase(name)).findFirst();
    }

    /**
     * True when a device takes our body.
     *
     * @param accept values of its Accept header; none: what is usual in the package, which for {@link #CALL_INFO} is not ours
     */
    public boolean isAccepted(List<String> accept) {
        if (accept.isEmpty()) {
            return this == DIALOG;
        }
        return accept.stream()
                .map(value -> value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .anyMatch(type -> type.equals(contentType) || type.equals("*/*") || type.equals("application/*"));
    }
}
