package io.mooring.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** One message of RFC 4475, as its appendix A has it. */
record TortureMessage(String name, byte[] bytes) {

    private static final Pattern CALL_ID = Pattern.compile("(?im)^(?:call-id|i)[ \t]*:[ \t]*(\\S+)");
    private static final Pattern BRANCH = Pattern.compile("(?i)branch\\s*=\\s*([^\\s;,]+)");

    static TortureMessage named(String name) {
        try (var in = TortureMessage.class.getResourceAsStream("/rfc4475/" + name + ".dat")) {
            if (in == null) {
                throw new IllegalArgumentException("RFC 4475 has no message called " + name);
            }
            return new TortureMessage(name, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of all 49. */
    static List<String> names() {
        try (var files = Files
                .list(Path.of(Objects.requireNonNull(TortureMessage.class.getResource("/rfc4475")).toURI()))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".dat"))
                    .map(file -> file.substring(0, file.length() - 4))
                    .sorted()
                    .toList();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    String text() {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** By what an answer to it is known: its Call-ID, or the branch of its Via when it has none. */
    String mark() {
        for (var pattern : new Pattern[]{CALL_ID, BRANCH}) {
            var matcher = pattern.matcher(text());
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new IllegalStateException(name + " has neither Call-ID nor branch");
    }
}
