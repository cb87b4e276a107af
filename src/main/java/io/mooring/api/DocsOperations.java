package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Vertx;
import java.util.Map;

/**
 * The contract, and a page to browse it with (Swagger UI, packed into the jar). The page and all that it needs come from the node.
 */
final class DocsOperations {

    /** The page may load from its own node only, and nothing may stand in it that could run. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String SCRIPT = "text/javascript";
    private static final Map<String, String> FILES = Map.of(
            "start.js", SCRIPT,
            "swagger-ui-bundle.js", SCRIPT,
            "swagger-ui.css", "text/css",
            "favicon-32x32.png", "image/png");

    private final PageFiles contract;
    private final PageFiles files;

    /** @param vertx reads files of the class path */
    DocsOperations(Vertx vertx) {
        this.contract = new PageFiles(vertx, "openapi");
        this.files = new PageFiles(vertx, "docs");
    }

    ApiResponse contract(ApiRequest request) {
        return new ApiResponse(200, "application/yaml", contract.read("mooring-v1.yaml"), "");
    }

    ApiResponse page(ApiRequest request) {
        return new ApiResponse(200, "text/html; charset=utf-8", files.read("index.html"), "");
    }

    ApiResponse file(ApiRequest request) {
        String name = PageFiles.checked(request.parameter("file"));
        String type = FILES.get(name);
        if (type == null) {
            throw new ProblemException(ProblemType.NOT_FOUND, "the page has no such file", "file");
        }
        return files.show(request, name, type);
    }
}
