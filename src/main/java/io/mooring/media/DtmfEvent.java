package io.mooring.media;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * A key that rtpengine has seen in the media [RFC 4733], as its {@code dtmf-log-dest} tells it: a datagram of JSON.
 *
 * @param session whose
 * @param key 0 to 9, {@code *} or {@code #}
 */
public record DtmfEvent(String session, char key) {
    private static final String KEYS = "0123456789*#";

    /** Reads a datagram; empty when it is something else, or a key that no phone has. */
    public static Optional<DtmfEvent> parse(String text) {
        try {
            var json = new JsonObject(text);
            Object session = json.getValue("callid");
            Object event = json.getValue("event");
            return "DTMF".equals(json.getValue("type")) && session instanceof String id
                    && event instanceof Number number
                    && number.intValue() >= 0 && number.intValue() < KEYS.length()
                            ? Optional.of(new DtmfEvent(id, KEYS.charAt(number.intValue())))
                            : Optional.empty();
        } catch (DecodeException e) {
            return Optional.empty();
        }
    }

    /** Which key of which call is in no log. */
    @Override
    public String toString() {
        return "DtmfEvent[session=" + session + "]";
    }
}
