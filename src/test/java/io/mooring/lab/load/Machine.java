package io.mooring.lab.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a measurement ran on. */
public final class Machine {

    private Machine() {}

    /** Processor, cores, kernel and Java, in one line. */
    public static String describe() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            String cpu = lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 2))
                    .findFirst()
                    .orElse("unknown CPU");
            return cpu + ", " + Runtime.getRuntime().availableProcessors() + " cores, Linux "
                    + System.getProperty("os.version") + ", Java " + System.getProperty("java.version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
