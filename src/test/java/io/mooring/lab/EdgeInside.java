package io.mooring.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** Where it keeps who is registered. */
    public Path registrations() {
        return socket.resolveSibling("registrations.sqlite");
    }

    /** Whether a phone of an extension is among those that it would know after a start. */
    public boolean hasWritten(String tenant, String extension) {
        return !run(
                List.of("sqlite3", "-readonly", registrations().toString(), "SELECT 1 FROM location WHERE username = '"
                        + extension + "' AND domain = '" + tenant + "' LIMIT 1"))
                .isEmpty();
    }

    /** Enters many more phones like the one of an extension, which are read before it is. Not while the edge runs. */
    public void registerBefore(String tenant, String extension, int count) {
        run(List.of("sqlite3", registrations().toString(),
                """
                        CREATE TEMP TABLE one AS SELECT * FROM location WHERE username = '%s' AND domain = '%s';
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
                        INSERT INTO location SELECT 'a' || i, 'more' || i, domain, contact, received, path, expires, q, callid, cseq, last_modified,
                          flags, cflags, user_agent, socket, methods, instance, reg_id, server_id, connection_id, keepalive, partition FROM n, one;
                        """
                        .formatted(extension, tenant, count)));
    }

    /**
     * The answer to a command of Kamailio's, as {@code kamcmd} writes it.
     *
     * @throws IllegalStateException when it refuses the command, or says nothing for ten seconds
     */
    public String ask(String... command) {
        var line = new ArrayList<>(List.of("timeout", "10", "/usr/sbin/kamcmd", "-s", "unix:" + socket));
        line.addAll(List.of(command));
        return run(line);
    }

    private static String run(List<String> line) {
        try {
            var process = new ProcessBuilder(line).redirectErrorStream(true).start();
            var answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", line) + ": " + answer);
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
