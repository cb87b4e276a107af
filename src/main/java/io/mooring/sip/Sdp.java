package io.mooring.sip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The little of SDP [RFC 8866] that call control looks at; rtpengine does the rest. */
public final class Sdp {
    /** Static payload types that phones may leave without an rtpmap [RFC 3551 table 4]. */
    private static final Map<String, String> STATIC = Map.of("0", "PCMU", "8", "PCMA", "9", "G722", "18", "G729");

    private static final String EVENTS = "TELEPHONE-EVENT";
    private static final Set<String> HELD = Set.of("a=sendonly", "a=recvonly", "a=inactive");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern HOLD_LINE = Pattern.compile("(?m)^a=(sendonly|recvonly|inactive)\\r?\\n");
    private static final Pattern OF_TYPE = Pattern.compile("^a=(?:rtpmap|fmtp):(\\d+)\\b");

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

    /** A payload type as a session gives it a meaning: {@code NAME/clock[/channels]}, upper case. */
    private record Format(String type, String encoding) {
        String name() {
            return encoding.split("/", 2)[0];
        }

        String clock() {
            String[] parts = encoding.split("/", 3);
            return parts.length > 1 ? parts[1] : "8000";
        }

        boolean isStatic() {
            return STATIC.containsKey(type);
        }
    }

    /**
     * What the device that has said this before would answer to another offer, when that can be told: both are one plain RTP audio
     * stream that is not held, and no payload type means one thing here and another there.
     *
     * @param transcoded names of the codecs that may stand in when the two have none in common
     * @return empty when the device has to be asked
     */
    public Optional<String> answerTo(Sdp offer, List<String> transcoded) {
        if (!isPlain() || !offer.isPlain()) {
            return Optional.empty();
        }
        List<Format> offered = offer.formats();
        var shared = new ArrayList<Format>();
        for (Format mine : formats()) {
            if (offered.contains(mine)) {
                shared.add(mine);
            } else if (mine.name().equals(EVENTS) && offered.stream().anyMatch(f -> f.name().equals(EVENTS))) {
                return Optional.empty();
            }
        }
        if (shared.stream().allMatch(format -> isNoCodec(format.name()))) {
            shared.addAll(0, formats().stream()
                    .filter(format -> format.isStatic() && transcoded.contains(format.name()))
                    .toList());
        }
        return shared.stream().allMatch(format -> isNoCodec(format.name()))
                ? Optional.empty()
                : Optional.of(withOnly(shared.stream().map(Format::type).toList()));
    }

    /** This session with those formats alone that the other side of it has named too. */
    public Sdp agreedWith(Sdp otherSide) {
        List<Format> theirs = otherSide.formats();
        return parse(withOnly(formats().stream().filter(theirs::contains).map(Format::type).toList()));
    }

    private static boolean isNoCodec(String name) {
        return name.equals(EVENTS) || name.equals("CN");
    }

    /** One audio stream over RTP/AVP, in both directions, and nothing else. */
    private boolean isPlain() {
        return lines.stream().filter(l -> l.startsWith("m=")).count() == 1
                && hasAudio()
                && audioLine().filter(l -> BLANKS.split(l)[2].equals("RTP/AVP")).isPresent()
                && lines.stream().noneMatch(HELD::contains)
                && lines.stream().noneMatch(l -> l.startsWith("c=") && l.endsWith(" 0.0.0.0"));
    }

    /** The formats of the audio stream, those without a name left out. */
    private List<Format> formats() {
        Map<String, String> names = new HashMap<>();
        STATIC.forEach((type, name) -> names.put(type, name + "/8000"));
        for (String line : lines) {
            if (line.startsWith("a=rtpmap:")) {
                String[] parts = BLANKS.split(line.substring(9), 2);
                if (parts.length == 2) {
                    names.put(parts[0], mono(parts[1].toUpperCase(Locale.ROOT)));
                }
            }
        }
        var formats = new ArrayList<Format>();
        String[] fields = BLANKS.split(audioLine().orElse(""));
        for (int i = 3; i < fields.length; i++) {
            String encoding = names.get(fields[i]);
            if (encoding != null) {
                formats.add(new Format(fields[i], encoding));
            }
        }
        return formats;
    }

    /** One channel is the default, and need not be written [RFC 8866 6.6]. */
    private static String mono(String encoding) {
        return encoding.endsWith("/1") ? encoding.substring(0, encoding.length() - 2) : encoding;
    }

    private String withOnly(List<String> types) {
        var text = new StringBuilder();
        for (String line : lines) {
            Matcher attribute = OF_TYPE.matcher(line);
            if (line.startsWith("m=")) {
                String[] fields = BLANKS.split(line);
                text.append(String.join(" ", List.of(fields).subList(0, 3)))
                        .append(' ')
                        .append(String.join(" ", types));
            } else if (attribute.find() && !types.contains(attribute.group(1))) {
                continue;
            } else {
                text.append(line);
            }
            text.append("\r\n");
        }
        return text.toString();
    }

    /**
     * Payload type and encoding of the digits that are offered [RFC 4733], such as {@code 96 telephone-event/8000}; those with the clock
     * of a codec first. An answer has to use the same type.
     *
     * @param codecs that are answered
     */
    public Optional<String> eventFormat(List<String> codecs) {
        List<Format> all = formats();
        List<Format> events = all.stream().filter(format -> format.name().equals(EVENTS)).toList();
        Set<String> clocks = all.stream()
                .filter(format -> codecs.contains(format.name()))
                .map(Format::clock)
                .collect(Collectors.toSet());
        return events.stream()
                .filter(format -> clocks.contains(format.clock()))
                .findFirst()
                .or(() -> events.stream().findFirst())
                .map(format -> format.type() + " telephone-event/" + format.clock());
    }

    /** True when media for either go to the same address, in the same codec. */
    public boolean sameAudioAs(Sdp other) {
        return sameAddressAs(other)
                && audioCodecs().stream().findFirst().equals(other.audioCodecs().stream().findFirst());
    }

    /** True when media for either go to the same address and port. */
    public boolean sameAddressAs(Sdp other) {
        return address().isPresent() && address().equals(other.address());
    }

    private Optional<String> address() {
        Optional<String> connection = lines.stream().filter(l -> l.startsWith("c=")).reduce((_, last) -> last);
        return connection.flatMap(c -> audioLine().map(m -> c + " " + BLANKS.split(m)[1]));
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
                String[] parts = BLANKS.split(line.substring(9), 2);
                if (parts.length == 2) {
                    names.put(parts[0], parts[1].split("/", 2)[0].toUpperCase(Locale.ROOT));
                }
            }
        }
        String[] fields = BLANKS.split(media.get());
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
        return HOLD_LINE.matcher(text).replaceAll("");
    }

    /** True when there is an audio stream that is not rejected (port not 0). */
    public boolean hasAudio() {
        return audioLine().map(l -> !BLANKS.split(l)[1].equals("0")).orElse(false);
    }

    private Optional<String> audioLine() {
        return lines.stream()
                .filter(l -> l.startsWith("m=audio ") && BLANKS.split(l).length > 3)
                .findFirst();
    }
}
