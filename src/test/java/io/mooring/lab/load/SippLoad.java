package io.mooring.lab.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One SIPp process under load: a scenario, its folder, and what came of it. Ended by its process, never by name. */
public final class SippLoad implements AutoCloseable {
    private static final Pattern SUCCESS = Pattern.compile("Successful call\\s*\\|\\s*\\d+\\s*\\|\\s*(\\d+)");
    private static final Pattern FAILURE = Pattern.compile("Failed call\\s*\\|\\s*\\d+\\s*\\|\\s*(\\d+)");

    private final Path folder;
    private final Path screen;
    private final Process process;

    private SippLoad(Path folder, Path screen, Process process) {
        this.folder = folder;
        this.screen = screen;
        this.process = process;
    }

    /**
     * Starts SIPp.
     *
     * @param folder of its own, for its traces
     * @param scenario a resource in {@code sipp/}, without ending
     * @param options what differs, before the address of the edge
     */
    public static SippLoad start(Path folder, String scenario, String edge, List<String> options) {
        try {
            Files.createDirectories(folder);
            Path file = folder.resolve(scenario + ".xml");
            try (var in = SippLoad.class.getResourceAsStream("/sipp/" + scenario + ".xml")) {
                Files.write(file, java.util.Objects.requireNonNull(in, scenario).readAllBytes());
            }
            Path screen = folder.resolve("screen.txt");
            var command = new ArrayList<>(List.of("sipp", "-sf", file.toString(), "-nd", "-trace_err"));
            command.addAll(options);
            command.add(edge);
            return new SippLoad(
                    folder,
                    screen,
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .redirectOutput(screen.toFile())
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** True when it ended by itself within the time. */
    public boolean await(long seconds) throws InterruptedException {
        return process.waitFor(seconds, TimeUnit.SECONDS);
    }

    /** Has a scenario that waits for calls end when those that it has are over; SIPp prints its counts then. */
    public void finish(long seconds) throws InterruptedException {
        try {
            new ProcessBuilder("kill", "-USR1", Long.toString(process.pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.waitFor(seconds, TimeUnit.SECONDS);
    }

    public boolean running() {
        return process.isAlive();
    }

    /** Calls that went as the scenario wants, by its own count at its end. */
    public int successes() {
        return counted(SUCCESS);
    }

    /** Calls that went otherwise. */
    public int failures() {
        return counted(FAILURE);
    }

    private int counted(Pattern what) {
        try {
            Matcher found = what.matcher(Files.readString(screen, java.nio.charset.StandardCharsets.ISO_8859_1));
            int last = 0;
            while (found.find()) {
                last = Integer.parseInt(found.group(1));
            }
            return last;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** When it sent and received what, when it was started with {@code -trace_shortmsg}. */
    public SippMessages messages() {
        return SippMessages.in(folder);
    }

    /** What the scenario has logged, line by line, when it was started with {@code -trace_logs}. */
    public List<String> logged() {
        var lines = new ArrayList<String>();
        try (var logs = Files.newDirectoryStream(folder, "*_logs.log")) {
            for (Path log : logs) {
                lines.addAll(Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    /** Its first complaints, for a report. */
    public String complaints() {
        try (var logs = Files.newDirectoryStream(folder, "*_errors.log")) {
            for (Path log : logs) {
                String text = Files.readString(log, java.nio.charset.StandardCharsets.ISO_8859_1);
                Matcher found = Pattern.compile("(unexpected message|timeout|Reason: X-Mooring)[^\r\n]*").matcher(text);
                var first = new ArrayList<String>();
                while (found.find() && first.size() < 3) {
                    first.add(found.group());
                }
                return String.join("; ", first);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "";
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(3, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
