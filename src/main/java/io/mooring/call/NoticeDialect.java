package io.mooring.call;

/** How the phones of an extension are told, without having asked, of a call that waits for somebody. */
public enum NoticeDialect {
    /** Each phone as its User-Agent has it: by a NOTIFY when it is known to show one, else by a MESSAGE. */
    AUTO("auto"),
    /** By a MESSAGE for people to read [RFC 3428]. */
    MESSAGE("message"),
    /** By a NOTIFY of the event {@code park-info}, and by another one when the call waits no more. */
    PARK_INFO("park-info"),
    /** Not at all. */
    NONE("none");

    private final String text;

    NoticeDialect(String text) {
        this.text = text;
    }

    /** As in JSON. */
    @Override
    public String toString() {
        return text;
    }
}
