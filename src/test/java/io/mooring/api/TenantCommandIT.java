package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.tenant.Ha1;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./mooring tenant} against a real API. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenantCommandIT {

    @TempDir
    static Path folder;

    private final ApiUnderTest api = new ApiUnderTest();

    record Run(int status, String out, String err) {}

    @BeforeAll
    void token() throws IOException {
        Files.writeString(folder.resolve("token"), ApiUnderTest.OPERATOR + "\n");
    }

    @BeforeEach
    void empty() {
        api.jedis.flushAll();
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private Run tenant(String... arguments) {
        var command = new ArrayList<>(List.of("./mooring", "tenant"));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("MOORING_API", "http://127.0.0.1:" + api.port());
        builder.environment().put("MOORING_API_TOKEN_FILE", folder.resolve("token").toString());
        try {
            Process process = builder.start();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content, StandardCharsets.UTF_8).toString();
    }

    @Test
    void aTenantFromTheFirstStepToTheLast() throws IOException {
        assertThat(tenant("create", "acme.example", "Acme & Sons").out()).contains("acme.example", "Acme & Sons",
                "*68");
        var added = tenant("add", "acme.example", file("e.csv", """
                extension,name,password\r
                101,Bob\r
                102,"Cooper, ""Alice""\",secret-102

                103,,secret-103
                """));

        assertThat(added.err()).isEmpty();
        assertThat(added.status()).isZero();
        assertThat(added.out().lines().toList()).hasSize(4).element(1).asString().matches("101 +Bob +[A-Za-z0-9]{20}");
        assertThat(added.out()).doesNotContain("secret-102");
        assertThat(api.jedis.hget("{cfg}:edge:sub:acme.example:102", "ha1"))
                .isEqualTo(Ha1.of("102", "acme.example", "secret-102").hex());
        assertThat(tenant("show", "acme.example").out()).contains("Cooper, \"Alice\"", "103", "parking is off");
        assertThat(tenant("list").out()).contains("acme.example");
        assertThat(tenant("list", "--json").out()).startsWith("[").contains("\"domain\": \"acme.example\"");
        assertThat(tenant("token", "acme.example", "tenant-user", "101").out()).contains("mooring_");

        String exported = tenant("export", "acme.example").out();
        var trial = tenant("import", "copy.example", file("t.json", exported), "--dry-run");
        assertThat(trial.out()).contains("created", "the tenant", "extensions/101");
        assertThat(tenant("show", "copy.example").err()).contains("unknown-tenant");
        assertThat(tenant("import", "copy.example", file("t.json", exported)).out())
                .containsPattern("extensions/101 +[A-Za-z0-9]{20}");
        assertThat(tenant("export", "copy.example").out()).isEqualTo(exported);

        api.happened("acme.example", "one");
        assertThat(tenant("events", "acme.example").out()).contains("EVENT", "parked", "ext:101", "+4930", "refused",
                "parking-off");
        assertThat(tenant("events", "none.example").err()).contains("unknown-tenant");
        assertThat(tenant("events", "none.example", "--follow").err()).contains("unknown-tenant");
        assertThat(tenant("list", "--follow").err()).contains("--follow is for");
        assertThat(tenant("parked", "acme.example").out()).contains("PLACE");
        assertThat(tenant("park", "acme.example", "101").out()).contains("TICKET", "orbit:42", "call-1.1");
        assertThat(tenant("park", "acme.example", "101", "chosen-orbit", "x").err())
                .contains("/number: must be an orbit");
        assertThat(api.ordered).containsExactly("park up-1 of 101 at Park[extension=]");
        assertThat(tenant("delete", "copy.example").status()).isZero();
        assertThat(tenant("list").out()).doesNotContain("copy.example");
    }

    @Test
    void aRefusalIsOneLineForEachMistake() throws IOException {
        tenant("create", "acme.example");

        assertThat(tenant("create", "acme.example").err()).contains("precondition-failed");
        var broken = tenant("import", "acme.example",
                file("b.json", "{\"extensions\": [{\"extension\": \"1\"}], \"x\": 1}"));
        assertThat(broken.status()).isEqualTo(1);
        assertThat(broken.err()).contains("invalid-body", "/extensions/0/extension: must be 2 to 8 digits", "/x: ");
        var line = tenant("add", "acme.example", file("e.csv", "101,Bob\n1,Eve\n"));
        assertThat(line.status()).isEqualTo(1);
        assertThat(line.err()).contains("line 2");
        assertThat(tenant("add", "acme.example", "/nowhere.csv").err()).contains("/nowhere.csv");
        assertThat(tenant("show").status()).isEqualTo(2);
        assertThat(tenant("paint", "acme.example").status()).isEqualTo(2);
        assertThat(tenant("list", "--colour").status()).isEqualTo(2);
        assertThat(tenant("--help").out()).contains("usage: ./mooring tenant");
    }

    @Test
    void whatOthersHaveIsTakenOver() throws IOException {
        tenant("create", "acme.example");
        String lots = file("res_parking.conf", "[default]\nparkpos => 701-720\ncourtesytone = beep\n");
        // As PowerShell 5 writes it with >.
        String policies = Files.writeString(folder.resolve("teams.json"),
                "\ufeff{\"Identity\": \"Tag:Sales\", \"AllowCallPark\": true}\r\n", StandardCharsets.UTF_16LE)
                .toString();
        String location = file("webex.json", "{\"callParkSettings\": {\"recallTime\": 45}}");

        var trial = tenant("import", "acme.example", "--from", "asterisk", lots, "--dry-run");
        assertThat(trial.err()).isEmpty();
        assertThat(trial.out()).contains("created", "park-policies/default", "not-carried", "line 3",
                "no tone is played");
        assertThat(tenant("show", "acme.example").out()).contains("parking is off");
        assertThat(tenant("import", "acme.example", "--from=asterisk", lots).out()).contains("the tenant");
        assertThat(tenant("show", "acme.example").out()).contains("default policy  default");
        assertThat(tenant("import", "acme.example", "--from", "teams", policies).out()).contains("park-policies/sales");
        assertThat(tenant("import", "acme.example", "--from", "webex", location, "--json").out())
                .contains("\"recallTimeoutSeconds\": 45", "\"notes\": [");

        var broken = tenant("import", "acme.example", "--from", "asterisk", file("b.conf", "[a]\nparkpos = x\n"));
        assertThat(broken.status()).isEqualTo(1);
        assertThat(broken.err()).contains("invalid-body", "line 2: parkpos must be two numbers");
        assertThat(tenant("import", "acme.example", "--from", "avaya", lots).status()).isEqualTo(2);
        assertThat(tenant("import", "acme.example", lots, "--from").status()).isEqualTo(2);
        assertThat(tenant("list", "--from", "teams").status()).isEqualTo(2);
    }
}
