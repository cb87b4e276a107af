package io.mooring.lab.load;

import io.mooring.lab.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the parts of a stack have used: CPU time and memory of each part, its children included. Memory is proportional
 * (PSS): what processes share is counted once.
 *
 * @param cpuSeconds CPU time since the start of each part, by its name
 * @param memoryBytes memory of each part now
 */
public record Usage(Map<String, Double> cpuSeconds, Map<String, Long> memoryBytes) {
    /** USER_HZ, the same on every Linux that we run on. */
    private static final double TICKS = 100;

    private static final int FIELD_SESSION = 3;
    private static final int FIELD_USER_TIME = 11;
    private static final int FIELD_SYSTEM_TIME = 12;

    public static Usage of(Stack stack) {
        var cpu = new LinkedHashMap<String, Double>();
        var memory = new LinkedHashMap<String, Long>();
        var parts = new LinkedHashMap<Long, String>();
        stack.parts().forEach(part -> {
            parts.put(stack.pid(part), part);
            cpu.put(part, 0.0);
            memory.put(part, 0L);
        });
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                add(process, parts, cpu, memory);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return new Usage(cpu, memory);
    }

    private static void add(
            Path process, Map<Long, String> parts, Map<String, Double> cpu, Map<String, Long> memory) {
        try {
            String stat = Files.readString(process.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String part = parts.get(Long.parseLong(fields[FIELD_SESSION]));
            if (part != null) {
                double ticks = Double.parseDouble(fields[FIELD_USER_TIME])
                        + Double.parseDouble(fields[FIELD_SYSTEM_TIME]);
                cpu.merge(part, ticks / TICKS, Double::sum);
                memory.merge(part, pss(process), Long::sum);
            }
        } catch (IOException e) {
            // It has ended meanwhile.
            return;
        }
    }

    private static long pss(Path process) throws IOException {
        return Files.readAllLines(process.resolve("smaps_rollup"))
                .stream()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1_024)
                .sum();
    }

    /** CPU seconds of each part since an earlier look. */
    public Map<String, Double> cpuSince(Usage before) {
        var since = new LinkedHashMap<String, Double>();
        cpuSeconds.forEach((part, seconds) -> since.put(part, seconds - before.cpuSeconds.getOrDefault(part, 0.0)));
        return since;
    }
}
