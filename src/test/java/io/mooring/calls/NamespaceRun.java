package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a part of a test as a program of its own in a {@link Namespace}. */
public final class NamespaceRun {
    private NamespaceRun() {}

    /**
     * Fails with what the program printed when it ends with another status than 0, or not in time.
     *
     * @param program has a main method
     * @param folder for its output
     */
    public static void assertWell(Namespace namespace, Class<?> program, int minutes, Path folder, String... arguments)
            throws IOException, InterruptedException {
        var output = folder.resolve("calls.txt");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
        System.getProperties()
                .stringPropertyNames()
                .stream()
                .filter(name -> name.startsWith("mooring."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        var calls = namespace.process(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        var ended = calls.waitFor(minutes, TimeUnit.MINUTES);
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
