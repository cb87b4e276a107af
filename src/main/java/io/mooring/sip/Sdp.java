package io.mooring.sip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The little of SDP [RFC 8866] that call control looks at; rtpengine does the rest. */
public final class Sdp {
    /** Static payload types that phones may leave without an rtpmap [RFC 3551 table 4]. */
    private static final Map<String, String> STATIC = Map.of("0", "PCMU", "8", "PCMA", "9", "G722", "18", "G729");

    private final List<String> lines;

    private Sdp(List<String> lines) {
        this.lines = lines;
    }

    public static Sdp parse(String text) {
        return new Sdp(text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList());
    }

    /** The {@code o=} line: the same line again says that nothing has changed [RFC 3264 8]. */
    public Optional<String> origin() {
        return lines.stream().filter(l -> l.startsWith("o=")).findFirst();
    }

    /** True when both describe the same session in the same version: a refresh [RFC 4028 7.4]. */
    public boolean sameVersionAs(Sdp other) {
        return origin().isPresent() && origin().equals(other.origin()) && lines.equals(other.lines);
    }

    /** Names of the audio codecs in their order of preference, upper case, without telephone-event and CN. */
    public List<String> audioCodecs() {
        Optional<String> media = audioLine();
        if (media.isEmpty()) {
            return List.of();
        }
        Map<String, String> names = new HashMap<>(STATIC);
        // A payload type means something else in each media section [RFC 8866 6.6].
        for (String line : lines.subList(lines.indexOf(media.get()) + 1, lines.size())) {
            if (line.startsWith("m=")) {
                break;
            }
            if (line.startsWith("a=rtpmap:")) {
                String[] parts = line.substring(9).split("\\s+", 2);
                if (parts.length == 2) {
                    names.put(parts[0], parts[1].split("/", 2)[0].toUpperCase(Locale.ROOT));
                }
            }
        }
        String[] fields = media.get().split("\\s+");
        var codecs = new ArrayList<String>();
        for (int i = 3; i < fields.length; i++) {
            String name = names.get(fields[i]);
            if (name != null && !name.equals("TELEPHONE-EVENT") && !name.equals("CN")) {
                codecs.add(name);
            }
        }
        return codecs;
    }

    /** The session without what a hold has left in it: both directions, the default [RFC 8866 6.7]. */
    public static String unheld(String text) {
        return text.replaceAll("(?m)^a=(sendonly|recvonly|inactive)\\r?\\n", "");
    }

    /** True when there is an audio stream that is not rejected (port not 0). */
    public boolean hasAudio() {
        return audioLine().map(l -> !l.split("\\s+")[1].equals("0")).orElse(false);
    }

    private Optional<String> audioLine() {
        return lines.stream()
                .filter(l -> l.startsWith("m=audio ") && l.split("\\s+").length > 3)
                .findFirst();
    }
}
