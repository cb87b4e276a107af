package io.mooring.hostile;

import io.mooring.lab.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a stack takes up now.
 *
 * @param edgeShared shared memory of Kamailio in use, bytes
 * @param edgeResident memory of all its processes, what they share counted for each, bytes
 * @param nodeHeap live objects of the nodes, after a collection, bytes
 * @param files open files and sockets of the nodes, Kamailio, Redis and rtpengine
 * @param mediaSessions of rtpengine
 * @param keys in Redis that never expire
 */
record Footprint(long edgeShared, long edgeResident, long nodeHeap, long files, int mediaSessions, Set<String> keys) {

    static Footprint of(Stack stack) {
        var edge = stack.edgeInside();
        return new Footprint(edge.sharedBytes(), edge.processes().stream().mapToLong(Footprint::resident).sum(),
                stack.nodes().stream().mapToLong(node -> heap(node.pid())).sum(),
                stack.parts().stream().flatMapToLong(part -> family(stack.pid(part))).map(Footprint::files).sum(),
                stack.mediaSessions(),
                stack.keys("*")
                        .stream()
                        .filter(key -> stack.redis().ttl(key) < 0)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static LongStream family(long pid) {
        return LongStream.concat(LongStream.of(pid),
                ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).mapToLong(ProcessHandle::pid));
    }

    private static long files(long pid) {
        try (Stream<Path> open = Files.list(Path.of("/proc", "" + pid, "fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long resident(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", "" + pid, "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1_024)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last line of a class histogram is the sum of all that lives; it is made after a full collection. */
    private static long heap(long pid) {
        try {
            var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            var process = new ProcessBuilder(List.of(jcmd, "" + pid, "GC.class_histogram")).redirectErrorStream(true)
                    .start();
            var lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> line.startsWith("Total"))
                    .toList();
            return Long.parseLong(lines.getLast().strip().split("\\s+")[2]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "Kamailio %.2f MiB shared, %.0f MiB resident; nodes %.1f MiB of heap; %d files; %d media sessions; %d lasting keys"
                .formatted(
                        edgeShared / 1048576.0, edgeResident / 1048576.0, nodeHeap / 1048576.0, files, mediaSessions,
                        keys.size());
    }
}
