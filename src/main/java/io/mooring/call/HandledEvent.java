package io.mooring.call;

/**
 * An event that was handled, kept for when it comes again.
 *
 * @param key what it was about; empty: it is not kept
 * @param correlation of the event: the same when an edge asks a second node, another when a phone repeats itself
 * @param actions what it got, as JSON
 */
public record HandledEvent(String key, String correlation, String actions) {
    /** What changes a call without an event, or by one that may be carried out again. */
    public static final HandledEvent NONE = new HandledEvent("", "", "");
}
