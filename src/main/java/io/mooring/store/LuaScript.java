package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A script of the folder {@code redis/}, called by its hash, and sent whole when the server does not know it yet (after
 * a restart or a fail-over).
 */
public final class LuaScript {
    private final String name;
    private final String source;
    private final String sha1;

    private LuaScript(String name, String source) {
        this.name = name;
        this.source = source;
        this.sha1 = sha1(source);
    }

    /** Loads {@code redis/<name>.lua} from the class path; a missing file is a defect of the build. */
    public static LuaScript load(String name) {
        String path = "/redis/" + name + ".lua";
        try (InputStream in = LuaScript.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("no script " + path + " on the class path");
            }
            return new LuaScript(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it; the future fails with {@link StoreUnavailableException}. */
    public Future<@Nullable Response> run(RedisAccess redis, List<String> keys, List<String> args) {
        return run(redis::submit, keys, args);
    }

    /** The same, and a replica has what it wrote; see {@link RedisAccess#submitReplicated}. */
    public Future<@Nullable Response> runReplicated(RedisAccess redis, List<String> keys, List<String> args) {
        return run(redis::submitReplicated, keys, args);
    }

    private Future<@Nullable Response> run(
            Function<Request, Future<@Nullable Response>> submit, List<String> keys, List<String> args) {
        return submit.apply(request(Command.EVALSHA, sha1, keys, args))
                .recover(failure -> isNoScript(failure)
                        ? submit.apply(request(Command.EVAL, source, keys, args))
                        : Future.failedFuture(failure));
    }

    private static boolean isNoScript(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause != null
                && cause.getMessage() != null
                && cause.getMessage().startsWith("NOSCRIPT");
    }

    private static Request request(Command command, String script, List<String> keys, List<String> args) {
        Request request = Request.cmd(command).arg(script).arg(keys.size());
        keys.forEach(request::arg);
        args.forEach(request::arg);
        return request;
    }

    private static String sha1(String source) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
