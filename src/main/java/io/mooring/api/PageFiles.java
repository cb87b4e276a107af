package io.mooring.api;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Files of a page, packed into the jar. */
final class PageFiles {

    private static final Pattern FILE = Pattern.compile("[a-z0-9]+([.-][a-z0-9]+)*");
    private static final int TAG_LENGTH = 32;

    private final Vertx vertx;
    private final String folder;

    /** @param folder of the class path */
    PageFiles(Vertx vertx, String folder) {
        this.vertx = vertx;
        this.folder = folder;
    }

    /** The name, if it can be one. */
    static String checked(String name) {
        if (!FILE.matcher(name).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the name of a file", "file");
        }
        return name;
    }

    Buffer read(String name) {
        return vertx.fileSystem().readFile(folder + "/" + name).await();
    }

    /** The file with its version, or 304 when the client has it. */
    ApiResponse show(ApiRequest request, String name, String type) {
        Buffer content = read(name);
        return Changes.show(request, new ApiResponse(200, type, content, tag(content)));
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
