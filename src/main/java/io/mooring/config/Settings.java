package io.mooring.config;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads typed values out of the environment and gathers every mistake, so that one start shows them all. */
final class Settings {

    private static final String FILE_SUFFIX = "_FILE";

    private final Map<String, String> environment;
    private final List<String> mistakes = new ArrayList<>();

    Settings(Map<String, String> environment) {
        this.environment = environment;
    }

    List<String> mistakes() {
        return mistakes;
    }

    void mistake(String name, String what) {
        mistakes.add(name + ": " + what);
    }

    /** The value, or that of the file named by {@code <name>_FILE}; an empty variable counts as absent. */
    Optional<String> find(String name) {
        String value = environment.getOrDefault(name, "").strip();
        String file = environment.getOrDefault(name + FILE_SUFFIX, "").strip();
        if (file.isEmpty()) {
            return value.isEmpty() ? Optional.empty() : Optional.of(value);
        }
        if (!value.isEmpty()) {
            mistake(name, "is set, and so is " + name + FILE_SUFFIX + ": give one of them");
            return Optional.of(value);
        }
        return read(name, file);
    }

    private Optional<String> read(String name, String file) {
        try {
            String value = Files.readString(Path.of(file)).strip();
            if (value.isEmpty()) {
                mistake(name + FILE_SUFFIX, "the file " + file + " is empty");
            }
            return Optional.of(value);
        } catch (IOException | InvalidPathException e) {
            mistake(name + FILE_SUFFIX, "cannot read the file " + file + " (" + e.getClass().getSimpleName() + ")");
            return Optional.of("");
        }
    }

    <T> T parsed(String name, String fallback, T placeholder, Function<String, T> parser) {
        String text = find(name).orElse(fallback);
        if (text.isEmpty()) {
            return placeholder;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            mistake(name, String.valueOf(e.getMessage()));
            return placeholder;
        }
    }

    String required(String name, String meaning) {
        Optional<String> value = find(name);
        if (value.isEmpty()) {
            mistake(name, "is required (" + meaning + "); set it, or " + name + FILE_SUFFIX);
        }
        return value.orElse("");
    }

    Secret token(String name, String meaning) {
        String value = required(name, meaning);
        if (value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            mistake(name, "a token must be printable ASCII without spaces");
        }
        return new Secret(value);
    }

    HostPort listen(String name, String fallback) {
        return parsed(name, fallback, new HostPort("", 0), HostPort::parse);
    }

    /** Where somebody else listens. */
    HostPort address(String name, String fallback) {
        return parsed(name, fallback, new HostPort("", 0), Settings::toSendTo);
    }

    /** Where others listen, comma between; none when it is not set. */
    List<HostPort> addresses(String name) {
        return parsed(name, "", List.of(),
                text -> Arrays.stream(text.split(",", -1)).map(String::strip).map(Settings::toSendTo).toList());
    }

    private static HostPort toSendTo(String text) {
        HostPort address = HostPort.parse(text);
        if (address.port() == 0 || address.isWildcard()) {
            throw new IllegalArgumentException("must be an address to send to, found \"" + text + "\"");
        }
        return address;
    }

    int integer(String name, int fallback, int min, int max) {
        return parsed(name, Integer.toString(fallback), fallback, text -> {
            try {
                int value = Integer.parseInt(text);
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // The message below says it better.
            }
            throw new IllegalArgumentException(
                    "must be a whole number " + min + ".." + max + ", found \"" + text + "\"");
        });
    }

    URI uri(String name, String fallback, Set<String> schemes) {
        return parsed(name, fallback, URI.create(fallback), text -> {
            try {
                var uri = new URI(text);
                String scheme = uri.getScheme();
                if (scheme != null && schemes.contains(scheme.toLowerCase(Locale.ROOT)) && uri.getHost() != null) {
                    return uri;
                }
            } catch (URISyntaxException e) {
                // The message below says it better, and without a password that the text may hold.
            }
            throw new IllegalArgumentException("must be a URI with a host and one of the schemes " + sorted(schemes));
        });
    }

    String oneOf(String name, String fallback, List<String> values) {
        return parsed(name, fallback, fallback, text -> {
            String value = text.toUpperCase(Locale.ROOT);
            if (!values.contains(value)) {
                throw new IllegalArgumentException("must be one of " + values + ", found \"" + text + "\"");
            }
            return value;
        });
    }

    private static List<String> sorted(Set<String> values) {
        return values.stream().sorted().toList();
    }
}
