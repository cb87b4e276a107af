package io.mooring.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar is built again when something that goes into it is newer. */
class StaleJarTest {
    private static final Instant BUILT = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path root;

    @BeforeEach
    void built() throws IOException {
        for (var source : new String[]{"pom.xml", "src/main/java/A.java", "redis/save_call.lua",
            "media/prompts/en/a.wav",
            "docs/architecture.md", "target/lib/vertx.jar", "target/mooring.jar"}) {
            var file = root.resolve(source);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "x");
        }
        try (var all = Files.walk(root)) {
            for (var file : all.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(BUILT.minusSeconds(60)));
            }
        }
        Files.setLastModifiedTime(root.resolve("target/mooring.jar"), FileTime.from(BUILT));
    }

    private boolean isFresh() throws IOException, InterruptedException {
        var asked = new ProcessBuilder("bash", "-c",
                "ROOT=$1 JAR=$1/target/mooring.jar; source scripts/launcher/setup.sh; jar_is_fresh", "fresh",
                root.toString()).inheritIO().start();
        int status = asked.waitFor();
        assertThat(status).isBetween(0, 1);
        return status == 0;
    }

    @Test
    void aJarThatIsNewerThanAllIsLeftAlone() throws Exception {
        assertThat(isFresh()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", "src/main/java/A.java", "redis/save_call.lua", "media/prompts/en/a.wav"})
    void whatGoesIntoItMakesItStale(String source) throws Exception {
        Files.setLastModifiedTime(root.resolve(source), FileTime.from(BUILT.plusSeconds(1)));
        assertThat(isFresh()).isFalse();
    }

    @Test
    void whatDoesNotLeavesItAsItIs() throws Exception {
        Files.setLastModifiedTime(root.resolve("docs/architecture.md"), FileTime.from(BUILT.plusSeconds(1)));
        assertThat(isFresh()).isTrue();
    }

    @Test
    void noJarIsStale() throws Exception {
        Files.delete(root.resolve("target/mooring.jar"));
        assertThat(isFresh()).isFalse();
    }
}
