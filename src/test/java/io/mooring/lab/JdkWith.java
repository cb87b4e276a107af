package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder that the launcher takes for a JDK ({@code MOORING_JDK}): that of these tests, whose {@code java} runs some lines of bash first. So
 * the nodes of one stack can differ: {@code MOORING_NODE} says which one it is about to become.
 */
final class JdkWith {
    private JdkWith() {}

    /**
     * @param folder to be filled
     * @param lines of bash
     */
    static void lines(Path folder, String lines) {
        var jdk = Path.of(System.getProperty("java.home"));
        try {
            var bin = Files.createDirectories(folder.resolve("bin"));
            // As old as the JDK: the start-up cache of the nodes must not be older.
            Files.copy(jdk.resolve("release"), folder.resolve("release"), StandardCopyOption.COPY_ATTRIBUTES);
            program(bin.resolve("javac"), ":", jdk.resolve("bin/javac"));
            program(bin.resolve("java"), lines, jdk.resolve("bin/java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void program(Path path, String lines, Path becomes) throws IOException {
        Files.writeString(path, """
                #!/usr/bin/env bash
                set -euo pipefail
                %s
                exec '%s' "$@"
                """.formatted(lines, becomes));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
