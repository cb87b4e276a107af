package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node of three loses the others, and they it, while all reach Redis and the edge. {@link SplitCalls} is what runs in the namespace. */
class SplitIT {
    /** For one round, with all that is waited for. */
    private static final int MINUTES = 5;

    @TempDir
    private Path folder;

    @Test
    void aSplitClusterLosesNoCallAndRecallsEachOnce() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Namespace.isRoot(), "a network namespace needs root: sudo ./mooring test");
        try (var namespace = Namespace.alone()) {
            var output = folder.resolve("calls.txt");
            var command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
            Stream.of("mooring.faults.rounds", "mooring.faults.seconds", "mooring.faults.table")
                    .filter(name -> System.getProperty(name) != null)
                    .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
            command.addAll(List.of(SplitCalls.class.getName(), folder.toString()));
            var calls = namespace.process(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            var ended = calls.waitFor(MINUTES * FaultRun.ROUNDS, TimeUnit.MINUTES);
            if (!ended) {
                calls.destroy();
                calls.waitFor(30, TimeUnit.SECONDS);
            }
            var said = Files.readString(output);
            System.out.println(said);
            assertThat(ended).as("ended in time:\n" + said).isTrue();
            assertThat(calls.exitValue()).as(said).isZero();
        }
    }
}
