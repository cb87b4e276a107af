package io.mooring.edge;

import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one line and the one measurement of each event. No phone number and no SIP message is ever in it. */
final class EventLog {

    private static final Logger LOG = LoggerFactory.getLogger("io.mooring.edge.event");
    private static final String OTHER = "OTHER";
    private static final Set<String> METHODS = Set.of("INVITE", "ACK", "BYE", "CANCEL", "REFER", "NOTIFY", "INFO",
            "MESSAGE", "OPTIONS", "UPDATE", "SUBSCRIBE", "PRACK", "PUBLISH", "REGISTER");

    private EventLog() {}

    static void done(EdgeEvent event, String method, String result, int actions, long nanos) {
        LOG.atInfo()
                .addKeyValue("edge", event.edge())
                .addKeyValue("kind", event.kind() == EdgeEvent.Kind.REQUEST ? "request" : "reply")
                .addKeyValue("method", method)
                .addKeyValue("owner", event.owner())
                .addKeyValue("result", result)
                .addKeyValue("actions", actions)
                .addKeyValue("micros", nanos / 1_000)
                .log("event");
    }

    /** Method of the request, or of the CSeq of a reply; OTHER when it is none of those that an edge hands on. */
    static String method(EdgeEvent event) {
        String method = event.kind() == EdgeEvent.Kind.REQUEST
                ? firstWord(event.message())
                : cseqMethod(event.message());
        return METHODS.contains(method) ? method : OTHER;
    }

    private static String firstWord(String message) {
        int space = message.indexOf(' ');
        return space < 0 ? "" : message.substring(0, space);
    }

    private static String cseqMethod(String message) {
        for (int line = message.indexOf('\n') + 1; line > 0; line = message.indexOf('\n', line) + 1) {
            if (message.regionMatches(true, line, "CSeq", 0, 4)) {
                int end = message.indexOf('\n', line);
                String value = message.substring(line, end < 0 ? message.length() : end).strip();
                return value.substring(value.lastIndexOf(' ') + 1);
            }
        }
        return "";
    }
}
