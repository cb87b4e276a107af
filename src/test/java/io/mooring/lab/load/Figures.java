package io.mooring.lab.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What a benchmark says: lines for people while it goes on, and at the end the same for programs that asked for it. The options of all of them. */
public final class Figures {
    private static final long MIB = 1_024 * 1_024;

    @Option(names = "--stack", required = true, paramLabel = "FILE", description = "stack.json of the running stack")
    private Path stack = Path.of("stack.json");

    @Option(names = "--json", description = "print the figures as JSON on standard output, progress on standard error")
    private boolean json;

    private final Map<String, Object> all = new LinkedHashMap<>();

    /** What a benchmark measures. */
    @FunctionalInterface
    public interface Measurement {

        void on(Stack stack) throws Exception;
    }

    /** Ends the process with the status of a benchmark. */
    public static void main(Object bench, String... arguments) {
        System.exit(new CommandLine(bench)
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    line.getErr().println(line.getCommandName() + ": " + e);
                    return 1;
                })
                .execute(arguments));
    }

    /** Measures on the running stack, and prints all that was put here. */
    public void measure(Measurement measurement) {
        try (var running = Stack.attach(stack)) {
            String machine = Machine.describe();
            put("machine", machine);
            say("%s", machine);
            measurement.on(running);
            if (json) {
                System.out.println(print(all));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String print(Map<String, Object> figures) throws JsonProcessingException {
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(figures);
    }

    public void put(String name, Object figure) {
        all.put(name, figure);
    }

    /** A line for people. */
    public void say(String format, Object... arguments) {
        PrintStream out = json ? System.err : System.out;
        out.printf(Locale.ROOT, format + "%n", arguments);
        if (out.checkError()) {
            throw new UncheckedIOException(new IOException("nobody reads the figures"));
        }
    }

    /** Named values in a row, each by a format of its name and itself. */
    public static String each(Map<String, Double> values, String format) {
        return values.entrySet()
                .stream()
                .map(it -> String.format(Locale.ROOT, format, it.getKey(), it.getValue()))
                .collect(Collectors.joining(", "));
    }

    /** Shares of one, in percent. */
    public static String percent(Map<String, Double> shares, String format) {
        var percent = new LinkedHashMap<String, Double>();
        shares.forEach((name, share) -> percent.put(name, share * 100));
        return each(percent, format);
    }

    /** Bytes, in MiB. */
    public static String mebibytes(Map<String, Long> bytes) {
        var mebibytes = new LinkedHashMap<String, Double>();
        bytes.forEach((name, count) -> mebibytes.put(name, (double) count / MIB));
        return each(mebibytes, "%s %.0f MiB");
    }

    public static double mebibytes(long bytes) {
        return (double) bytes / MIB;
    }

    /** Bytes that Redis has taken. */
    public static long redisBytes(Stack stack) {
        return Long.parseLong(stack.redis().info("memory").replaceAll("(?s).*used_memory:(\\d+).*", "$1"));
    }
}
