package io.mooring.lab.load;

import io.mooring.lab.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Phones of a benchmark register, from the port at which it takes their calls: the edge keeps to where a phone was seen. */
public final class Registrations {
    private static final int MOST_AT_ONCE = 500;

    private Registrations() {}

    /** Where the phones take calls; next to the edge's own. */
    public static int port(Stack stack) {
        return stack.sip().getPort() + 2;
    }

    public static String password(String extension) {
        return "secret-" + extension;
    }

    /**
     * Begins to register phones.
     *
     * @param folder of its own, for what SIPp writes
     * @param rate a second
     * @param seconds after which it is given up
     */
    public static SippLoad start(Stack stack, Path folder, String domain, List<String> extensions, int rate,
            int seconds) throws IOException {
        Files.createDirectories(folder);
        Path users = folder.resolve("register.csv");
        Files.writeString(users, extensions.stream()
                .map(it -> it + ";[authentication username=" + it + " password=" + password(it) + "]\n")
                .collect(Collectors.joining("", "SEQUENTIAL\n", "")));
        String port = Integer.toString(port(stack));
        return SippLoad.start(folder, "bench-register", stack.sip().getHostString() + ":" + stack.sip().getPort(),
                List.of("-inf", users.toString(), "-key", "tenant", domain, "-key", "parker", "127.0.0.1:" + port, "-i",
                        "127.0.0.1", "-p", port, "-r", Integer.toString(rate), "-m",
                        Integer.toString(extensions.size()), "-l", Integer.toString(MOST_AT_ONCE), "-timeout",
                        Integer.toString(seconds)));
    }

    /** Registers phones, all of them. */
    public static void all(Stack stack, Path folder, String domain, List<String> extensions, int rate, int seconds)
            throws IOException, InterruptedException {
        try (var sipp = start(stack, folder, domain, extensions, rate, seconds)) {
            if (!sipp.await(seconds + 5L) || sipp.successes() < extensions.size()) {
                throw new IllegalStateException("only " + sipp.successes() + " of " + extensions.size() + " phones of "
                        + domain + " registered: " + sipp.complaints());
            }
        }
    }
}
