package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The page that shows the contract: all that it needs comes from the node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocsPageIT {

    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]+)\"");

    @TempDir
    static Path folder;

    private final ApiUnderTest api = new ApiUnderTest();

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
    void allThatThePageNeedsComesFromTheNode() {
        var page = get("/v1/docs");

        assertThat(header(page, "content-type")).isEqualTo("text/html; charset=utf-8");
        List<String> references = REFERENCE.matcher(page.body())
                .results()
                .map((MatchResult it) -> it.group(1))
                .toList();
        assertThat(references).containsExactlyInAnyOrder("docs/swagger-ui.css", "docs/favicon-32x32.png",
                "docs/swagger-ui-bundle.js", "docs/start.js");
        assertThat(page.body() + get("/v1/docs/start.js").body()).doesNotContain("://");
        for (String reference : references) {
            var file = get("/v1/" + reference);
            assertThat(file.statusCode()).as(reference).isEqualTo(200);
            assertThat(file.body()).isNotEmpty();
            assertThat(header(file, "x-content-type-options")).isEqualTo("nosniff");
        }
        assertThat(
                Pattern.compile("url\\((?![\"']?data:)|@import").matcher(get("/v1/docs/swagger-ui.css").body()).find())
                .as("the style sheet loads nothing")
                .isFalse();
        assertThat(get("/v1/docs/swagger-ui-bundle.js").body()).contains("SwaggerUIBundle");
    }

    @Test
    void nothingMayRunInThePageButItsOwnScripts() {
        var page = get("/v1/docs");

        assertThat(header(page, "content-security-policy")).startsWith("default-src 'none';")
                .contains("script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "http", "*");
        assertThat(page.body()).doesNotContainPattern("<script>|<style|style=|onload");
    }

    @Test
    void aBrowserThatHasAFileIsNotSentItAgain() {
        var first = get("/v1/docs/start.js");

        var again = api.as("", "GET", "/v1/docs/start.js", "", "If-None-Match", ApiUnderTest.etag(first));

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(header(again, "cache-control")).doesNotContain("max-age");
    }

    @Test
    void onlyFilesOfThePageAreServed() {
        for (String other : List.of("index.html", "logback.xml", "swagger-ui-bundle.js.map")) {
            problem(get("/v1/docs/" + other), 404, "not-found");
        }
        for (String escape : List.of("..%2Flogback.xml", "%2e%2e", ".hidden", "a%00.js")) {
            problem(get("/v1/docs/" + escape), 400, "invalid-parameter");
        }
    }

    /** In a real browser, where there is one. */
    @Test
    void aBrowserShowsEveryOperation() throws IOException, InterruptedException {
        var chromium = Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
        assumeThat(chromium).as("a browser").isPresent();
        Path out = folder.resolve("page.html");
        Path log = folder.resolve("browser.log");
        Process browser = new ProcessBuilder(chromium.orElseThrow().toString(), "--headless", "--no-sandbox",
                "--disable-gpu", "--enable-logging=stderr", "--user-data-dir=" + folder.resolve("profile"),
                "--virtual-time-budget=20000", "--dump-dom",
                "http://127.0.0.1:" + api.port() + "/v1/docs").redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            assertThat(browser.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            browser.destroyForcibly();
        }

        String page = Files.readString(out);
        assertThat(page).contains("Tenants of a call-park service", "opblock-tag-section");
        for (OperationId operation : OperationId.values()) {
            assertThat(page).as("the operations in the page").contains("-" + operation.id() + "\"");
        }
        assertThat(Files.readString(log, StandardCharsets.ISO_8859_1)).doesNotContain("Content Security Policy");
    }
}
