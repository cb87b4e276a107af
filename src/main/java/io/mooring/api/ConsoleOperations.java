package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Vertx;
import java.util.Map;

/**
 * The console for people: a page and scripts that use the API like any other program, with a token that its user brings. Its files know
 * no secret, and everybody may have them.
 */
final class ConsoleOperations {

    private static final String SCRIPT = "text/javascript";
    private static final String WORDS = "application/json";
    private static final String HTML = "text/html; charset=utf-8";
    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("", HTML),
            Map.entry("console.css", "text/css"),
            Map.entry("icon.svg", "image/svg+xml"),
            Map.entry("en.json", WORDS),
            Map.entry("zh.json", WORDS),
            Map.entry("start.js", SCRIPT),
            Map.entry("api.js", SCRIPT),
            Map.entry("board.js", SCRIPT),
            Map.entry("dom.js", SCRIPT),
            Map.entry("figures.js", SCRIPT),
            Map.entry("forms.js", SCRIPT),
            Map.entry("history.js", SCRIPT),
            Map.entry("live.js", SCRIPT),
            Map.entry("orbits.js", SCRIPT),
            Map.entry("provisioning.js", SCRIPT),
            Map.entry("session.js", SCRIPT),
            Map.entry("users.js", SCRIPT),
            Map.entry("words.js", SCRIPT));

    private final PageFiles files;

    /** @param vertx reads files of the class path */
    ConsoleOperations(Vertx vertx) {
        this.files = new PageFiles(vertx, "console");
    }

    ApiResponse page(ApiRequest request) {
        return new ApiResponse(200, HTML, files.read("index.html"), "");
    }

    ApiResponse file(ApiRequest request) {
        String name = request.parameter("file");
        String type = FILES.get(name.isEmpty() ? name : PageFiles.checked(name));
        if (type == null) {
            throw new ProblemException(ProblemType.NOT_FOUND, "the console has no such file", "file");
        }
        return files.show(request, name.isEmpty() ? "index.html" : name, type);
    }
}
