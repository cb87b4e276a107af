package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The contract, and a page to browse it with (Swagger UI, packed into the jar). The page and all that it needs come from the node.
 */
final class DocsOperations {

    /** The page may load from its own node only, and nothing may stand in it that could run. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String CONTRACT = "openapi/mooring-v1.yaml";
    private static final String PAGE = "index.html";
    private static final String SCRIPT = "text/javascript";
    private static final Map<String, String> FILES = Map.of(
            "start.js", SCRIPT,
            "swagger-ui-bundle.js", SCRIPT,
            "swagger-ui.css", "text/css",
            "favicon-32x32.png", "image/png");
    private static final Pattern FILE = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");
    private static final int TAG_LENGTH = 32;

    private final Vertx vertx;

    /** @param vertx reads files of the class path */
    DocsOperations(Vertx vertx) {
        this.vertx = vertx;
    }

    ApiResponse contract(ApiRequest request) {
        return new ApiResponse(200, "application/yaml", read(CONTRACT), "");
    }

    ApiResponse page(ApiRequest request) {
        return new ApiResponse(200, "text/html; charset=utf-8", read("docs/" + PAGE), "");
    }

    ApiResponse file(ApiRequest request) {
        String name = request.parameter("file");
        if (!FILE.matcher(name).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the name of a file", "file");
        }
        String type = FILES.get(name);
        if (type == null) {
            throw new ProblemException(ProblemType.NOT_FOUND, "the page has no such file", "file");
        }
        Buffer content = read("docs/" + name);
        return Changes.show(request, new ApiResponse(200, type, content, tag(content)));
    }

    private Buffer read(String resource) {
        return vertx.fileSystem().readFile(resource).await();
    }

    private static String tag(Buffer content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
            return HexFormat.of().formatHex(digest).substring(0, TAG_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
