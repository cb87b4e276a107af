package io.mooring.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Changes messages: bytes, lines, numbers, and one message into another. The same source of chance makes the same of the same. */
final class Mutator {

    private static final int CHANGES = 4;
    private static final int LARGEST = 60_000;
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final List<String> NUMBERS = List.of("0", "-1", "00", "1e9", "255", "256", "65535", "65536",
            "2147483647",
            "2147483648", "4294967295", "4294967296", "9223372036854775808", "99999999999999999999999999");
    private static final List<String> TOKENS = List.of("\r\n", "\n", "\r", "\r\n\r\n", "\r\n ", "\0", "%00", "%",
            "%s%n", "\"", "<",
            ">", ";", ",", ":", "=", "@", "?", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", "$", "$rU", "|", "/../",
            "*88*", "é",
            "\u00ff\u00fe", "\u00c0\u00af", ";lr", ";tag=", ";alias=1~2~3", "sip:", "sips:", "tel:", "SIP/2.0",
            "HTTP/1.1", "*",
            "null", "true", "A".repeat(300), "A".repeat(5_000), ";a".repeat(500), "(".repeat(200), "[".repeat(2_000));

    private final RandomGenerator random;
    private final List<byte[]> corpus;

    /** @param corpus from which parts of other messages are taken */
    Mutator(RandomGenerator random, List<byte[]> corpus) {
        this.random = random;
        this.corpus = corpus;
    }

    byte[] mutate(byte[] message) {
        var bytes = message;
        for (var change = random.nextInt(CHANGES); change >= 0; change--) {
            bytes = once(bytes);
            if (bytes.length > LARGEST) {
                bytes = Arrays.copyOf(bytes, LARGEST);
            }
        }
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        if (bytes.length < 2) {
            return corpus.get(random.nextInt(corpus.size())).clone();
        }
        return switch (random.nextInt(12)) {
            case 0, 1 -> flip(bytes);
            case 2 -> splice(bytes, at(bytes), random.nextInt(1, 20), new byte[0]);
            case 3, 4 -> splice(bytes, at(bytes), 0, token());
            case 5 -> splice(bytes, at(bytes), random.nextInt(1, 12), token());
            case 6, 7 -> number(bytes);
            case 8, 9 -> lines(bytes);
            case 10 -> other(bytes);
            default -> Arrays.copyOf(bytes, at(bytes));
        };
    }

    private int at(byte[] bytes) {
        return random.nextInt(1, bytes.length);
    }

    private byte[] token() {
        return latin(TOKENS.get(random.nextInt(TOKENS.size())));
    }

    private byte[] flip(byte[] bytes) {
        var flipped = bytes.clone();
        for (var n = random.nextInt(1, 4); n > 0; n--) {
            flipped[at(bytes)] = (byte) random.nextInt(256);
        }
        return flipped;
    }

    private static byte[] splice(byte[] bytes, int from, int length, byte[] with) {
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(with);
        var rest = Math.min(bytes.length, from + length);
        out.write(bytes, rest, bytes.length - rest);
        return out.toByteArray();
    }

    private byte[] number(byte[] bytes) {
        var text = latin(bytes);
        var found = NUMBER.matcher(text).results().toList();
        if (found.isEmpty()) {
            return flip(bytes);
        }
        var one = found.get(random.nextInt(found.size()));
        return latin(text.substring(0, one.start()) + NUMBERS.get(random.nextInt(NUMBERS.size()))
                + text.substring(one.end()));
    }

    /** A line goes, comes twice or two hundred times, changes place, or is one of another message. */
    private byte[] lines(byte[] bytes) {
        var lines = new ArrayList<>(List.of(latin(bytes).split("(?<=\n)", -1)));
        var one = random.nextInt(lines.size());
        switch (random.nextInt(5)) {
            case 0 -> lines.remove(one);
            case 1 -> lines.add(one, lines.get(one));
            case 2 -> lines.set(one, lines.get(one).repeat(200));
            case 3 -> lines.add(random.nextInt(lines.size()), lines.remove(one));
            default -> {
                var others = latin(corpus.get(random.nextInt(corpus.size()))).split("(?<=\n)", -1);
                lines.set(one, others[random.nextInt(others.length)]);
            }
        }
        return latin(String.join("", lines));
    }

    /** The head of this one and the tail of another. */
    private byte[] other(byte[] bytes) {
        var tail = corpus.get(random.nextInt(corpus.size()));
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, at(bytes));
        var from = random.nextInt(tail.length);
        out.write(tail, from, tail.length - from);
        return out.toByteArray();
    }

    static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
