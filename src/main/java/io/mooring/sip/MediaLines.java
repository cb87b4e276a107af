package io.mooring.sip;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The media lines of a session. Each offer in it has as many as the one before, in the same order, and each answer as many as the offer; a
 * medium that is not wanted has port 0 [RFC 3264 6, 8]. What rtpengine writes knows one side only.
 */
public final class MediaLines {
    private static final Pattern BLANK = Pattern.compile(" ");

    private MediaLines() {}

    /**
     * A description that fits a session.
     *
     * @param sdp as it is sent
     * @param order for each of its media lines, which one it was before; -1: it has been put in
     */
    public record Fitted(String sdp, List<Integer> order) {}

    /** The media lines of a description. */
    public static List<String> of(String sdp) {
        return sdp.lines().filter(line -> line.startsWith("m=")).map(String::strip).toList();
    }

    /**
     * Puts media in the order of a session, those that it lacks refused, and what is new at the end.
     *
     * @param session the media lines of the last description of the session; empty: it is new
     */
    public static Fitted fit(String sdp, List<String> session) {
        List<String> parts = parts(sdp);
        int media = parts.size() - 1;
        var order = new ArrayList<Integer>();
        for (String line : session) {
            int found = -1;
            for (int i = 0; i < media && found < 0; i++) {
                found = !order.contains(i) && kind(parts.get(i + 1)).equals(kind(line)) ? i : -1;
            }
            order.add(found);
        }
        for (int i = 0; i < media; i++) {
            if (!order.contains(i)) {
                order.add(i);
            }
        }
        boolean same = order.size() == media;
        for (int i = 0; same && i < media; i++) {
            same = order.get(i) == i;
        }
        if (same) {
            return new Fitted(sdp, List.of());
        }
        var text = new StringBuilder(parts.getFirst());
        boolean connected = parts.getFirst().lines().anyMatch(line -> line.startsWith("c="));
        for (int at = 0; at < order.size(); at++) {
            int from = order.get(at);
            text.append(from < 0 ? refused(session.get(at), connected) : parts.get(from + 1));
        }
        return new Fitted(text.toString(), order);
    }

    /**
     * The answer to what {@link #fit} has made, as if it answered what was there before.
     *
     * @param order of what was made; empty: it was left as it was
     */
    public static String restore(String answer, List<Integer> order) {
        List<String> parts = parts(answer);
        if (order.isEmpty() || parts.size() != order.size() + 1) {
            return answer;
        }
        var text = new StringBuilder(parts.getFirst());
        for (int before = 0; before < order.size(); before++) {
            int at = order.indexOf(before);
            if (at >= 0) {
                text.append(parts.get(at + 1));
            }
        }
        return text.toString();
    }

    /** The lines of the session, then those of each medium. */
    private static List<String> parts(String sdp) {
        var parts = new ArrayList<String>();
        var part = new StringBuilder();
        for (String line : sdp.lines().toList()) {
            if (line.startsWith("m=")) {
                parts.add(part.toString());
                part = new StringBuilder();
            }
            if (!line.isBlank()) {
                part.append(line.strip()).append("\r\n");
            }
        }
        parts.add(part.toString());
        return parts;
    }

    private static String kind(String media) {
        return BLANK.split(media, 2)[0];
    }

    private static String refused(String line, boolean connected) {
        String[] fields = BLANK.split(line, 3);
        return fields[0] + " 0" + (fields.length > 2 ? " " + fields[2] : " RTP/AVP 0") + "\r\n"
                + (connected ? "" : "c=IN IP4 0.0.0.0\r\n");
    }
}
