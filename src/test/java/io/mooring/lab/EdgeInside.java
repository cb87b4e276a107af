package io.mooring.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What an operator sees of a running Kamailio: its processes and its memory. */
public final class EdgeInside {

    private static final Pattern USED = Pattern.compile("(?m)^\\s*used: (\\d+)");

    private final long pid;
    private final Path socket;

    EdgeInside(long pid, Path socket) {
        this.pid = pid;
        this.socket = socket;
    }

    /** The first process and its children. One that dies takes all others along, and none is ever started anew. */
    public Set<Long> processes() {
        return ProcessHandle.of(pid)
                .map(first -> first.descendants().map(ProcessHandle::pid).collect(Collectors.toSet()))
                .orElse(Set.of());
    }

    /** Shared memory in use, in bytes. */
    public long sharedBytes() {
        var matcher = USED.matcher(ask("core.shmmem"));
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    /** Private memory in use by all processes together, in bytes. */
    public long privateBytes() {
        return USED.matcher(ask("pkg.stats")).results().mapToLong(match -> Long.parseLong(match.group(1))).sum();
    }

    /** The answer to a command of Kamailio's, as {@code kamcmd} writes it. */
    public String ask(String... command) {
        var line = new java.util.ArrayList<>(java.util.List.of("/usr/sbin/kamcmd", "-s", "unix:" + socket));
        line.addAll(java.util.List.of(command));
        try {
            var process = new ProcessBuilder(line).redirectErrorStream(true).start();
            var answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + answer);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
