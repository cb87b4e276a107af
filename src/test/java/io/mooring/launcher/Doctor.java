package io.mooring.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code ./mooring doctor} in an environment that a test chooses. */
final class Doctor {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LIMIT_SECONDS = 60;

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private String prefix = "";

    /** @param folder of its own: nothing is up there */
    Doctor(Path folder) {
        this.folder = folder;
        environment.put("MOORING_STATE_DIR", folder.resolve("state").toString());
    }

    Doctor set(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Shell commands that come first, such as {@code ulimit}. */
    Doctor after(String commands) {
        prefix = commands + "; ";
        return this;
    }

    /** Puts a program before all others. */
    Doctor withProgram(String name, String script) throws IOException {
        Path programs = Files.createDirectories(folder.resolve("bin"));
        Path program = Files.writeString(programs.resolve(name), "#!/bin/sh\n" + script + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return set("PATH", programs + ":" + System.getenv("PATH"));
    }

    /** A file of the kernel; those that are not written are not there. */
    Doctor withKernel(String name, String content) throws IOException {
        Path file = folder.resolve("proc").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return set("MOORING_DOCTOR_PROC", folder.resolve("proc").toString());
    }

    /** What it has to say. */
    Findings looks(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(
                List.of("bash", "-c", prefix + "exec ./mooring doctor \"$@\"", "doctor", "--json"));
        command.addAll(List.of(arguments));
        Path err = folder.resolve("stderr");
        var builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MOORING_"));
        builder.environment().putAll(environment);
        var process = builder.start();
        process.getOutputStream().close();
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("ended in time").isTrue();
        assertThat(Files.readString(err)).as("what it complains about").isEmpty();
        return new Findings(process.exitValue(), JSON.readTree(out));
    }

    /** @param status of its exit */
    record Findings(int status, JsonNode json) {

        /** All of one check have this level, say that, and there is one. */
        Findings has(String level, String check, String found) {
            var named = new ArrayList<JsonNode>();
            json.get("checks").forEach(each -> {
                if (each.get("check").asText().equals(check)) {
                    named.add(each);
                }
            });
            assertThat(named).as("%s in %s", check, json.toPrettyString()).anySatisfy(each -> {
                assertThat(each.get("level").asText()).isEqualTo(level);
                assertThat(each.get("found").asText()).contains(found);
                assertThat(each.get("advice").asText().isEmpty()).as("no advice").isEqualTo(level.equals("ok"));
            });
            int worst = switch (level) {
                case "ok" -> 0;
                case "warning" -> 1;
                default -> 2;
            };
            assertThat(status).as("exit status").isGreaterThanOrEqualTo(worst);
            assertThat(json.get("status").asText()).isEqualTo(List.of("ok", "warnings", "broken").get(status));
            return this;
        }
    }
}
