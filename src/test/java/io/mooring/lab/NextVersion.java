package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/**
 * The node of a release to come: this one, whose calls are all of the next version of records and bear a field that this one does not know. Compiled from the
 * sources of today, so that a stack can run both side by side.
 */
public final class NextVersion {
    private static final Path SOURCES = Path.of("src/main/java/io/mooring");
    private static final Path JAR = Path.of("target/mooring.jar");

    private NextVersion() {}

    /**
     * Makes its jar.
     *
     * @param folder of its own; what an earlier run has left there is replaced
     * @return for {@code MOORING_JAR}
     */
    public static Path in(Path folder) {
        try {
            Path sources = folder.resolve("sources");
            Path classes = Files.createDirectories(folder.resolve("classes"));
            compile(classes, List.of(
                    changed(sources, "call/Call.java", "VERSION = 1;", "VERSION = 2;", "int version = 1;",
                            "int version = 2;"),
                    changed(sources, "call/Leg.java", "public String allow = \"\";",
                            "public String allow = \"\";\n    public String tint = \"of tomorrow\";"),
                    changed(sources, "store/Records.java")));
            Path jar = folder.resolve("mooring.jar");
            Files.copy(JAR, jar, StandardCopyOption.REPLACE_EXISTING);
            replace(jar, classes);
            Files.deleteIfExists(folder.resolve("lib"));
            Files.createSymbolicLink(folder.resolve("lib"), Path.of("target/lib").toAbsolutePath());
            return jar.toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String changed(Path folder, String name, String... replacements) throws IOException {
        String source = Files.readString(SOURCES.resolve(name));
        for (int i = 0; i < replacements.length; i += 2) {
            if (!source.contains(replacements[i])) {
                throw new IllegalStateException(name + " has no " + replacements[i]);
            }
            source = source.replace(replacements[i], replacements[i + 1]);
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, source).toString();
    }

    private static void compile(Path classes, List<String> files) {
        var arguments = new ArrayList<>(List.of("-proc:none", "-nowarn", "-parameters", "-cp",
                JAR.toAbsolutePath() + ":" + System.getProperty("java.class.path"), "-d", classes.toString()));
        arguments.addAll(files);
        if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)) != 0) {
            throw new IllegalStateException("the node of the next version does not compile");
        }
    }

    private static void replace(Path jar, Path classes) throws IOException {
        try (var inside = FileSystems.newFileSystem(jar); var files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, inside.getPath("/" + classes.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
