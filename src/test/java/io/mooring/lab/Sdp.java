package io.mooring.lab;

import io.mooring.lab.audio.Codec;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A session description (RFC 4566) with one audio stream, as far as a phone needs it.
 *
 * @param formats payload types in order of preference, events (RFC 4733) left out
 * @param eventsType payload type of telephone events, -1 for none
 */
public record Sdp(String address, int port, List<Format> formats, int eventsType, Direction direction, String text) {

    public record Format(int payloadType, Codec codec) {}

    /** As said by the sender of the description (RFC 3264, 5.1). */
    public enum Direction {
        SENDRECV, SENDONLY, RECVONLY, INACTIVE;

        public boolean sends() {
            return this == SENDRECV || this == SENDONLY;
        }

        public boolean receives() {
            return this == SENDRECV || this == RECVONLY;
        }

        static Direction of(boolean sends, boolean receives) {
            return sends ? receives ? SENDRECV : SENDONLY : receives ? RECVONLY : INACTIVE;
        }
    }

    public static Sdp parse(String text) {
        var address = "";
        var mediaAddress = "";
        var port = 0;
        var direction = Direction.SENDRECV;
        var types = new ArrayList<Integer>();
        Map<Integer, String> maps = new HashMap<>();
        var inAudio = false;
        var inSession = true;
        for (var line : text.split("\r?\n")) {
            if (line.startsWith("m=")) {
                inSession = false;
                inAudio = line.startsWith("m=audio ") && types.isEmpty();
                if (inAudio) {
                    var fields = line.split(" ");
                    port = Integer.parseInt(fields[1]);
                    for (var i = 3; i < fields.length; i++) {
                        types.add(Integer.parseInt(fields[i]));
                    }
                }
            } else if (line.startsWith("c=IN ")) {
                var value = line.substring(line.lastIndexOf(' ') + 1);
                if (inSession) {
                    address = value;
                } else if (inAudio) {
                    mediaAddress = value;
                }
            } else if (line.startsWith("a=rtpmap:") && inAudio) {
                var map = line.substring("a=rtpmap:".length()).split(" ", 2);
                maps.put(Integer.parseInt(map[0]), map[1]);
            } else if (line.startsWith("a=") && (inSession || inAudio)) {
                var said = line.substring(2).strip();
                for (var each : Direction.values()) {
                    if (each.name().equalsIgnoreCase(said)) {
                        direction = each;
                    }
                }
            }
        }
        var formats = new ArrayList<Format>();
        var events = -1;
        for (var type : types) {
            var map = maps.get(type);
            if (map != null && map.startsWith("telephone-event/8000")) {
                events = type;
            } else {
                var codec = map == null ? Codec.ofStaticType(type) : Codec.named(map);
                codec.ifPresent(known -> formats.add(new Format(type, known)));
            }
        }
        return new Sdp(mediaAddress.isEmpty() ? address : mediaAddress, port, List.copyOf(formats), events, direction,
                text);
    }

    static Sdp write(InetSocketAddress media, long sessionId, long version, List<Format> formats, int eventsType,
            Direction direction) {
        var address = media.getAddress().getHostAddress();
        var types = formats.stream().map(format -> " " + format.payloadType()).collect(Collectors.joining());
        var text = new StringBuilder(
                "v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n".formatted(sessionId,
                        version, address, address));
        text.append("m=audio %d RTP/AVP%s%s\r\n".formatted(media.getPort(), types,
                eventsType < 0 ? "" : " " + eventsType));
        for (var format : formats) {
            text.append("a=rtpmap:%d %s\r\n".formatted(format.payloadType(), format.codec().rtpmap()));
        }
        if (eventsType >= 0) {
            text.append("a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n".formatted(eventsType, eventsType));
        }
        text.append("a=ptime:20\r\na=").append(direction.name().toLowerCase(Locale.ROOT)).append("\r\n");
        return new Sdp(address, media.getPort(), formats, eventsType, direction, text.toString());
    }

    /** The kinds of its media lines in their order; a refused one as {@code video 0}. */
    public List<String> media() {
        return text.lines()
                .filter(line -> line.startsWith("m="))
                .map(line -> line.substring(2).split(" "))
                .map(fields -> fields[1].equals("0") ? fields[0] + " 0" : fields[0])
                .toList();
    }

    /** The same, refused or not. */
    public List<String> kinds() {
        return media().stream().map(line -> line.split(" ")[0]).toList();
    }

    /** This audio among other media, in their order; video is refused when the port is 0 or the other side has refused it. */
    Sdp with(List<String> media, int videoPort) {
        var at = text.indexOf("m=audio");
        var all = new StringBuilder(text.substring(0, at));
        for (var line : media) {
            if (line.startsWith("audio")) {
                all.append(text.substring(at));
            } else {
                var wanted = videoPort > 0 && line.equals("video");
                all.append("m=video %d RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n".formatted(wanted ? videoPort : 0));
            }
        }
        return new Sdp(address, port, formats, eventsType, direction, all.toString());
    }

    /** Address, codecs and direction in a few words. */
    public String summary() {
        var codecs = formats.stream().map(format -> format.codec().name()).collect(Collectors.joining(" "));
        return "%s:%d %s %s".formatted(address, port, codecs, direction.name().toLowerCase(Locale.ROOT));
    }

    /** Where the sender of this description wants its media; nothing when it wants none. */
    public Optional<InetSocketAddress> target() {
        return port == 0 || address.equals("0.0.0.0")
                ? Optional.empty()
                : Optional.of(new InetSocketAddress(address, port));
    }

    /** The first of its formats that the other side knows too, with this side's payload type. */
    public Optional<Format> firstKnownTo(List<Codec> codecs) {
        return formats.stream().filter(format -> codecs.contains(format.codec())).findFirst();
    }
}
