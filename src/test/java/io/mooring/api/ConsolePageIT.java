package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.NextStep;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.ParkedCalls.Party;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console as it is served, and what the API tells it of a parked call. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsolePageIT {
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]+)\"");
    private static final Pattern IMPORT = Pattern.compile("from \"\\./([^\"]+)\"");
    private static final ParkedCall ANONYMOUS = new ParkedCall("call-1", "RECALLING", "ext:102", "101", 1_000L,
            "call-1.1", new Party("+4930", "Carol", true), List.of("101"),
            Optional.of(new NextStep(NextStep.Action.STOP_RINGING, 61_000L, List.of("101"))));

    private final ApiUnderTest api = new ApiUnderTest(tenant -> List.of(ANONYMOUS), vertx -> Optional.empty());

    @AfterAll
    void stop() {
        api.close();
    }

    private HttpResponse<String> get(String path) {
        return api.as("", "GET", path, "");
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void everyFileOfTheConsoleIsServedAndNeedsNoOther() throws IOException {
        for (String page : List.of("/console", "/console/")) {
            var served = get(page);
            assertThat(header(served, "content-type")).isEqualTo("text/html; charset=utf-8");
            assertThat(header(served, "content-security-policy")).startsWith("default-src 'none';")
                    .contains("script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "http", "*");
            assertThat(served.body()).doesNotContainPattern("<script>|<style|style=|onload|://");
            REFERENCE.matcher(served.body())
                    .results()
                    .forEach(it -> assertThat(get(it.group(1)).statusCode()).as(it.group(1)).isEqualTo(200));
        }
        try (var files = Files.list(Path.of("src/main/resources/console"))) {
            for (String name : files.map(file -> file.getFileName().toString()).sorted().toList()) {
                if (name.equals("index.html")) {
                    continue;
                }
                var served = get("/console/" + name);
                assertThat(served.statusCode()).as(name).isEqualTo(200);
                assertThat(header(served, "x-content-type-options")).isEqualTo("nosniff");
                IMPORT.matcher(served.body())
                        .results()
                        .forEach(it -> assertThat(get("/console/" + it.group(1)).statusCode()).as(it.group(1))
                                .isEqualTo(200));
            }
        }
    }

    @Test
    void aBrowserThatHasAFileIsNotSentItAgain() {
        var again = api.as("", "GET", "/console/start.js", "", "If-None-Match",
                ApiUnderTest.etag(get("/console/start.js")));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(header(again, "cache-control")).doesNotContain("max-age");
    }

    @Test
    void nothingElseIsServed() {
        problem(get("/console/logback.xml"), 404, "not-found");
        problem(get("/console/index.html"), 404, "not-found");
        for (String escape : List.of("..%2Flogback.xml", "%2e%2e", ".hidden", "a%00.js")) {
            problem(get("/console/" + escape), 400, "invalid-parameter");
        }
    }

    @ParameterizedTest
    @CsvSource({"operator, true", "tenant-admin, true", "read-only, false", "tenant-user, false"})
    void whoDoesNotWantToBeNamedIsNamedToAdministratorsOnly(String role, boolean named) {
        api.tenant("acme.example");
        String token = role.equals("operator")
                ? ApiUnderTest.OPERATOR
                : api.token("acme.example", role, role.equals("tenant-user") ? "102" : "");
        for (String path : List.of("/v1/tenants/acme.example/parked-calls/call-1",
                "/v1/tenants/acme.example/parked-calls")) {
            String answer = api.as(token, "GET", path, "").body();
            assertThat(answer).contains("\"withheld\":true", "\"ringing\":[\"101\"]",
                    "\"next\":{\"action\":\"stop-ringing\",\"atMillis\":61000,\"extensions\":[\"101\"]}");
            assertThat(answer.contains("+4930")).as(answer).isEqualTo(named);
            assertThat(answer.contains("Carol")).as(answer).isEqualTo(named);
        }
    }
}
